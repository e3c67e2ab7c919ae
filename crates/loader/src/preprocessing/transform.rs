//! From bytes to floats, with the statistics of the training rows alone.

use ndarray::Array2;

use super::Preprocessing;
use super::hog::Extractor;
use super::pca::Pca;
use crate::data::Images;

/// Turns images into floats the same way for training and test rows.
#[derive(Clone, Debug)]
pub struct Scaler {
    way: Way,
    n_features: usize,
}

/// What is done, with what it takes from the training rows.
#[derive(Clone, Debug)]
enum Way {
    None,
    Unit,
    /// Subtracted from, then divided into, each pixel; a divisor of infinity makes a constant pixel 0.
    Standard(Vec<(f64, f64)>),
    Pca(Pca),
    Hog(Extractor),
}

impl Scaler {
    /// Takes the statistics of these rows. Sums are exact, in integers.
    ///
    /// # Panics
    /// If the preprocessing does not fit the rows: [`Preprocessing::misfit`].
    pub fn fit(preprocessing: Preprocessing, train: Images<'_>) -> Scaler {
        let misfit = preprocessing.misfit(train.height(), train.width(), train.n_rows());
        assert_eq!(misfit, None, "a preprocessing that fits");
        let way = match preprocessing {
            Preprocessing::None => Way::None,
            Preprocessing::Unit => Way::Unit,
            Preprocessing::Standard => Way::Standard(
                mean_and_deviation(train)
                    .into_iter()
                    .map(|(mean, deviation)| (mean, if deviation > 0.0 { deviation } else { f64::INFINITY }))
                    .collect(),
            ),
            Preprocessing::Pca { n_components } => Way::Pca(Pca::fit(n_components, train)),
            Preprocessing::Hog(hog) => Way::Hog(Extractor::new(hog, train.height(), train.width())),
        };
        let n_features = match &way {
            Way::None | Way::Unit | Way::Standard(_) => train.n_features(),
            Way::Pca(pca) => pca.n_components(),
            Way::Hog(extractor) => extractor.n_features(),
        };
        Scaler { way, n_features }
    }

    /// Floats of one image.
    pub fn n_features(&self) -> usize {
        self.n_features
    }

    /// Whether each float is made of one byte: [`Scaler::value`] and [`Scaler::steps`] are for these alone.
    pub fn is_of_pixels(&self) -> bool {
        matches!(self.way, Way::None | Way::Unit | Way::Standard(_))
    }

    /// Whether the floats are the bytes, so that an engine may as well work on the bytes.
    pub fn is_identity(&self) -> bool {
        matches!(self.way, Way::None)
    }

    /// The float that a byte becomes at a pixel, as [`Scaler::to_f64`] has it.
    ///
    /// # Panics
    /// If there is no such pixel, or floats are made of more than one byte.
    pub fn value(&self, pixel: usize, byte: u8) -> f64 {
        match &self.way {
            Way::None => f64::from(byte),
            Way::Unit => f64::from(byte) / 255.0,
            Way::Standard(mean_and_divisor) => {
                let (mean, divisor) = mean_and_divisor[pixel];
                (f64::from(byte) - mean) / divisor
            }
            Way::Pca(_) | Way::Hog(_) => panic!("{NOT_OF_PIXELS}"),
        }
    }

    /// How far apart the floats of two bytes are that differ by 1, at each pixel; 0 where a pixel is constant.
    ///
    /// # Panics
    /// If floats are made of more than one byte.
    pub fn steps(&self) -> Vec<f64> {
        match &self.way {
            Way::None => vec![1.0; self.n_features],
            Way::Unit => vec![1.0 / 255.0; self.n_features],
            Way::Standard(mean_and_divisor) => mean_and_divisor
                .iter()
                .map(|(_, divisor)| divisor.recip())
                .collect(),
            Way::Pca(_) | Way::Hog(_) => panic!("{NOT_OF_PIXELS}"),
        }
    }

