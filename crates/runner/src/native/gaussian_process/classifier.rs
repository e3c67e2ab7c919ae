//! Gaussian process classification as a [`Classifier`].

use std::cmp::Ordering;

use loader::Label;
use ndarray::{ArrayView1, Axis};

use crate::estimator::checks::{check_count, check_positive, check_queries, check_training_rows};
use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::labels::EncodedLabels;
use crate::estimator::samples::{Layout, Samples};
use crate::native::gaussian_process::multiclass_model::MulticlassModel;
use crate::native::gaussian_process::multiclass_scheme::{MultiClass, Scheme};
use crate::native::gaussian_process::squared_distances::NormedRows;

/// Gaussian process classifier with a fixed RBF kernel and the Laplace approximation. Equal scores go to the lower label.
///
/// The fit fails with [`FitError::Data`] if the covariance of connected training rows exceeds 2 GiB (16,384 rows).
#[derive(Clone, Debug)]
pub struct GaussianProcess {
    /// Length scale `l` of the kernel `exp(-|a - b|² / (2 l²))`, above 0.
    pub length_scale: f64,
    /// How more than two classes become binary problems.
    pub multi_class: MultiClass,
    /// Most Newton iterations of each binary problem, at least 1.
    pub max_iter_predict: usize,
}

impl Default for GaussianProcess {
    fn default() -> GaussianProcess {
        GaussianProcess {
            length_scale: 1.0,
            multi_class: MultiClass::OneVsRest,
            max_iter_predict: 100,
        }
    }
}

struct GaussianProcessModel {
    classes: Vec<Label>,
    n_features: usize,
    multiclass: MulticlassModel,
    max_iter_predict: usize,
}

impl Classifier for GaussianProcess {
    fn layout(&self) -> Layout {
        Layout::F64
    }

    fn fit<'a>(
        &self,
        train: &'a Samples,
        labels: &'a [Label],
        _: &FitContext,
    ) -> Result<Box<dyn Model + 'a>, FitError> {
        check_positive("length_scale", self.length_scale)?;
        check_count("max_iter_predict", self.max_iter_predict)?;
        check_training_rows(self.layout(), train, labels)?;
        let classes = EncodedLabels::new(labels);
        let rows = train.f64();
        // Sorted by class, then by features, so that the order of the training rows does not matter.
        let mut order: Vec<usize> = (0..rows.nrows()).collect();
        order.sort_by(|&one, &other| {
            let class = classes.codes[one].cmp(&classes.codes[other]);
            class.then_with(|| lexicographic(rows.row(one), rows.row(other)))
        });
        let start = |class: usize| order.partition_point(|&row| usize::from(classes.codes[row]) < class);
        let class_starts: Vec<usize> = (0..=classes.n_classes()).map(start).collect();
        let multiclass = MulticlassModel::train(
            NormedRows::new(rows.select(Axis(0), &order)),
            &class_starts,
            Scheme::new(self.multi_class, classes.n_classes()),
            0.5 / (self.length_scale * self.length_scale),
            self.max_iter_predict,
        )?;
        Ok(Box::new(GaussianProcessModel {
            classes: classes.labels,
            n_features: train.n_features(),
            multiclass,
            max_iter_predict: self.max_iter_predict,
        }))
    }
}

impl Model for GaussianProcessModel {
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError> {
        check_queries(Layout::F64, samples, self.n_features)?;
        let queries = NormedRows::new(samples.f64().clone());
        let predicted = self.multiclass.predict(&queries)?;
        Ok(predicted.into_iter().map(|class| self.classes[class]).collect())
    }

    fn warning(&self) -> Option<String> {
        let (n_problems, n_unconverged) = (self.multiclass.n_problems(), self.multiclass.n_unconverged());
        (n_unconverged > 0).then(|| {
            format!(
                "{n_unconverged} of {n_problems} binary problems stopped at max_iter_predict={}",
                self.max_iter_predict
            )
        })
    }
}

fn lexicographic(one: ArrayView1<'_, f64>, other: ArrayView1<'_, f64>) -> Ordering {
    one.iter()
        .zip(other)
        .map(|(one, other)| one.total_cmp(other))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::data::test_rows::{classes, samples};

    fn fit(settings: &GaussianProcess) -> Result<Option<String>, String> {
        let samples = samples(Layout::F64);
        let labels: Vec<Label> = classes().codes.into_iter().map(Label).collect();
        let fitted = settings.fit(&samples, &labels, &FitContext::default());
        fitted
            .map(|model| model.warning())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn settings_outside_their_range_are_errors() {
        let default = GaussianProcess::default;
        let short = GaussianProcess {
            length_scale: 0.0,
            ..default()
        };
        assert_eq!(fit(&short), Err("length_scale must be above 0, is 0".into()));
        let zero = GaussianProcess {
            max_iter_predict: 0,
            ..default()
        };
        assert_eq!(
            fit(&zero),
            Err("max_iter_predict must be at least 1, is 0".into())
        );
    }

    #[test]
    fn a_fit_that_stops_early_has_a_warning() {
        assert_eq!(fit(&GaussianProcess::default()), Ok(None));
        let stopped = GaussianProcess {
            max_iter_predict: 1,
            ..GaussianProcess::default()
        };
        let expected = "3 of 3 binary problems stopped at max_iter_predict=1";
        assert_eq!(fit(&stopped), Ok(Some(expected.into())));
    }
}
