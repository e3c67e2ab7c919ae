//! Hinge loss with l2: a problem a class against the rest, each solved at its optimum.

use rayon::prelude::*;

use crate::estimator::class_weight::ClassWeight;
use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::labels::{EncodedLabels, decision_classes};
use crate::estimator::samples::{Layout, Samples};
use crate::native::data::row_reader::RowReader;
use crate::native::linear::linear_model::{Hyperplane, LinearModel};
use crate::native::linear_svm::problem::{HingeProblem, Intercept, Solved};

/// The solver with its parameters.
#[derive(Clone, Debug)]
pub(crate) struct OneVsRestHinge {
    /// Cost of a violated margin.
    pub(crate) c: f64,
    /// Whether rows cost more the rarer their class.
    pub(crate) class_weight: ClassWeight,
    /// The value of the constant feature, if there is one.
    pub(crate) constant: Option<f64>,
    pub(crate) tol: f64,
    /// Most Newton steps.
    pub(crate) max_iter: usize,
}

impl OneVsRestHinge {
    /// The solved problems of the classes that have one, on the threads of rayon's current pool.
    fn problems(&self, rows: &RowReader<'_>, classes: &EncodedLabels) -> Result<Vec<Solved>, FitError> {
        let solved = |place: &u8| {
            let (own, rest) = self.class_weight.one_vs_rest(classes, *place);
            let is_own = |of_row: &u8| of_row == place;
            let of_each = |own: f64, rest: f64| -> Vec<f64> {
                let value = |of_row| if is_own(of_row) { own } else { rest };
                classes.codes.iter().map(value).collect()
            };
            HingeProblem {
                rows,
                sides: &of_each(1.0, -1.0),
                costs: &of_each(self.c * own, self.c * rest),
                constant: self.constant.map_or(Intercept::Absent, Intercept::Feature),
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
        let classes = EncodedLabels::new(labels);
        let problems = self.problems(&RowReader::new(train), &classes)?;
        let going_on = problems.iter().filter(|problem| !problem.has_converged).count();
        let warning = (going_on > 0).then(|| {
            format!(
                "not converged: {going_on} of {} classes had not come to tol {:.1e} after {} steps",
                problems.len(),
                self.tol,
                problems.iter().map(|problem| problem.n_steps).max().unwrap_or(0),
            )
        });
        let n_features = train.n_features();
        let plane = |mut problem: Solved| {
            let constant = problem.weights.split_off(n_features);
            Hyperplane {
                weights: problem.weights,
                intercept: constant
                    .iter()
                    .zip(self.constant)
                    .map(|(weight, value)| weight * value)
                    .sum(),
            }
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
    use super::*;
    use crate::native::data::test_rows::classes;
    use crate::native::data::test_rows::samples;
    use crate::native::linear::test_planes::check;

    fn planes(solver: &OneVsRestHinge) -> Vec<Hyperplane> {
        let samples = samples(Layout::BytesOrF32);
        let problems = solver.problems(&RowReader::new(&samples), &classes()).unwrap();
        let plane = |mut problem: Solved| {
            assert!(problem.has_converged);
            let constant = problem.weights.pop().unwrap();
            Hyperplane {
                weights: problem.weights,
                intercept: constant * solver.constant.unwrap(),
            }
        };
        problems.into_iter().map(plane).collect()
    }

    // Expected: sklearn.svm.LinearSVC(loss="hinge", …).fit(rows, classes).

    #[test]
    fn planes_are_liblinears() {
        let mut solver = OneVsRestHinge {
            c: 2.0,
            class_weight: ClassWeight::None,
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
        (solver.c, solver.class_weight, solver.constant) = (0.5, ClassWeight::Balanced, Some(3.0));
        let expected = [
            [-0.58162, 0.886754, -0.464951, 0.465813, -0.596076],
            [0.706847, -0.177441, -0.465764, -0.363216, -0.640117],
            [-0.5, -0.548, 0.6, -0.036, -0.54],
        ];
        check(&planes(&solver), expected, 1e-5);
    }
}
