//! Hinge loss with l2 in the dual: a coefficient a row and class, each set to its best in turn, all classes over one read of each row.
//!
//! Rows whose coefficient rests at a bound are set aside for a class until all others are settled, then looked at once more.
//!
//! # Reference
//! Hsieh, Chang, Lin, Keerthi, Sundararajan (2008), A Dual Coordinate Descent Method for Large-scale Linear SVM.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;

use super::wide_rows::WideRows;
use super::{LinearModel, Plane, places};
use crate::classifiers::class_index::ClassIndex;
use crate::classifiers::{Classifier, FitContext, FitError, Layout, Model, Samples};
use crate::kernels::linear_steps::LinearSteps;

/// A violation below which a coefficient is not moved, as in liblinear.
const SETTLED: f64 = 1e-12;

/// The solver with its parameters.
#[derive(Clone, Debug)]
pub(in crate::classifiers) struct DualHinge {
    /// Cost of a violated margin.
    pub(in crate::classifiers) c: f64,
    /// Whether rows cost more the rarer their class.
    pub(in crate::classifiers) balanced: bool,
    /// The value of the constant feature, if there is one.
    pub(in crate::classifiers) constant: Option<f64>,
    pub(in crate::classifiers) tol: f64,
    pub(in crate::classifiers) max_iter: usize,
}

/// One class against the rest.
struct Problem {
    place: u8,
    weights: Vec<f64>,
    /// Weight of the constant feature.
    constant: f64,
    /// One a row.
    coefficients: Vec<f64>,
    set_aside: Vec<bool>,
    n_set_aside: usize,
    /// Most that a coefficient can be for rows of the class, and of the rest.
    most: (f64, f64),
    /// Largest and smallest slopes of this pass, and those of the one before that say what is set aside.
    slopes: (f64, f64),
    before: (f64, f64),
    passes: usize,
    converged: bool,
}

/// How much more than others the rows of a class cost, where rare classes cost more.
pub(in crate::classifiers) fn balanced(classes: &ClassIndex, place: u8) -> f64 {
    let rows = classes.of_rows.iter().filter(|of_row| **of_row == place).count();
    #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
    let weight = classes.of_rows.len() as f64 / (classes.n_classes() * rows.max(1)) as f64;
    weight
}

/// Costs of rows of the class and of the rest; as liblinear, the rest cost more only where it is one class.
pub(in crate::classifiers) fn costs(classes: &ClassIndex, place: u8, is_balanced: bool) -> (f64, f64) {
    match (is_balanced, classes.n_classes()) {
        (false, _) => (1.0, 1.0),
        (true, 2) => (balanced(classes, 1), balanced(classes, 0)),
        (true, _) => (balanced(classes, place), 1.0),
    }
}

impl Problem {
    fn new(place: u8, n_rows: usize, n_features: usize, most: (f64, f64)) -> Problem {
        Problem {
            place,
            weights: vec![0.0; n_features],
            constant: 0.0,
            coefficients: vec![0.0; n_rows],
            set_aside: vec![false; n_rows],
            n_set_aside: 0,
            most,
            slopes: (f64::NEG_INFINITY, f64::INFINITY),
            before: (f64::INFINITY, f64::NEG_INFINITY),
            passes: 0,
            converged: false,
        }
    }

    /// Sets the coefficient of a row to its best.
    fn meet(&mut self, steps: LinearSteps, index: usize, row: &[f64], square: f64, place: u8, constant: f64) {
        let (side, most) = if place == self.place {
            (1.0, self.most.0)
        } else {
            (-1.0, self.most.1)
        };
        let score = steps.product(&self.weights, row) + self.constant * constant;
        let slope = side * score - 1.0;
        let coefficient = self.coefficients[index];
        // What is left of the slope where the coefficient cannot go further.
        let free = if coefficient == 0.0 {
            if slope > self.before.0 {
                return self.set_aside(index);
            }
            slope.min(0.0)
        } else if coefficient == most {
            if slope < self.before.1 {
                return self.set_aside(index);
            }
            slope.max(0.0)
        } else {
            slope
        };
        self.slopes = (self.slopes.0.max(free), self.slopes.1.min(free));
        if free.abs() > SETTLED && square > 0.0 {
            let best = (coefficient - slope / square).clamp(0.0, most);
            self.coefficients[index] = best;
            let change = side * (best - coefficient);
            if change != 0.0 {
                steps.add(&mut self.weights, row, change);
                self.constant += change * constant;
            }
        }
    }

    fn set_aside(&mut self, index: usize) {
        self.set_aside[index] = true;
        self.n_set_aside += 1;
    }

    fn end_pass(&mut self, tol: f64) {
        self.passes += 1;
        let (largest, smallest) = self.slopes;
        if largest - smallest <= tol {
            if self.n_set_aside == 0 {
                self.converged = true;
                return;
            }
            self.set_aside.fill(false);
            self.n_set_aside = 0;
            self.before = (f64::INFINITY, f64::NEG_INFINITY);
        } else {
            self.before = (
                if largest > 0.0 { largest } else { f64::INFINITY },
                if smallest < 0.0 {
                    smallest
                } else {
                    f64::NEG_INFINITY
                },
            );
        }
        self.slopes = (f64::NEG_INFINITY, f64::INFINITY);
    }
}

