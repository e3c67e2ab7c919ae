//! Blocked Cholesky factorization of large matrices, on the threads of rayon's current pool.
//!
//! The blocks do not depend on the number of threads, so neither does the result.
//!
//! # Reference
//! Golub, Van Loan (2013), Matrix Computations, section 4.2.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayViewMut2, Axis, s};
use rayon::prelude::*;

use crate::native::linalg::cholesky::Cholesky;

/// Columns per block.
const BLOCK: usize = 128;

/// Rows of a block that one task computes.
const PART: usize = 256;

/// The factor `L` of `L Lᵀ`, lower triangular.
pub(crate) struct BlockedCholesky {
    /// `L`; entries above the diagonal are not used.
    lower: Array2<f64>,
    /// The inverse of every diagonal block of `L`.
    inverses: Vec<Array2<f64>>,
    half_log_determinant: f64,
}

impl BlockedCholesky {
    /// Factorizes a symmetric matrix; `None` if it is not positive definite.
    ///
    /// Only the lower triangle and the diagonal blocks of [`BLOCK`] columns are read.
    pub(crate) fn of(mut matrix: Array2<f64>) -> Option<BlockedCholesky> {
        let n = matrix.nrows();
        let mut inverses = Vec::with_capacity(n.div_ceil(BLOCK));
        let mut half_log_determinant = 0.0;
        for start in (0..n).step_by(BLOCK) {
            let end = (start + BLOCK).min(n);
            let (mut rows, mut below) = matrix
                .slice_mut(s![start.., ..end])
                .split_at(Axis(0), end - start);
            let (before, mut diagonal) = rows.view_mut().split_at(Axis(1), start);
            if start > 0 {
                general_mat_mul(-1.0, &before, &before.t(), 1.0, &mut diagonal);
            }
            let triangle = Cholesky::of(diagonal.to_owned())?;
            half_log_determinant += 0.5 * triangle.log_determinant();
            let inverse = triangle.inverse_lower();
            (below.axis_chunks_iter_mut(Axis(0), PART))
                .into_par_iter()
                .for_each(|part| {
                    let (left, mut here) = part.split_at(Axis(1), start);
                    if start > 0 {
                        general_mat_mul(-1.0, &left, &before.t(), 1.0, &mut here);
                    }
                    let solved = here.dot(&inverse.t());
                    here.assign(&solved);
                });
            inverses.push(inverse);
        }
        Some(BlockedCholesky {
            lower: matrix,
            inverses,
            half_log_determinant,
        })
    }

    /// `½ ln det(L Lᵀ)`, the sum of the logarithms of the diagonal of `L`.
    pub(crate) fn half_log_determinant(&self) -> f64 {
        self.half_log_determinant
    }

    /// Solves `L x = values` for every column, in place.
    pub(crate) fn solve_lower(&self, mut values: ArrayViewMut2<'_, f64>) {
        for (start, inverse) in self.blocks() {
            let end = start + inverse.nrows();
            let (done, mut rest) = values.view_mut().split_at(Axis(0), start);
            let mut here = rest.slice_mut(s![..end - start, ..]);
            if start > 0 {
                let left = self.lower.slice(s![start..end, ..start]);
                general_mat_mul(-1.0, &left, &done, 1.0, &mut here);
            }
            let solved = inverse.dot(&here);
            here.assign(&solved);
        }
    }

    /// Solves `L Lᵀ x = values` for every column, in place.
    pub(crate) fn solve(&self, mut values: ArrayViewMut2<'_, f64>) {
        self.solve_lower(values.view_mut());
        for (start, inverse) in self.blocks().rev() {
            let end = start + inverse.nrows();
            let (mut rest, mut here) = values.slice_mut(s![..end, ..]).split_at(Axis(0), start);
            let solved = inverse.t().dot(&here);
            here.assign(&solved);
            if start > 0 {
                let left = self.lower.slice(s![start..end, ..start]);
                general_mat_mul(-1.0, &left.t(), &here, 1.0, &mut rest);
            }
        }
    }

    /// The first row of every diagonal block, and the inverse of the block.
    fn blocks(&self) -> impl DoubleEndedIterator<Item = (usize, &Array2<f64>)> {
        (self.inverses.iter().enumerate()).map(|(block, inverse)| (block * BLOCK, inverse))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array1;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]
        #[test]
        fn the_blocked_factorization_equals_the_plain_one(n in 1usize..600, seed in 1usize..1000) {
            let value = |(row, column): (usize, usize)| ((row * 31 + column * column * 17 + seed) % 101) as f64 / 50.0 - 1.0;
            let half = Array2::from_shape_fn((n, 40), value);
            let matrix = half.dot(&half.t()) / 40.0 + Array2::<f64>::eye(n);
            let plain = Cholesky::of(matrix.clone()).unwrap();
            let wanted = Array1::from_shape_fn(n, |row| value((row, 3)));
            let mut values = matrix.dot(&wanted).insert_axis(Axis(1));
            let factor = BlockedCholesky::of(matrix).unwrap();
            prop_assert!((factor.half_log_determinant() - 0.5 * plain.log_determinant()).abs() < 1e-9);
            let mut lower = values.clone();
            factor.solve_lower(lower.view_mut());
            let mut plainly = values.column(0).to_vec();
            plain.solve_lower(&mut plainly);
            prop_assert!(lower.iter().zip(&plainly).all(|(a, b)| (a - b).abs() < 1e-9));
            factor.solve(values.view_mut());
            prop_assert!(values.iter().zip(&wanted).all(|(a, b)| (a - b).abs() < 1e-9));
        }
    }

    #[test]
    fn indefinite_matrices_have_no_factor() {
        let mut matrix = Array2::eye(300);
        matrix[[290, 290]] = -1.0;
        assert!(BlockedCholesky::of(matrix).is_none());
    }
}
