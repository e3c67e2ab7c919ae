//! Standardization: each pixel minus its mean, divided by its standard deviation.
//!
//! The features equal those of scikit-learn's `StandardScaler`, except for a pixel that is constant in the training rows:
//! here its feature is 0 in every row, there it is the difference from the mean.

use super::Preprocessing;
use super::method::{Fitted, Method};
use crate::data::Images;

/// Each pixel minus its mean, divided by its population standard deviation, both over the training rows.
///
/// A pixel that is constant in the training rows becomes 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Standard;

impl Preprocessing {
    /// Each pixel minus its mean, divided by its population standard deviation; a constant pixel becomes 0.
    pub const STANDARD: Preprocessing = Preprocessing::Standard(Standard);
}

impl Method for Standard {
    const NAME: &'static str = "standard";
    const EXAMPLE: Standard = Standard;
    type Fitted = Statistics;

    fn n_features(self, height: usize, width: usize) -> usize {
        height * width
    }

    fn is_non_negative(self) -> bool {
        false
    }

    fn is_of_pixels(self) -> bool {
        true
    }

    fn fit(self, train: Images<'_>) -> Statistics {
        let divisor = |deviation: f64| if deviation > 0.0 { deviation } else { f64::INFINITY };
        let statistics = mean_and_deviation(train).into_iter();
        Statistics {
            mean_and_divisor: statistics
                .map(|(mean, deviation)| (mean, divisor(deviation)))
                .collect(),
        }
    }
}

/// Statistics of the training rows.
#[derive(Clone, Debug)]
pub(crate) struct Statistics {
    /// One pair per pixel. The divisor is the standard deviation, or infinity for a constant pixel.
    mean_and_divisor: Vec<(f64, f64)>,
}

impl Fitted for Statistics {
    fn convert<T: Copy + Send>(&self, images: Images<'_>, round: impl Fn(f64) -> T + Sync) -> Vec<T> {
        let mut values = Vec::with_capacity(images.pixels().len());
        for row in images.rows() {
            let scaled = row.iter().zip(&self.mean_and_divisor);
            values.extend(scaled.map(|(&pixel, (mean, divisor))| round((f64::from(pixel) - mean) / divisor)));
        }
        values
    }

    fn value(&self, pixel: usize, byte: u8) -> Option<f64> {
        let (mean, divisor) = self.mean_and_divisor[pixel];
        Some((f64::from(byte) - mean) / divisor)
    }

    fn step(&self, pixel: usize) -> Option<f64> {
        Some(self.mean_and_divisor[pixel].1.recip())
    }
}

/// Mean and population standard deviation of each pixel over the rows, in bytes (0 to 255).
///
/// Sums are exact, in integers: the result does not depend on the order of the rows.
#[expect(
    clippy::cast_precision_loss,
    reason = "the result is a float; the sums before it are exact"
)]
pub fn mean_and_deviation(images: Images<'_>) -> Vec<(f64, f64)> {
    let n_features = images.n_features();
    let (mut sums, mut squares) = (vec![0u64; n_features], vec![0u64; n_features]);
    // Sums of 32 bits are several times as fast, and this many rows cannot overflow them.
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
    use crate::preprocessing::Transform;

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
        let transform = Transform::fit(Preprocessing::STANDARD, train());
        let found = transform.to_f64(train());
        for (found, expected) in found.iter().zip(expected.as_flattened()) {
            assert!((found - expected).abs() < 1e-15, "{found} {expected}");
        }
        for (found, expected) in transform.to_f32(train()).iter().zip(found) {
            assert_eq!(*found, expected as f32);
        }
    }

    #[test]
    fn a_pixel_constant_in_training_is_0_even_where_a_test_row_differs() {
        let transform = Transform::fit(Preprocessing::STANDARD, train());
        let test = transform.to_f64(Images::new(&[1, 200, 128, 8], 2, 2));
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
            let values = Transform::fit(Preprocessing::STANDARD, images).to_f64(images);
            assert!(values.iter().all(|&value| value == 0.0));
        }
    }

    #[test]
    fn steps_are_differences_of_values_and_0_for_a_constant_pixel() {
        let transform = Transform::fit(Preprocessing::STANDARD, train());
        let steps = transform.steps();
        assert_eq!(steps[1], 0.0);
        for (pixel, step) in steps.iter().enumerate() {
            let difference = transform.value(pixel, 1) - transform.value(pixel, 0);
            assert!((difference - step).abs() < 1e-15, "{pixel}");
        }
    }
}