    /// One row of floats an image.
    ///
    /// # Panics
    /// If the images are of another size than those of the fit.
    pub fn to_f64(&self, images: Images<'_>) -> Array2<f64> {
        self.convert(images, |value| value)
    }

    /// As [`Scaler::to_f64`], worked out in `f64` and then rounded.
    ///
    /// # Panics
    /// If the images are of another size than those of the fit.
    pub fn to_f32(&self, images: Images<'_>) -> Array2<f32> {
        self.convert(images, |value| value as f32)
    }

    fn convert<T>(&self, images: Images<'_>, round: impl Fn(f64) -> T) -> Array2<T> {
        let mut values = Vec::with_capacity(images.n_rows() * self.n_features);
        match &self.way {
            Way::None => values.extend(images.pixels().iter().map(|&pixel| round(f64::from(pixel)))),
            Way::Unit => {
                values.extend(
                    images
                        .pixels()
                        .iter()
                        .map(|&pixel| round(f64::from(pixel) / 255.0)),
                );
            }
            Way::Standard(mean_and_divisor) => {
                assert_eq!(
                    images.n_features(),
                    mean_and_divisor.len(),
                    "images as large as those of the fit"
                );
                for row in images.rows() {
                    let scaled = row.iter().zip(mean_and_divisor);
                    values.extend(
                        scaled.map(|(&pixel, (mean, divisor))| round((f64::from(pixel) - mean) / divisor)),
                    );
                }
            }
            Way::Pca(pca) => pca.turn(images, |value| values.push(round(value))),
            Way::Hog(extractor) => extractor.extract(images, |value| values.push(round(value))),
        }
        Array2::from_shape_vec((images.n_rows(), self.n_features), values)
            .expect("as many values as rows times features")
    }
}

const NOT_OF_PIXELS: &str = "each float is made of more than one byte";

