//! Continuation: minima of a smoothed hinge loss for ever smaller smoothing widths, each the start of the next.
//!
//! The smoothed loss (Huber hinge) is quadratic where the slack is between 0 and the width, and linear above. Only rows in the quadratic piece
//! enter the Hessian of a Newton step.

use crate::native::data::row_source::RowSource;
use crate::native::linear_svm::newton_system::QuadraticGram;
use crate::native::linear_svm::problem::HingeProblem;

/// The first width for all rows, equal to the margin.
pub(crate) const FIRST_WIDTH: f64 = 1.0;

/// The width at weights of 0, where every row is in the quadratic piece.
const INITIAL_WIDTH: f64 = 8.0;

/// Rows per variable in the subsample from which the continuation starts.
const SUBSAMPLE_ROWS_PER_VARIABLE: usize = 8;

/// Share of the rows in the quadratic piece that may change their piece in the last step of a minimum. For a width below the tolerance none may.
const MAX_CHANGED: f64 = 0.05;

/// Deviation of the last step length of a minimum from 1.
const STEP_TOLERANCE: f64 = 0.1;

/// Bound on the steps per width: what is left after them is rounding error.
const MAX_STEPS_PER_WIDTH: usize = 60;

/// Slope along a direction at which the line search stops, relative to the slope at its start.
const SLOPE_TOLERANCE: f64 = 1e-2;

/// Bound on the slope evaluations per line search.
const MAX_EVALUATIONS: usize = 50;

/// The piece of the smoothed loss that a row is in.
#[derive(Clone, Copy, Debug, PartialEq)]
enum LossPiece {
    /// No slack: the loss is 0.
    Zero,
    /// A slack below the width.
    Quadratic,
    /// A larger slack.
    Linear,
}

/// Every `every`-th row.
struct SubsampledRows<'a, R> {
    rows: &'a R,
    every: usize,
}

impl<R: RowSource> RowSource for SubsampledRows<'_, R> {
    fn n_features(&self) -> usize {
        self.rows.n_features()
    }

    fn read(&self, row: usize, row_f64: &mut [f64]) {
        self.rows.read(self.every * row, row_f64);
    }
}

/// The state of the continuation.
pub(crate) struct Continuation {
    /// For every row `1 - side · score`, below 0 beyond the margin.
    slacks: Vec<f64>,
    /// The weights, and the intercept or the weight of the constant feature where there is one.
    variables: Vec<f64>,
    width: f64,
    gram: QuadraticGram,
    /// Newton steps so far.
    pub(crate) n_steps: usize,
}

impl Continuation {
    /// Starts from zero; with many rows, from the minimum of a subsample at the first width.
    pub(crate) fn new<R: RowSource>(problem: &HingeProblem<'_, R>) -> Continuation {
        let every = problem.n_rows() / (SUBSAMPLE_ROWS_PER_VARIABLE * problem.n_variables());
        if every < 2 {
            return Continuation::from_zero(problem);
        }
        let subsampled = |values: &[f64]| -> Vec<f64> { values.iter().copied().step_by(every).collect() };
        #[expect(clippy::cast_precision_loss, reason = "ratios of counts are small")]
        let costs: Vec<f64> = subsampled(problem.costs)
            .into_iter()
            .map(|cost| cost * every as f64)
            .collect();
        let subsample = HingeProblem {
            rows: &SubsampledRows {
                rows: problem.rows,
                every,
            },
            sides: &subsampled(problem.sides),
            costs: &costs,
            intercept: problem.intercept,
            tol: problem.tol,
            max_steps: problem.max_steps,
        };
        let mut continuation = Continuation::from_zero(&subsample);
        while continuation.width > FIRST_WIDTH {
            continuation.minimize(&subsample, continuation.width / 2.0);
        }
        let scores = problem.scores(&continuation.variables);
        Continuation {
            slacks: scores
                .iter()
                .zip(problem.sides)
                .map(|(score, side)| 1.0 - side * score)
                .collect(),
            gram: QuadraticGram::default(),
            ..continuation
        }
    }

    fn from_zero<R: RowSource>(problem: &HingeProblem<'_, R>) -> Continuation {
        Continuation {
            slacks: vec![1.0; problem.n_rows()],
            variables: vec![0.0; problem.n_variables()],
            width: INITIAL_WIDTH,
            gram: QuadraticGram::default(),
            n_steps: 0,
        }
    }

