//! Scalar quantization of floats: each feature is rounded to a byte, with the same scale for all features.
//!
//! A value `x` becomes `(x - offset) · scale`, clipped to 0 and 255, and rounded. Clipping never increases a distance, so the distance
//! of two quantized rows is at most `scale` times their distance plus both rounding errors.

use crate::estimator::stored_rows::StoredRows;
use crate::native::neighbors::metric::Metric;
use crate::native::neighbors::row_distance::Quantizer;

/// A byte covers so many mean standard deviations, half of them on either side of the mean. On Fashion-MNIST, 8 to 16 leave 10 to 40 of
/// 60,000 rows to compare, for `pca(50)` and `hog` and both metrics.
const DEVIATIONS: f64 = 12.0;

/// Upper bound of the rounding error of one quantized value before it is rounded to a whole number: a few units of the last place of 255
/// in `f64`.
const F64_ERROR: f64 = 1e-12;

/// A quantizer of floats.
pub(crate) struct FloatQuantizer {
    /// The value of each feature that becomes 0.
    offsets: Vec<f64>,
    scale: f64,
    metric: Metric,
}

impl FloatQuantizer {
    /// Takes the offsets and the scale from about 1,000 rows.
    #[expect(clippy::cast_precision_loss, reason = "row and feature counts are below 2^53")]
    pub(crate) fn new(rows: StoredRows<'_, f32>, metric: Metric) -> FloatQuantizer {
        let stride = rows.n_rows().div_ceil(1000).max(1);
        let sample: Vec<&[f32]> = (0..rows.n_rows())
            .step_by(stride)
            .map(|row| rows.row(row))
            .collect();
        let n_rows = sample.len() as f64;
        let mut means = vec![0.0; rows.n_features()];
        for row in &sample {
            means
                .iter_mut()
                .zip(*row)
                .for_each(|(mean, value)| *mean += f64::from(*value) / n_rows);
        }
        let mut variances = vec![0.0; means.len()];
        for row in &sample {
            for ((variance, value), mean) in variances.iter_mut().zip(*row).zip(&means) {
                *variance += (f64::from(*value) - mean).powi(2) / n_rows;
            }
        }
        let deviations: f64 = variances.iter().map(|variance| variance.sqrt()).sum();
        let deviation = deviations / means.len() as f64;
        let scale = if deviation > 0.0 {
            255.0 / (DEVIATIONS * deviation)
        } else {
            1.0
        };
        let offsets = means.into_iter().map(|mean| mean - 127.5 / scale).collect();
        FloatQuantizer {
            offsets,
            scale,
            metric,
        }
    }
}

impl Quantizer<f32> for FloatQuantizer {
    fn scale(&self) -> Option<f64> {
        Some(self.scale)
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole numbers from 0 to 255"
    )]
    fn quantize(&self, row: &[f32], quantized: &mut [u8]) -> f64 {
        let mut error = 0.0;
        for ((byte, value), offset) in quantized.iter_mut().zip(row).zip(&self.offsets) {
            let exact = ((f64::from(*value) - offset) * self.scale).clamp(0.0, 255.0);
            let rounded = exact.round();
            *byte = rounded as u8;
            let own = (exact - rounded).abs() + F64_ERROR;
            error += match self.metric {
                Metric::Manhattan => own,
                Metric::Euclidean => own * own,
            };
        }
        self.metric.to_distance(error)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_distance_of_bytes_is_bounded_by_that_of_the_rows(
            values in proptest::collection::vec(prop_oneof![-4.0..4.0f32, -90.0..90.0f32, Just(0.0)], 24..400)
        ) {
            let rows = StoredRows::new(&values[..values.len() / 6 * 6], 6);
            for metric in [Metric::Manhattan, Metric::Euclidean] {
                let quantizer = FloatQuantizer::new(rows, metric);
                let scale = quantizer.scale().unwrap();
                let quantized = |row: usize| {
                    let mut bytes = [0; 6];
                    let error = quantizer.quantize(rows.row(row), &mut bytes);
                    (bytes, error)
                };
                let power = |difference: f64| if metric == Metric::Manhattan { difference.abs() } else { difference * difference };
                let (own, own_error) = quantized(0);
                for row in 1..rows.n_rows() {
                    let (bytes, error) = quantized(row);
                    let of_bytes: f64 = own.iter().zip(bytes).map(|(a, b)| power(f64::from(*a) - f64::from(b))).sum();
                    let of_rows: f64 =
                        rows.row(0).iter().zip(rows.row(row)).map(|(a, b)| power(f64::from(*a) - f64::from(*b))).sum();
                    let bound = scale * metric.to_distance(of_rows) + own_error + error;
                    prop_assert!(metric.to_distance(of_bytes) <= bound * (1.0 + 1e-9));
                }
            }
        }
    }
}
