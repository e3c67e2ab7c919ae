//! The exact distance of rows that are stored as floats, in `f64`.

use ndarray::{CowArray, Ix2};

use crate::estimator::samples::Samples;
use crate::estimator::stored_rows::StoredRows;
use crate::native::kernels::distance::Distance;
use crate::native::neighbors::float_quantizer::FloatQuantizer;
use crate::native::neighbors::metric::Metric;
use crate::native::neighbors::row_distance::RowDistance;

/// The smallest and the largest number of dimensions of the projection. A quarter of the features of `hog` leaves 500 of 60,000 rows of
/// Fashion-MNIST to compare, and 64 leave 12,000.
const DIRECTIONS: std::ops::RangeInclusive<usize> = 64..=320;

/// Computes distances of floats. Differences and their sums are in `f64`.
pub(crate) struct FloatDistance {
    kernel: Distance,
    metric: Metric,
}

impl FloatDistance {
    pub(crate) fn new(metric: Metric) -> FloatDistance {
        FloatDistance {
            kernel: Distance::detect(),
            metric,
        }
    }
}

impl RowDistance for FloatDistance {
    type Value = f32;
    type Quantizer = FloatQuantizer;

    fn metric(&self) -> Metric {
        self.metric
    }

    fn kernel(&self) -> Distance {
        self.kernel
    }

    fn reduced(&self, a: &[f32], b: &[f32]) -> f64 {
        match self.metric {
            Metric::Euclidean => self.kernel.squared_floats(a, b),
            Metric::Manhattan => self.kernel.absolute_floats(a, b),
        }
    }

    fn quantizer(&self, train: StoredRows<'_, f32>) -> FloatQuantizer {
        FloatQuantizer::new(train, self.metric)
    }

    fn comparable<'s>(&self, samples: &'s Samples) -> CowArray<'s, f32, Ix2> {
        samples.f32().view().into()
    }

    fn n_directions(&self, n_features: usize) -> usize {
        (n_features / 4).clamp(*DIRECTIONS.start(), *DIRECTIONS.end())
    }
}
