//! The linear system of a Newton step: the penalty, and the Gram matrix of the rows in the quadratic piece.

use ndarray::{Array2, LinalgScalar, s};

use crate::native::data::row_source::RowSource;
use crate::native::linalg::cholesky::Cholesky;
use crate::native::linalg::gram::add_gram;
use crate::native::linear_svm::problem::{HingeProblem, Intercept};

/// Rows per matrix product.
const CHUNK: usize = 512;

/// Rows from which on products are computed in `f32`, in half of the time. Their rounding errors make a step slightly worse. So many rows occur
/// only for large widths, where steps need not be accurate.
const F32_MIN_ROWS: usize = 1500;

/// The factorized Hessian.
pub(crate) struct NewtonSystem(Cholesky);

impl NewtonSystem {
    /// The Hessian for these rows in the quadratic piece of this width; `None` if it is not positive definite.
    pub(crate) fn new<R: RowSource>(
        problem: &HingeProblem<'_, R>,
        rows: &[usize],
        width: f64,
    ) -> Option<NewtonSystem> {
        let factorize = |mut matrix: Array2<f64>| {
            for (variable, value) in matrix.diag_mut().iter_mut().enumerate() {
                *value += problem.weight_penalty(variable);
            }
            // Without rows a free intercept has no curvature.
            if rows.is_empty() && problem.intercept == Intercept::Free {
                matrix[[problem.n_variables() - 1; 2]] = 1.0;
            }
            Cholesky::of(matrix)
        };
        let in_f32 = || factorize(weighted_gram(problem, rows, width, |value| value as f32));
        let in_f64 = || factorize(weighted_gram(problem, rows, width, |value| value));
        let is_large = rows.len() >= F32_MIN_ROWS;
        is_large.then(in_f32).flatten().or_else(in_f64).map(NewtonSystem)
    }

    /// Solves the system in place.
    pub(crate) fn solve(&self, values: &mut [f64]) {
        self.0.solve(values);
    }
}

/// The lower triangle of the Gram matrix of the rows, weighted by their second derivatives. Products have the precision that `convert` returns,
/// sums are `f64`.
fn weighted_gram<R: RowSource, T: LinalgScalar + Into<f64> + Send + Sync>(
    problem: &HingeProblem<'_, R>,
    rows: &[usize],
    width: f64,
    convert: impl Fn(f64) -> T,
) -> Array2<f64> {
    let order = problem.n_variables();
    let mut matrix = Array2::zeros((order, order));
    let mut chunk = Array2::zeros((CHUNK, order));
    let mut row_f64 = problem.buffer();
    for rows in rows.chunks(CHUNK) {
        for (mut values, &row) in chunk.rows_mut().into_iter().zip(rows) {
            problem.read(row, &mut row_f64);
            let factor = (problem.costs[row] / width).sqrt();
            for (value, row_f64) in values.iter_mut().zip(&row_f64) {
                *value = convert(factor * row_f64);
            }
        }
        add_gram(chunk.slice(s![..rows.len(), ..]), &mut matrix);
    }
    matrix
}
