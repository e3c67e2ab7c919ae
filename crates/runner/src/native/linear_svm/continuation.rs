//! Minima of the loss with its corner rounded off, over ever narrower widths: each is where the search for the next begins.
//!
//! Within the width the loss is a parabola, so that only rows in there bend the objective: a Newton step needs their products alone.

use crate::native::data::row_source::RowSource;
use crate::native::linear_svm::newton_system::System;
use crate::native::linear_svm::problem::HingeProblem;

/// The width over which the first minimum of all rows is: as wide as the margin.
pub(crate) const FIRST_WIDTH: f64 = 1.0;

/// The width from which minima of a part of the rows are looked for: with weights of 0 every row is within.
const WIDEST: f64 = 8.0;

/// So many times as many rows as variables are enough for a part to begin with.
const ENOUGH: usize = 8;

/// Share of the rows at the corner that may change their part in the step after which a minimum counts as found; over a width below the tolerance
/// none may.
const CHANGED: f64 = 0.05;

/// How far from a whole step the last one may be.
const NOT_WHOLE: f64 = 0.1;

/// Steps after which what is left of a minimum is taken to be rounding.
const MOST_STEPS: usize = 60;

/// The slope along a direction at which a step ends, as a share of that at its start.
const FLAT: f64 = 1e-2;

/// Evaluations of the slope along a direction.
const MOST_EVALUATIONS: usize = 50;

/// Which part of the loss a row is in.
#[derive(Clone, Copy, Debug, PartialEq)]
enum LossPiece {
    /// Zero its margin, where the loss is 0.
    Zero,
    /// Within the width of the corner.
    Quadratic,
    /// Where the loss grows with what is lacking.
    Linear,
}

/// One row in so many.
struct EveryFew<'a, R> {
    rows: &'a R,
    every: usize,
}

impl<R: RowSource> RowSource for EveryFew<'_, R> {
    fn n_features(&self) -> usize {
        self.rows.n_features()
    }

    fn read(&self, row: usize, wide: &mut [f64]) {
        self.rows.read(self.every * row, wide);
    }
}

/// Where the search stands.
pub(crate) struct Continuation {
    /// Of every row how far its score falls short of its margin; below 0 where it is beyond.
    lacks: Vec<f64>,
    variables: Vec<f64>,
    width: f64,
    pub(crate) n_steps: usize,
}

impl Continuation {
    /// From the minimum of a part of the rows, where there are many, over the first width.
    pub(crate) fn new<R: RowSource>(problem: &HingeProblem<'_, R>) -> Continuation {
        let every = problem.n_rows() / (ENOUGH * problem.order());
        if every < 2 {
            return Continuation::from_nothing(problem);
        }
        let some = |values: &[f64]| -> Vec<f64> { values.iter().copied().step_by(every).collect() };
        #[expect(clippy::cast_precision_loss, reason = "a small number")]
        let costs: Vec<f64> = some(problem.costs)
            .into_iter()
            .map(|cost| cost * every as f64)
            .collect();
        let part = HingeProblem {
            rows: &EveryFew {
                rows: problem.rows,
                every,
            },
            sides: &some(problem.sides),
            costs: &costs,
            constant: problem.constant,
            tol: problem.tol,
            max_steps: problem.max_steps,
        };
        let mut path = Continuation::from_nothing(&part);
        while path.width > FIRST_WIDTH {
            path.go_to(&part, path.width / 2.0);
        }
        let scores = problem.scores(&path.variables);
        Continuation {
            lacks: scores
                .iter()
                .zip(problem.sides)
                .map(|(score, side)| 1.0 - side * score)
                .collect(),
            ..path
        }
    }

    fn from_nothing<R: RowSource>(problem: &HingeProblem<'_, R>) -> Continuation {
        Continuation {
            lacks: vec![1.0; problem.n_rows()],
            variables: vec![0.0; problem.order()],
            width: WIDEST,
            n_steps: 0,
        }
    }

