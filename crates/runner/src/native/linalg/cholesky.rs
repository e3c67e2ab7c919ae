//! Cholesky factorization of symmetric positive definite matrices, and solves with it.
//!
//! # Reference
//! Golub, Van Loan (2013), Matrix Computations, section 4.2.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, s};

use crate::native::linalg::dot::dot;

/// Columns that are factorized together.
const COLUMNS: usize = 32;

/// Rows that one matrix product updates. It also computes a few entries above the diagonal, which are not used.
const ROWS: usize = 128;

/// The factor `L` of `L Lᵀ`, lower triangular.
pub(crate) struct Cholesky {
    lower: Array2<f64>,
}

impl Cholesky {
    /// Factorizes a symmetric matrix; `None` if it is not positive definite. Only the lower triangle is read.
    pub(crate) fn of(mut matrix: Array2<f64>) -> Option<Cholesky> {
        let n = matrix.nrows();
        for start in (0..n).step_by(COLUMNS) {
            let end = (start + COLUMNS).min(n);
            factorize_columns(&mut matrix, start, end)?;
            let panel = matrix.slice(s![end.., start..end]).to_owned();
            for first in (end..n).step_by(ROWS) {
                let last = (first + ROWS).min(n);
                general_mat_mul(
                    -1.0,
                    &panel.slice(s![first - end..last - end, ..]),
                    &panel.slice(s![..last - end, ..]).t(),
                    1.0,
                    &mut matrix.slice_mut(s![first..last, end..last]),
                );
            }
        }
        Some(Cholesky { lower: matrix })
    }

    /// Solves `L Lᵀ x = values` in place.
    pub(crate) fn solve(&self, values: &mut [f64]) {
        self.solve_lower(values);
        self.solve_upper(values);
    }

    /// Solves `Lᵀ x = values` in place.
    pub(crate) fn solve_upper(&self, values: &mut [f64]) {
        for i in (0..values.len()).rev() {
            let row = self.lower.row(i);
            values[i] /= row[i];
            let value = values[i];
            for (before, factor) in values[..i].iter_mut().zip(row) {
                *before -= value * factor;
            }
        }
    }

    /// Solves `L x = values` in place.
    pub(crate) fn solve_lower(&self, values: &mut [f64]) {
        for i in 0..values.len() {
            let row = self.lower.row(i);
            let row = row.as_slice().unwrap_or_default();
            let sum = dot(&row[..i], &values[..i]);
            values[i] = (values[i] - sum) / row[i];
        }
    }

    /// The number of equations.
    pub(crate) fn order(&self) -> usize {
        self.lower.nrows()
    }

    /// `L⁻¹`, which is lower triangular too.
    pub(crate) fn inverse_lower(&self) -> Array2<f64> {
        let n = self.order();
        let mut inverse = Array2::<f64>::zeros((n, n));
        for i in 0..n {
            let (done, mut from) = inverse.view_mut().split_at(ndarray::Axis(0), i);
            let mut row = from.row_mut(0);
            let own = self.lower.row(i);
            for (k, factor) in own.iter().enumerate().take(i) {
                row.slice_mut(ndarray::s![..=k])
                    .scaled_add(-factor / own[i], &done.row(k).slice(ndarray::s![..=k]));
            }
            row[i] = own[i].recip();
        }
        inverse
    }

    /// The logarithm of the determinant of `L Lᵀ`.
    pub(crate) fn log_determinant(&self) -> f64 {
        2.0 * self.lower.diag().iter().map(|value| value.ln()).sum::<f64>()
    }
}

/// Factorizes the columns `start..end`, from which the products of earlier columns are already subtracted; `None` if a pivot is not positive.
fn factorize_columns(matrix: &mut Array2<f64>, start: usize, end: usize) -> Option<()> {
    let n = matrix.nrows();
    let values = matrix.as_slice_mut()?;
    for row in start..n {
        let (above, from) = values.split_at_mut(row * n);
        let own = &mut from[start..end];
        for column in start..end.min(row) {
            let done = &above[column * n + start..=column * n + column];
            let (before, rest) = own.split_at_mut(column - start);
            rest[0] = (rest[0] - dot(&done[..column - start], before)) / done[column - start];
        }
        if row < end {
            let (before, rest) = own.split_at_mut(row - start);
            let left = rest[0] - dot(before, before);
            if left.is_nan() || left <= 0.0 {
                return None;
            }
            rest[0] = left.sqrt();
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use ndarray::Array1;
    use ndarray::array;

    use super::*;

    #[test]
    fn equations_are_solved_and_indefinite_matrices_have_no_factor() {
        let matrix = array![[4.0, 2.0, 0.5], [2.0, 5.0, 1.0], [0.5, 1.0, 3.0]];
        let wanted = array![1.0, -2.0, 3.0];
        let mut values = matrix.dot(&wanted).to_vec();
        let cholesky = Cholesky::of(matrix).unwrap();
        cholesky.solve(&mut values);
        assert!(
            (Array1::from(values) - wanted)
                .iter()
                .all(|difference| difference.abs() < 1e-12)
        );
        // 4 (15 - 1) - 2 (6 - 0.5) + 0.5 (2 - 2.5)
        assert!((cholesky.log_determinant() - 44.75_f64.ln()).abs() < 1e-12);
        let mut solved = [3.0, -1.0, 0.5];
        let multiplied = cholesky.inverse_lower().dot(&ndarray::aview1(&solved));
        cholesky.solve_lower(&mut solved);
        assert!(
            multiplied.iter().zip(solved).all(|(a, b)| (a - b).abs() < 1e-15),
            "{multiplied}"
        );
        assert!(Cholesky::of(array![[1.0, 2.0], [2.0, 1.0]]).is_none());
    }

    #[test]
    fn factors_of_any_size_multiply_to_the_matrix() {
        for n in [1, 31, 32, 33, 128, 200, 321] {
            let rows = Array2::from_shape_fn((n + 3, n), |(row, column)| {
                ((row * 31 + column * 17 + row * column) % 23) as f64 - 11.0
            });
            let matrix = rows.t().dot(&rows) + Array2::<f64>::eye(n);
            let mut lower = Cholesky::of(matrix.clone()).unwrap().lower;
            for row in 0..n {
                lower.slice_mut(s![row, row + 1..]).fill(0.0);
            }
            let difference = lower.dot(&lower.t()) - &matrix;
            let largest = matrix.diag().iter().copied().fold(0.0, f64::max);
            assert!(
                difference
                    .iter()
                    .all(|difference| difference.abs() < 1e-12 * largest),
                "{n}"
            );
            let mut negative = matrix;
            negative[[n - 1, n - 1]] = -1.0;
            assert!(Cholesky::of(negative).is_none());
        }
    }
}
