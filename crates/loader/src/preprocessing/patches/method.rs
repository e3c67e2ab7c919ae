//! Fitting `patches` to training rows, and converting images.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use super::encoder::Encoder;
use super::extraction::Extraction;
use super::k_means::spherical_k_means;
use super::settings::Patches;
use super::whitening::Whitening;
use crate::data::Images;
use crate::preprocessing::method::{Fitted, Method};
use crate::preprocessing::scaling::{Moments, Scale};

/// Images per block where only the moments of their features are needed.
const BLOCK_IMAGES: usize = 256;

impl Method for Patches {
    const NAME: &'static str = "patches";
    const EXAMPLE: Patches = Patches {
        centres: 50,
        ..Patches::DEFAULT
    };
    type Fitted = LearnedPatches;

    fn parse(parameters: Option<&str>) -> Result<Patches, String> {
        Patches::read(parameters)
    }

    fn parameters(self) -> String {
        self.written()
    }

    fn misfit(self, height: usize, width: usize, n_train: usize) -> Option<String> {
        self.reason_against(height, width, n_train)
    }

    fn n_features(self, _: usize, _: usize) -> usize {
        self.checked_n_features().unwrap_or(usize::MAX)
    }

    fn is_non_negative(self) -> bool {
        !self.standardise
    }

    fn is_of_pixels(self) -> bool {
        false
    }

    fn is_costly(self) -> bool {
        true
    }

    fn fit(self, train: Images<'_>) -> LearnedPatches {
        let encoder = self.learn(train);
        let scales = self.standardise.then(|| {
            let mut moments = Moments::new(encoder.n_features());
            for pixels in train.pixels().chunks(BLOCK_IMAGES * train.n_features()) {
                let images = Images::new(pixels, train.height(), train.width());
                moments.add(&encoder.encode(images, |_, feature| feature));
            }
            moments.scales(encoder.noise())
        });
        LearnedPatches::new(encoder, scales, train)
    }

    fn fit_convert<T: Copy + Send>(
        self,
        train: Images<'_>,
        round: impl Fn(f64) -> T + Sync,
    ) -> (LearnedPatches, Vec<T>) {
        let encoder = self.learn(train);
        if !self.standardise {
            let learned = LearnedPatches::new(encoder, None, train);
            let values = learned.convert(train, round);
            return (learned, values);
        }
        let features = encoder.encode(train, |_, feature| feature);
        let mut moments = Moments::new(encoder.n_features());
        moments.add(&features);
        let scales = moments.scales(encoder.noise());
        let mut of_image = 0..0;
        let scaled = |feature| {
            let i = of_image.next().unwrap_or_else(|| {
                of_image = 1..scales.len();
                0
            });
            round(scales[i].apply(feature))
        };
        // An iterator of this form reuses the memory of `features` where `T` is `f32`.
        let values = features.into_iter().map(scaled).collect();
        (LearnedPatches::new(encoder, Some(scales), train), values)
    }
}

impl Patches {
    fn learn(self, train: Images<'_>) -> Encoder {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(self.seed);
        let extraction = Extraction::new(self, train.height(), train.width());
        let chosen = extraction.sample(train, self.max_patches, &mut random);
        let whitening = Whitening::fit(train, &extraction, &chosen, self.regulariser.get());
        let mut whitened = whitening.whitened(train, &extraction, &chosen);
        let centres = spherical_k_means(whitened.view_mut(), self.centres, self.iterations, &mut random);
        Encoder::new(self, extraction, whitening, &centres)
    }
}

/// Centres and statistics of the training rows.
#[derive(Clone, Debug)]
pub(crate) struct LearnedPatches {
    encoder: Encoder,
    /// One per feature of an image.
    scales: Vec<Scale>,
    height: usize,
    width: usize,
}

impl LearnedPatches {
    fn new(encoder: Encoder, scales: Option<Vec<Scale>>, train: Images<'_>) -> LearnedPatches {
        LearnedPatches {
            scales: scales.unwrap_or_else(|| vec![Scale::NONE; encoder.n_features()]),
            encoder,
            height: train.height(),
            width: train.width(),
        }
    }
}

impl Fitted for LearnedPatches {
    fn convert<T: Copy + Send>(&self, images: Images<'_>, round: impl Fn(f64) -> T + Sync) -> Vec<T> {
        assert_eq!(
            (images.height(), images.width()),
            (self.height, self.width),
            "images are of the size of the training images"
        );
        (self.encoder).encode(images, |i, feature| round(self.scales[i].apply(feature)))
    }
}