    /// Goes to the minimum of a width, or as near to it as rounding and the number of steps allow.
    pub(crate) fn go_to<R: RowSource>(&mut self, problem: &HingeProblem<'_, R>, width: f64) {
        let mut parts = self.parts();
        self.width = width;
        // The first step lets rows stay in the part that they had over the width before.
        let mut is_own = false;
        for _ in 0..MOST_STEPS.min(problem.max_steps - self.n_steps) {
            let step = self.advance(problem, &parts);
            if step.is_none() && is_own {
                return;
            }
            let now = self.parts();
            let n_corner = now.iter().filter(|part| **part == LossPiece::Quadratic).count();
            let n_changed = now
                .iter()
                .zip(&parts)
                .filter(|(now, before)| now != before)
                .count();
            #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
            let may_change = if width < problem.tol {
                0.0
            } else {
                CHANGED * n_corner as f64
            };
            #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
            let is_steady = n_changed as f64 <= may_change;
            if is_steady && step.is_some_and(|step| (step - 1.0).abs() < NOT_WHOLE) {
                return;
            }
            (parts, is_own) = (now, true);
        }
    }

    /// What each row's loss pulls with: its dual coefficient, if this is the minimum.
    pub(crate) fn coefficients(&self, costs: &[f64]) -> Vec<f64> {
        let of_row = |(lack, cost): (&f64, &f64)| self.coefficient(*lack, *cost);
        self.lacks.iter().zip(costs).map(of_row).collect()
    }

    /// The variables, the constant in the last place where there is one.
    pub(crate) fn variables(self) -> Vec<f64> {
        self.variables
    }

    fn coefficient(&self, lack: f64, cost: f64) -> f64 {
        cost * (lack / self.width).clamp(0.0, 1.0)
    }

    fn parts(&self) -> Vec<LossPiece> {
        let part = |lack: &f64| {
            if *lack <= 0.0 {
                LossPiece::Zero
            } else if *lack < self.width {
                LossPiece::Quadratic
            } else {
                LossPiece::Linear
            }
        };
        self.lacks.iter().map(part).collect()
    }

    /// A Newton step for rows that stay in these parts, as long as the objective falls; how much of it was gone, `None` if it does not fall.
    fn advance<R: RowSource>(&mut self, problem: &HingeProblem<'_, R>, parts: &[LossPiece]) -> Option<f64> {
        let coefficient = |row: usize| match parts[row] {
            LossPiece::Zero => 0.0,
            LossPiece::Quadratic => problem.costs[row] * self.lacks[row] / self.width,
            LossPiece::Linear => problem.costs[row],
        };
        let mut direction = problem.sum((0..problem.n_rows()).map(coefficient));
        for (variable, value) in direction.iter_mut().enumerate() {
            *value -= problem.weight_cost(variable) * self.variables[variable];
        }
        let corner: Vec<usize> = (0..problem.n_rows())
            .filter(|row| parts[*row] == LossPiece::Quadratic)
            .collect();
        System::new(problem, &corner, self.width)?.solve(&mut direction);
        // By how much each row will lack more.
        let mut changes = problem.scores(&direction);
        changes
            .iter_mut()
            .zip(problem.sides)
            .for_each(|(change, side)| *change *= -side);
        let step = self.step(problem, &direction, &changes)?;
        self.n_steps += 1;
        self.variables
            .iter_mut()
            .zip(&direction)
            .for_each(|(value, change)| *value += step * change);
        self.lacks
            .iter_mut()
            .zip(&changes)
            .for_each(|(lack, change)| *lack += step * change);
        Some(step)
    }

    /// How far to go in a direction: to where the objective is nearly flat.
    fn step<R: RowSource>(
        &self,
        problem: &HingeProblem<'_, R>,
        direction: &[f64],
        changes: &[f64],
    ) -> Option<f64> {
        let of_weights = |step: f64| -> f64 {
            let pairs = direction.iter().zip(&self.variables).enumerate();
            pairs
                .map(|(variable, (change, value))| {
                    problem.weight_cost(variable) * change * (value + step * change)
                })
                .sum()
        };
        let slope = |step: f64| -> f64 {
            let rows = self.lacks.iter().zip(changes).zip(problem.costs);
            of_weights(step)
                + rows
                    .map(|((lack, change), cost)| change * self.coefficient(lack + step * change, *cost))
                    .sum::<f64>()
        };
        let start = slope(0.0);
        if start >= 0.0 || start.is_nan() {
            return None;
        }
        let (mut below, mut above, mut step) = (0.0, f64::INFINITY, 1.0);
        for _ in 0..MOST_EVALUATIONS {
            let here = slope(step);
            if here.abs() <= FLAT * -start {
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
