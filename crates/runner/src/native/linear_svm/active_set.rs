//! Where the method would end: coefficients between their bounds are solved for, and what is still violated is measured.

use ndarray::Array2;

use crate::native::data::row_source::RowSource;
use crate::native::linalg::cholesky::Cholesky;
use crate::native::linalg::gram::add_products;
use crate::native::linear_svm::problem::{HingeProblem, Intercept};

/// How often rows that prove to be free, or at a bound, are taken for it.
const ROUNDS: usize = 10;

/// Added to the diagonal of the equations for the free coefficients, relative to it: there are more of them than the rows have dimensions where
/// features are constant.
const SMALL: f64 = 1e-11;

/// What the sums of both sides may be apart, as a share of the largest cost.
const APART: f64 = 1e-6;

/// Coefficients that may be the last, and how much they violate.
pub(crate) struct ActiveSetSolution {
    pub(crate) coefficients: Vec<f64>,
    pub(crate) weights: Vec<f64>,
    pub(crate) margins: Vec<f64>,
    pub(crate) violation: f64,
}

impl<R: RowSource> HingeProblem<'_, R> {
    pub(crate) fn end(&self, coefficients: Vec<f64>) -> ActiveSetSolution {
        let mut best = self.judged(coefficients);
        let mut next = self.polished(&best);
        for _ in 0..ROUNDS {
            if best.violation < self.tol {
                break;
            }
            let Some(polished) = next else { break };
            next = self.polished(&polished);
            if polished.violation < best.violation {
                best = polished;
            }
        }
        best
    }

    /// The rows between their bounds; once these are on their margins, those too that are at a bound and on the wrong side of theirs.
    fn free(&self, end: &ActiveSetSolution) -> Vec<usize> {
        let is_between = |row: &usize| {
            let coefficient = end.coefficients[*row];
            coefficient > 0.0 && coefficient < self.costs[*row]
        };
        let between: Vec<usize> = (0..self.n_rows()).filter(is_between).collect();
        let margins = || between.iter().map(|row| end.margins[*row]);
        let (least, most) = margins().fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), margin| {
            (margin.min(least), margin.max(most))
        });
        // What a free constant takes from all margins.
        let level = match self.constant {
            Intercept::Free => (least + most) / 2.0,
            Intercept::Absent | Intercept::Feature(_) => 0.0,
        };
        if (least - level).abs().max((most - level).abs()) > self.tol / 2.0 {
            return between;
        }
        let is_wrong = |row: &usize| {
            let slope = self.sides[*row] * (level - end.margins[*row]);
            if end.coefficients[*row] > 0.0 {
                slope > self.tol / 2.0
            } else {
                slope < -self.tol / 2.0
            }
        };
        (0..self.n_rows())
            .filter(|row| is_between(row) || is_wrong(row))
            .collect()
    }

    fn judged(&self, mut coefficients: Vec<f64>) -> ActiveSetSolution {
        let is_balanced = self.constant != Intercept::Free || self.balance(&mut coefficients);
        let mut weights = self.sum(coefficients.iter().copied());
        if self.constant == Intercept::Free {
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
        if self.constant == Intercept::Free {
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

    /// Lets the coefficients of both sides have the same sum by changing a free one; whether there was one to change.
    fn balance(&self, coefficients: &mut [f64]) -> bool {
        let apart: f64 = coefficients
            .iter()
            .zip(self.sides)
            .map(|(coefficient, side)| coefficient * side)
            .sum();
        let room = |row: usize| coefficients[row].min(self.costs[row] - coefficients[row]);
        let widest = (0..coefficients.len()).max_by(|one, other| room(*one).total_cmp(&room(*other)));
        let Some(widest) = widest else { return true };
        if apart.abs() <= room(widest) {
            coefficients[widest] -= self.sides[widest] * apart;
            return true;
        }
        apart.abs() <= APART * self.costs.iter().copied().fold(0.0, f64::max)
    }

    fn violation(&self, coefficients: &[f64], margins: &[f64]) -> f64 {
        let (mut largest, mut smallest) = (f64::NEG_INFINITY, f64::INFINITY);
        for (row, (coefficient, margin)) in coefficients.iter().zip(margins).enumerate() {
            let side = self.sides[row];
            let (is_above, is_below) = (*coefficient > 0.0, *coefficient < self.costs[row]);
            if self.constant == Intercept::Free {
                // In `α y`, as libsvm.
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
                // The part of the slope that the bounds leave, as liblinear.
                let slope = -side * margin;
                let left = match (is_above, is_below) {
                    (false, _) => slope.min(0.0),
                    (_, false) => slope.max(0.0),
                    _ => slope,
                };
                largest = largest.max(left);
                smallest = smallest.min(left);
            }
        }
        (largest - smallest).max(0.0)
    }

    /// The free coefficients changed as little as brings their rows onto their margins, no further than their bounds; `None` if that cannot be had.
    fn polished(&self, end: &ActiveSetSolution) -> Option<ActiveSetSolution> {
        let free = self.free(end);
        if free.is_empty() || free.len() > self.order() {
            return None;
        }
        let is_free_constant = self.constant == Intercept::Free;
        let n_weights = self.order() - usize::from(is_free_constant);
        let mut columns = Array2::zeros((n_weights, free.len()));
        let mut wide = self.room();
        for (at, &row) in free.iter().enumerate() {
            self.read(row, &mut wide);
            let column = columns.column_mut(at);
            column.into_iter().zip(&wide).for_each(|(to, value)| *to = *value);
        }
        let mut products = Array2::zeros((free.len(), free.len()));
        add_products(columns.view(), &mut products);
        #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
        let mean = products.diag().sum() / free.len() as f64;
        products.diag_mut().mapv_inplace(|value| value + SMALL * mean);
        let mut changes: Vec<f64> = free.iter().map(|row| end.margins[*row]).collect();
        if is_free_constant {
            // Their sum is 0, so that a constant may be added to all products.
            products += mean;
            let factor = Cholesky::of(products)?;
            let mut ones = vec![1.0; free.len()];
            factor.solve(&mut changes);
            factor.solve(&mut ones);
            let constant = changes.iter().sum::<f64>() / ones.iter().sum::<f64>();
            changes
                .iter_mut()
                .zip(&ones)
                .for_each(|(change, one)| *change -= constant * one);
        } else {
            Cholesky::of(products)?.solve(&mut changes);
        }
        let mut coefficients = end.coefficients.clone();
        for (row, change) in free.into_iter().zip(changes) {
            let coefficient = &mut coefficients[row];
            *coefficient = (*coefficient + self.sides[row] * change).clamp(0.0, self.costs[row]);
        }
        let is_finite = coefficients.iter().all(|coefficient| coefficient.is_finite());
        is_finite.then(|| self.judged(coefficients))
    }
}
