//! Gaussian naive Bayes: a normal distribution for every pixel of every class.
//!
//! # Engines
//! - `native`: means and variances from sums of bytes in integers, one pass over the data; every order of the rows gives the same.
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

use std::f64::consts::TAU;

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_bayes::{GaussianNb, NaiveBayes};
use loader::Label;

use super::byte_scores::{ByteScores, Sum};
use super::class_index::ClassIndex;
use super::linfa_bayes::{likeliest, shifts};
use super::priors::{Prior, log_priors, not_priors};
use super::{
    Classifier, Engine, Family, FitContext, FitError, Layout, Model, Point, Refusal, Samples, all_used,
    targets,
};
use crate::kernels::class_sums::{ClassSums, class_sums};
use crate::params::{Range, params};

pub(super) const FAMILY: Family = Family {
    name: "GaussianNB",
    summary: "naive Bayes, a normal distribution a pixel",
    params: Params::SPECS,
    unused: all_used,
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
    "priors" priors: Option<Vec<f64>> = None, Range::within(0.0, 1.0), "probabilities of the classes; none: their shares";
    "var_smoothing" var_smoothing: f64 = 1e-9, Range::at_least(0.0), "share of the largest variance that is added to all";
}

fn undefined(point: &Point<'_>) -> Option<String> {
    not_priors("priors", Params::read(point.settings).priors.as_ref())
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
        let prior = self.0.priors.clone().map_or(Prior::Empirical, Prior::Given);
        let log_priors = log_priors(&prior, labels)?;
        let classes = ClassIndex::new(labels);
        let sums = class_sums(train.bytes().pixels(), &classes.of_rows, classes.n_classes());
        let steps = train.scaler().steps();
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
                return Err(FitError(
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
