//! Bernoulli naive Bayes: pixels as on or off.
//!
//! # Engines
//! - `linfa`: as scikit-learn; the priors are put in place of the empirical ones after the fit.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `alpha` | 1 | above 0 | rows added to either side of every pixel |
//! | `binarize` | 0 | none or a number | a pixel above it is on |
//! | `fit_prior` | true | | whether the classes' shares are their priors; otherwise all are equal |
//! | `class_prior` | none | list that sums to 1 | probabilities of the classes, whatever `fit_prior` says |
//!
//! # Reference
//! Manning, Raghavan, Schütze (2008), Introduction to Information Retrieval, chapter 13.

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_bayes::{BernoulliNb, NaiveBayes};
use loader::Label;

use super::linfa_bayes::{Prior, likeliest, not_priors, shifts};
use super::{
    Classifier, Engine, Family, FitContext, FitError, Layout, Model, Point, Refusal, Samples, targets,
};
use crate::params::{Range, Settings, params};

pub(super) const FAMILY: Family = Family {
    name: "BernoulliNB",
    summary: "naive Bayes, pixels as on or off",
    params: Params::SPECS,
    unused,
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
    "alpha" alpha: f64 = 1.0, Range::POSITIVE, "rows added to either side of every pixel";
    "binarize" binarize: Option<f64> = Some(0.0), Range::ANY, "a pixel above it is on";
    "fit_prior" fit_prior: bool = true, Range::ANY, "whether the classes' shares are their priors";
    "class_prior" class_prior: Option<Vec<f64>> = None, Range::within(0.0, 1.0), "probabilities of the classes";
}

fn unused(settings: &Settings) -> &'static [&'static str] {
    if Params::read(settings).class_prior.is_some() {
        &["fit_prior"]
    } else {
        &[]
    }
}

fn undefined(point: &Point<'_>) -> Option<String> {
    let params = Params::read(point.settings);
    if params.binarize.is_none() {
        return Some(
            "binarize=none asks for pixels that are 0 or 1 already, and no preprocessing here gives them"
                .into(),
        );
    }
    not_priors("class_prior", params.class_prior.as_ref())
}

fn linfa(point: &Point<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    Ok(Box::new(Linfa(Params::read(point.settings))))
}

struct Linfa(Params);

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
        let prior = match (&self.0.class_prior, self.0.fit_prior) {
            (Some(priors), _) => Prior::Given(priors.clone()),
            (None, true) => Prior::Empirical,
            (None, false) => Prior::Uniform,
        };
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
