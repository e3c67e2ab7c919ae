//! The exact Minkowski distance of two rows, for p = 1 and p = 2.

use crate::estimator::error::FitError;
use crate::estimator::samples::Samples;
use crate::native::kernels::distance::{Distance, F32_ERROR};

/// The distance between two rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Metric {
    /// The sum of absolute differences: Minkowski's distance with p = 1.
    Manhattan,
    /// The root of the sum of squared differences: Minkowski's distance with p = 2.
    #[default]
    Euclidean,
}

/// Computes distances of preprocessed rows from their bytes. A preprocessed pixel changes by a constant step per unit of
/// its byte, so a distance is a sum of byte differences, each weighted by the step of its pixel.
///
/// Rows are ranked by the *reduced distance* (scikit-learn's term): the squared distance for [`Metric::Euclidean`],
/// the distance itself for [`Metric::Manhattan`]. If all steps are equal, the unit is one step: this changes neither the
/// order of rows nor the ratio of distances.
pub(crate) struct MinkowskiDistance {
    pub(crate) kernel: Distance,
    pub(crate) metric: Metric,
    /// `None` if the steps of all pixels are equal.
    pub(crate) weights: Option<PixelWeights>,
}

/// The step of every pixel, to the power p.
pub(crate) struct PixelWeights {
    pub(crate) double: Vec<f64>,
    pub(crate) single: Vec<f32>,
}

impl Metric {
    /// The most features whose distance fits the 32-bit sums of the kernels: 2³² divided by the largest term.
    fn max_features(self) -> usize {
        match self {
            Metric::Manhattan => (u32::MAX / 255) as usize,
            Metric::Euclidean => (u32::MAX / (255 * 255)) as usize,
        }
    }

    /// Checks the width of the rows.
    ///
    /// # Errors
    /// [`FitError::Data`] for more features than the sums can hold.
    pub(crate) fn check_width(self, n_features: usize) -> Result<(), FitError> {
        let most = self.max_features();
        if n_features > most {
            return Err(FitError::Data(format!(
                "{self:?} distance takes at most {most} features, not {n_features}"
            )));
        }
        Ok(())
    }
}

impl MinkowskiDistance {
    pub(crate) fn new(metric: Metric, train: &Samples) -> MinkowskiDistance {
        let steps = train.transform().steps();
        let are_equal = steps.iter().all(|step| *step == steps[0] && *step > 0.0);
        let weight = |step: &f64| match metric {
            Metric::Manhattan => *step,
            Metric::Euclidean => step * step,
        };
        MinkowskiDistance {
            kernel: Distance::detect(),
            metric,
            weights: (!are_equal).then(|| {
                let double: Vec<f64> = steps.iter().map(weight).collect();
                let single = double.iter().map(|&weight| weight as f32).collect();
                PixelWeights { double, single }
            }),
        }
    }

    /// The reduced distance of two rows.
    pub(crate) fn reduced(&self, a: &[u8], b: &[u8]) -> f64 {
        match (self.metric, &self.weights) {
            (Metric::Euclidean, None) => f64::from(self.kernel.squared(a, b)),
            (Metric::Euclidean, Some(weights)) => self.kernel.weighted_squared(a, b, &weights.double),
            (Metric::Manhattan, None) => a.iter().zip(b).map(|(a, b)| f64::from(a.abs_diff(*b))).sum(),
            (Metric::Manhattan, Some(weights)) => self.kernel.weighted_absolute(a, b, &weights.double),
        }
    }

    /// The reduced distance if it is at most `bound`. An estimate in `f32` excludes most rows that are farther away.
    pub(crate) fn reduced_within(&self, a: &[u8], b: &[u8], bound: f64) -> Option<f64> {
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

    /// The distance that belongs to a reduced distance.
    pub(crate) fn to_distance(&self, reduced: f64) -> f64 {
        match self.metric {
            Metric::Manhattan => reduced,
            Metric::Euclidean => reduced.sqrt(),
        }
    }
}
