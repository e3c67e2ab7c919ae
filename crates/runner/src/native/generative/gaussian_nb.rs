//! Naive Bayes with one normal distribution per class and feature.

use loader::Label;
use std::f64::consts::TAU;

use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::labels::EncodedLabels;
use crate::estimator::priors::{Prior, log_priors};
use crate::estimator::samples::{Layout, Samples};
use crate::families::gaussian_nb::Params;
use crate::native::data::class_sums::{ClassSums, class_sums};
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
        let prior = self.0.priors.clone().map_or(Prior::Empirical, Prior::Given);
        let log_priors = log_priors(&prior, labels)?;
        let classes = EncodedLabels::new(labels);
        let sums = class_sums(train.bytes().pixels(), &classes.codes, classes.n_classes());
        let steps = train.transform().steps();
        let all = sums.iter().skip(1).fold(sums[0].clone(), ClassSums::and);
        let largest = (all.variances().iter().zip(&steps))
            .map(|(variance, step)| variance * step * step)
            .fold(0.0, f64::max);
        let smoothing = self.0.var_smoothing * largest;
        let mut scores = Vec::new();
        for (class, log_prior) in sums.iter().zip(log_priors) {
            let variances: Vec<f64> = (class.variances().iter().zip(&steps))
                .map(|(variance, step)| variance * step * step + smoothing)
                .collect();
            if variances.contains(&0.0) {
                return Err(FitError::Data(
                    "a pixel has the variance 0 in a class, and var_smoothing adds nothing to it".into(),
                ));
            }
            let spread: f64 = variances.iter().map(|variance| (TAU * variance).ln()).sum();
            let scales = variances
                .iter()
                .zip(&steps)
                .map(|(variance, step)| -0.5 * step * step / variance);
            let sum = Sum::Squares {
                scales: scales.collect(),
                centers: class.means(),
            };
            scores.push((log_prior - 0.5 * spread, sum));
        }
        Ok(Box::new(AdditiveModel {
            classes,
            scores,
            on_from: None,
        }))
    }
}
