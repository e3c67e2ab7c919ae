//! linfa's Bernoulli naive Bayes.

use linfa_bayes::{BernoulliNb, NaiveBayes};
use loader::Label;

use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::priors::Prior;
use crate::estimator::samples::{Layout, Samples};
use crate::families::bernoulli_nb::Params;
use crate::linfa_adapters::class_likelihoods::{likeliest, shifts};
use crate::linfa_adapters::labels::targets;
use linfa::DatasetBase;
use linfa::traits::Fit;

pub(crate) struct Linfa(pub(crate) Params);

struct LinfaModel {
    bayes: BernoulliNb<f64, usize>,
    threshold: f64,
    shifts: Vec<(usize, f64)>,
}

impl Classifier for Linfa {
    fn layout(&self) -> Layout {
        Layout::F64
    }

    fn fit<'a>(
        &self,
        train: &'a Samples,
        labels: &'a [Label],
        _: &FitContext,
    ) -> Result<Box<dyn Model + 'a>, FitError> {
        let prior = Prior::of(self.0.class_prior.as_ref(), self.0.fit_prior);
        let threshold = self.0.binarize.expect("none is refused");
        let data = DatasetBase::new(train.f64().view(), targets(labels));
        let bayes = BernoulliNb::params()
            .alpha(self.0.alpha)
            .binarize(Some(threshold))
            .fit(&data)
            .map_err(|error| FitError::during("counting", error))?;
        Ok(Box::new(LinfaModel {
            bayes,
            threshold,
            shifts: shifts(&prior, labels)?,
        }))
    }
}

impl Model for LinfaModel {
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError> {
        let on = samples.f64().mapv(|pixel| f64::from(pixel > self.threshold));
        let likelihoods = self.bayes.joint_log_likelihood(on.view());
        likeliest(&likelihoods, &self.shifts, samples.n_rows())
    }
}
