//! The linear system of a Newton step: the penalty, and the Gram matrix of the rows in the quadratic piece.
//!
//! From one step to the next few rows change their piece, so the matrix of few rows is kept, and only rows that changed are added or subtracted.

use ndarray::{Array2, LinalgScalar, s};

use crate::native::data::row_source::RowSource;
use crate::native::linalg::cholesky::Cholesky;
use crate::native::linalg::gram::add_gram;
use crate::native::linear_svm::problem::{HingeProblem, Intercept};

/// Rows per matrix product.
const CHUNK: usize = 512;

/// Rows from which on products are computed in `f32`, in half of the time, and not kept. Their rounding errors make a step slightly worse. So
/// many rows occur only for large widths, where steps need not be accurate.
const F32_MIN_ROWS: usize = 1500;

/// Changed rows per row of the matrix after which it is computed anew: each change adds its rounding error.
const CHANGES_PER_ROW: usize = 4;

/// The Gram matrix of the last step.
#[derive(Default)]
pub(crate) struct QuadraticGram {
    /// Rows times the roots of their costs. Empty if nothing is kept.
    matrix: Array2<f64>,
    /// The rows in it, ascending.
    rows: Vec<usize>,
    n_changes: usize,
}

impl QuadraticGram {
    /// The factorized Hessian for these rows in the quadratic piece of this width; `None` if it is not positive definite. `rows` ascend.
    pub(crate) fn factorized_hessian<R: RowSource>(
        &mut self,
        problem: &HingeProblem<'_, R>,
        rows: &[usize],
        width: f64,
    ) -> Option<Cholesky> {
        if rows.len() >= F32_MIN_ROWS {
            *self = QuadraticGram::default();
            let in_f32 = gram(problem, rows, |value| value as f32);
            let factorized = factorize(problem, in_f32, rows, width);
            return factorized
                .or_else(|| factorize(problem, gram(problem, rows, |value| value), rows, width));
        }
        let is_fresh = self.update(problem, rows);
        let factorized = factorize(problem, self.matrix.clone(), rows, width);
        if factorized.is_some() || is_fresh {
            return factorized;
        }
        self.renew(problem, rows);
        factorize(problem, self.matrix.clone(), rows, width)
    }

    /// Makes the matrix that of these rows. Returns whether it was computed anew.
    fn update<R: RowSource>(&mut self, problem: &HingeProblem<'_, R>, rows: &[usize]) -> bool {
        let (added, removed) = (without(rows, &self.rows), without(&self.rows, rows));
        self.n_changes += added.len() + removed.len();
        let is_large = added.len() + removed.len() >= rows.len();
        if self.matrix.is_empty() || is_large || self.n_changes > CHANGES_PER_ROW * rows.len() {
            self.renew(problem, rows);
            return true;
        }
        if !added.is_empty() {
            self.matrix += &gram(problem, &added, |value| value);
        }
        if !removed.is_empty() {
            self.matrix -= &gram(problem, &removed, |value| value);
        }
        self.rows = rows.to_vec();
        false
    }

    fn renew<R: RowSource>(&mut self, problem: &HingeProblem<'_, R>, rows: &[usize]) {
        *self = QuadraticGram {
            matrix: gram(problem, rows, |value| value),
            rows: rows.to_vec(),
            n_changes: 0,
        };
    }
}

/// The numbers that are in `rows` and not in `others`; both ascend.
fn without(rows: &[usize], others: &[usize]) -> Vec<usize> {
    let mut others = others.iter().peekable();
    let is_new = |row: &&usize| {
        while others.next_if(|other| other < row).is_some() {}
        others.peek() != Some(row)
    };
    rows.iter().filter(is_new).copied().collect()
}

/// The Hessian of the objective, factorized.
fn factorize<R: RowSource>(
    problem: &HingeProblem<'_, R>,
    gram: Array2<f64>,
    rows: &[usize],
    width: f64,
) -> Option<Cholesky> {
    let mut matrix = gram / width;
    for (variable, value) in matrix.diag_mut().iter_mut().enumerate() {
        *value += problem.weight_penalty(variable);
    }
    // Without rows a free intercept has no curvature.
    if rows.is_empty() && problem.intercept == Intercept::Free {
        matrix[[problem.n_variables() - 1; 2]] = 1.0;
    }
    Cholesky::of(matrix)
}

/// The lower triangle of the Gram matrix of the rows, weighted by their costs. Products have the precision that `convert` returns, sums are
/// `f64`.
fn gram<R: RowSource, T: LinalgScalar + Into<f64> + Send + Sync>(
    problem: &HingeProblem<'_, R>,
    rows: &[usize],
    convert: impl Fn(f64) -> T,
) -> Array2<f64> {
    let order = problem.n_variables();
    let mut matrix = Array2::zeros((order, order));
    let mut chunk = Array2::zeros((CHUNK.min(rows.len()), order));
    let mut row_f64 = problem.buffer();
    for rows in rows.chunks(CHUNK) {
        for (mut values, &row) in chunk.rows_mut().into_iter().zip(rows) {
            problem.read(row, &mut row_f64);
            let factor = problem.costs[row].sqrt();
            for (value, row_f64) in values.iter_mut().zip(&row_f64) {
                *value = convert(factor * row_f64);
            }
        }
        add_gram(chunk.slice(s![..rows.len(), ..]), &mut matrix);
    }
    matrix
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Rows;

    impl RowSource for Rows {
        fn n_features(&self) -> usize {
            5
        }

        fn read(&self, row: usize, row_f64: &mut [f64]) {
            for (feature, value) in row_f64.iter_mut().enumerate() {
                *value = ((row * 31 + feature * 17 + row * row * 7) % 23) as f64 / 11.0 - 1.0;
            }
        }
    }

    #[test]
    fn a_changed_matrix_equals_a_new_one() {
        let problem = HingeProblem {
            rows: &Rows,
            sides: &[1.0; 200],
            costs: &(1..=200).map(f64::from).collect::<Vec<f64>>(),
            intercept: Intercept::Free,
            tol: 1e-4,
            max_steps: 1,
        };
        let mut kept = QuadraticGram::default();
        let mut n_fresh = 0;
        for step in 0..40 {
            let rows: Vec<usize> = (0..200)
                .filter(|row| (row + step / 3) % 5 != 0 && *row >= step)
                .collect();
            n_fresh += usize::from(kept.update(&problem, &rows));
            let new = gram(&problem, &rows, |value| value);
            let difference = (&kept.matrix - &new).mapv(f64::abs);
            let largest = difference.iter().copied().fold(0.0, f64::max);
            assert!(largest < 1e-9 * new.sum().abs().max(1.0), "{step}: {largest}");
            let mut solved = vec![1.0; 6];
            let mut expected = solved.clone();
            kept.factorized_hessian(&problem, &rows, 0.1)
                .unwrap()
                .solve(&mut solved);
            factorize(&problem, new, &rows, 0.1).unwrap().solve(&mut expected);
            assert!(
                solved
                    .iter()
                    .zip(&expected)
                    .all(|(one, other)| (one - other).abs() < 1e-9)
            );
        }
        assert!((1..20).contains(&n_fresh), "{n_fresh}");
    }

    #[test]
    fn numbers_are_found_that_another_list_lacks() {
        assert_eq!(without(&[1, 3, 4, 9], &[0, 3, 5, 9, 12]), [1, 4]);
        assert_eq!(without(&[], &[1]), [0; 0]);
        assert_eq!(without(&[2, 7], &[]), [2, 7]);
    }
}
