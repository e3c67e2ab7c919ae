//! Gaussian naive Bayes: a normal distribution for every pixel of every class.
//!
//! # Engines
//! - `linfa`: as scikit-learn; the priors are put in place of the empirical ones after the fit.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `priors` | none | list that sums to 1 | probabilities of the classes; none: their shares |
//! | `var_smoothing` | 1e-9 | 0.. | share of the largest variance that is added to all |
//!
//! # Reference
//! Chan, Golub, LeVeque (1979), Updating Formulae and a Pairwise Algorithm for Computing Sample Variances.

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_bayes::{GaussianNb, NaiveBayes};
use loader::Label;

use super::linfa_bayes::{Prior, likeliest, not_priors, shifts};
use super::{
    Classifier, Engine, Family, FitContext, FitError, Layout, Model, Point, Refusal, Samples, all_used,
    targets,
};
use crate::params::{Range, params};

pub(super) const FAMILY: Family = Family {
    name: "GaussianNB",
    summary: "naive Bayes, a normal distribution a pixel",
    params: Params::SPECS,
    unused: all_used,
    undefined,
    engines: &[Engine {
        name: "linfa",
        random: false,
        unrepeatable: None,
        note: "",
        build: linfa,
    }],
};

params! {
    "priors" priors: Option<Vec<f64>> = None, Range::within(0.0, 1.0), "probabilities of the classes; none: their shares";
    "var_smoothing" var_smoothing: f64 = 1e-9, Range::at_least(0.0), "share of the largest variance that is added to all";
}

fn undefined(point: &Point<'_>) -> Option<String> {
    not_priors("priors", Params::read(point.settings).priors.as_ref())
}

fn linfa(point: &Point<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    Ok(Box::new(Linfa(Params::read(point.settings))))
}

struct Linfa(Params);

struct LinfaModel {
    bayes: GaussianNb<f64, usize>,
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
        let prior = self.0.priors.clone().map_or(Prior::Empirical, Prior::Given);
        let data = DatasetBase::new(train.f64().view(), targets(labels));
        let bayes = GaussianNb::params()
            .var_smoothing(self.0.var_smoothing)
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
