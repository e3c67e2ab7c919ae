//! The exact end of the hinge solver: an active-set step that solves for the free dual coefficients.
//!
//! Coefficients at a bound stay there. The free ones are changed so that their rows lie on their margins, and the violation of the optimality
//! conditions is measured.

use ndarray::Array2;

use crate::native::data::row_source::RowSource;
use crate::native::linalg::cholesky::Cholesky;
use crate::native::linalg::gram::add_gram;
use crate::native::linear_svm::problem::{HingeProblem, Intercept};

/// Bound on the refinements per active-set solution.
const MAX_REFINEMENTS: usize = 10;

/// Ridge on the equations of the free coefficients, relative to their diagonal. They are singular if there are more free rows than dimensions,
/// for example with constant features.
const RIDGE: f64 = 1e-11;

/// Tolerance of the equality constraint of a free intercept, relative to the largest cost.
const BALANCE_TOLERANCE: f64 = 1e-6;

/// Dual coefficients, and their violation of the optimality conditions.
pub(crate) struct ActiveSetSolution {
    /// One per row, from 0 to the cost of the row.
    pub(crate) coefficients: Vec<f64>,
    /// The weights that belong to the coefficients.
    pub(crate) weights: Vec<f64>,
    /// For every row its side minus `w · x`.
    pub(crate) margins: Vec<f64>,
    /// In units of a score.
    pub(crate) violation: f64,
}

