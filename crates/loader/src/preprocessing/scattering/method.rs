//! The parameters of `scattering`, and its features of many images.

use rayon::prelude::*;

use super::network::Network;
use crate::data::Images;
use crate::preprocessing::method::{Fitted, Method};
use crate::preprocessing::parameters::Parameters;
use crate::preprocessing::scaling::{Moments, Scale};

/// One per degree of half a turn.
const MOST_ANGLES: usize = 180;

/// Images per task of a thread at least, so that the memory of a task is cleared for several of them.
const LEAST_IMAGES: usize = 8;

/// Images whose features are computed at once for their mean and variance.
const BLOCK_IMAGES: usize = 1000;

/// Features are rounded to `f32`; one that varies less than that is constant.
const NOISE: f64 = 1e-6;

/// The scattering transform; parameters have Kymatio's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scattering {
    /// `J`: features are averaged over `2^J` × `2^J` pixels; at least 1, and `2^J` at most the height and the width.
    pub scale: usize,
    /// `L`: angles of the wavelets, which divide half a turn; 1 to 180.
    pub n_angles: usize,
    /// `max_order`: most wavelets in a row, 1 or 2.
    pub max_order: usize,
    /// Whether each feature has mean 0 and variance 1 over the training rows. Kymatio does not do that.
    pub standardise: bool,
}

impl Method for Scattering {
    const NAME: &'static str = "scattering";
    const EXAMPLE: Scattering = Scattering {
        scale: 2,
        n_angles: 8,
        max_order: 2,
        standardise: false,
    };
    type Fitted = Extractor;

    /// Reads `name=number`, separated by commas; a parameter that is left out has the value of [`Method::EXAMPLE`].
    fn parse(parameters: Option<&str>) -> Result<Scattering, String> {
        let given = Parameters::read(
            Scattering::NAME,
            &["J", "L", "max_order", "standardise"],
            parameters,
        )?;
        let default = Scattering::EXAMPLE;
        Ok(Scattering {
            scale: given.whole("J", default.scale, 1..)?,
            n_angles: given.whole("L", default.n_angles, 1..=MOST_ANGLES)?,
            max_order: given.whole("max_order", default.max_order, 1..=2)?,
            standardise: given.boolean("standardise", default.standardise)?,
        })
    }

    fn parameters(self) -> String {
        let Scattering {
            scale,
            n_angles,
            max_order,
            standardise,
        } = self;
        format!("J={scale}, L={n_angles}, max_order={max_order}, standardise={standardise}")
    }

    fn misfit(self, height: usize, width: usize, _: usize) -> Option<String> {
        let side = height.min(width);
        (samples(side, self.scale) == 0).then(|| {
            let most = side.ilog2();
            let remedy = if most == 0 {
                "at least 2 × 2 pixels are needed".to_owned()
            } else {
                format!("J is at most {most} here")
            };
            format!(
                "images of {height} × {width} pixels are smaller than the 2^{} pixels of J; {remedy}",
                self.scale
            )
        })
    }

    fn n_features(self, height: usize, width: usize) -> usize {
        match samples(height, self.scale) * samples(width, self.scale) {
            0 => 0,
            n_samples => self.n_channels() * n_samples,
        }
    }

    /// Kymatio cuts the spectrum of the low-pass filter off for subsampled images, so the filter has negative values.
    fn is_non_negative(self) -> bool {
        false
    }

    fn is_of_pixels(self) -> bool {
        false
    }

    fn is_costly(self) -> bool {
        true
    }

    fn fit(self, train: Images<'_>) -> Extractor {
        let size = [train.height(), train.width()];
        let mut extractor = Extractor {
            n_features: self.n_features(train.height(), train.width()),
            network: Network::new(self.scale, self.n_angles, self.max_order, size),
            size,
            scales: None,
        };
        if self.standardise {
            let mut moments = Moments::new(extractor.n_features);
            for pixels in train.pixels().chunks(BLOCK_IMAGES * train.n_features()) {
                let images = Images::new(pixels, train.height(), train.width());
                moments.add(&extractor.convert(images, |value| value as f32));
            }
            extractor.scales = Some(moments.scales(NOISE));
        }
        extractor
    }
}

