//! Multinomial naive Bayes: features as counts.

use loader::Label;

use crate::estimator::checks::{check_positive, check_training_rows};
use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::labels::EncodedLabels;
use crate::estimator::priors::{Priors, log_priors};
use crate::estimator::samples::{Layout, Samples};
use crate::native::data::class_sums::class_sums;
use crate::native::generative::additive_model::{AdditiveModel, ClassScore, PixelSum};

/// Multinomial naive Bayes. Equal scores go to the lower label.
///
/// The score of a class is `log prior + Σ x ln p` (Manning, Raghavan, Schütze 2008, chapter 13). Here `p` is the feature's smoothed
/// share of the class's total count. The preprocessing must keep byte 0 at 0, as `none` and `unit` do.
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
        Layout::Bytes
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
        if (0..train.n_features()).any(|pixel| train.transform().value(pixel, 0) != 0.0) {
            return Err(FitError::Data(
                "features must be counts: a preprocessing must keep byte 0 at 0".into(),
            ));
        }
        let log_priors = log_priors(&self.priors, labels)?;
        let classes = EncodedLabels::new(labels);
        let steps = train.transform().steps();
        let sums = class_sums(train.bytes().pixels(), &classes.codes, classes.n_classes());
        let mut scores = Vec::new();
        for (class, log_prior) in sums.iter().zip(log_priors) {
            #[expect(clippy::cast_precision_loss, reason = "sums of bytes are below 2^53")]
            let count = |(sum, step): (&u64, &f64)| *sum as f64 * step + self.alpha;
            let counts: Vec<f64> = class.sums.iter().zip(&steps).map(count).collect();
            let total: f64 = counts.iter().sum();
            let weights = counts
                .iter()
                .zip(&steps)
                .map(|(count, step)| (count / total).ln() * step);
            scores.push(ClassScore {
                constant: log_prior,
                sum: PixelSum::Linear {
                    weights: weights.collect(),
                },
            });
        }
        Ok(Box::new(AdditiveModel {
            classes,
            n_features: train.n_features(),
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

    #[test]
    fn features_below_0_are_an_error() {
        let images = ImageBuffer::new(vec![0, 10, 20, 250], 1, 2);
        let transform = Arc::new(Transform::fit(Preprocessing::STANDARD, images.view()));
        let samples = Samples::new(images, &transform, Layout::Bytes);
        let fitted = MultinomialNb::default().fit(&samples, &[Label(0), Label(1)], &FitContext::default());
        assert!(matches!(fitted.map(|_| ()), Err(FitError::Data(_))));
    }
}
