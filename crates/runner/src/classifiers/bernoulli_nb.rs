//! Bernoulli naive Bayes: pixels as on or off.
//!
//! # Engines
//! - `native`: counts in integers, one pass over the bytes; every order of the rows gives the same.
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
    name: "BernoulliNB",
    summary: "naive Bayes, pixels as on or off",
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

fn native(point: &Point<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    Ok(Box::new(Native(Params::read(point.settings))))
}

struct Native(Params);

/// For each pixel the byte from which on it is above the threshold; 256 for never.
fn on_from(train: &Samples, threshold: f64) -> Vec<u16> {
    let bytes: Vec<u16> = (0..256).collect();
    let is_off = |pixel: usize, byte: u16| {
        u8::try_from(byte).is_ok_and(|byte| train.scaler().value(pixel, byte) <= threshold)
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
        let classes = ClassIndex::new(labels);
        let on_from = on_from(train, self.0.binarize.expect("none is refused"));
        let is_on = |(&byte, &from): (&u8, &u16)| u8::from(u16::from(byte) >= from);
        let on: Vec<u8> = train
            .bytes()
            .rows()
            .flat_map(|row| row.iter().zip(&on_from).map(is_on))
            .collect();
        let counts = class_sums(&on, &classes.of_rows, classes.n_classes());
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
        Ok(Box::new(ByteScores {
            classes,
            scores,
            on_from: Some(on_from),
        }))
    }
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