impl<R: RowSource> HingeProblem<'_, R> {
    /// The best of the solutions that refinements from these coefficients reach.
    pub(crate) fn active_set_solution(&self, coefficients: Vec<f64>) -> ActiveSetSolution {
        let mut best = self.evaluated(coefficients);
        let mut next = self.refined(&best);
        for _ in 0..MAX_REFINEMENTS {
            if best.violation < self.tol {
                break;
            }
            let Some(refined) = next else { break };
            next = self.refined(&refined);
            if refined.violation < best.violation {
                best = refined;
            }
        }
        best
    }

    /// The free rows: those between their bounds. Once these lie on their margins, also the rows at a bound that violate their condition.
    fn free_rows(&self, solution: &ActiveSetSolution) -> Vec<usize> {
        let is_between = |row: &usize| {
            let coefficient = solution.coefficients[*row];
            coefficient > 0.0 && coefficient < self.costs[*row]
        };
        let between: Vec<usize> = (0..self.n_rows()).filter(is_between).collect();
        let margins = || between.iter().map(|row| solution.margins[*row]);
        let (least, most) = margins().fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), margin| {
            (margin.min(least), margin.max(most))
        });
        // A free intercept shifts all margins.
        let level = match self.intercept {
            Intercept::Free => (least + most) / 2.0,
            Intercept::Absent | Intercept::Feature(_) => 0.0,
        };
        if (least - level).abs().max((most - level).abs()) > self.tol / 2.0 {
            return between;
        }
        let is_wrong = |row: &usize| {
            let slope = self.sides[*row] * (level - solution.margins[*row]);
            if solution.coefficients[*row] > 0.0 {
                slope > self.tol / 2.0
            } else {
                slope < -self.tol / 2.0
            }
        };
        (0..self.n_rows())
            .filter(|row| is_between(row) || is_wrong(row))
            .collect()
    }

    /// The weights, margins and violation of these coefficients.
    fn evaluated(&self, mut coefficients: Vec<f64>) -> ActiveSetSolution {
        let is_balanced = self.intercept != Intercept::Free || self.balance(&mut coefficients);
        let mut weights = self.weighted_sum(coefficients.iter().copied());
        if self.intercept == Intercept::Free {
            weights.truncate(self.rows.n_features());
            weights.push(0.0);
        }
        let scores = self.scores(&weights);
        let margins: Vec<f64> = self
            .sides
            .iter()
            .zip(&scores)
            .map(|(side, score)| side - score)
            .collect();
        if self.intercept == Intercept::Free {
            weights.pop();
        }
        let violation = if is_balanced {
            self.violation(&coefficients, &margins)
        } else {
            f64::INFINITY
        };
        ActiveSetSolution {
            coefficients,
            weights,
            margins,
            violation,
        }
    }

    /// Makes the coefficients of both sides sum to the same by changing the freest one. Returns whether that is possible.
    fn balance(&self, coefficients: &mut [f64]) -> bool {
        let imbalance: f64 = coefficients
            .iter()
            .zip(self.sides)
            .map(|(coefficient, side)| coefficient * side)
            .sum();
        let slack = |row: usize| coefficients[row].min(self.costs[row] - coefficients[row]);
        let freest = (0..coefficients.len()).max_by(|one, other| slack(*one).total_cmp(&slack(*other)));
        let Some(freest) = freest else { return true };
        if imbalance.abs() <= slack(freest) {
            coefficients[freest] -= self.sides[freest] * imbalance;
            return true;
        }
        imbalance.abs() <= BALANCE_TOLERANCE * self.costs.iter().copied().fold(0.0, f64::max)
    }

    /// The violation of the optimality conditions: that of libsvm for a free intercept, that of liblinear otherwise.
    fn violation(&self, coefficients: &[f64], margins: &[f64]) -> f64 {
        let (mut largest, mut smallest) = (f64::NEG_INFINITY, f64::INFINITY);
        for (row, (coefficient, margin)) in coefficients.iter().zip(margins).enumerate() {
            let side = self.sides[row];
            let (is_above, is_below) = (*coefficient > 0.0, *coefficient < self.costs[row]);
            if self.intercept == Intercept::Free {
                // Bounds on `α y`, as in libsvm.
                let (up, low) = if side > 0.0 {
                    (is_below, is_above)
                } else {
                    (is_above, is_below)
                };
                if up {
                    largest = largest.max(*margin);
                }
                if low {
                    smallest = smallest.min(*margin);
                }
            } else {
                // The projected gradient, as in liblinear.
                let slope = -side * margin;
                let projected = match (is_above, is_below) {
                    (false, _) => slope.min(0.0),
                    (_, false) => slope.max(0.0),
                    _ => slope,
                };
                largest = largest.max(projected);
                smallest = smallest.min(projected);
            }
        }
        (largest - smallest).max(0.0)
    }

    /// Changes the free coefficients by the least-norm change that puts their rows on their margins, within their bounds. `None` if there is no
    /// such change, or if no row is free.
    fn refined(&self, solution: &ActiveSetSolution) -> Option<ActiveSetSolution> {
        let free = self.free_rows(solution);
        if free.is_empty() || free.len() > self.n_variables() {
            return None;
        }
        let has_free_intercept = self.intercept == Intercept::Free;
        let n_weights = self.n_variables() - usize::from(has_free_intercept);
        let mut columns = Array2::zeros((n_weights, free.len()));
        let mut row_f64 = self.buffer();
        for (position, &row) in free.iter().enumerate() {
            self.read(row, &mut row_f64);
            let column = columns.column_mut(position);
            column
                .into_iter()
                .zip(&row_f64)
                .for_each(|(to, value)| *to = *value);
        }
        let mut products = Array2::zeros((free.len(), free.len()));
        add_gram(columns.view(), &mut products);
        #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
        let mean = products.diag().sum() / free.len() as f64;
        products.diag_mut().mapv_inplace(|value| value + RIDGE * mean);
        let mut changes: Vec<f64> = free.iter().map(|row| solution.margins[*row]).collect();
        if has_free_intercept {
            // The changes sum to 0, so a constant may be added to all products.
            products += mean;
            let cholesky = Cholesky::of(products)?;
            let mut ones = vec![1.0; free.len()];
            cholesky.solve(&mut changes);
            cholesky.solve(&mut ones);
            let constant = changes.iter().sum::<f64>() / ones.iter().sum::<f64>();
            changes
                .iter_mut()
                .zip(&ones)
                .for_each(|(change, one)| *change -= constant * one);
        } else {
            Cholesky::of(products)?.solve(&mut changes);
        }
        let mut coefficients = solution.coefficients.clone();
        for (row, change) in free.into_iter().zip(changes) {
            let coefficient = &mut coefficients[row];
            *coefficient = (*coefficient + self.sides[row] * change).clamp(0.0, self.costs[row]);
        }
        let is_finite = coefficients.iter().all(|coefficient| coefficient.is_finite());
        is_finite.then(|| self.evaluated(coefficients))
    }
}
