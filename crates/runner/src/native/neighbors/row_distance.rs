//! What a search needs to know about stored rows: their exact distance, and the two forms that bound it.

use ndarray::{CowArray, Ix2};

use crate::estimator::samples::Samples;
use crate::estimator::stored_rows::{StoredRows, StoredValue};
use crate::native::kernels::distance::Distance;
use crate::native::neighbors::metric::Metric;

/// The exact distance of rows that are stored as bytes or floats.
pub(crate) trait RowDistance: Send + Sync {
    /// The type of a stored feature.
    type Value: StoredValue;

    /// Makes bytes of rows.
    type Quantizer: Quantizer<Self::Value>;

    fn metric(&self) -> Metric;

    /// The kernels of this processor.
    fn kernel(&self) -> Distance;

    /// The reduced distance of two rows, see [`Metric::to_distance`]. Rows are ranked by it.
    fn reduced(&self, a: &[Self::Value], b: &[Self::Value]) -> f64;

    /// The reduced distance if it is at most `bound`.
    fn reduced_within(&self, a: &[Self::Value], b: &[Self::Value], bound: f64) -> Option<f64> {
        Some(self.reduced(a, b)).filter(|reduced| *reduced <= bound)
    }

    /// A quantizer that suits these training rows.
    fn quantizer(&self, train: StoredRows<'_, Self::Value>) -> Self::Quantizer;

    /// Floats with the same distances, up to their rounding.
    fn comparable<'s>(&self, samples: &'s Samples) -> CowArray<'s, f32, Ix2>;

    /// Dimensions of a projection that suits rows of `n_features` features. More make the matrix product slower; fewer leave more rows to
    /// compare.
    fn n_directions(&self, n_features: usize) -> usize;
}

/// Rounds rows to bytes: a distance of bytes is at most [`Quantizer::scale`] times the distance of the rows plus the rounding errors of both.
pub(crate) trait Quantizer<T>: Send + Sync {
    /// Quantized units per unit of distance. `None` if the bytes are the rows, and their reduced distance is the exact one.
    fn scale(&self) -> Option<f64>;

    /// Writes the quantized row and returns an upper bound of its rounding error. `quantized` may be longer than `row`; the rest of it is
    /// left as it is.
    fn quantize(&self, row: &[T], quantized: &mut [u8]) -> f64;
}
