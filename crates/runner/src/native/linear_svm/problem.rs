//! Hinge loss with l2 at its exact optimum, by Newton steps that need only the rows near their margins.
//!
//! Minimises `½ |w|² + Σ costs[i] max(0, 1 - sides[i] (w · x[i] + b))`. The corner of the loss is rounded off over a width that is halved again
//! and again, each minimum the start of the search for the next. Over a width below `tol` the minimum is the optimum to that tolerance; mostly
//! the rows that are free, those on their margin, are known earlier, and what they ask for is then solved directly.
//!
//! # Reference
//! Keerthi, DeCoste (2005), A modified finite Newton method for fast solution of large scale linear SVMs; Chapelle (2007), Training a support
//! vector machine in the primal.

use crate::native::kernels::vector_ops::VectorOps;

use crate::native::data::row_source::RowSource;
use crate::native::linear_svm::active_set::ActiveSetSolution;
use crate::native::linear_svm::continuation::{Continuation, FIRST_WIDTH};

/// Over this width and less an end is looked for.
const NEAR: f64 = 0.02;

/// Widths below the tolerance after which it gives up if none has brought the end nearer: what is left is rounding.
const MOST_IDLE: usize = 3;

/// The constant of a score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Intercept {
    /// None.
    Absent,
    /// Any, at no cost: the dual coefficients of both sides then have the same sum.
    Free,
    /// That of a feature which is this everywhere; its weight costs like any other.
    Feature(f64),
}

/// What is solved.
pub(crate) struct HingeProblem<'a, R> {
    pub(crate) rows: &'a R,
    /// Of every row 1 or -1.
    pub(crate) sides: &'a [f64],
    /// Of every row what a margin of 0 costs, above 0: the most that its coefficient can be.
    pub(crate) costs: &'a [f64],
    pub(crate) constant: Intercept,
    /// The violation of the optimality conditions at which it stops, in units of a score: with a free constant that of libsvm's most violating
    /// pair, otherwise liblinear's.
    pub(crate) tol: f64,
    /// Most Newton steps.
    pub(crate) max_steps: usize,
}

/// What came of it.
pub(crate) struct Solved {
    /// Dual coefficients, of every row from 0 to its cost.
    pub(crate) coefficients: Vec<f64>,
    /// The weights of the features, and that of the constant feature where there is one: the sum that the coefficients stand for, if it has
    /// converged.
    pub(crate) weights: Vec<f64>,
    /// Of every row its side less `w · x`.
    pub(crate) margins: Vec<f64>,
    /// Newton steps.
    pub(crate) n_steps: usize,
    pub(crate) has_converged: bool,
}

