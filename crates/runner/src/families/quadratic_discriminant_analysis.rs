//! Quadratic discriminant analysis: one normal distribution per class, each with its own covariance. The likeliest class predicts.
//!
//! # Engines
//! - `native`: covariances come from exact sums over bytes and are inverted by Cholesky factorization. As in scikit-learn 1.9, the fit
//!   fails if the covariance of a class is singular: if an eigenvalue is at most `tol`, for instance because a pixel is constant and
//!   `reg_param` is 0. `solver=svd` also fails for a class with fewer rows than pixels, whatever `reg_param` is.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `solver` | svd | svd, eigen | svd: `reg_param` applies; eigen: `shrinkage` applies |
//! | `shrinkage` | none | none, auto, 0..=1 | share of the identity times the mean variance in a covariance, with eigen; auto: Ledoit-Wolf |
//! | `priors` | none | list of 0..=1 | prior of each class; none: its share of the training rows |
//! | `reg_param` | 0 | 0..=1 | share of the identity in a covariance, with svd |
//! | `tol` | 1e-4 | 0.. | a covariance with an eigenvalue up to this is singular |
//!
//! # Reference
//! Hastie, Tibshirani, Friedman (2009), The Elements of Statistical Learning, 4.3.

use crate::estimator::classifier::Classifier;
use crate::estimator::priors::Priors;
use crate::families::engine::NATIVE;
use crate::families::family::{Configuration, Family, Implementation, Refusal};
use crate::families::growth::Growth;
use crate::families::method_kind::MethodKind;
use crate::native::generative::quadratic_discriminant::{QuadraticDiscriminant, QuadraticDiscriminantSolver};
use crate::native::generative::shrinkage::Shrinkage;
use crate::params::choice::choices;
use crate::params::declare::params;
use crate::params::range::Range;
use crate::params::spec::Settings;

pub(crate) const FAMILY: Family = Family {
    name: "QuadraticDiscriminantAnalysis",
    summary: "normal distributions, one covariance per class",
    kind: MethodKind::Discriminant,
    params: Params::SPECS,
    inactive_params,
    undefined,
    implementations: &[Implementation {
        engine: &NATIVE,
        is_stochastic: false,
        nondeterminism: None,
        shared_params: &[],
        growth: |_| Growth::UNKNOWN.with_fit(0.3, 1.0),
        note: "",
        build: native,
    }],
};

choices! {
    /// How covariances are kept invertible.
    Solver { Svd = "svd", Eigen = "eigen" }
}

params! {
    "solver" solver: Solver = Solver::Svd, Range::ANY, "svd: reg_param applies; eigen: shrinkage applies";
    "shrinkage" shrinkage: Shrinkage = Shrinkage::None, Range::within(0.0, 1.0), "share of the identity times the mean variance";
    "priors" priors: Option<Vec<f64>> = None, Range::within(0.0, 1.0), "prior of each class; none: its share of the training rows";
    "reg_param" reg_param: f64 = 0.0, Range::within(0.0, 1.0), "share of the identity in a covariance";
    "tol" tol: f64 = 1e-4, Range::at_least(0.0), "a covariance with an eigenvalue up to this is singular";
}

fn inactive_params(settings: &Settings) -> &'static [&'static str] {
    match Params::read(settings).solver {
        Solver::Svd => &[],
        Solver::Eigen => &["reg_param"],
    }
}

fn undefined(point: &Configuration<'_>) -> Option<String> {
    let params = Params::read(point.settings);
    let both = params.solver == Solver::Svd && params.shrinkage != Shrinkage::None;
    both.then(|| "shrinkage needs solver=eigen; with solver=svd use reg_param".into())
}

fn native(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    Ok(Box::new(QuadraticDiscriminant {
        solver: match params.solver {
            Solver::Svd => QuadraticDiscriminantSolver::Svd {
                reg_param: params.reg_param,
            },
            Solver::Eigen => QuadraticDiscriminantSolver::Eigen {
                shrinkage: params.shrinkage,
            },
        },
        priors: Priors::new(params.priors, true),
        tol: params.tol,
    }))
}
