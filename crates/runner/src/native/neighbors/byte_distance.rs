//! The exact distance of preprocessed rows that are stored as bytes.

use ndarray::{Array2, CowArray, Ix2};

use crate::estimator::error::FitError;
use crate::estimator::samples::Samples;
use crate::estimator::stored_rows::StoredRows;
use crate::native::kernels::distance::{Distance, F32_ERROR};
use crate::native::neighbors::metric::Metric;
use crate::native::neighbors::row_distance::RowDistance;
use crate::native::neighbors::scalar_quantizer::{ByteQuantizer, ScalarQuantizer};

/// Dimensions of the projection. Measured on one Zen 3 core, 2026-11, on all rows of Fashion-MNIST.
const DIRECTIONS: usize = 64;

/// The same for weighted pixels, where exact comparisons cost more. Measured as above.
const DIRECTIONS_WEIGHTED: usize = 96;

/// Computes distances of preprocessed rows from their bytes. A preprocessed pixel changes by a constant step per unit of
/// its byte, so a distance is a sum of byte differences, each weighted by the step of its pixel.
///
/// If all steps are equal, the unit is one step: this changes neither the order of rows nor the ratio of distances.
pub(crate) struct ByteDistance {
    kernel: Distance,
    metric: Metric,
    /// `None` if the steps of all pixels are equal.
    weights: Option<PixelWeights>,
}

/// The step of every pixel, to the power p.
struct PixelWeights {
    double: Vec<f64>,
    single: Vec<f32>,
}

/// Checks the width of rows of bytes.
///
/// # Errors
/// [`FitError::Data`] for more features than the 32-bit sums of the kernels can hold: 2³² divided by the largest term.
pub(crate) fn check_width(metric: Metric, n_features: usize) -> Result<(), FitError> {
    let most = match metric {
        Metric::Manhattan => (u32::MAX / 255) as usize,
        Metric::Euclidean => (u32::MAX / (255 * 255)) as usize,
    };
    if n_features > most {
        return Err(FitError::Data(format!(
            "{metric:?} distance takes at most {most} features, not {n_features}"
        )));
    }
    Ok(())
}

impl ByteDistance {
    pub(crate) fn new(metric: Metric, train: &Samples) -> ByteDistance {
        let steps = train.transform().steps();
        let are_equal = steps.iter().all(|step| *step == steps[0] && *step > 0.0);
        let weight = |step: &f64| match metric {
            Metric::Manhattan => *step,
            Metric::Euclidean => step * step,
        };
        ByteDistance {
            kernel: Distance::detect(),
            metric,
            weights: (!are_equal).then(|| {
                let double: Vec<f64> = steps.iter().map(weight).collect();
                let single = double.iter().map(|&weight| weight as f32).collect();
                PixelWeights { double, single }
            }),
        }
    }
}

impl RowDistance for ByteDistance {
    type Value = u8;
    type Quantizer = ByteQuantizer;

    fn metric(&self) -> Metric {
        self.metric
    }

    fn kernel(&self) -> Distance {
        self.kernel
    }

    fn reduced(&self, a: &[u8], b: &[u8]) -> f64 {
        match (self.metric, &self.weights) {
            (Metric::Euclidean, None) => f64::from(self.kernel.squared(a, b)),
            (Metric::Euclidean, Some(weights)) => self.kernel.weighted_squared(a, b, &weights.double),
            (Metric::Manhattan, None) => a.iter().zip(b).map(|(a, b)| f64::from(a.abs_diff(*b))).sum(),
            (Metric::Manhattan, Some(weights)) => self.kernel.weighted_absolute(a, b, &weights.double),
        }
    }

    /// An estimate in `f32` excludes most rows that are farther away.
    fn reduced_within(&self, a: &[u8], b: &[u8], bound: f64) -> Option<f64> {
        if let Some(weights) = &self.weights {
            let estimate = match self.metric {
                Metric::Manhattan => self.kernel.weighted_absolute_f32(a, b, &weights.single),
                Metric::Euclidean => self.kernel.weighted_squared_f32(a, b, &weights.single),
            };
            if f64::from(estimate) * (1.0 - F32_ERROR) > bound * (1.0 + F32_ERROR) {
                return None;
            }
        }
        Some(self.reduced(a, b)).filter(|reduced| *reduced <= bound)
    }

    fn quantizer(&self, train: StoredRows<'_, u8>) -> ByteQuantizer {
        let step = |weight: &f64| self.metric.to_distance(*weight);
        ByteQuantizer(self.weights.as_ref().map(|weights| {
            let steps: Vec<f64> = weights.double.iter().map(step).collect();
            ScalarQuantizer::new(train, &steps, self.metric)
        }))
    }

    /// The bytes themselves if all steps are equal.
    fn comparable<'s>(&self, samples: &'s Samples) -> CowArray<'s, f32, Ix2> {
        let images = samples.bytes();
        match self.weights {
            None => {
                let values = images.pixels().iter().map(|&byte| f32::from(byte)).collect();
                let values = Array2::from_shape_vec((images.n_rows(), images.n_features()), values);
                values.expect("as many values as rows times pixels").into()
            }
            Some(_) => samples.transform().to_f32(images).into(),
        }
    }

    fn n_directions(&self, _: usize) -> usize {
        if self.weights.is_none() {
            DIRECTIONS
        } else {
            DIRECTIONS_WEIGHTED
        }
    }
}
