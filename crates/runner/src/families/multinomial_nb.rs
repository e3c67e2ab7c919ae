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

use loader::Preprocessing;

use crate::estimator::classifier::Classifier;
use crate::estimator::priors::not_priors;
use crate::families::engine::{LINFA, NATIVE};
use crate::families::family::{Configuration, Family, Implementation, Refusal};
use crate::linfa_adapters::multinomial_nb::Linfa;
use crate::native::generative::multinomial_nb::Native;
use crate::params::declare::params;
use crate::params::range::Range;
use crate::params::spec::Settings;

pub(crate) const FAMILY: Family = Family {
    name: "MultinomialNB",
    summary: "naive Bayes, pixels as counts",
    params: Params::SPECS,
    inactive_params,
    undefined,
    implementations: &[
        Implementation {
            engine: &NATIVE,
            is_stochastic: false,
            nondeterminism: None,
            note: "",
            build: native,
        },
        Implementation {
            engine: &LINFA,
            is_stochastic: false,
            nondeterminism: None,
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
            "counts cannot be negative; use preprocessing {}",
            names.join(", ")
        ));
    }
    not_priors("class_prior", Params::read(point.settings).class_prior.as_ref())
}

fn native(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    Ok(Box::new(Native(Params::read(point.settings))))
}

fn linfa(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    Ok(Box::new(Linfa(Params::read(point.settings))))
}
