//! Gaussian naive Bayes: one normal distribution per class and feature.

use std::f64::consts::TAU;

use loader::Label;

use crate::estimator::checks::{check_non_negative, check_training_rows};
use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::labels::EncodedLabels;
use crate::estimator::priors::{Priors, log_priors};
use crate::estimator::samples::{Layout, Samples};
use crate::native::data::feature_moments::MomentsByClass;
use crate::native::data::pixel_map::PixelMap;
use crate::native::generative::additive_model::{AdditiveModel, ClassScore, FeatureSum};

/// Gaussian naive Bayes. Equal scores go to the lower label.
///
/// The score of a class is the log prior plus the log density of every feature, each with the class's own mean and variance.
#[derive(Clone, Debug)]
pub struct GaussianNb {
    /// Prior probabilities of the classes. Given ones sum to 1.
    pub priors: Priors,
    /// Share of the largest feature variance that is added to all variances, at least 0.
    pub var_smoothing: f64,
}

impl Default for GaussianNb {
    fn default() -> GaussianNb {
        GaussianNb {
            priors: Priors::Empirical,
            var_smoothing: 1e-9,
        }
    }
}

impl Classifier for GaussianNb {
    fn layout(&self) -> Layout {
        Layout::BytesOrF32
    }

    fn fit<'a>(
        &self,
        train: &'a Samples,
        labels: &'a [Label],
        _: &FitContext,
    ) -> Result<Box<dyn Model + 'a>, FitError> {
        self.priors.check_distribution()?;
        check_non_negative("var_smoothing", self.var_smoothing)?;
        check_training_rows(self.layout(), train, labels)?;
        let log_priors = log_priors(&self.priors, labels)?;
        let classes = EncodedLabels::new(labels);
        let moments = MomentsByClass::of(train, &classes);
        let steps = PixelMap::of(train).slopes;
        let largest = (moments.all.variances.iter().zip(&steps))
            .map(|(variance, step)| variance * step * step)
            .fold(0.0, f64::max);
        let smoothing = self.var_smoothing * largest;
        let mut scores = Vec::new();
        for (class, log_prior) in moments.classes.into_iter().zip(log_priors) {
            let variances: Vec<f64> = (class.variances.iter().zip(&steps))
                .map(|(variance, step)| variance * step * step + smoothing)
                .collect();
            if variances.contains(&0.0) {
                return Err(FitError::Data(
                    "a feature is constant within a class: set var_smoothing above 0".into(),
                ));
            }
            let log_variances: f64 = variances.iter().map(|variance| (TAU * variance).ln()).sum();
            let scales = variances
                .iter()
                .zip(&steps)
                .map(|(variance, step)| -0.5 * step * step / variance);
            let sum = FeatureSum::Squares {
                scales: scales.collect(),
                centers: class.means,
            };
            scores.push(ClassScore {
                constant: log_prior - 0.5 * log_variances,
                sum,
            });
        }
        Ok(Box::new(AdditiveModel {
            classes,
            n_features: train.n_features(),
            is_of_bytes: train.as_bytes().is_some(),
            scores,
            binarize_from: None,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::data::test_rows::{classes, predict_floats, samples};

    #[test]
    fn settings_outside_their_range_are_errors() {
        let message = |gaussian: GaussianNb, n_labels: usize| {
            let (samples, classes) = (samples(Layout::BytesOrF32), classes());
            let labels: Vec<Label> = classes.codes.into_iter().map(Label).take(n_labels).collect();
            let fitted = gaussian.fit(&samples, &labels, &FitContext::default());
            fitted.map(|_| ()).unwrap_err().to_string()
        };
        let negative = GaussianNb {
            var_smoothing: -1.0,
            ..GaussianNb::default()
        };
        assert_eq!(message(negative, 9), "var_smoothing must be at least 0, is -1");
        let priors = Priors::Given(vec![0.5, 0.3, 0.3]);
        let unequal = GaussianNb {
            priors,
            ..GaussianNb::default()
        };
        assert!(message(unequal, 9).starts_with("priors must sum to 1"));
        assert_eq!(
            message(GaussianNb::default(), 5),
            "number of labels (5) differs from number of training rows (9)"
        );
    }

    #[test]
    fn predictions_on_floats_are_scikit_learns() {
        // GaussianNB().fit(rows, labels).predict(queries), then with var_smoothing=0.5.
        let default = GaussianNb::default();
        assert_eq!(
            predict_floats(&default, 0.0),
            "2221001220010002021001112000002221012012"
        );
        let smoothed = GaussianNb {
            var_smoothing: 0.5,
            ..default
        };
        assert_eq!(
            predict_floats(&smoothed, 0.0),
            "2201001200010002021001102000002221012012"
        );
    }
}
