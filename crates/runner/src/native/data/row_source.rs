//! Rows that a solver reads one after the other.

/// Rows that are read one at a time.
pub(crate) trait RowSource {
    fn n_features(&self) -> usize;

    /// Writes the features of a row.
    fn read(&self, row: usize, wide: &mut [f64]);
}
