//! Scalar quantization: preprocessed pixels rounded to bytes, with the rounding error of every row.
//!
//! A byte `x` becomes `x · step · scale`, rounded and clipped at 255. Clipping never increases a distance, so the
//! distance of two quantized rows is at most `scale` times their distance plus both rounding errors.

use crate::estimator::stored_rows::StoredRows;
use crate::native::neighbors::metric::Metric;
use crate::native::neighbors::row_distance::Quantizer;

/// A quantizer of bytes, or `None` where they are compared as they are.
pub(crate) struct ByteQuantizer(pub(crate) Option<ScalarQuantizer>);

impl Quantizer<u8> for ByteQuantizer {
    fn scale(&self) -> Option<f64> {
        self.0.as_ref().map(|quantizer| quantizer.scale)
    }

    fn quantize(&self, row: &[u8], quantized: &mut [u8]) -> f64 {
        match &self.0 {
            None => {
                quantized[..row.len()].copy_from_slice(row);
                0.0
            }
            Some(quantizer) => quantizer.quantize(row, quantized),
        }
    }
}

/// A quantizer with a table for every pixel.
pub(crate) struct ScalarQuantizer {
    pixels: Vec<Pixel>,
    metric: Metric,
    /// Quantized units per unit of distance.
    scale: f64,
}

/// The quantized byte of each of the 256 values of a pixel, and the rounding error to the power p.
struct Pixel {
    bytes: [u8; 256],
    errors: [f32; 256],
}

impl ScalarQuantizer {
    /// Chooses a scale such that few values are clipped. `steps`: how much each pixel grows per unit of its byte.
    pub(crate) fn new(rows: StoredRows<'_, u8>, steps: &[f64], metric: Metric) -> ScalarQuantizer {
        // A byte covers eight times the typical size of a preprocessed pixel.
        let largest = steps.iter().copied().fold(0.0, f64::max);
        let spread = mean_rms(rows, steps);
        let scale = if spread > 0.0 {
            255.0 / (8.0 * spread)
        } else {
            largest.max(1.0).recip()
        };
        let pixel = |step: &f64| {
            let value = |byte: usize| step * scale * f64::from(byte as u8);
            let error = |byte: usize| {
                let error = (value(byte) - value(byte).round()).abs();
                match metric {
                    Metric::Manhattan => error as f32,
                    Metric::Euclidean => (error * error) as f32,
                }
            };
            Pixel {
                bytes: std::array::from_fn(|byte| value(byte).round().min(255.0) as u8),
                errors: std::array::from_fn(error),
            }
        };
        ScalarQuantizer {
            pixels: steps.iter().map(pixel).collect(),
            metric,
            scale,
        }
    }

    /// Writes the quantized row and returns an upper bound of its rounding error, before clipping.
    fn quantize(&self, row: &[u8], quantized: &mut [u8]) -> f64 {
        // Twice the largest relative error of a sum in f32.
        let slack = 1.0 + (row.len() + 2) as f64 * f64::from(f32::EPSILON);
        let mut error = 0.0f32;
        for ((quantized, &byte), pixel) in quantized.iter_mut().zip(row).zip(&self.pixels) {
            *quantized = pixel.bytes[usize::from(byte)];
            error += pixel.errors[usize::from(byte)];
        }
        match self.metric {
            Metric::Manhattan => f64::from(error) * slack,
            Metric::Euclidean => f64::from(error).sqrt() * slack,
        }
    }
}

/// The root mean square of `byte · step` of a pixel, averaged over the pixels where it is not 0. Reads about 1,000 rows.
fn mean_rms(rows: StoredRows<'_, u8>, steps: &[f64]) -> f64 {
    let mut sums_of_squares = vec![0.0; steps.len()];
    let stride = rows.n_rows().div_ceil(1000);
    let mut n_rows = 0.0;
    for row in (0..rows.n_rows()).step_by(stride.max(1)) {
        n_rows += 1.0;
        for ((sum, &byte), step) in sums_of_squares.iter_mut().zip(rows.row(row)).zip(steps) {
            *sum += (f64::from(byte) * step).powi(2);
        }
    }
    let rms: Vec<f64> = sums_of_squares
        .iter()
        .map(|sum| (sum / n_rows).sqrt())
        .filter(|rms| *rms > 0.0)
        .collect();
    rms.iter().sum::<f64>() / (rms.len() as f64).max(1.0)
}
