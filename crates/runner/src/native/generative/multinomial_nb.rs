//! Naive Bayes on counts.

use loader::Label;

use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::labels::EncodedLabels;
use crate::estimator::priors::{Prior, log_priors};
use crate::estimator::samples::{Layout, Samples};
use crate::families::multinomial_nb::Params;
use crate::native::data::class_sums::class_sums;
use crate::native::generative::additive_model::{AdditiveModel, Sum};

pub(crate) struct Native(pub(crate) Params);

impl Classifier for Native {
    fn layout(&self) -> Layout {
        Layout::Bytes
    }

    fn fit<'a>(
        &self,
        train: &'a Samples,
        labels: &'a [Label],
        _: &FitContext,
    ) -> Result<Box<dyn Model + 'a>, FitError> {
        let prior = Prior::of(self.0.class_prior.as_ref(), self.0.fit_prior);
        let log_priors = log_priors(&prior, labels)?;
        let classes = EncodedLabels::new(labels);
        let steps = train.transform().steps();
        let sums = class_sums(train.bytes().pixels(), &classes.codes, classes.n_classes());
        let mut scores = Vec::new();
        for (class, log_prior) in sums.iter().zip(log_priors) {
            #[expect(clippy::cast_precision_loss, reason = "sums of bytes are below 2^53")]
            let count = |(sum, step): (&u64, &f64)| *sum as f64 * step + self.0.alpha;
            let counts: Vec<f64> = class.sums.iter().zip(&steps).map(count).collect();
            let total: f64 = counts.iter().sum();
            let weights = counts
                .iter()
                .zip(&steps)
                .map(|(count, step)| (count / total).ln() * step);
            let weights = weights.collect();
            scores.push((log_prior, Sum::Linear { weights }));
        }
        Ok(Box::new(AdditiveModel {
            classes,
            scores,
            on_from: None,
        }))
    }
}