impl Scattering {
    /// Order 0, then one channel per scale and angle, then one per pair of such wavelets of increasing scale.
    fn n_channels(self) -> usize {
        let n_pairs = self.scale * (self.scale - 1) / 2;
        let second = if self.max_order < 2 {
            0
        } else {
            n_pairs * self.n_angles * self.n_angles
        };
        1 + self.scale * self.n_angles + second
    }
}

/// Features along a side of `n_pixels`.
fn samples(n_pixels: usize, scale: usize) -> usize {
    u32::try_from(scale).map_or(0, |scale| n_pixels.checked_shr(scale).unwrap_or(0))
}

/// Computes the features of images of one size.
#[derive(Clone, Debug)]
pub(crate) struct Extractor {
    network: Network,
    /// Height and width of an image.
    size: [usize; 2],
    n_features: usize,
    /// One per feature, if features are standardised.
    scales: Option<Vec<Scale>>,
}

impl Fitted for Extractor {
    fn convert<T: Copy + Send>(&self, images: Images<'_>, round: impl Fn(f64) -> T + Sync) -> Vec<T> {
        assert_eq!(
            [images.height(), images.width()],
            self.size,
            "images are of the size of the training images"
        );
        let mut features = vec![round(0.0); images.n_rows() * self.n_features];
        features
            .par_chunks_exact_mut(self.n_features)
            .zip(images.pixels().par_chunks_exact(images.n_features()))
            .with_min_len(LEAST_IMAGES)
            .for_each_init(
                || (self.network.workspace(), vec![0.0; self.n_features]),
                |(workspace, values), (features, pixels)| {
                    self.network.transform(pixels, workspace, values);
                    if let Some(scales) = &self.scales {
                        for (value, scale) in values.iter_mut().zip(scales) {
                            *value = scale.apply(*value as f32);
                        }
                    }
                    for (feature, value) in features.iter_mut().zip(values) {
                        *feature = round(*value);
                    }
                },
            );
        features
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image([height, width, seed]: [usize; 3]) -> Vec<u8> {
        let byte = |i: usize| {
            let (row, column) = (i / width, i % width);
            (row * row * 7 + column * column * 13 + row * column * seed + seed * 29) % 256
        };
        (0..height * width)
            .map(|i| u8::try_from(byte(i)).unwrap())
            .collect()
    }

    /// Features of images of `height` × `width` pixels with `J`, `L` and `max_order`.
    fn convert(pixels: &[u8], [height, width]: [usize; 2], parameters: [usize; 3]) -> Vec<f64> {
        let [scale, n_angles, max_order] = parameters;
        let scattering = Scattering {
            scale,
            n_angles,
            max_order,
            standardise: false,
        };
        let images = Images::new(pixels, height, width);
        assert_eq!(scattering.misfit(height, width, 1), None);
        let features = scattering.fit(images).convert(images, |value| value);
        assert_eq!(
            features.len(),
            images.n_rows() * scattering.n_features(height, width)
        );
        features
    }

    /// An image of 28 × 28 pixels with a bright vertical bar, 3 pixels wide, from column `left`.
    fn bar(left: usize) -> Vec<u8> {
        let is_bright =
            |row: usize, column: usize| (5..24).contains(&row) && (left..left + 3).contains(&column);
        let pixels = (0..28 * 28).map(|i| if is_bright(i / 28, i % 28) { 255 } else { 0 });
        pixels.collect()
    }

    // Expected values: Scattering2D(J, (height, width), L, max_order)(image / 255).ravel() of kymatio.numpy 0.3.0 (numpy 2.4.6, in f64).

    #[test]
    fn number_sum_and_weighted_sum_of_features_equal_kymatios() {
        for (size_and_seed, parameters, n_features, sum, weighted) in [
            ([8, 8, 3], [2, 8, 2], 324, 6.148876264, 395.245016),
            ([28, 28, 17], [2, 8, 2], 3969, 77.623717797, 58519.750721),
            ([28, 28, 17], [3, 8, 2], 1953, 19.687986634, 8419.419022),
            ([28, 20, 5], [2, 8, 2], 2835, 54.172251245, 29795.703040),
            ([28, 28, 17], [2, 8, 1], 833, 58.790750747, 13303.542336),
            ([13, 10, 5], [1, 8, 2], 270, 29.614348283, 2307.503261),
            ([16, 9, 11], [2, 6, 2], 392, 10.785200825, 772.261149),
            ([4, 4, 7], [2, 5, 2], 36, 1.611195144, 9.880470),
            ([9, 12, 23], [3, 4, 2], 61, 1.391058741, 13.701293),
            ([2, 3, 1], [1, 8, 2], 9, 0.314325848, 0.611168),
        ] {
            let [height, width, _] = size_and_seed;
            let found = convert(&image(size_and_seed), [height, width], parameters);
            assert_eq!(found.len(), n_features);
            let in_order: f64 = (0..)
                .map(f64::from)
                .zip(&found)
                .map(|(place, value)| place * value)
                .sum();
            let total: f64 = found.iter().sum();
            assert!(
                (total - sum).abs() < 1e-6 * sum,
                "{size_and_seed:?} {parameters:?} {total}"
            );
            assert!(
                (in_order - weighted).abs() < 1e-6 * weighted,
                "{size_and_seed:?} {parameters:?} {in_order}"
            );
        }
    }

    #[test]
    fn features_of_each_order_equal_kymatios() {
        for (size_and_seed, parameters, first, first_order, last) in [
            (
                [28, 28, 17],
                [2, 8, 2],
                [0.4571642, 0.4704606, 0.4721547, 0.4873232],
                [0.0705824, 0.0508934, 0.0356692, 0.0746201],
                [0.010929, 0.0074733, 0.0064462, 0.0065997],
            ),
            (
                [28, 28, 17],
                [3, 8, 2],
                [0.4847854, 0.484471, 0.5253116, 0.5082613],
                [0.0558911, 0.0543243, 0.0581813, 0.0489969],
                [0.0032841, 0.0036951, 0.006098, 0.0039086],
            ),
            (
                [28, 20, 5],
                [2, 8, 2],
                [0.6405422, 0.5139072, 0.4723264, 0.5380286],
                [0.0519122, 0.0949523, 0.0582734, 0.0499392],
                [0.0042752, 0.0086987, 0.0058748, 0.0074998],
            ),
            (
                [13, 10, 5],
                [1, 8, 2],
                [0.6551309, 0.6281374, 0.4814347, 0.521249],
                [0.0313255, 0.1048799, 0.1206466, 0.0653331],
                [0.0590191, 0.0369836, 0.0338867, 0.0278486],
            ),
        ] {
            let [height, width, _] = size_and_seed;
            let found = convert(&image(size_and_seed), [height, width], parameters);
            let per_channel = (height >> parameters[0]) * (width >> parameters[0]);
            for (start, expected) in [(0, first), (per_channel, first_order), (found.len() - 4, last)] {
                for (found, expected) in found[start..].iter().zip(expected) {
                    assert!(
                        (found - expected).abs() < 1e-6,
                        "{size_and_seed:?} {parameters:?} {start}: {found} {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_feature_can_be_negative_as_it_is_in_kymatio() {
        let bars = |row: usize, column: usize| row.abs_diff(14) < 10 && column.abs_diff(14) < 2;
        let pixels: Vec<u8> = (0..28 * 28)
            .map(|i| if bars(i / 28, i % 28) { 255 } else { 0 })
            .collect();
        let found = convert(&pixels, [28, 28], [2, 8, 2]);
        assert!((found[812] + 0.000134171).abs() < 1e-7, "{}", found[812]);
        assert!((found.iter().sum::<f64>() - 25.128943756).abs() < 1e-4);
    }

    #[test]
    fn a_constant_image_has_its_value_in_order_0_and_0_elsewhere() {
        for byte in [0, 77, 255] {
            let found = convert(&[byte; 28 * 28], [28, 28], [2, 8, 2]);
            // Kymatio's filter sums to π / 3.1415.
            let value = f64::from(byte) / 255.0 * 1.0000293254852295;
            assert!(found[..49].iter().all(|feature| (feature - value).abs() < 1e-6));
            assert!(found[49..].iter().all(|feature| feature.abs() < 1e-6));
        }
    }

    #[test]
    fn a_shift_by_one_pixel_moves_features_less_than_half_as_far_as_pixels() {
        let relative_distance = |one: &[f64], other: &[f64]| {
            let distance: f64 = one.iter().zip(other).map(|(a, b)| (a - b) * (a - b)).sum();
            let size: f64 = one.iter().map(|a| a * a).sum();
            (distance / size).sqrt()
        };
        let pixels = [12, 13].map(|left| bar(left).into_iter().map(f64::from).collect::<Vec<_>>());
        let features = [12, 13].map(|left| convert(&bar(left), [28, 28], [3, 8, 2]));
        let of_pixels = relative_distance(&pixels[0], &pixels[1]);
        let of_features = relative_distance(&features[0], &features[1]);
        assert!(of_features < 0.5 * of_pixels, "{of_features} {of_pixels}");
    }

    #[test]
    fn standardised_features_have_mean_0_and_variance_1() {
        let pixels: Vec<u8> = (0..40).flat_map(|seed| image([12, 9, seed])).collect();
        let images = Images::new(&pixels, 12, 9);
        let scattering = Scattering {
            standardise: true,
            ..Scattering::EXAMPLE
        };
        let values = scattering.fit(images).convert(images, |value| value);
        let n_features = scattering.n_features(12, 9);
        for feature in 0..n_features {
            let of_feature = values.iter().skip(feature).step_by(n_features);
            let mean = of_feature.clone().sum::<f64>() / 40.0;
            let variance = of_feature.map(|value| (value - mean).powi(2)).sum::<f64>() / 40.0;
            assert!(mean.abs() < 1e-6, "{feature}: {mean}");
            assert!(
                (variance - 1.0).abs() < 1e-6 || variance == 0.0,
                "{feature}: {variance}"
            );
        }
    }

    #[test]
    fn features_depend_on_neither_threads_nor_other_images() {
        let images: Vec<u8> = (0..50).flat_map(|seed| image([12, 9, seed])).collect();
        let with_threads = |n: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
            pool.install(|| convert(&images, [12, 9], [2, 8, 2]))
        };
        let together = with_threads(1);
        assert_eq!(with_threads(3), together);
        let alone = images
            .chunks(12 * 9)
            .flat_map(|pixels| convert(pixels, [12, 9], [2, 8, 2]));
        assert_eq!(alone.collect::<Vec<_>>(), together);
    }

    #[test]
    fn an_image_smaller_than_the_scale_gives_the_reason() {
        let misfit = |scale: usize, [height, width]: [usize; 2]| {
            let scattering = Scattering {
                scale,
                ..Scattering::EXAMPLE
            };
            (
                scattering.misfit(height, width, 10),
                scattering.n_features(height, width),
            )
        };
        assert_eq!(misfit(2, [4, 4]), (None, 81));
        assert_eq!(misfit(4, [28, 28]).0, None);
        assert_eq!(
            misfit(5, [28, 40]),
            (
                Some(
                    "images of 28 × 40 pixels are smaller than the 2^5 pixels of J; J is at most 4 here"
                        .into()
                ),
                0
            )
        );
        assert_eq!(misfit(usize::MAX, [28, 28]).1, 0);
        let (reason, _) = misfit(1, [1, 1]);
        assert!(reason.unwrap().contains("at least 2 × 2 pixels"));
    }
}
