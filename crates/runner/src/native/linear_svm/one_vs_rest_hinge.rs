//! Linear support vector machine with the hinge loss: one problem per class against the rest, each solved at its optimum.

use rayon::prelude::*;

use crate::estimator::checks::{check_count, check_positive, check_training_rows};
use crate::estimator::class_weight::ClassWeight;
use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::convergence::not_converged;
use crate::estimator::error::FitError;
use crate::estimator::labels::{EncodedLabels, decision_classes};
use crate::estimator::samples::{Layout, Samples};
use crate::native::data::row_reader::RowReader;
use crate::native::linear::intercept_scaling::check_intercept_scaling;
use crate::native::linear::linear_model::{Hyperplane, LinearModel};
use crate::native::linear_svm::problem::{HingeProblem, HingeSolution, Intercept};

/// Linear support vector machine with the hinge loss, one class against the rest; a single problem for two classes.
///
/// Minimizes `½ |w|² + c · Σ weight · max(0, 1 - margin)`, where `w` includes the weight of the constant feature. The defaults are those of
/// scikit-learn's `LinearSVC`.
#[derive(Clone, Debug)]
pub struct OneVsRestHinge {
    /// Cost of a violated margin, above 0.
    pub c: f64,
    /// The weights of rows by class.
    pub class_weight: ClassWeight,
    /// Value of a constant feature, above 0, whose weight makes the intercept; `None`: no intercept.
    pub intercept_scaling: Option<f64>,
    /// Bound on the violation of the optimality conditions, above 0, in units of a score.
    pub tol: f64,
    /// Bound on the Newton steps per class, at least 1.
    pub max_iter: usize,
}

impl Default for OneVsRestHinge {
    fn default() -> OneVsRestHinge {
        OneVsRestHinge {
            c: 1.0,
            class_weight: ClassWeight::None,
            intercept_scaling: Some(1.0),
            tol: 1e-4,
            max_iter: 1000,
        }
    }
}

impl OneVsRestHinge {
    fn check(&self) -> Result<(), FitError> {
        check_positive("C", self.c)?;
        check_intercept_scaling(self.intercept_scaling)?;
        check_positive("tol", self.tol)?;
        check_count("max_iter", self.max_iter)
    }

    /// The solutions of all decision classes, on the threads of rayon's current pool.
    fn solve(&self, rows: &RowReader<'_>, classes: &EncodedLabels) -> Result<Vec<HingeSolution>, FitError> {
        let solved = |code: &u8| {
            let (own, rest) = self.class_weight.one_vs_rest(classes, *code);
            let is_own = |of_row: &u8| of_row == code;
            let of_each = |own: f64, rest: f64| -> Vec<f64> {
                let value = |of_row| if is_own(of_row) { own } else { rest };
                classes.codes.iter().map(value).collect()
            };
            HingeProblem {
                rows,
                sides: &of_each(1.0, -1.0),
                costs: &of_each(self.c * own, self.c * rest),
                intercept: (self.intercept_scaling).map_or(Intercept::Absent, Intercept::Feature),
                tol: self.tol,
                max_steps: self.max_iter,
            }
            .solve()
        };
        Ok(decision_classes(classes)?
            .par_iter()
            .with_max_len(1)
            .map(solved)
            .collect())
    }
}

impl Classifier for OneVsRestHinge {
    fn layout(&self) -> Layout {
        Layout::BytesOrF32
    }

    fn fit<'a>(
        &self,
        train: &'a Samples,
        labels: &'a [loader::Label],
        _: &FitContext,
    ) -> Result<Box<dyn Model + 'a>, FitError> {
        self.check()?;
        check_training_rows(self.layout(), train, labels)?;
        let classes = EncodedLabels::new(labels);
        let solutions = self.solve(&RowReader::new(train), &classes)?;
        let n_unconverged = solutions
            .iter()
            .filter(|solution| !solution.has_converged)
            .count();
        let n_steps = solutions
            .iter()
            .map(|solution| solution.n_steps)
            .max()
            .unwrap_or(0);
        let warning = (n_unconverged > 0).then(|| {
            let message = not_converged(self.tol, n_steps, "iteration");
            format!("{message}: {n_unconverged} of {} hyperplanes", solutions.len())
        });
        let n_iter = solutions.iter().map(|solution| solution.n_steps).collect();
        let n_features = train.n_features();
        let hyperplane = |mut solution: HingeSolution| {
            let constant = solution.weights.split_off(n_features);
            Hyperplane {
                weights: solution.weights,
                intercept: constant
                    .iter()
                    .zip(self.intercept_scaling)
                    .map(|(weight, value)| weight * value)
                    .sum(),
            }
        };
        let hyperplanes = solutions.into_iter().map(hyperplane).collect();
        Ok(Box::new(
            LinearModel::new(classes, hyperplanes, warning).with_n_iter(n_iter),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::data::test_rows::{classes, labels, samples};
    use crate::native::linear::test_hyperplanes::check;

    fn hyperplanes(solver: &OneVsRestHinge) -> Vec<Hyperplane> {
        let samples = samples(Layout::BytesOrF32);
        let solutions = solver.solve(&RowReader::new(&samples), &classes()).unwrap();
        let hyperplane = |mut solution: HingeSolution| {
            assert!(solution.has_converged);
            let constant = solution.weights.pop().unwrap();
            Hyperplane {
                weights: solution.weights,
                intercept: constant * solver.intercept_scaling.unwrap(),
            }
        };
        solutions.into_iter().map(hyperplane).collect()
    }

    // Expected: sklearn.svm.LinearSVC(loss="hinge", …).fit(rows, classes).

    #[test]
    fn hyperplanes_equal_liblinear() {
        let mut solver = OneVsRestHinge {
            c: 2.0,
            tol: 1e-9,
            max_iter: 100_000,
            ..OneVsRestHinge::default()
        };
        let expected = [
            [-0.8, 1.547651, -0.613423, 0.934228, -0.798658],
            [1.957941, -0.717912, -0.968818, -1.2, -0.279188],
            [-1.412032, -1.354144, 1.643583, 0.289439, -0.090348],
        ];
        check(&hyperplanes(&solver), expected, 1e-5);
        // class_weight="balanced", which gives weights of 1 here, and intercept_scaling=3.
        (solver.c, solver.class_weight, solver.intercept_scaling) = (0.5, ClassWeight::Balanced, Some(3.0));
        let expected = [
            [-0.58162, 0.886754, -0.464951, 0.465813, -0.596076],
            [0.706847, -0.177441, -0.465764, -0.363216, -0.640117],
            [-0.5, -0.548, 0.6, -0.036, -0.54],
        ];
        check(&hyperplanes(&solver), expected, 1e-5);
    }

    #[test]
    fn settings_outside_their_range_are_refused() {
        let solver = OneVsRestHinge {
            c: -1.0,
            ..OneVsRestHinge::default()
        };
        let samples = samples(Layout::BytesOrF32);
        let labels = labels();
        let result = solver.fit(&samples, &labels, &FitContext::default());
        assert!(matches!(result, Err(FitError::Setting(_))));
    }
}