impl DualHinge {
    fn problems(
        &self,
        rows: &WideRows<'_>,
        classes: &ClassIndex,
        seed: u64,
    ) -> Result<Vec<Problem>, FitError> {
        let n_rows = classes.of_rows.len();
        let problem = |place: u8| {
            let (own, rest) = costs(classes, place, self.balanced);
            Problem::new(place, n_rows, rows.n_features(), (self.c * own, self.c * rest))
        };
        let mut problems: Vec<Problem> = places(classes)?.into_iter().map(problem).collect();
        let squares = self.squares(rows, n_rows);
        let share = problems.len().div_ceil(rayon::current_num_threads());
        problems
            .par_chunks_mut(share)
            .for_each(|problems| self.advance(problems, rows, classes, &squares, seed));
        Ok(problems)
    }

    /// Squared lengths of the rows, with the constant feature.
    fn squares(&self, rows: &WideRows<'_>, n_rows: usize) -> Vec<f64> {
        let steps = LinearSteps::here();
        let constant = self.constant.unwrap_or(0.0);
        let mut wide = rows.room();
        let square = |row| {
            rows.read(row, &mut wide);
            steps.product(&wide, &wide) + constant * constant
        };
        (0..n_rows).map(square).collect()
    }

    fn advance(
        &self,
        problems: &mut [Problem],
        rows: &WideRows<'_>,
        classes: &ClassIndex,
        squares: &[f64],
        seed: u64,
    ) {
        let steps = LinearSteps::here();
        let constant = self.constant.unwrap_or(0.0);
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut order: Vec<usize> = (0..squares.len()).collect();
        let mut wide = rows.room();
        for _ in 0..self.max_iter {
            order.shuffle(&mut random);
            for &row in &order {
                let meets = |problem: &Problem| !problem.converged && !problem.set_aside[row];
                if !problems.iter().any(meets) {
                    continue;
                }
                rows.read(row, &mut wide);
                for problem in problems.iter_mut().filter(|problem| meets(problem)) {
                    problem.meet(steps, row, &wide, squares[row], classes.of_rows[row], constant);
                }
            }
            for problem in problems.iter_mut().filter(|problem| !problem.converged) {
                problem.end_pass(self.tol);
            }
            if problems.iter().all(|problem| problem.converged) {
                break;
            }
        }
    }
}

impl Classifier for DualHinge {
    fn layout(&self) -> Layout {
        Layout::Rows
    }

    fn fit<'a>(
        &self,
        train: &'a Samples,
        labels: &'a [loader::Label],
        context: &FitContext,
    ) -> Result<Box<dyn Model + 'a>, FitError> {
        let classes = ClassIndex::new(labels);
        let problems = self.problems(&WideRows::new(train), &classes, context.seed)?;
        let going_on = problems.iter().filter(|problem| !problem.converged).count();
        let warning = (going_on > 0).then(|| {
            format!(
                "not converged: {going_on} of {} classes had not come to tol {:.1e} after {} passes",
                problems.len(),
                self.tol,
                self.max_iter
            )
        });
        let constant = self.constant.unwrap_or(0.0);
        let plane = |problem: Problem| Plane {
            weights: problem.weights,
            intercept: problem.constant * constant,
        };
        Ok(Box::new(LinearModel {
            classes,
            planes: problems.into_iter().map(plane).collect(),
            warning,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::examples::{check, classes, samples};
    use super::*;

    fn planes(solver: &DualHinge) -> Vec<Plane> {
        let samples = samples();
        let problems = solver.problems(&WideRows::new(&samples), &classes(), 1).unwrap();
        let plane = |problem: Problem| {
            assert!(problem.converged);
            Plane {
                weights: problem.weights,
                intercept: problem.constant * solver.constant.unwrap(),
            }
        };
        problems.into_iter().map(plane).collect()
    }

    // Expected: sklearn.svm.LinearSVC(loss="hinge", …).fit(rows, classes).

    #[test]
    fn planes_are_liblinears() {
        let mut solver = DualHinge {
            c: 2.0,
            balanced: false,
            constant: Some(1.0),
            tol: 1e-9,
            max_iter: 100_000,
        };
        let expected = [
            [-0.8, 1.547651, -0.613423, 0.934228, -0.798658],
            [1.957941, -0.717912, -0.968818, -1.2, -0.279188],
            [-1.412032, -1.354144, 1.643583, 0.289439, -0.090348],
        ];
        check(&planes(&solver), expected, 1e-5);
        // class_weight="balanced", which is 1 here, and intercept_scaling=3.
        (solver.c, solver.balanced, solver.constant) = (0.5, true, Some(3.0));
        let expected = [
            [-0.58162, 0.886754, -0.464951, 0.465813, -0.596076],
            [0.706847, -0.177441, -0.465764, -0.363216, -0.640117],
            [-0.5, -0.548, 0.6, -0.036, -0.54],
        ];
        check(&planes(&solver), expected, 1e-5);
    }
}
