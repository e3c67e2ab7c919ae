//! Solves the hinge problem at its exact optimum: Newton steps on a smoothed loss, then an active-set step.
//!
//! The smoothing width is halved again and again. At a width below `tol` the minimum is the optimum to that tolerance. The free rows, those on
//! their margin, are mostly known earlier: from a width of [`ACTIVE_SET_WIDTH`] on their coefficients are solved directly.
//!
//! # References
//! Keerthi, DeCoste (2005), A modified finite Newton method for fast solution of large scale linear SVMs; Chapelle (2007), Training a support
//! vector machine in the primal.

use crate::native::data::row_source::RowSource;
use crate::native::linear_svm::active_set::ActiveSetSolution;
use crate::native::linear_svm::continuation::{Continuation, FIRST_WIDTH};
use crate::native::linear_svm::problem::{HingeProblem, HingeSolution, Intercept};

/// The largest width at which an active-set solution is tried.
const ACTIVE_SET_WIDTH: f64 = 0.02;

/// Widths below the tolerance without a smaller violation after which the solver stops: what is left is rounding error.
const MAX_STAGNANT_WIDTHS: usize = 3;

impl<R: RowSource> HingeProblem<'_, R> {
    /// Solves the problem, or stops after `max_steps` Newton steps.
    pub(crate) fn solve(&self) -> HingeSolution {
        let mut continuation = Continuation::new(self);
        let mut best: Option<ActiveSetSolution> = None;
        let (mut width, mut n_stagnant) = (FIRST_WIDTH, 0);
        while continuation.n_steps < self.max_steps && n_stagnant <= MAX_STAGNANT_WIDTHS {
            continuation.minimize(self, width);
            if width <= ACTIVE_SET_WIDTH {
                let solution = self.active_set_solution(continuation.coefficients(self.costs));
                n_stagnant += usize::from(width < self.tol.max(f64::EPSILON));
                if best
                    .as_ref()
                    .is_none_or(|best| solution.violation < best.violation)
                {
                    (best, n_stagnant) = (Some(solution), 0);
                }
                if best.as_ref().is_some_and(|best| best.violation < self.tol) {
                    break;
                }
            }
            width /= 2.0;
        }
        let n_steps = continuation.n_steps;
        match best {
            Some(solution) if solution.violation < self.tol => HingeSolution {
                has_converged: true,
                coefficients: solution.coefficients,
                weights: solution.weights,
                margins: solution.margins,
                n_steps,
            },
            best => {
                let coefficients = best
                    .filter(|solution| solution.violation.is_finite())
                    .map(|solution| solution.coefficients);
                self.unconverged(
                    coefficients.unwrap_or_else(|| vec![0.0; self.n_rows()]),
                    continuation.variables(),
                    n_steps,
                )
            }
        }
    }

    /// The solution without convergence. Its weights are those of the last minimum; until convergence the sum of the rows weighted by the
    /// coefficients is far from them.
    fn unconverged(&self, coefficients: Vec<f64>, mut variables: Vec<f64>, n_steps: usize) -> HingeSolution {
        if self.intercept == Intercept::Free {
            // The margins do not include the intercept.
            if let Some(intercept) = variables.last_mut() {
                *intercept = 0.0;
            }
        }
        let scores = self.scores(&variables);
        if self.intercept == Intercept::Free {
            variables.truncate(self.rows.n_features());
        }
        HingeSolution {
            coefficients,
            margins: self
                .sides
                .iter()
                .zip(&scores)
                .map(|(side, score)| side - score)
                .collect(),
            weights: variables,
            n_steps,
            has_converged: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Rows(Vec<Vec<f64>>);

    impl RowSource for Rows {
        fn n_features(&self) -> usize {
            self.0[0].len()
        }

        fn read(&self, row: usize, row_f64: &mut [f64]) {
            row_f64.copy_from_slice(&self.0[row]);
        }
    }

    /// Rows of two overlapping classes, each row twice. The last feature is always 0.
    fn rows(n_rows: usize) -> (Rows, Vec<f64>) {
        let side = |row: usize| if (row / 2).is_multiple_of(3) { 1.0 } else { -1.0 };
        let value = |row: usize, feature: usize| {
            let row = row / 2;
            let noise = (row * row * 31 + row * feature * 17 + feature * feature * 13 + row * 7919) % 101;
            if feature == 6 {
                0.0
            } else {
                noise as f64 / 50.0 - 1.0 + 0.3 * side(2 * row)
            }
        };
        let values = (0..n_rows).map(|row| (0..7).map(|feature| value(row, feature)).collect());
        (Rows(values.collect()), (0..n_rows).map(side).collect())
    }

    /// The primal and the dual objective. The optimum lies between them.
    fn objectives(
        table: &Rows,
        sides: &[f64],
        costs: &[f64],
        intercept: Intercept,
        solved: &HingeSolution,
    ) -> [f64; 2] {
        let feature = match intercept {
            Intercept::Feature(value) => Some(value),
            Intercept::Absent | Intercept::Free => None,
        };
        let rows: Vec<Vec<f64>> = table
            .0
            .iter()
            .map(|row| row.iter().copied().chain(feature).collect())
            .collect();
        let score = |row: &[f64]| row.iter().zip(&solved.weights).map(|(a, b)| a * b).sum::<f64>();
        let square = solved.weights.iter().map(|weight| weight * weight).sum::<f64>() / 2.0;
        let loss = |constant: f64| -> f64 {
            let slack = |(row, side): (&Vec<f64>, &f64)| (1.0 - side * (score(row) + constant)).max(0.0);
            rows.iter()
                .zip(sides)
                .map(slack)
                .zip(costs)
                .map(|(slack, cost)| slack * cost)
                .sum()
        };
        // The loss is minimal for an intercept that puts some row on its margin.
        let constants = rows.iter().zip(sides).map(|(row, side)| side - score(row));
        let loss = if intercept == Intercept::Free {
            constants.map(loss).fold(f64::INFINITY, f64::min)
        } else {
            loss(0.0)
        };
        [square + loss, solved.coefficients.iter().sum::<f64>() - square]
    }

    #[test]
    fn primal_and_dual_objective_meet() {
        for n_rows in [60, 400] {
            let (table, sides) = rows(n_rows);
            for intercept in [Intercept::Absent, Intercept::Free, Intercept::Feature(2.0)] {
                for cost in [0.01, 1.0, 1000.0] {
                    let costs: Vec<f64> = sides
                        .iter()
                        .map(|side| if *side > 0.0 { 1.7 * cost } else { cost })
                        .collect();
                    let solved = HingeProblem {
                        rows: &table,
                        sides: &sides,
                        costs: &costs,
                        intercept,
                        tol: 1e-6,
                        max_steps: 100,
                    }
                    .solve();
                    assert!(solved.has_converged, "{n_rows} {intercept:?} {cost}");
                    let [primal, dual] = objectives(&table, &sides, &costs, intercept, &solved);
                    assert!(
                        (primal - dual).abs() < 1e-5 * dual,
                        "{n_rows} {intercept:?} {cost}: {primal} {dual}"
                    );
                    let sum: f64 = solved
                        .coefficients
                        .iter()
                        .zip(&sides)
                        .map(|(alpha, side)| alpha * side)
                        .sum();
                    assert!(intercept != Intercept::Free || sum.abs() < 1e-9 * cost, "{sum}");
                    let within = |(alpha, cost): (&f64, &f64)| (0.0..=*cost).contains(alpha);
                    assert!(solved.coefficients.iter().zip(&costs).all(within));
                }
            }
        }
    }

    #[test]
    fn a_solution_without_convergence_has_the_last_weights() {
        let (table, sides) = rows(400);
        let solved = HingeProblem {
            rows: &table,
            sides: &sides,
            costs: &[1.0; 400],
            intercept: Intercept::Absent,
            tol: 1e-6,
            max_steps: 3,
        }
        .solve();
        assert_eq!(
            (solved.has_converged, solved.n_steps, solved.weights.len()),
            (false, 3, 7)
        );
        assert!(solved.weights.iter().any(|weight| *weight != 0.0));
    }
}
