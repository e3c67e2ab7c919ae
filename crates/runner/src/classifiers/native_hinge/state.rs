//! Where the method stands, inside of all bounds, and a predictor-corrector step from there.

use super::system::System;
use super::{Constant, Problem, ReadRows, Solved};

/// Share of the way to the nearest bound that a step goes.
const SHORT: f64 = 0.995;

/// Of every row four positive numbers: coefficient and slack, the rest to the cost and the lack, whose products go to 0 together.
pub(super) struct State {
    pub(super) coefficients: Vec<f64>,
    /// How far a row is beyond its margin, and how far it falls short.
    pub(super) slacks: Vec<f64>,
    pub(super) lacks: Vec<f64>,
    variables: Vec<f64>,
    scores: Vec<f64>,
}

/// Changes of the state's parts.
struct Direction {
    coefficients: Vec<f64>,
    slacks: Vec<f64>,
    lacks: Vec<f64>,
    variables: Vec<f64>,
    scores: Vec<f64>,
}

impl State {
    pub(super) fn new<R: ReadRows>(problem: &Problem<'_, R>) -> State {
        let n_rows = problem.n_rows();
        let first = |cost: &f64| problem.scale.min(cost / 2.0);
        let coefficients: Vec<f64> = problem.costs.iter().map(first).collect();
        let lack = |(first, cost): (&f64, &f64)| 2.0 * first / (cost - first);
        State {
            slacks: vec![1.0; n_rows],
            lacks: coefficients.iter().zip(problem.costs).map(lack).collect(),
            coefficients,
            variables: vec![0.0; problem.order()],
            scores: vec![0.0; n_rows],
        }
    }

    /// Makes a step; whether there was one to make.
    pub(super) fn advance<R: ReadRows>(&mut self, problem: &Problem<'_, R>) -> bool {
        let weights = self.weights(problem.costs);
        let Some(system) = System::new(problem, &weights) else {
            return false;
        };
        let n_rows = problem.n_rows();
        let product = |step: f64, direction: Option<&Direction>| {
            let of_row = |row: usize| {
                let change = direction.map_or([0.0; 3], |direction| direction.of(row));
                (self.coefficients[row] + step * change[0]) * (self.slacks[row] + step * change[1])
                    + (problem.costs[row] - self.coefficients[row] - step * change[0])
                        * (self.lacks[row] + step * change[2])
            };
            #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
            let n_products = (2 * n_rows) as f64;
            (0..n_rows).map(of_row).sum::<f64>() / n_products
        };
        let predicted = self.direction(problem, &system, &weights, |_| [0.0; 2]);
        let step = self.longest(problem.costs, &predicted).min(1.0);
        let mean = product(0.0, None);
        let target = (product(step, Some(&predicted)) / mean).powi(3) * mean;
        let corrected = self.direction(problem, &system, &weights, |row| {
            let [coefficient, slack, lack] = predicted.of(row);
            // The nearer the bounds are, the less is known of what lies behind them.
            [
                target - step * coefficient * slack,
                target + step * coefficient * lack,
            ]
        });
        let step = (SHORT * self.longest(problem.costs, &corrected)).min(1.0);
        if !step.is_finite() || step <= 0.0 {
            return false;
        }
        self.go(step, &corrected);
        true
    }

    /// How far the two objectives are apart.
    pub(super) fn gap(&self, costs: &[f64]) -> f64 {
        let product = |row: usize| {
            self.coefficients[row] * self.slacks[row]
                + (costs[row] - self.coefficients[row]) * self.lacks[row]
        };
        (0..costs.len()).map(product).sum()
    }

    /// What it has come to without an end: the coefficients do not belong to the weights yet, and are left out.
    pub(super) fn unfinished<R: ReadRows>(mut self, problem: &Problem<'_, R>, n_steps: usize) -> Solved {
        if problem.constant == Constant::Free {
            self.variables.truncate(problem.rows.n_features());
        }
        Solved {
            coefficients: vec![0.0; problem.n_rows()],
            margins: (problem.sides.iter().zip(&self.scores))
                .map(|(side, score)| side - score)
                .collect(),
            weights: self.variables,
            n_steps,
            has_converged: false,
        }
    }

