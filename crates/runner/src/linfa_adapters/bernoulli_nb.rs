//! linfa's Bernoulli naive Bayes.

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_bayes::{BernoulliNb, NaiveBayes};
use loader::Label;

use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::priors::Priors;
use crate::estimator::samples::{Layout, Samples};
use crate::linfa_adapters::class_likelihoods::{likeliest_labels, prior_corrections};
use crate::linfa_adapters::labels::targets;

/// Settings of linfa's Bernoulli naive Bayes, by scikit-learn's names.
#[derive(Clone, Debug)]
pub(crate) struct LinfaBernoulliNb {
    pub(crate) alpha: f64,
    /// A feature above this is 1.
    pub(crate) binarize: f64,
    pub(crate) priors: Priors,
}

struct LinfaBernoulliNbModel {
    bayes: BernoulliNb<f64, usize>,
    binarize: f64,
    prior_corrections: Vec<(usize, f64)>,
}

impl Classifier for LinfaBernoulliNb {
    fn layout(&self) -> Layout {
        Layout::F64
    }

    fn fit<'a>(
        &self,
        train: &'a Samples,
        labels: &'a [Label],
        _: &FitContext,
    ) -> Result<Box<dyn Model + 'a>, FitError> {
        let data = DatasetBase::new(train.f64().view(), targets(labels));
        let bayes = BernoulliNb::params()
            .alpha(self.alpha)
            .binarize(Some(self.binarize))
            .fit(&data)
            .map_err(|error| FitError::during("linfa's naive Bayes", error))?;
        Ok(Box::new(LinfaBernoulliNbModel {
            bayes,
            binarize: self.binarize,
            prior_corrections: prior_corrections(&self.priors, labels)?,
        }))
    }
}

impl Model for LinfaBernoulliNbModel {
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError> {
        let binary = samples.f64().mapv(|feature| f64::from(feature > self.binarize));
        let likelihoods = self.bayes.joint_log_likelihood(binary.view());
        likeliest_labels(&likelihoods, &self.prior_corrections, samples.n_rows())
    }
}
