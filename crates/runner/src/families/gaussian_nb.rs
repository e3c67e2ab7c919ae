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

use crate::estimator::classifier::Classifier;
use crate::estimator::priors::not_priors;
use crate::families::engine::{LINFA, NATIVE};
use crate::families::family::{Configuration, Family, Implementation, Refusal, all_active};
use crate::linfa_adapters::gaussian_nb::Linfa;
use crate::native::generative::gaussian_nb::Native;
use crate::params::declare::params;
use crate::params::range::Range;

pub(crate) const FAMILY: Family = Family {
    name: "GaussianNB",
    summary: "naive Bayes, a normal distribution a pixel",
    params: Params::SPECS,
    inactive_params: all_active,
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
    "priors" priors: Option<Vec<f64>> = None, Range::within(0.0, 1.0), "probabilities of the classes; none: their shares";
    "var_smoothing" var_smoothing: f64 = 1e-9, Range::at_least(0.0), "share of the largest variance that is added to all";
}

fn undefined(point: &Configuration<'_>) -> Option<String> {
    not_priors("priors", Params::read(point.settings).priors.as_ref())
}

fn native(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    Ok(Box::new(Native(Params::read(point.settings))))
}

fn linfa(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    Ok(Box::new(Linfa(Params::read(point.settings))))
}
