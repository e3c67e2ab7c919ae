//! The interface through which a solver reads its rows.

use crate::native::kernels::vector_ops::VectorOps;

/// Rows that are read one at a time, as `f64`.
pub(crate) trait RowSource {
    /// Number of values of a row.
    fn n_features(&self) -> usize;

    /// Writes the features of row `row` into `row_f64`, which has [`RowSource::n_features`] values.
    fn read(&self, row: usize, row_f64: &mut [f64]);

    /// The products of the first `n_rows` rows with `weights`, which has [`RowSource::n_features`] values.
    fn products(&self, n_rows: usize, weights: &[f64]) -> Vec<f64> {
        let ops = VectorOps::detect();
        let mut row_f64 = vec![0.0; self.n_features()];
        let product = |row| {
            self.read(row, &mut row_f64);
            ops.dot(weights, &row_f64)
        };
        (0..n_rows).map(product).collect()
    }
}