    /// Minimizes the smoothed loss of a width, as far as rounding errors and the bound on the steps allow.
    pub(crate) fn minimize<R: RowSource>(&mut self, problem: &HingeProblem<'_, R>, width: f64) {
        let mut pieces = self.pieces();
        self.width = width;
        // The first step keeps the pieces of the width before.
        let mut are_current = false;
        for _ in 0..MAX_STEPS_PER_WIDTH.min(problem.max_steps - self.n_steps) {
            let step = self.newton_step(problem, &pieces);
            if step.is_none() && are_current {
                return;
            }
            let now = self.pieces();
            let n_quadratic = now.iter().filter(|piece| **piece == LossPiece::Quadratic).count();
            let n_changed = now
                .iter()
                .zip(&pieces)
                .filter(|(now, before)| now != before)
                .count();
            #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
            let max_changed = if width < problem.tol {
                0.0
            } else {
                MAX_CHANGED * n_quadratic as f64
            };
            #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
            let is_steady = n_changed as f64 <= max_changed;
            if is_steady && step.is_some_and(|step| (step - 1.0).abs() < STEP_TOLERANCE) {
                return;
            }
            (pieces, are_current) = (now, true);
        }
    }

    /// Minus the slope of the loss of every row: its dual coefficient if this is the minimum.
    pub(crate) fn coefficients(&self, costs: &[f64]) -> Vec<f64> {
        let of_row = |(slack, cost): (&f64, &f64)| self.coefficient(*slack, *cost);
        self.slacks.iter().zip(costs).map(of_row).collect()
    }

    /// The weights; the intercept or the weight of the constant feature comes last, where there is one.
    pub(crate) fn variables(self) -> Vec<f64> {
        self.variables
    }

    fn coefficient(&self, slack: f64, cost: f64) -> f64 {
        cost * (slack / self.width).clamp(0.0, 1.0)
    }

    fn pieces(&self) -> Vec<LossPiece> {
        let piece = |slack: &f64| {
            if *slack <= 0.0 {
                LossPiece::Zero
            } else if *slack < self.width {
                LossPiece::Quadratic
            } else {
                LossPiece::Linear
            }
        };
        self.slacks.iter().map(piece).collect()
    }

    /// A Newton step under the assumption that rows stay in these pieces. Returns its length; `None` if the objective does not decrease.
    fn newton_step<R: RowSource>(
        &mut self,
        problem: &HingeProblem<'_, R>,
        pieces: &[LossPiece],
    ) -> Option<f64> {
        let coefficient = |row: usize| match pieces[row] {
            LossPiece::Zero => 0.0,
            LossPiece::Quadratic => problem.costs[row] * self.slacks[row] / self.width,
            LossPiece::Linear => problem.costs[row],
        };
        let mut direction = problem.weighted_sum((0..problem.n_rows()).map(coefficient));
        for (variable, value) in direction.iter_mut().enumerate() {
            *value -= problem.weight_penalty(variable) * self.variables[variable];
        }
        let quadratic: Vec<usize> = (0..problem.n_rows())
            .filter(|row| pieces[*row] == LossPiece::Quadratic)
            .collect();
        let hessian = self.gram.factorized_hessian(problem, &quadratic, self.width)?;
        hessian.solve(&mut direction);
        // The change of every slack over a full step.
        let mut changes = problem.scores(&direction);
        changes
            .iter_mut()
            .zip(problem.sides)
            .for_each(|(change, side)| *change *= -side);
        let step = self.step_length(problem, &direction, &changes)?;
        self.n_steps += 1;
        self.variables
            .iter_mut()
            .zip(&direction)
            .for_each(|(value, change)| *value += step * change);
        self.slacks
            .iter_mut()
            .zip(&changes)
            .for_each(|(slack, change)| *slack += step * change);
        Some(step)
    }

    /// Line search by bisection for a nearly zero slope; `None` if the direction does not descend.
    fn step_length<R: RowSource>(
        &self,
        problem: &HingeProblem<'_, R>,
        direction: &[f64],
        changes: &[f64],
    ) -> Option<f64> {
        let penalty_slope = |step: f64| -> f64 {
            let pairs = direction.iter().zip(&self.variables).enumerate();
            pairs
                .map(|(variable, (change, value))| {
                    problem.weight_penalty(variable) * change * (value + step * change)
                })
                .sum()
        };
        let slope = |step: f64| -> f64 {
            let rows = self.slacks.iter().zip(changes).zip(problem.costs);
            penalty_slope(step)
                + rows
                    .map(|((slack, change), cost)| change * self.coefficient(slack + step * change, *cost))
                    .sum::<f64>()
        };
        let start = slope(0.0);
        if start >= 0.0 || start.is_nan() {
            return None;
        }
        let (mut below, mut above, mut step) = (0.0, f64::INFINITY, 1.0);
        for _ in 0..MAX_EVALUATIONS {
            let here = slope(step);
            if here.abs() <= SLOPE_TOLERANCE * -start {
                break;
            }
            if here < 0.0 {
                below = step;
            } else {
                above = step;
            }
            step = if above.is_finite() {
                (below + above) / 2.0
            } else {
                2.0 * step
            };
        }
        step.is_finite().then_some(step)
    }
}
