//! Rows in the type in which they are stored: bytes, or features in single precision.
//!
//! A solver that is generic over [`StoredValue`] takes both forms of [`Layout::BytesOrF32`](super::samples::Layout::BytesOrF32).

use std::fmt::Debug;

use crate::estimator::checks::check_stored_queries;
use crate::estimator::error::FitError;
use crate::estimator::samples::Samples;

/// The type of a stored feature: `u8` or `f32`.
pub(crate) trait StoredValue: Copy + PartialOrd + Debug + Send + Sync + 'static {
    /// Whether it is `u8`.
    const IS_BYTE: bool;

    /// The rows of these samples.
    ///
    /// # Panics
    /// If they are stored in another type.
    fn rows(samples: &Samples) -> StoredRows<'_, Self>;

    /// The rows of these samples, if they fit training rows of this type with `n_features` features.
    ///
    /// # Errors
    /// Those of [`check_stored_queries`].
    fn queries(samples: &Samples, n_features: usize) -> Result<StoredRows<'_, Self>, FitError> {
        check_stored_queries(Self::IS_BYTE, samples, n_features)?;
        Ok(Self::rows(samples))
    }
}

/// `n_rows × n_features` stored values, row by row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StoredRows<'a, T> {
    values: &'a [T],
    n_features: usize,
}

impl<'a, T> StoredRows<'a, T> {
    /// # Panics
    /// If `n_features` is 0, or the length of `values` is no multiple of it.
    pub(crate) fn new(values: &'a [T], n_features: usize) -> StoredRows<'a, T> {
        assert!(
            n_features > 0 && values.len().is_multiple_of(n_features),
            "whole rows"
        );
        StoredRows { values, n_features }
    }

    /// All values, row by row.
    #[inline]
    pub(crate) fn values(&self) -> &'a [T] {
        self.values
    }

    #[inline]
    pub(crate) fn n_rows(&self) -> usize {
        self.values.len() / self.n_features
    }

    #[inline]
    pub(crate) fn n_features(&self) -> usize {
        self.n_features
    }

    #[inline]
    pub(crate) fn row(&self, row: usize) -> &'a [T] {
        &self.values[row * self.n_features..][..self.n_features]
    }
}

impl StoredValue for u8 {
    const IS_BYTE: bool = true;

    fn rows(samples: &Samples) -> StoredRows<'_, u8> {
        let images = samples.bytes();
        StoredRows::new(images.pixels(), images.n_features())
    }
}

impl StoredValue for f32 {
    const IS_BYTE: bool = false;

    fn rows(samples: &Samples) -> StoredRows<'_, f32> {
        let values = samples.f32().as_slice().expect("samples keep floats row by row");
        StoredRows::new(values, samples.n_features())
    }
}
