//! Quadratic discriminant analysis: a normal distribution a class, each with a covariance of its own; the likelier class predicts.
//!
//! # Engines
//! - `native`: covariances from exact sums over bytes, inverted by Cholesky's method. As in scikit-learn 1.9 a class whose covariance lacks
//!   rank ends the fit: with `solver=svd` one whose rows are no more than the pixels, whatever `reg_param`, or one with a variance of at most
//!   `tol` along an axis, such as any constant pixel where `reg_param` is 0.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `solver` | svd | svd, eigen | svd: `reg_param` applies; eigen: `shrinkage` does |
//! | `shrinkage` | none | none, auto, 0..=1 | share of the identity times the mean variance in a covariance, with eigen; auto: Ledoit and Wolf's |
//! | `priors` | none | list of 0..=1 | probabilities of the classes; none: their shares |
//! | `reg_param` | 0 | 0..=1 | share of the identity in a covariance, with svd |
//! | `tol` | 1e-4 | 0.. | a class with a variance of at most this along an axis lacks rank |
//!
//! # Reference
//! Hastie, Tibshirani, Friedman (2009), The Elements of Statistical Learning, 4.3.

use crate::estimator::classifier::Classifier;
use crate::families::engine::NATIVE;
use crate::families::family::{Configuration, Family, Implementation, Refusal};
use crate::native::generative::quadratic_discriminant::{Native, Solver};
use crate::native::generative::shrinkage::Shrinkage;
use crate::params::declare::params;
use crate::params::range::Range;
use crate::params::spec::Settings;

pub(crate) const FAMILY: Family = Family {
    name: "QuadraticDiscriminantAnalysis",
    summary: "normal distributions, a covariance a class",
    params: Params::SPECS,
    inactive_params,
    undefined,
    implementations: &[Implementation {
        engine: &NATIVE,
        is_stochastic: false,
        nondeterminism: None,
        note: "",
        build: native,
    }],
};

params! {
    "solver" solver: Solver = Solver::Svd, Range::ANY, "svd: reg_param applies; eigen: shrinkage does";
    "shrinkage" shrinkage: Shrinkage = None, Range::within(0.0, 1.0), "share of the identity times the mean variance";
    "priors" priors: Option<Vec<f64>> = None, Range::within(0.0, 1.0), "probabilities of the classes; none: their shares";
    "reg_param" reg_param: f64 = 0.0, Range::within(0.0, 1.0), "share of the identity in a covariance";
    "tol" tol: f64 = 1e-4, Range::at_least(0.0), "a variance up to this lacks rank";
}

fn inactive_params(settings: &Settings) -> &'static [&'static str] {
    match Params::read(settings).solver {
        Solver::Svd => &[],
        Solver::Eigen => &["reg_param"],
    }
}

fn undefined(point: &Configuration<'_>) -> Option<String> {
    let params = Params::read(point.settings);
    let both = params.solver == Solver::Svd && params.shrinkage.is_some();
    both.then(|| "shrinkage is for solver=eigen: with svd it is reg_param".into())
}

pub(crate) fn native(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    Ok(Box::new(Native(Params::read(point.settings))))
}
