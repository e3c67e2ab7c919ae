//! The interface through which a solver reads its rows.

/// Rows that are read one at a time, as `f64`.
pub(crate) trait RowSource {
    /// Number of values of a row.
    fn n_features(&self) -> usize;

    /// Writes the features of row `row` into `row_f64`, which has [`RowSource::n_features`] values.
    fn read(&self, row: usize, row_f64: &mut [f64]);
}
