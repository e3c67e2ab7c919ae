//! Rows in f64 with their squared lengths, and how far two sets of them are apart, by matrix products.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, s};
use rayon::prelude::*;

/// Rows whose products with themselves are computed at once, for their squared lengths.
const TILE: usize = 64;

/// Rows of a block that one thread computes.
const PART: usize = 256;

/// Rows and their squared lengths.
pub(crate) struct NormedRows {
    values: Array2<f64>,
    squares: Vec<f64>,
}

/// Some rows of a table that lie one after the other.
#[derive(Clone, Copy)]
pub(crate) struct Span<'a> {
    values: ArrayView2<'a, f64>,
    squares: &'a [f64],
}

impl NormedRows {
    pub(crate) fn new(values: Array2<f64>) -> NormedRows {
        // By the same matrix product as all other dot products: rows that are equal are then at distance 0.
        let tile = |rows: ArrayView2<'_, f64>| rows.dot(&rows.t()).diag().to_vec();
        NormedRows {
            squares: values.axis_chunks_iter(Axis(0), TILE).flat_map(tile).collect(),
            values,
        }
    }

    pub(crate) fn n_rows(&self) -> usize {
        self.values.nrows()
    }

    /// Copies of some rows.
    pub(crate) fn select(&self, rows: &[usize]) -> NormedRows {
        NormedRows {
            values: self.values.select(Axis(0), rows),
            squares: rows.iter().map(|&row| self.squares[row]).collect(),
        }
    }

    pub(crate) fn all(&self) -> Span<'_> {
        self.span(0, self.n_rows())
    }

    /// The rows from `start` on, at most so many.
    pub(crate) fn span(&self, start: usize, most: usize) -> Span<'_> {
        let end = (start + most).min(self.n_rows());
        Span {
            values: self.values.slice(s![start..end, ..]),
            squares: &self.squares[start..end],
        }
    }
}

impl Span<'_> {
    pub(crate) fn n_rows(&self) -> usize {
        self.squares.len()
    }

    /// Writes the squared distance of every row to every other. A value is the same whichever rows it is computed with.
    pub(crate) fn apart(&self, others: Span<'_>, mut apart: ArrayViewMut2<'_, f64>) {
        general_mat_mul(-2.0, &self.values, &others.values.t(), 0.0, &mut apart);
        for (mut row, square) in apart.rows_mut().into_iter().zip(self.squares) {
            row.iter_mut()
                .zip(others.squares)
                .for_each(|(value, other)| *value = (*value + (square + other)).max(0.0));
        }
    }
}

/// `exp(-gamma · |a - b|²)` of each two rows, on the threads of rayon's current pool.
pub(crate) fn similarities(rows: &NormedRows, others: &NormedRows, gamma: f64) -> Array2<f64> {
    let mut block = Array2::zeros((rows.n_rows(), others.n_rows()));
    (block.axis_chunks_iter_mut(Axis(0), PART))
        .into_par_iter()
        .enumerate()
        .for_each(|(part, mut values)| {
            rows.span(part * PART, PART)
                .apart(others.all(), values.view_mut());
            values.mapv_inplace(|apart| (-gamma * apart).exp());
        });
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_plain_sums_and_equal_rows_are_not_apart() {
        let value = |(row, feature): (usize, usize)| ((row % 80 * 37 + feature * 11) % 29) as f64 / 7.0 - 2.0;
        let table = NormedRows::new(Array2::from_shape_fn((90, 300), value));
        let block = similarities(&table, &table.select(&[3, 85, 40]), 0.001);
        for (row, others) in block.rows().into_iter().enumerate() {
            for (&found, other) in others.iter().zip([3, 85, 40]) {
                let apart: f64 = (0..300)
                    .map(|feature| (value((row, feature)) - value((other, feature))).powi(2))
                    .sum();
                assert!((found - (-0.001 * apart).exp()).abs() < 1e-12, "{row} {other}");
            }
        }
        assert_eq!((block[[3, 0]], block[[83, 0]], block[[5, 1]]), (1.0, 1.0, 1.0));
    }
}
