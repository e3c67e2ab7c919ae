//! Multinomial naive Bayes: pixels as counts of ink.
//!
//! # Engines
//! - `linfa`: as scikit-learn; the priors are put in place of the empirical ones after the fit.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `alpha` | 1 | above 0 | count added to every pixel of every class |
//! | `fit_prior` | true | | whether the classes' shares are their priors; otherwise all are equal |
//! | `class_prior` | none | list that sums to 1 | probabilities of the classes, whatever `fit_prior` says |
//!
//! # Reference
//! Manning, Raghavan, Schütze (2008), Introduction to Information Retrieval, chapter 13.

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_bayes::{MultinomialNb, NaiveBayes};
use loader::{Label, Preprocessing};

use super::linfa_bayes::{Prior, likeliest, not_priors, shifts};
use super::{
    Classifier, Engine, Family, FitContext, FitError, Layout, Model, Point, Refusal, Samples, targets,
};
use crate::params::{Range, Settings, params};

pub(super) const FAMILY: Family = Family {
    name: "MultinomialNB",
    summary: "naive Bayes, pixels as counts",
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
    "alpha" alpha: f64 = 1.0, Range::POSITIVE, "count added to every pixel of every class";
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
    if point.preprocessing == Preprocessing::Standard {
        return Some("counts cannot be negative: preprocessing must be none or unit".into());
    }
    not_priors("class_prior", Params::read(point.settings).class_prior.as_ref())
}

fn linfa(point: &Point<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    Ok(Box::new(Linfa(Params::read(point.settings))))
}

struct Linfa(Params);

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
        let prior = match (&self.0.class_prior, self.0.fit_prior) {
            (Some(priors), _) => Prior::Given(priors.clone()),
            (None, true) => Prior::Empirical,
            (None, false) => Prior::Uniform,
        };
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
