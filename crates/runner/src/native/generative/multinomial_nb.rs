//! Multinomial naive Bayes: features as counts.

use loader::Label;

use crate::estimator::checks::{check_positive, check_training_rows};
use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::labels::EncodedLabels;
use crate::estimator::priors::{Priors, log_priors};
use crate::estimator::samples::{Layout, Samples};
use crate::native::data::feature_moments::MomentsByClass;
use crate::native::data::pixel_map::PixelMap;
use crate::native::generative::additive_model::{AdditiveModel, ClassScore, FeatureSum};

/// Multinomial naive Bayes. Equal scores go to the lower label.
///
/// The score of a class is `log prior + Σ x ln p` (Manning, Raghavan, Schütze 2008, chapter 13). Here `p` is the feature's smoothed
/// share of the class's total count. No feature may be negative, and a preprocessing of single pixels must keep byte 0 at 0.
#[derive(Clone, Debug)]
pub struct MultinomialNb {
    /// Count added to every feature of every class, above 0 (Laplace smoothing).
    pub alpha: f64,
    /// Prior probabilities of the classes. Given ones sum to 1.
    pub priors: Priors,
}

impl Default for MultinomialNb {
    fn default() -> MultinomialNb {
        MultinomialNb {
            alpha: 1.0,
            priors: Priors::Empirical,
        }
    }
}

impl Classifier for MultinomialNb {
    fn layout(&self) -> Layout {
        Layout::BytesOrF32
    }

    fn fit<'a>(
        &self,
        train: &'a Samples,
        labels: &'a [Label],
        _: &FitContext,
    ) -> Result<Box<dyn Model + 'a>, FitError> {
        check_positive("alpha", self.alpha)?;
        self.priors.check_distribution()?;
        check_training_rows(self.layout(), train, labels)?;
        let is_count = match train.as_bytes() {
            Some((_, transform)) => (0..train.n_features()).all(|pixel| transform.value(pixel, 0) == 0.0),
            None => train.f32().iter().all(|value| *value >= 0.0),
        };
        if !is_count {
            return Err(FitError::Data(
                "features must be counts: no feature may be negative, and a byte of 0 must stay 0".into(),
            ));
        }
        let log_priors = log_priors(&self.priors, labels)?;
        let classes = EncodedLabels::new(labels);
        let steps = PixelMap::of(train).slopes;
        let mut scores = Vec::new();
        for (class, log_prior) in MomentsByClass::of(train, &classes)
            .classes
            .into_iter()
            .zip(log_priors)
        {
            let count = |(sum, step): (&f64, &f64)| sum * step + self.alpha;
            let counts: Vec<f64> = class.sums.iter().zip(&steps).map(count).collect();
            let total: f64 = counts.iter().sum();
            let weights = counts
                .iter()
                .zip(&steps)
                .map(|(count, step)| (count / total).ln() * step);
            scores.push(ClassScore {
                constant: log_prior,
                sum: FeatureSum::Linear {
                    weights: weights.collect(),
                },
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
    use std::sync::Arc;

    use loader::{ImageBuffer, Preprocessing, Transform};

    use super::*;
    use crate::native::data::test_rows::{floats, predict_floats};

    #[test]
    fn features_below_0_are_an_error() {
        let images = ImageBuffer::new(vec![0, 10, 20, 250], 1, 2);
        let transform = Arc::new(Transform::fit(Preprocessing::STANDARD, images.view()));
        let samples = Samples::new(images, &transform, Layout::BytesOrF32);
        let fitted = MultinomialNb::default().fit(&samples, &[Label(0), Label(1)], &FitContext::default());
        assert!(matches!(fitted.map(|_| ()), Err(FitError::Data(_))));
    }

    #[test]
    fn predictions_on_floats_are_scikit_learns() {
        // MultinomialNB().fit(rows + 2, labels).predict(queries + 2), then with alpha=30.
        let default = MultinomialNb::default();
        assert_eq!(
            predict_floats(&default, 2.0),
            "0200001100000002021001102000202221012011"
        );
        let smoothed = MultinomialNb {
            alpha: 30.0,
            ..default
        };
        assert_eq!(
            predict_floats(&smoothed, 2.0),
            "0200002100000002021001102000202221012011"
        );
        let (rows, labels) = (
            Samples::from_f32(floats(0, 9)),
            [0, 1, 0, 1, 0, 1, 0, 1, 0].map(Label),
        );
        let negative = MultinomialNb::default().fit(&rows, &labels, &FitContext::default());
        assert!(matches!(negative.map(|_| ()), Err(FitError::Data(_))));
    }
}
