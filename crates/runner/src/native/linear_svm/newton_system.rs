//! The equations of a Newton step: the costs of the variables, and the products of the rows that bend the objective.

use ndarray::{Array2, LinalgScalar, s};

use crate::native::data::row_source::RowSource;
use crate::native::linalg::cholesky::Cholesky;
use crate::native::linalg::gram::add_products;
use crate::native::linear_svm::problem::{HingeProblem, Intercept};

/// Rows that are multiplied at once.
const CHUNK: usize = 512;

/// Rows from which on products are made in f32, half of the time: their sums are rounded then, which makes a step a little less good, and there are
/// as many rows only where steps need not be good.
const MANY: usize = 1500;

pub(crate) struct System(Cholesky);

impl System {
    /// Of these rows, which lie within `width` of the corner. `None` if the equations cannot be solved.
    pub(crate) fn new<R: RowSource>(
        problem: &HingeProblem<'_, R>,
        rows: &[usize],
        width: f64,
    ) -> Option<System> {
        let solvable = |mut matrix: Array2<f64>| {
            for (variable, value) in matrix.diag_mut().iter_mut().enumerate() {
                *value += problem.weight_cost(variable);
            }
            // Without rows nothing holds a constant that costs nothing.
            if rows.is_empty() && problem.constant == Intercept::Free {
                matrix[[problem.order() - 1; 2]] = 1.0;
            }
            Cholesky::of(matrix)
        };
        let narrow = || solvable(products(problem, rows, width, |value| value as f32));
        let wide = || solvable(products(problem, rows, width, |value| value));
        let many = rows.len() >= MANY;
        many.then(narrow).flatten().or_else(wide).map(System)
    }

    pub(crate) fn solve(&self, values: &mut [f64]) {
        self.0.solve(values);
    }
}

/// The rows' products with themselves in the precision of `narrow`, summed in f64: the lower half.
fn products<R: RowSource, T: LinalgScalar + Into<f64> + Send + Sync>(
    problem: &HingeProblem<'_, R>,
    rows: &[usize],
    width: f64,
    narrow: impl Fn(f64) -> T,
) -> Array2<f64> {
    let order = problem.order();
    let mut matrix = Array2::zeros((order, order));
    let mut chunk = Array2::zeros((CHUNK, order));
    let mut wide = problem.room();
    for rows in rows.chunks(CHUNK) {
        for (mut values, &row) in chunk.rows_mut().into_iter().zip(rows) {
            problem.read(row, &mut wide);
            let factor = (problem.costs[row] / width).sqrt();
            for (value, wide) in values.iter_mut().zip(&wide) {
                *value = narrow(factor * wide);
            }
        }
        add_products(chunk.slice(s![..rows.len(), ..]), &mut matrix);
    }
    matrix
}
