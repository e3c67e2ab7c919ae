//! Multinomial naive Bayes: pixels as counts of ink.
//!
//! # Engines
//! - `native`: counts in integers, one pass over the bytes; every order of the rows gives the same.
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

use super::byte_scores::{ByteScores, Sum};
use super::class_index::ClassIndex;
use super::linfa_bayes::{likeliest, shifts};
use super::priors::{Prior, log_priors, not_priors};
use super::{
    Classifier, Engine, Family, FitContext, FitError, Layout, Model, Point, Refusal, Samples, targets,
};
use crate::kernels::class_sums::class_sums;
use crate::params::{Range, Settings, params};

pub(super) const FAMILY: Family = Family {
    name: "MultinomialNB",
    summary: "naive Bayes, pixels as counts",
    params: Params::SPECS,
    unused,
    undefined,
    engines: &[
        Engine {
            name: "native",
            random: false,
            unrepeatable: None,
            note: "",
            build: native,
        },
        Engine {
            name: "linfa",
            random: false,
            unrepeatable: None,
            note: "",
            build: linfa,
        },
    ],
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
    if !point.preprocessing.is_non_negative() {
        let suitable = Preprocessing::EXAMPLES.iter().filter(|one| one.is_non_negative());
        let names: Vec<&str> = suitable.map(|one| one.name()).collect();
        return Some(format!(
            "counts cannot be negative; use preprocessing {}",
            names.join(", ")
        ));
    }
    not_priors("class_prior", Params::read(point.settings).class_prior.as_ref())
}

fn native(point: &Point<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    Ok(Box::new(Native(Params::read(point.settings))))
}

struct Native(Params);

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
        let classes = ClassIndex::new(labels);
        let steps = train.scaler().steps();
        let sums = class_sums(train.bytes().pixels(), &classes.of_rows, classes.n_classes());
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
        Ok(Box::new(ByteScores {
            classes,
            scores,
            on_from: None,
        }))
    }
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
