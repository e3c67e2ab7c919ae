//! From bytes to floats, with the statistics of the training rows alone.

use std::fmt;
use std::str::FromStr;

use ndarray::Array2;
use thiserror::Error;

use crate::dataset::Images;

/// How pixels become floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Preprocessing {
    /// As they are: 0 to 255.
    None,
    /// Divided by 255: 0 to 1.
    Unit,
    /// Each pixel less its mean, divided by its population standard deviation; a constant pixel becomes 0.
    Standard,
}

impl Preprocessing {
    /// Every way, in the order in which they are listed.
    pub const ALL: &'static [Preprocessing] =
        &[Preprocessing::None, Preprocessing::Unit, Preprocessing::Standard];

    fn name(self) -> &'static str {
        match self {
            Preprocessing::None => "none",
            Preprocessing::Unit => "unit",
            Preprocessing::Standard => "standard",
        }
    }
}

impl fmt::Display for Preprocessing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A word that names no preprocessing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("unknown preprocessing `{0}`: it is one of none, unit, standard")]
pub struct UnknownPreprocessing(pub String);

impl FromStr for Preprocessing {
    type Err = UnknownPreprocessing;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL
            .iter()
            .find(|preprocessing| preprocessing.name() == word);
        found
            .copied()
            .ok_or_else(|| UnknownPreprocessing(word.to_owned()))
    }
}

/// Turns images into floats the same way for training and test rows.
#[derive(Clone, Debug)]
pub struct Scaler {
    preprocessing: Preprocessing,
    /// Subtracted from, then divided into, each pixel; a divisor of infinity makes a constant pixel 0. Empty but for
    /// [`Preprocessing::Standard`].
    mean_and_divisor: Vec<(f64, f64)>,
}

impl Scaler {
    /// Takes the statistics of these rows. Sums are exact, in integers.
    pub fn fit(preprocessing: Preprocessing, train: Images<'_>) -> Scaler {
        let mean_and_divisor = match preprocessing {
            Preprocessing::None | Preprocessing::Unit => Vec::new(),
            Preprocessing::Standard => mean_and_deviation(train)
                .into_iter()
                .map(|(mean, deviation)| (mean, if deviation > 0.0 { deviation } else { f64::INFINITY }))
                .collect(),
        };
        Scaler {
            preprocessing,
            mean_and_divisor,
        }
    }

    /// Whether the floats are the bytes, so that an engine may as well work on the bytes.
    pub fn is_identity(&self) -> bool {
        self.preprocessing == Preprocessing::None
    }

    /// The float that a byte becomes at a pixel, as [`Scaler::to_f64`] has it.
    ///
    /// # Panics
    /// If there is no such pixel.
    pub fn value(&self, pixel: usize, byte: u8) -> f64 {
        match self.preprocessing {
            Preprocessing::None => f64::from(byte),
            Preprocessing::Unit => f64::from(byte) / 255.0,
            Preprocessing::Standard => {
                let (mean, divisor) = self.mean_and_divisor[pixel];
                (f64::from(byte) - mean) / divisor
            }
        }
    }

    /// How far apart the floats of two bytes are that differ by 1, at each of so many pixels; 0 where a pixel is constant.
    pub fn steps(&self, n_features: usize) -> Vec<f64> {
        match self.preprocessing {
            Preprocessing::None => vec![1.0; n_features],
            Preprocessing::Unit => vec![1.0 / 255.0; n_features],
            Preprocessing::Standard => self
                .mean_and_divisor
                .iter()
                .map(|(_, divisor)| divisor.recip())
                .collect(),
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
        let mut values = Vec::with_capacity(images.pixels().len());
        match self.preprocessing {
            Preprocessing::None => {
                values.extend(images.pixels().iter().map(|&pixel| round(f64::from(pixel))))
            }
            Preprocessing::Unit => {
                values.extend(
                    images
                        .pixels()
                        .iter()
                        .map(|&pixel| round(f64::from(pixel) / 255.0)),
                );
            }
            Preprocessing::Standard => {
                assert_eq!(
                    images.n_features(),
                    self.mean_and_divisor.len(),
                    "images as large as those of the fit"
                );
                for row in images.rows() {
                    let scaled = row.iter().zip(&self.mean_and_divisor);
                    values.extend(
                        scaled.map(|(&pixel, (mean, divisor))| round((f64::from(pixel) - mean) / divisor)),
                    );
                }
            }
        }
        Array2::from_shape_vec((images.n_rows(), images.n_features()), values)
            .expect("as many values as rows times pixels")
    }
}

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
        for &preprocessing in Preprocessing::ALL {
            let scaler = Scaler::fit(preprocessing, train());
            let rows = scaler.to_f64(train());
            let steps = scaler.steps(4);
            for (i, &byte) in TRAIN.iter().enumerate() {
                let pixel = i % 4;
                assert_eq!(scaler.value(pixel, byte), rows[[i / 4, pixel]]);
                let step = scaler.value(pixel, 1) - scaler.value(pixel, 0);
                assert!((step - steps[pixel]).abs() < 1e-15);
            }
        }
    }

    #[test]
    fn names_are_read_back() {
        for &preprocessing in Preprocessing::ALL {
            assert_eq!(preprocessing.to_string().parse(), Ok(preprocessing));
        }
        assert_eq!(
            "Unit".parse::<Preprocessing>(),
            Err(UnknownPreprocessing("Unit".into()))
        );
    }
}
