//! Multinomial naive Bayes: each pixel is a count.
//!
//! # Engines
//! - `native`: counts bytes in integers in one pass, and sums features of several pixels in `f64`, in sorted order. The order of the
//!   rows changes nothing.
//! - `linfa`: its empirical priors are replaced after the fit.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `alpha` | 1 | above 0 | count added to every pixel of every class |
//! | `fit_prior` | true | | whether priors are the classes' shares of the training rows; otherwise they are equal |
//! | `class_prior` | none | list that sums to 1 | prior of each class; overrides `fit_prior` |
//!
//! # Reference
//! Manning, Raghavan, Schütze (2008), Introduction to Information Retrieval, chapter 13.

use loader::Preprocessing;

use crate::estimator::classifier::Classifier;
use crate::estimator::priors::{Priors, sum_error};
use crate::families::engine::{LINFA, NATIVE};
use crate::families::family::{Configuration, Family, Implementation, Refusal};
use crate::families::growth::Growth;
use crate::families::method_kind::MethodKind;
use crate::linfa_adapters::multinomial_nb::LinfaMultinomialNb;
use crate::native::generative::multinomial_nb::MultinomialNb;
use crate::params::declare::params;
use crate::params::range::Range;
use crate::params::spec::Settings;

pub(crate) const FAMILY: Family = Family {
    name: "MultinomialNB",
    summary: "naive Bayes on pixels as counts",
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
    "alpha" alpha: f64 = 1.0, Range::POSITIVE, "count added to every pixel of every class";
    "fit_prior" fit_prior: bool = true, Range::ANY, "whether priors are the classes' shares of the training rows";
    "class_prior" class_prior: Option<Vec<f64>> = None, Range::within(0.0, 1.0), "prior of each class; overrides fit_prior";
}

fn inactive_params(settings: &Settings) -> &'static [&'static str] {
    if Params::read(settings).class_prior.is_some() {
        &["fit_prior"]
    } else {
        &[]
    }
}

fn undefined(point: &Configuration<'_>) -> Option<String> {
    if !point.preprocessing.is_non_negative() {
        let suitable = Preprocessing::EXAMPLES.iter().filter(|one| one.is_non_negative());
        let names: Vec<&str> = suitable.map(|one| one.name()).collect();
        return Some(format!(
            "counts cannot be negative; use preprocessing {} or patches(standardise=false)",
            names.join(", ")
        ));
    }
    sum_error(
        "class_prior",
        Params::read(point.settings).class_prior.as_deref()?,
    )
}

fn native(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    Ok(Box::new(MultinomialNb {
        alpha: params.alpha,
        priors: Priors::new(params.class_prior, params.fit_prior),
    }))
}

fn linfa(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    Ok(Box::new(LinfaMultinomialNb {
        alpha: params.alpha,
        priors: Priors::new(params.class_prior, params.fit_prior),
    }))
}