    /// Of every row how much it weighs in the equations.
    fn weights(&self, costs: &[f64]) -> Vec<f64> {
        let weight = |row: usize| {
            let rest = costs[row] - self.coefficients[row];
            (self.slacks[row] / self.coefficients[row] + self.lacks[row] / rest).recip()
        };
        (0..costs.len()).map(weight).collect()
    }

    /// The Newton direction to products of coefficient and slack, and of rest and lack, that are `targets`.
    fn direction<R: ReadRows>(
        &self,
        problem: &Problem<'_, R>,
        system: &System,
        weights: &[f64],
        targets: impl Fn(usize) -> [f64; 2],
    ) -> Direction {
        let n_rows = problem.n_rows();
        let wanted = |row: usize| {
            let [slack, lack] = targets(row);
            let (coefficient, rest) = (
                self.coefficients[row],
                problem.costs[row] - self.coefficients[row],
            );
            [
                slack - coefficient * self.slacks[row],
                lack - rest * self.lacks[row],
            ]
        };
        // What the coefficients would change by if the scores did not.
        let alone = |row: usize| {
            let [slack, lack] = wanted(row);
            let rest = problem.costs[row] - self.coefficients[row];
            let open = problem.sides[row] * self.scores[row] - 1.0 - self.slacks[row] + self.lacks[row];
            weights[row] * (slack / self.coefficients[row] - lack / rest - open)
        };
        let alone: Vec<f64> = (0..n_rows).map(alone).collect();
        let mut variables = problem.sum(
            self.coefficients
                .iter()
                .zip(&alone)
                .map(|(coefficient, alone)| coefficient + alone),
        );
        for (variable, value) in variables.iter_mut().enumerate() {
            *value -= problem.weight_cost(variable) * self.variables[variable];
        }
        system.solve(&mut variables);
        let scores = problem.scores(&variables);
        let mut direction = Direction {
            coefficients: Vec::with_capacity(n_rows),
            slacks: Vec::with_capacity(n_rows),
            lacks: Vec::with_capacity(n_rows),
            variables,
            scores,
        };
        for row in 0..n_rows {
            let [slack, lack] = wanted(row);
            let rest = problem.costs[row] - self.coefficients[row];
            let change = alone[row] - weights[row] * problem.sides[row] * direction.scores[row];
            direction.coefficients.push(change);
            direction
                .slacks
                .push((slack - self.slacks[row] * change) / self.coefficients[row]);
            direction.lacks.push((lack + self.lacks[row] * change) / rest);
        }
        direction
    }

    /// How far a direction can be gone until something is 0.
    fn longest(&self, costs: &[f64], direction: &Direction) -> f64 {
        let mut longest = f64::INFINITY;
        let mut bound = |value: f64, change: f64| {
            if change < 0.0 {
                longest = longest.min(value / -change);
            }
        };
        for (row, cost) in costs.iter().enumerate() {
            let [coefficient, slack, lack] = direction.of(row);
            bound(self.coefficients[row], coefficient);
            bound(cost - self.coefficients[row], -coefficient);
            bound(self.slacks[row], slack);
            bound(self.lacks[row], lack);
        }
        longest
    }

    fn go(&mut self, step: f64, direction: &Direction) {
        let parts = [
            (&mut self.coefficients, &direction.coefficients),
            (&mut self.slacks, &direction.slacks),
            (&mut self.lacks, &direction.lacks),
            (&mut self.variables, &direction.variables),
            (&mut self.scores, &direction.scores),
        ];
        for (to, change) in parts {
            to.iter_mut()
                .zip(change)
                .for_each(|(to, change)| *to += step * change);
        }
    }
}

impl Direction {
    /// The changes of a row's coefficient, slack and lack.
    fn of(&self, row: usize) -> [f64; 3] {
        [self.coefficients[row], self.slacks[row], self.lacks[row]]
    }
}