#[cfg(test)]
mod tests {
    use rayon::ThreadPoolBuilder;

    use super::*;
    use crate::preprocessing::Transform;
    use crate::preprocessing::patches::test_images::{HEIGHT, WIDTH, pixels};

    fn read(parameters: &str) -> Patches {
        Patches::read(Some(parameters)).unwrap()
    }

    fn features(patches: Patches, images: Images<'_>) -> Vec<f64> {
        patches.fit(images).convert(images, |value| value)
    }

    #[test]
    fn standardised_features_have_mean_0_and_variance_1() {
        let pixels = pixels(100);
        let images = Images::new(&pixels, HEIGHT, WIDTH);
        for encoding in ["rectified", "triangle"] {
            let patches = read(&format!("centres=20, size=4, encoding={encoding}"));
            let n_features = patches.n_features(HEIGHT, WIDTH);
            let values = features(patches, images);
            for feature in 0..n_features {
                let of_images: Vec<f64> = values.iter().skip(feature).step_by(n_features).copied().collect();
                let mean = of_images.iter().sum::<f64>() / 100.0;
                let variance = of_images.iter().map(|value| value * value).sum::<f64>() / 100.0;
                assert!(mean.abs() < 1e-9, "{encoding} {feature} {mean}");
                let is_constant = of_images.iter().all(|value| *value == 0.0);
                assert!(
                    is_constant || (variance - 1.0).abs() < 1e-9,
                    "{encoding} {feature} {variance}"
                );
            }
        }
    }

    #[test]
    fn fitting_and_converting_at_once_changes_no_bit() {
        let pixels = pixels(300);
        let images = Images::new(&pixels, HEIGHT, WIDTH);
        for parameters in [
            "centres=20, size=4",
            "centres=20, size=4, standardise=false, square_root=true",
        ] {
            let preprocessing = format!("patches({parameters})").parse().unwrap();
            let (transform, at_once) = Transform::fit_to_f32(preprocessing, images);
            assert_eq!(at_once, Transform::fit(preprocessing, images).to_f32(images));
            assert_eq!(at_once, transform.to_f32(images));
        }
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() {
        let pixels = pixels(300);
        let images = Images::new(&pixels, HEIGHT, WIDTH);
        for encoding in ["rectified", "triangle"] {
            let patches = read(&format!("centres=150, size=3, encoding={encoding}"));
            let [one, four] = [1, 4].map(|n_threads| {
                let pool = ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
                pool.install(|| features(patches, images))
            });
            assert_eq!(one, four);
        }
    }

    #[test]
    fn the_seed_changes_the_features() {
        let pixels = pixels(50);
        let images = Images::new(&pixels, HEIGHT, WIDTH);
        let [first, again, other] = [0, 0, 1]
            .map(|seed| features(read(&format!("centres=20, max_patches=500, seed={seed}")), images));
        assert_eq!(first, again);
        assert_ne!(first, other);
    }

    #[test]
    fn images_of_one_gray_value_have_features_of_0() {
        let gray: Vec<u8> = (0..40_u8).flat_map(|image| [image * 5; HEIGHT * WIDTH]).collect();
        let test = pixels(3);
        for parameters in [
            "",
            ", standardise=false",
            ", encoding=triangle",
            ", encoding=triangle, standardise=false",
        ] {
            let train = Images::new(&gray, HEIGHT, WIDTH);
            let learned = read(&format!("centres=30{parameters}")).fit(train);
            assert!(
                learned
                    .convert(train, |value| value)
                    .iter()
                    .all(|value| *value == 0.0)
            );
            let of_others = learned.convert(Images::new(&test, HEIGHT, WIDTH), |value| value);
            assert!(of_others.iter().all(|value| value.is_finite()), "{parameters}");
        }
    }

    #[test]
    fn extreme_parameters_have_finite_features() {
        let train = pixels(20);
        let black_and_white: Vec<u8> = train
            .iter()
            .map(|pixel| if *pixel < 128 { 0 } else { 255 })
            .collect();
        for parameters in [
            "contrast=0.001, regulariser=0.000001",
            "contrast=1000000, regulariser=1000000, threshold=0",
            "contrast=0.001, regulariser=0.000001, encoding=triangle, size=2",
        ] {
            let patches = read(&format!("centres=50, {parameters}"));
            for pixels in [&train, &black_and_white] {
                let values = features(patches, Images::new(pixels, HEIGHT, WIDTH));
                assert!(values.iter().all(|value| value.is_finite()), "{parameters}");
            }
        }
    }
}
