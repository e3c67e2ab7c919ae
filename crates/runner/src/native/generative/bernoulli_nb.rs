//! Naive Bayes on binarized pixels.

use loader::Label;

use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::labels::EncodedLabels;
use crate::estimator::priors::{Prior, log_priors};
use crate::estimator::samples::{Layout, Samples};
use crate::families::bernoulli_nb::Params;
use crate::native::data::class_sums::class_sums;
use crate::native::generative::additive_model::{AdditiveModel, Sum};

pub(crate) struct Native(pub(crate) Params);

/// For each pixel the byte from which on it is above the threshold; 256 for never.
fn on_from(train: &Samples, threshold: f64) -> Vec<u16> {
    let bytes: Vec<u16> = (0..256).collect();
    let is_off = |pixel: usize, byte: u16| {
        u8::try_from(byte).is_ok_and(|byte| train.transform().value(pixel, byte) <= threshold)
    };
    let first_on = |pixel: usize| bytes.partition_point(|&byte| is_off(pixel, byte));
    (0..train.bytes().n_features())
        .map(|pixel| u16::try_from(first_on(pixel)).unwrap_or(256))
        .collect()
}

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
        let on_from = on_from(train, self.0.binarize.expect("none is refused"));
        let is_on = |(&byte, &from): (&u8, &u16)| u8::from(u16::from(byte) >= from);
        let on: Vec<u8> = train
            .bytes()
            .rows()
            .flat_map(|row| row.iter().zip(&on_from).map(is_on))
            .collect();
        let counts = class_sums(&on, &classes.codes, classes.n_classes());
        let mut scores = Vec::new();
        for (class, log_prior) in counts.iter().zip(log_priors) {
            #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
            let share =
                |count: &u64| (*count as f64 + self.0.alpha) / (class.n_rows as f64 + 2.0 * self.0.alpha);
            let shares: Vec<f64> = class.sums.iter().map(share).collect();
            let off: f64 = shares.iter().map(|share| (1.0 - share).ln()).sum();
            let weights = shares
                .iter()
                .map(|share| share.ln() - (1.0 - share).ln())
                .collect();
            scores.push((log_prior + off, Sum::Linear { weights }));
        }
        Ok(Box::new(AdditiveModel {
            classes,
            scores,
            on_from: Some(on_from),
        }))
    }
}
