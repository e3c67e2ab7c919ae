//! A pair of classes with a linear kernel and many rows: solved in the primal by Newton steps.
//!
//! SMO takes more steps the larger the cost, hundreds of millions at a cost of 10. Newton steps on a smoothed loss stop by the same rule.

use crate::native::data::row_source::RowSource;
use crate::native::kernel_svm::class_rows::ClassSortedRows;
use crate::native::kernel_svm::options::Limits;
use crate::native::kernel_svm::smo::{Solution, Solver, rho};
use crate::native::kernels::kernel_function::KernelFunction;
use crate::native::linear_svm::problem::{HingeProblem, Intercept};

/// Least number of rows per feature.
const MIN_ROWS_PER_FEATURE: usize = 3;

/// SMO steps that are tried first: well separated classes need no more.
const SMO_STEPS: u64 = 50_000;

/// Bound on the Newton steps.
const MAX_NEWTON_STEPS: usize = 1000;

/// Bound on the features, whose number is the order of the Newton system.
const MAX_FEATURES: usize = 3000;

/// The rows of both classes, the lower class first.
struct PairValues<'a> {
    rows: &'a ClassSortedRows<'a>,
    classes: [usize; 2],
}

impl RowSource for PairValues<'_> {
    fn n_features(&self) -> usize {
        self.rows.n_features()
    }

    fn read(&self, row: usize, row_f64: &mut [f64]) {
        let n_lower = self.rows.n_of(self.classes[0]);
        let values = if row < n_lower {
            self.rows.row(self.classes[0], row)
        } else {
            self.rows.row(self.classes[1], row - n_lower)
        };
        let values = values.to_slice().expect("rows are contiguous");
        for (row_f64, value) in row_f64.iter_mut().zip(values) {
            *row_f64 = f64::from(*value);
        }
    }
}

/// Solves the pair; `None` if SMO suits it better: for another kernel, for few rows, for many features, or with a bound on the steps.
///
/// `smo` makes an SMO solver with these limits. It finishes the problem if Newton steps stop at rounding errors.
pub(crate) fn solve<'a>(
    rows: &ClassSortedRows<'_>,
    classes: [usize; 2],
    costs: [f64; 2],
    limits: Limits,
    smo: impl Fn(Limits) -> Solver<'a>,
) -> Option<Solution> {
    let [n_lower, n_higher] = classes.map(|class| rows.n_of(class));
    let n_features = rows.n_features();
    if rows.kernel() != KernelFunction::Linear
        || limits.max_iter.is_some()
        || n_lower + n_higher < MIN_ROWS_PER_FEATURE * n_features
        || n_features > MAX_FEATURES
    {
        return None;
    }
    let first = smo(Limits {
        max_iter: Some(SMO_STEPS),
        ..limits
    })
    .solve();
    if first.has_converged {
        return Some(first);
    }
    let of_each = |values: [f64; 2]| [vec![values[0]; n_lower], vec![values[1]; n_higher]].concat();
    let (sides, costs) = (of_each([1.0, -1.0]), of_each(costs));
    let solved = HingeProblem {
        rows: &PairValues { rows, classes },
        sides: &sides,
        costs: &costs,
        intercept: Intercept::Free,
        tol: limits.tol,
        max_steps: MAX_NEWTON_STEPS,
    }
    .solve();
    let signed = solved.coefficients.iter().zip(&sides);
    let coefficients: Vec<f64> = signed.map(|(alpha, side)| alpha * side).collect();
    if !solved.has_converged {
        let mut solver = smo(limits);
        let support = coefficients.into_iter().enumerate();
        solver.start_from(&support.filter(|(_, alpha)| *alpha != 0.0).collect::<Vec<_>>());
        return Some(solver.solve());
    }
    let of_row = |row: usize| {
        let alpha = coefficients[row];
        let (low, high) = if sides[row] > 0.0 {
            (0.0, costs[row])
        } else {
            (-costs[row], 0.0)
        };
        (solved.margins[row], (alpha < high, alpha > low))
    };
    let objective = |(alpha, (side, margin)): (&f64, (&f64, &f64))| -alpha * (margin + side) / 2.0;
    let margins = sides.iter().zip(&solved.margins);
    Some(Solution {
        objective: coefficients.iter().zip(margins).map(objective).sum(),
        rho: rho((0..sides.len()).map(of_row)),
        coefficients,
        n_steps: solved.n_steps as u64,
        has_converged: true,
    })
}
