//! Gaussian naive Bayes: one normal distribution per class and pixel.
//!
//! # Engines
//! - `native`: means and variances from sums of bytes in integers, in one pass; of features of several pixels in `f64`, in two passes
//!   over sorted rows. The order of the rows changes nothing.
//! - `linfa`: its empirical priors are replaced after the fit.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `priors` | none | list that sums to 1 | prior of each class; none: its share of the training rows |
//! | `var_smoothing` | 1e-9 | 0.. | share of the largest pixel variance added to all variances |
//!
//! # Reference
//! Chan, Golub, LeVeque (1979), Updating Formulae and a Pairwise Algorithm for Computing Sample Variances.

use crate::estimator::classifier::Classifier;
use crate::estimator::priors::{Priors, sum_error};
use crate::families::engine::{LINFA, NATIVE};
use crate::families::family::{Configuration, Family, Implementation, Refusal, all_active};
use crate::families::growth::Growth;
use crate::families::method_kind::MethodKind;
use crate::linfa_adapters::gaussian_nb::LinfaGaussianNb;
use crate::native::generative::gaussian_nb::GaussianNb;
use crate::params::declare::params;
use crate::params::range::Range;

pub(crate) const FAMILY: Family = Family {
    name: "GaussianNB",
    summary: "naive Bayes, one normal distribution per pixel",
    kind: MethodKind::Bayes,
    params: Params::SPECS,
    inactive_params: all_active,
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
    "priors" priors: Option<Vec<f64>> = None, Range::within(0.0, 1.0), "prior of each class; none: its share of the training rows";
    "var_smoothing" var_smoothing: f64 = 1e-9, Range::at_least(0.0), "share of the largest pixel variance added to all variances";
}

fn undefined(point: &Configuration<'_>) -> Option<String> {
    sum_error("priors", Params::read(point.settings).priors.as_deref()?)
}

fn native(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    Ok(Box::new(GaussianNb {
        priors: Priors::new(params.priors, true),
        var_smoothing: params.var_smoothing,
    }))
}

fn linfa(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    Ok(Box::new(LinfaGaussianNb {
        var_smoothing: params.var_smoothing,
        priors: Priors::new(params.priors, true),
    }))
}