/// Mean and population standard deviation of each pixel over the rows.
#[expect(
    clippy::cast_precision_loss,
    reason = "the result is a float; the sums before it are exact"
)]
pub(crate) fn mean_and_deviation(images: Images<'_>) -> Vec<(f64, f64)> {
    let n_features = images.n_features();
    let (mut sums, mut squares) = (vec![0u64; n_features], vec![0u64; n_features]);
    // 32-bit sums are several times as fast, and so many rows cannot overflow them.
    const ROWS: usize = (u32::MAX / (255 * 255)) as usize;
    for rows in images.pixels().chunks(ROWS * n_features) {
        let (mut part_sums, mut part_squares) = (vec![0u32; n_features], vec![0u32; n_features]);
        for row in rows.chunks_exact(n_features) {
            for ((sum, square), &pixel) in part_sums.iter_mut().zip(&mut part_squares).zip(row) {
                let pixel = u32::from(pixel);
                *sum += pixel;
                *square += pixel * pixel;
            }
        }
        for (total, part) in [(&mut sums, part_sums), (&mut squares, part_squares)] {
            total
                .iter_mut()
                .zip(part)
                .for_each(|(total, part)| *total += u64::from(part));
        }
    }
    let n = images.n_rows().max(1) as u128;
    let statistics = sums.into_iter().zip(squares).map(|(sum, squares)| {
        let (sum, squares) = (u128::from(sum), u128::from(squares));
        let variance_n2 = n * squares - sum * sum;
        (sum as f64 / n as f64, (variance_n2 as f64).sqrt() / n as f64)
    });
    statistics.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The second pixel is constant.
    const TRAIN: [u8; 16] = [0, 10, 255, 7, 2, 10, 0, 7, 4, 10, 255, 9, 9, 10, 1, 7];

    fn train() -> Images<'static> {
        Images::new(&TRAIN, 2, 2)
    }

    #[test]
    fn standard_agrees_with_scikit_learn() {
        // sklearn.preprocessing.StandardScaler().fit_transform(TRAIN)
        let expected = [
            [-1.1211526391279039, 0.0, 0.9999961402256038, -0.5773502691896258],
            [-0.5232045649263551, 0.0, -1.0039253981439755, -0.5773502691896258],
            [0.07474350927519359, 0.0, 0.9999961402256038, 1.7320508075688774],
            [1.5696136947790653, 0.0, -0.9960668823072321, -0.5773502691896258],
        ];
        let scaler = Scaler::fit(Preprocessing::Standard, train());
        let found = scaler.to_f64(train());
        for (found, expected) in found.iter().zip(expected.as_flattened()) {
            assert!((found - expected).abs() < 1e-15, "{found} {expected}");
        }
        for (found, expected) in scaler.to_f32(train()).iter().zip(found) {
            assert_eq!(*found, expected as f32);
        }
    }

    #[test]
    fn a_pixel_constant_in_training_is_0_even_where_a_test_row_differs() {
        let scaler = Scaler::fit(Preprocessing::Standard, train());
        let test = scaler.to_f64(Images::new(&[1, 200, 128, 8], 2, 2));
        // sklearn, for the three pixels that vary.
        let expected = [-0.8221786020271294, 0.0, 0.001964628959185862, 0.5773502691896258];
        for (found, expected) in test.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-15, "{found} {expected}");
        }
    }

    #[test]
    fn one_row_or_many_equal_rows_become_zeros() {
        for n in [1, 1000] {
            let pixels = [255u8, 0, 3, 77].repeat(n);
            let images = Images::new(&pixels, 2, 2);
            let values = Scaler::fit(Preprocessing::Standard, images).to_f64(images);
            assert!(values.iter().all(|&value| value == 0.0));
        }
    }

    #[test]
    fn none_and_unit_keep_no_statistics() {
        let none = Scaler::fit(Preprocessing::None, train());
        assert!(none.is_identity());
        assert_eq!(none.to_f32(train())[[2, 2]], 255.0);
        let unit = Scaler::fit(Preprocessing::Unit, train());
        assert!(!unit.is_identity());
        assert_eq!(unit.to_f64(train())[[0, 2]], 1.0);
        assert_eq!(unit.to_f64(train())[[3, 0]], 9.0 / 255.0);
    }

    #[test]
    fn single_bytes_become_what_rows_of_them_become() {
        for &preprocessing in Preprocessing::OF_PIXELS {
            let scaler = Scaler::fit(preprocessing, train());
            let rows = scaler.to_f64(train());
            let steps = scaler.steps();
            for (i, &byte) in TRAIN.iter().enumerate() {
                let pixel = i % 4;
                assert_eq!(scaler.value(pixel, byte), rows[[i / 4, pixel]]);
                let step = scaler.value(pixel, 1) - scaler.value(pixel, 0);
                assert!((step - steps[pixel]).abs() < 1e-15);
            }
        }
    }

    #[test]
    fn derived_features_are_as_many_as_they_say_and_the_same_in_both_precisions() {
        let pixels: Vec<u8> = (0..64 * 20usize)
            .map(|i| u8::try_from(i * i % 251).unwrap_or(0))
            .collect();
        let images = Images::new(&pixels, 8, 8);
        for (text, n_features) in [
            ("pca(5)", 5),
            ("hog", 36),
            ("hog(orientations=3, cells_per_block=1)", 12),
        ] {
            let scaler = Scaler::fit(text.parse().unwrap(), images);
            assert_eq!(scaler.n_features(), n_features);
            assert!(!scaler.is_of_pixels() && !scaler.is_identity());
            let (double, single) = (scaler.to_f64(images), scaler.to_f32(images));
            assert_eq!(double.dim(), (20, n_features));
            assert!(
                double
                    .iter()
                    .zip(&single)
                    .all(|(double, single)| *double as f32 == *single)
            );
            assert!(double.iter().any(|value| *value != double[[0, 0]]));
        }
    }

    #[test]
    #[should_panic(expected = "a preprocessing that fits")]
    fn what_does_not_fit_is_no_silent_nothing() {
        Scaler::fit("pca(5)".parse().unwrap(), train());
    }
}
