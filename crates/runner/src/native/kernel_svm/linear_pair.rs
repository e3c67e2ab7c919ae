//! A pair whose similarity is the dot product itself: solved in its features, which are far fewer than its rows.
//!
//! Stepping from pair to pair of rows takes ever more steps the more a violated margin costs, hundreds of millions of them at a cost of 10;
//! Newton steps on the loss with its corner rounded off end by the same rule.

use crate::native::data::row_source::RowSource;
use crate::native::kernel_svm::class_rows::ClassSortedRows;
use crate::native::kernel_svm::smo::{Limits, Solution, Solver, rho};
use crate::native::kernels::kernel_function::KernelFunction;
use crate::native::linear_svm::problem::{HingeProblem, Intercept};

/// A pair must have so many times as many rows as features.
const MORE_ROWS: usize = 3;

/// Steps from pair to pair of rows that are tried before: classes that are well apart need no more.
const TRIED: u64 = 50_000;

/// Newton steps that are made at most.
const MOST_STEPS: usize = 1000;

/// Features whose equations are still quickly solved.
const MOST_FEATURES: usize = 3000;

struct PairValues<'a> {
    rows: &'a ClassSortedRows,
    classes: [usize; 2],
}

impl RowSource for PairValues<'_> {
    fn n_features(&self) -> usize {
        self.rows.n_features()
    }

    fn read(&self, row: usize, wide: &mut [f64]) {
        let n_lower = self.rows.n_of(self.classes[0]);
        let values = if row < n_lower {
            self.rows.row(self.classes[0], row)
        } else {
            self.rows.row(self.classes[1], row - n_lower)
        };
        let values = values.to_slice().expect("rows lie in one piece");
        for (wide, value) in wide.iter_mut().zip(values) {
            *wide = f64::from(*value);
        }
    }
}

/// `None` where another solver is the better one: for few rows, or a bounded number of steps. `solver` makes one that steps from pair to pair of
/// rows; what is left when rounding ends the other method, it finishes.
pub(crate) fn solve<'a>(
    rows: &ClassSortedRows,
    classes: [usize; 2],
    costs: [f64; 2],
    limits: Limits,
    solver: impl Fn(Limits) -> Solver<'a>,
) -> Option<Solution> {
    let [n_lower, n_higher] = classes.map(|class| rows.n_of(class));
    let n_features = rows.n_features();
    if rows.similarity() != KernelFunction::Linear
        || limits.max_iter.is_some()
        || n_lower + n_higher < MORE_ROWS * n_features
        || n_features > MOST_FEATURES
    {
        return None;
    }
    let tried = solver(Limits {
        max_iter: Some(TRIED),
        ..limits
    })
    .solve();
    if tried.has_converged {
        return Some(tried);
    }
    let of_each = |values: [f64; 2]| [vec![values[0]; n_lower], vec![values[1]; n_higher]].concat();
    let (sides, costs) = (of_each([1.0, -1.0]), of_each(costs));
    let solved = HingeProblem {
        rows: &PairValues { rows, classes },
        sides: &sides,
        costs: &costs,
        constant: Intercept::Free,
        tol: limits.tol,
        max_steps: MOST_STEPS,
    }
    .solve();
    let signed = solved.coefficients.iter().zip(&sides);
    let coefficients: Vec<f64> = signed.map(|(alpha, side)| alpha * side).collect();
    if !solved.has_converged {
        let mut solver = solver(limits);
        let support = coefficients.into_iter().enumerate();
        solver.start_from(&support.filter(|(_, alpha)| *alpha != 0.0).collect::<Vec<_>>());
        return Some(solver.solve());
    }
    let of_row = |row: usize| {
        let alpha = coefficients[row];
        let (lowest, highest) = if sides[row] > 0.0 {
            (0.0, costs[row])
        } else {
            (-costs[row], 0.0)
        };
        (solved.margins[row], (alpha < highest, alpha > lowest))
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
