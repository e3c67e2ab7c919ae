//! The exact Minkowski distance of two rows.

use crate::estimator::samples::Samples;
use crate::native::kernels::distance::{Distance, F32_ERROR};

/// The exact distance of two rows; for p = 2 its square. Where all steps are equal it is counted in steps, which changes neither
/// the order of rows nor the ratio of distances.
pub(crate) struct MinkowskiDistance {
    pub(crate) distance: Distance,
    pub(crate) power: Power,
    /// Of every pixel the step to the power p; none where all are equal.
    pub(crate) weights: Option<Weights>,
}

pub(crate) struct Weights {
    pub(crate) exact: Vec<f64>,
    pub(crate) single: Vec<f32>,
}

/// Which Minkowski distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Power {
    One,
    Two,
}

impl MinkowskiDistance {
    pub(crate) fn new(power: Power, train: &Samples) -> MinkowskiDistance {
        let steps = train.transform().steps();
        let is_even = steps.iter().all(|step| *step == steps[0] && *step > 0.0);
        let weight = |step: &f64| match power {
            Power::One => *step,
            Power::Two => step * step,
        };
        MinkowskiDistance {
            distance: Distance::detect(),
            power,
            weights: (!is_even).then(|| {
                let exact: Vec<f64> = steps.iter().map(weight).collect();
                let single = exact.iter().map(|&weight| weight as f32).collect();
                Weights { exact, single }
            }),
        }
    }

    pub(crate) fn between(&self, a: &[u8], b: &[u8]) -> f64 {
        match (self.power, &self.weights) {
            (Power::Two, None) => f64::from(self.distance.squared(a, b)),
            (Power::Two, Some(weights)) => self.distance.weighted_squared(a, b, &weights.exact),
            (Power::One, None) => a.iter().zip(b).map(|(a, b)| f64::from(a.abs_diff(*b))).sum(),
            (Power::One, Some(weights)) => self.distance.weighted_absolute(a, b, &weights.exact),
        }
    }

    /// [`MinkowskiDistance::between`], unless a look in f32 shows that it is beyond `bound`.
    pub(crate) fn within(&self, a: &[u8], b: &[u8], bound: f64) -> Option<f64> {
        if let Some(weights) = &self.weights {
            let about = match self.power {
                Power::One => self.distance.weighted_absolute_f32(a, b, &weights.single),
                Power::Two => self.distance.weighted_squared_f32(a, b, &weights.single),
            };
            if f64::from(about) * (1.0 - F32_ERROR) > bound * (1.0 + F32_ERROR) {
                return None;
            }
        }
        Some(self.between(a, b)).filter(|apart| *apart <= bound)
    }

    /// The distance itself, of what [`MinkowskiDistance::between`] gives.
    pub(crate) fn rooted(&self, distance: f64) -> f64 {
        match self.power {
            Power::One => distance,
            Power::Two => distance.sqrt(),
        }
    }
}
