//! linfa's multinomial naive Bayes.

use linfa_bayes::{MultinomialNb, NaiveBayes};
use loader::Label;

use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::priors::Prior;
use crate::estimator::samples::{Layout, Samples};
use crate::families::multinomial_nb::Params;
use crate::linfa_adapters::class_likelihoods::{likeliest, shifts};
use crate::linfa_adapters::labels::targets;
use linfa::DatasetBase;
use linfa::traits::Fit;

pub(crate) struct Linfa(pub(crate) Params);

struct LinfaModel {
    bayes: MultinomialNb<f64, usize>,
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
        let data = DatasetBase::new(train.f64().view(), targets(labels));
        let bayes = MultinomialNb::params()
            .alpha(self.0.alpha)
            .fit(&data)
            .map_err(|error| FitError::during("counting", error))?;
        Ok(Box::new(LinfaModel {
            bayes,
            shifts: shifts(&prior, labels)?,
        }))
    }
}

impl Model for LinfaModel {
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError> {
        let likelihoods = self.bayes.joint_log_likelihood(samples.f64().view());
        likeliest(&likelihoods, &self.shifts, samples.n_rows())
    }
}
