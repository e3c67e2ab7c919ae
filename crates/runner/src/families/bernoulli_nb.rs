//! Bernoulli naive Bayes: each pixel is 0 or 1.
//!
//! # Engines
//! - `native`: counts ones in integers in one pass. The order of the rows changes nothing.
//! - `linfa`: its empirical priors are replaced after the fit.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `alpha` | 1 | above 0 | rows added to both values of every pixel |
//! | `binarize` | 0 | none or a number | a pixel above it is 1 |
//! | `fit_prior` | true | | whether priors are the classes' shares of the training rows; otherwise they are equal |
//! | `class_prior` | none | list that sums to 1 | prior of each class; overrides `fit_prior` |
//!
//! # Reference
//! Manning, Raghavan, Schütze (2008), Introduction to Information Retrieval, chapter 13.

use crate::estimator::classifier::Classifier;
use crate::estimator::priors::{Priors, sum_error};
use crate::families::engine::{LINFA, NATIVE};
use crate::families::family::{Configuration, Family, Implementation, Refusal};
use crate::families::growth::Growth;
use crate::families::method_kind::MethodKind;
use crate::linfa_adapters::bernoulli_nb::LinfaBernoulliNb;
use crate::native::generative::bernoulli_nb::BernoulliNb;
use crate::params::declare::params;
use crate::params::range::Range;
use crate::params::spec::Settings;

pub(crate) const FAMILY: Family = Family {
    name: "BernoulliNB",
    summary: "naive Bayes on binary pixels",
    kind: MethodKind::Bayes,
    params: Params::SPECS,
    inactive_params,
    undefined,
    implementations: &[
        Implementation {
            engine: &NATIVE,
            is_stochastic: false,
            nondeterminism: None,
            shared_params: &[],
            growth: |_| Growth::UNKNOWN.with_fit(0.9, 1.1),
            note: "",
            build: native,
        },
        Implementation {
            engine: &LINFA,
            is_stochastic: false,
            nondeterminism: None,
            shared_params: &[],
            growth: |_| Growth::UNKNOWN,
            note: "",
            build: linfa,
        },
    ],
};

params! {
    "alpha" alpha: f64 = 1.0, Range::POSITIVE, "rows added to both values of every pixel";
    "binarize" binarize: Option<f64> = Some(0.0), Range::ANY, "a pixel above it is 1";
    "fit_prior" fit_prior: bool = true, Range::ANY, "whether priors are the classes' shares of the training rows";
    "class_prior" class_prior: Option<Vec<f64>> = None, Range::within(0.0, 1.0), "prior of each class; overrides fit_prior";
}

/// Why `binarize` has a value in an engine.
const BINARIZES: &str = "binarize=none is undefined";

fn inactive_params(settings: &Settings) -> &'static [&'static str] {
    if Params::read(settings).class_prior.is_some() {
        &["fit_prior"]
    } else {
        &[]
    }
}

fn undefined(point: &Configuration<'_>) -> Option<String> {
    let params = Params::read(point.settings);
    if params.binarize.is_none() {
        return Some(
            "binarize=none needs pixels that are already 0 or 1; no preprocessing makes such pixels".into(),
        );
    }
    sum_error("class_prior", params.class_prior.as_deref()?)
}

fn native(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    Ok(Box::new(BernoulliNb {
        alpha: params.alpha,
        binarize: params.binarize.expect(BINARIZES),
        priors: Priors::new(params.class_prior, params.fit_prior),
    }))
}

fn linfa(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    Ok(Box::new(LinfaBernoulliNb {
        alpha: params.alpha,
        binarize: params.binarize.expect(BINARIZES),
        priors: Priors::new(params.class_prior, params.fit_prior),
    }))
}
