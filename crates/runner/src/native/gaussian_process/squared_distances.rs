//! Squared distances between rows in f64 by matrix products, and the RBF kernel of them.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, s};
use rayon::prelude::*;

/// Rows whose products with themselves are computed at once, for their squared norms.
const TILE: usize = 64;

/// Rows of a kernel matrix that one thread computes.
const ROWS_PER_THREAD: usize = 256;

/// Rows with their squared norms.
pub(crate) struct NormedRows {
    values: Array2<f64>,
    squared_norms: Vec<f64>,
}

/// Consecutive rows of a [`NormedRows`].
#[derive(Clone, Copy)]
pub(crate) struct RowSpan<'a> {
    values: ArrayView2<'a, f64>,
    squared_norms: &'a [f64],
}

impl NormedRows {
    pub(crate) fn new(values: Array2<f64>) -> NormedRows {
        // The same matrix product as for all other dot products, so that equal rows have distance 0.
        let norms_of_tile = |rows: ArrayView2<'_, f64>| rows.dot(&rows.t()).diag().to_vec();
        NormedRows {
            squared_norms: values
                .axis_chunks_iter(Axis(0), TILE)
                .flat_map(norms_of_tile)
                .collect(),
            values,
        }
    }

    pub(crate) fn n_rows(&self) -> usize {
        self.values.nrows()
    }

    /// Copies of these rows.
    pub(crate) fn select(&self, rows: &[usize]) -> NormedRows {
        NormedRows {
            values: self.values.select(Axis(0), rows),
            squared_norms: rows.iter().map(|&row| self.squared_norms[row]).collect(),
        }
    }

    pub(crate) fn all(&self) -> RowSpan<'_> {
        self.span(0, self.n_rows())
    }

    /// At most `max_rows` rows from `start` on.
    pub(crate) fn span(&self, start: usize, max_rows: usize) -> RowSpan<'_> {
        let end = (start + max_rows).min(self.n_rows());
        RowSpan {
            values: self.values.slice(s![start..end, ..]),
            squared_norms: &self.squared_norms[start..end],
        }
    }
}

impl RowSpan<'_> {
    pub(crate) fn n_rows(&self) -> usize {
        self.squared_norms.len()
    }

    /// Writes the squared distance of every row to every other row. A distance does not depend on the rows beside it.
    pub(crate) fn squared_distances(&self, others: RowSpan<'_>, mut distances: ArrayViewMut2<'_, f64>) {
        general_mat_mul(-2.0, &self.values, &others.values.t(), 0.0, &mut distances);
        for (mut row, norm) in distances.rows_mut().into_iter().zip(self.squared_norms) {
            row.iter_mut()
                .zip(others.squared_norms)
                .for_each(|(value, other)| *value = (*value + (norm + other)).max(0.0));
        }
    }
}

/// The kernel `exp(-gamma · |a - b|²)` of every row with every other row, on the threads of rayon's current pool.
pub(crate) fn rbf_kernel(rows: &NormedRows, others: &NormedRows, gamma: f64) -> Array2<f64> {
    let mut kernel = Array2::zeros((rows.n_rows(), others.n_rows()));
    (kernel.axis_chunks_iter_mut(Axis(0), ROWS_PER_THREAD))
        .into_par_iter()
        .enumerate()
        .for_each(|(chunk, mut values)| {
            rows.span(chunk * ROWS_PER_THREAD, ROWS_PER_THREAD)
                .squared_distances(others.all(), values.view_mut());
            values.mapv_inplace(|squared_distance| (-gamma * squared_distance).exp());
        });
    kernel
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_are_those_of_the_plain_sums_and_equal_rows_have_distance_0() {
        let value = |(row, feature): (usize, usize)| ((row % 80 * 37 + feature * 11) % 29) as f64 / 7.0 - 2.0;
        let rows = NormedRows::new(Array2::from_shape_fn((90, 300), value));
        let kernel = rbf_kernel(&rows, &rows.select(&[3, 85, 40]), 0.001);
        for (row, others) in kernel.rows().into_iter().enumerate() {
            for (&found, other) in others.iter().zip([3, 85, 40]) {
                let squared_distance: f64 = (0..300)
                    .map(|feature| (value((row, feature)) - value((other, feature))).powi(2))
                    .sum();
                assert!(
                    (found - (-0.001 * squared_distance).exp()).abs() < 1e-12,
                    "{row} {other}"
                );
            }
        }
        assert_eq!((kernel[[3, 0]], kernel[[83, 0]], kernel[[5, 1]]), (1.0, 1.0, 1.0));
    }
}