impl<R: RowSource> HingeProblem<'_, R> {
    pub(crate) fn solve(&self) -> Solved {
        let mut path = Continuation::new(self);
        let mut best: Option<ActiveSetSolution> = None;
        let (mut width, mut n_idle) = (FIRST_WIDTH, 0);
        while path.n_steps < self.max_steps && n_idle <= MOST_IDLE {
            path.go_to(self, width);
            if width <= NEAR {
                let end = self.end(path.coefficients(self.costs));
                n_idle += usize::from(width < self.tol.max(f64::EPSILON));
                if best.as_ref().is_none_or(|best| end.violation < best.violation) {
                    (best, n_idle) = (Some(end), 0);
                }
                if best.as_ref().is_some_and(|best| best.violation < self.tol) {
                    break;
                }
            }
            width /= 2.0;
        }
        let n_steps = path.n_steps;
        match best {
            Some(end) if end.violation < self.tol => Solved {
                has_converged: true,
                coefficients: end.coefficients,
                weights: end.weights,
                margins: end.margins,
                n_steps,
            },
            best => {
                let coefficients = best
                    .filter(|end| end.violation.is_finite())
                    .map(|end| end.coefficients);
                self.unfinished(
                    coefficients.unwrap_or_else(|| vec![0.0; self.n_rows()]),
                    path.variables(),
                    n_steps,
                )
            }
        }
    }

    /// What it has come to without an end. The weights are those of the last minimum: the sum of rows that the coefficients stand for is
    /// far from them until the end.
    fn unfinished(&self, coefficients: Vec<f64>, mut variables: Vec<f64>, n_steps: usize) -> Solved {
        if self.constant == Intercept::Free {
            // It belongs to the margins.
            if let Some(constant) = variables.last_mut() {
                *constant = 0.0;
            }
        }
        let scores = self.scores(&variables);
        if self.constant == Intercept::Free {
            variables.truncate(self.rows.n_features());
        }
        Solved {
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

impl<R: RowSource> HingeProblem<'_, R> {
    pub(crate) fn n_rows(&self) -> usize {
        self.sides.len()
    }

    /// The number of variables: weights, and the constant where there is one.
    pub(crate) fn order(&self) -> usize {
        self.rows.n_features() + usize::from(self.constant != Intercept::Absent)
    }

    /// Room for a row with its constant feature, which stays.
    pub(crate) fn room(&self) -> Vec<f64> {
        let constant = match self.constant {
            Intercept::Absent | Intercept::Free => 1.0,
            Intercept::Feature(value) => value,
        };
        vec![constant; self.order()]
    }

    pub(crate) fn read(&self, row: usize, wide: &mut [f64]) {
        self.rows.read(row, &mut wide[..self.rows.n_features()]);
    }

    /// The product of every row with the variables.
    pub(crate) fn scores(&self, variables: &[f64]) -> Vec<f64> {
        let steps = VectorOps::detect();
        let mut wide = self.room();
        let score = |row| {
            self.read(row, &mut wide);
            steps.dot(variables, &wide)
        };
        (0..self.n_rows()).map(score).collect()
    }

    /// The sum of the rows, each times its side and its factor.
    pub(crate) fn sum(&self, factors: impl Iterator<Item = f64>) -> Vec<f64> {
        let steps = VectorOps::detect();
        let mut sum = vec![0.0; self.order()];
        let mut wide = self.room();
        for (row, factor) in factors.enumerate() {
            if factor != 0.0 {
                self.read(row, &mut wide);
                steps.axpy(&mut sum, &wide, self.sides[row] * factor);
            }
        }
        sum
    }

    /// How much each variable costs: its share of `½ |w|²`.
    pub(crate) fn weight_cost(&self, variable: usize) -> f64 {
        f64::from(u8::from(
            self.constant != Intercept::Free || variable < self.rows.n_features(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Table(Vec<Vec<f64>>);

    impl RowSource for Table {
        fn n_features(&self) -> usize {
            self.0[0].len()
        }

        fn read(&self, row: usize, wide: &mut [f64]) {
            wide.copy_from_slice(&self.0[row]);
        }
    }

    /// Rows of two classes that overlap, some of them twice; the last feature is 0 in all.
    fn rows(n_rows: usize) -> (Table, Vec<f64>) {
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
        let table = (0..n_rows).map(|row| (0..7).map(|feature| value(row, feature)).collect());
        (Table(table.collect()), (0..n_rows).map(side).collect())
    }

    /// The primal and the dual objective, from the rows alone. The optimum lies between them.
    fn objectives(
        table: &Table,
        sides: &[f64],
        costs: &[f64],
        constant: Intercept,
        solved: &Solved,
    ) -> [f64; 2] {
        let feature = match constant {
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
            let lack = |(row, side): (&Vec<f64>, &f64)| (1.0 - side * (score(row) + constant)).max(0.0);
            rows.iter()
                .zip(sides)
                .map(lack)
                .zip(costs)
                .map(|(lack, cost)| lack * cost)
                .sum()
        };
        // The loss is least where the score of some row is on its margin.
        let constants = rows.iter().zip(sides).map(|(row, side)| side - score(row));
        let loss = if constant == Intercept::Free {
            constants.map(loss).fold(f64::INFINITY, f64::min)
        } else {
            loss(0.0)
        };
        [square + loss, solved.coefficients.iter().sum::<f64>() - square]
    }

    #[test]
    fn no_other_weights_can_be_better() {
        for n_rows in [60, 400] {
            let (table, sides) = rows(n_rows);
            for constant in [Intercept::Absent, Intercept::Free, Intercept::Feature(2.0)] {
                for cost in [0.01, 1.0, 1000.0] {
                    let costs: Vec<f64> = sides
                        .iter()
                        .map(|side| if *side > 0.0 { 1.7 * cost } else { cost })
                        .collect();
                    let solved = HingeProblem {
                        rows: &table,
                        sides: &sides,
                        costs: &costs,
                        constant,
                        tol: 1e-6,
                        max_steps: 100,
                    }
                    .solve();
                    assert!(solved.has_converged, "{n_rows} {constant:?} {cost}");
                    let [primal, dual] = objectives(&table, &sides, &costs, constant, &solved);
                    assert!(
                        (primal - dual).abs() < 1e-5 * dual,
                        "{n_rows} {constant:?} {cost}: {primal} {dual}"
                    );
                    let sum: f64 = solved
                        .coefficients
                        .iter()
                        .zip(&sides)
                        .map(|(alpha, side)| alpha * side)
                        .sum();
                    assert!(constant != Intercept::Free || sum.abs() < 1e-9 * cost, "{sum}");
                    let within = |(alpha, cost): (&f64, &f64)| (0.0..=*cost).contains(alpha);
                    assert!(solved.coefficients.iter().zip(&costs).all(within));
                }
            }
        }
    }

    #[test]
    fn what_ends_early_says_so_and_has_the_weights_that_it_came_to() {
        let (table, sides) = rows(400);
        let solved = HingeProblem {
            rows: &table,
            sides: &sides,
            costs: &[1.0; 400],
            constant: Intercept::Absent,
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
