//! The equations of a step: the costs of the variables, and the rows' products with themselves, each row with its weight.

use ndarray::{Array2, LinalgScalar, s};

use super::{Problem, ReadRows};
use crate::classifiers::native_linear::cholesky::Cholesky;
use crate::classifiers::native_linear::products::add_products;
use crate::kernels::linear_steps::LinearSteps;

/// Rows that are multiplied at once.
const CHUNK: usize = 512;

/// Rows are left out as long as all that they would add to the diagonal is below this share of the variables' own costs, and of what all rows
/// add: a free constant costs nothing itself.
const DROPPED: f64 = 0.05;

/// Products are made in f32 as long as all that is added to the diagonal is below this multiple of the variables' own costs: what is rounded away
/// is then as small as what is left out.
const NARROW: f64 = 5e4;

pub(super) struct System(Cholesky);

impl System {
    /// `None` if the equations cannot be solved.
    pub(super) fn new<R: ReadRows>(problem: &Problem<'_, R>, weights: &[f64]) -> Option<System> {
        #[expect(clippy::cast_precision_loss, reason = "feature counts are small")]
        let own_costs = problem.order() as f64;
        let added = added(problem, weights);
        let total = added.iter().sum::<f64>();
        let rows = kept(&added, DROPPED * own_costs.min(total));
        let mut matrix = if total < NARROW * own_costs {
            products(problem, weights, &rows, |value| value as f32)
        } else {
            products(problem, weights, &rows, |value| value)
        };
        for (variable, value) in matrix.diag_mut().iter_mut().enumerate() {
            *value += problem.weight_cost(variable);
        }
        Cholesky::of(matrix).map(System)
    }

    pub(super) fn solve(&self, values: &mut [f64]) {
        self.0.solve(values);
    }
}

/// What each row adds to the diagonal.
fn added<R: ReadRows>(problem: &Problem<'_, R>, weights: &[f64]) -> Vec<f64> {
    let steps = LinearSteps::here();
    let mut wide = problem.room();
    let added = |(row, weight): (usize, &f64)| {
        problem.read(row, &mut wide);
        weight * steps.product(&wide, &wide)
    };
    weights.iter().enumerate().map(added).collect()
}

/// The rows without those that add least, which add less than `most` together; in order.
fn kept(added: &[f64], most: f64) -> Vec<usize> {
    let mut rows: Vec<usize> = (0..added.len()).collect();
    rows.sort_unstable_by(|one, other| added[*one].total_cmp(&added[*other]));
    let mut sum = 0.0;
    let is_little = |row: &&usize| {
        sum += added[**row];
        sum < most
    };
    let n_dropped = rows.iter().take_while(is_little).count();
    let mut rows = rows.split_off(n_dropped);
    rows.sort_unstable();
    rows
}

/// The rows' products with themselves in the precision of `narrow`, summed in f64: the lower half.
fn products<R: ReadRows, T: LinalgScalar + Into<f64> + Send + Sync>(
    problem: &Problem<'_, R>,
    weights: &[f64],
    rows: &[usize],
    narrow: impl Fn(f64) -> T,
) -> Array2<f64> {
    let order = problem.order();
    let mut matrix = Array2::zeros((order, order));
    let mut chunk = Array2::zeros((CHUNK, order));
    let mut wide = problem.room();
    for rows in rows.chunks(CHUNK) {
        for (mut values, &row) in chunk.rows_mut().into_iter().zip(rows) {
            problem.read(row, &mut wide);
            let factor = weights[row].sqrt();
            for (value, wide) in values.iter_mut().zip(&wide) {
                *value = narrow(factor * wide);
            }
        }
        add_products(chunk.slice(s![..rows.len(), ..]), &mut matrix);
    }
    matrix
}
