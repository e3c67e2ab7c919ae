//! A trained linear model: one hyperplane per class, and the highest score predicts.

use loader::Label;
use rayon::prelude::*;

use crate::estimator::checks::check_queries;
use crate::estimator::classifier::{Attributes, Model};
use crate::estimator::error::FitError;
use crate::estimator::labels::EncodedLabels;
use crate::estimator::samples::{Layout, Samples};
use crate::native::data::row_reader::RowReader;
use crate::native::kernels::vector_ops::VectorOps;

/// A linear score: one weight per feature, and the intercept.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Hyperplane {
    pub(crate) weights: Vec<f64>,
    pub(crate) intercept: f64,
}

/// The trained model. Equal scores go to the lower label.
pub(crate) struct LinearModel {
    classes: EncodedLabels,
    /// One hyperplane per class; a single one for two classes, whose positive side is the second class.
    hyperplanes: Vec<Hyperplane>,
    warning: Option<String>,
    notice: Option<String>,
    /// Iterations of each search; empty if there was none.
    n_iter: Vec<usize>,
}

impl LinearModel {
    /// A model of the hyperplanes of [`decision_classes`](crate::estimator::labels::decision_classes).
    pub(crate) fn new(
        classes: EncodedLabels,
        hyperplanes: Vec<Hyperplane>,
        warning: Option<String>,
    ) -> LinearModel {
        LinearModel {
            classes,
            hyperplanes,
            warning,
            notice: None,
            n_iter: Vec::new(),
        }
    }

    /// The same with the iterations of each search.
    pub(crate) fn with_n_iter(self, n_iter: Vec<usize>) -> LinearModel {
        LinearModel { n_iter, ..self }
    }

    /// The same with a [`Model::notice`].
    pub(crate) fn with_notice(self, notice: Option<String>) -> LinearModel {
        LinearModel { notice, ..self }
    }

    /// A model of one score per class. Two classes are merged into one hyperplane: the second score minus the first.
    pub(crate) fn from_class_scores(
        classes: EncodedLabels,
        mut hyperplanes: Vec<Hyperplane>,
        warning: Option<String>,
    ) -> LinearModel {
        if let [first, second] = &mut hyperplanes[..] {
            for (weight, of_first) in second.weights.iter_mut().zip(&first.weights) {
                *weight -= of_first;
            }
            second.intercept -= first.intercept;
            hyperplanes.remove(0);
        }
        LinearModel::new(classes, hyperplanes, warning)
    }
}

impl Model for LinearModel {
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError> {
        let n_features = self
            .hyperplanes
            .first()
            .map_or(0, |hyperplane| hyperplane.weights.len());
        check_queries(Layout::BytesOrF32, samples, n_features)?;
        let rows = RowReader::new(samples);
        let ops = VectorOps::detect();
        let label = |row_f64: &mut Vec<f64>, row: usize| {
            rows.read(row, row_f64);
            let mut scores = Vec::with_capacity(2.max(self.hyperplanes.len()));
            scores.extend((self.hyperplanes.len() == 1).then_some(0.0));
            scores.extend(
                (self.hyperplanes.iter())
                    .map(|hyperplane| ops.dot(&hyperplane.weights, row_f64) + hyperplane.intercept),
            );
            if scores.iter().any(|score| score.is_nan()) {
                return Err(FitError::Numerical("the score of a class is not a number".into()));
            }
            Ok(self.classes.argmax(scores))
        };
        (0..samples.n_rows())
            .into_par_iter()
            .map_init(|| rows.buffer(), label)
            .collect()
    }

    fn warning(&self) -> Option<String> {
        self.warning.clone()
    }

    fn notice(&self) -> Option<String> {
        self.notice.clone()
    }

    fn attributes(&self) -> Attributes {
        let weights: Vec<&[f64]> = (self.hyperplanes.iter())
            .map(|hyperplane| &hyperplane.weights[..])
            .collect();
        let intercepts: Vec<f64> = (self.hyperplanes.iter())
            .map(|hyperplane| hyperplane.intercept)
            .collect();
        let n_iter = (!self.n_iter.is_empty()).then(|| ("n_iter".into(), self.n_iter.clone().into()));
        let found = [
            ("coef".into(), weights.into()),
            ("intercept".into(), intercepts.into()),
        ];
        found.into_iter().chain(n_iter).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hyperplane(weights: [f64; 2], intercept: f64) -> Hyperplane {
        Hyperplane {
            weights: weights.to_vec(),
            intercept,
        }
    }

    #[test]
    fn scores_of_two_classes_become_one_hyperplane() {
        let scores = vec![hyperplane([1.0, 2.0], 0.5), hyperplane([3.0, 1.0], -0.5)];
        let two = EncodedLabels::new(&[Label(3), Label(5)]);
        let model = LinearModel::from_class_scores(two, scores.clone(), None);
        assert_eq!(model.hyperplanes, [hyperplane([2.0, -1.0], -1.0)]);
        let three = EncodedLabels::new(&[Label(3), Label(5), Label(7)]);
        let scores = [scores, vec![hyperplane([0.0, 0.0], 0.0)]].concat();
        let model = LinearModel::from_class_scores(three, scores.clone(), None);
        assert_eq!(model.hyperplanes, scores);
    }
}
