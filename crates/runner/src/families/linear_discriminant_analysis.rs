//! Linear discriminant analysis: a normal distribution a class, all with one covariance; the likelier class predicts.
//!
//! # Engines
//! - `native`: the covariance within classes from exact sums over bytes. Its equations are solved by Cholesky's method, and by its
//!   eigenvectors where it lacks rank: `solver=svd` keeps what scikit-learn's keeps, without decomposing the rows. `solver=lsqr` leaves out
//!   what is 0 but for rounding, where scikit-learn divides by some of it. `solver=eigen` is refused a covariance without full rank,
//!   as there. `n_components` and `covariance_estimator` are not offered: the first changes no prediction.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `solver` | svd | svd, lsqr, eigen | svd: pixels scaled to the variance 1 within classes, directions of no variance left out; lsqr, eigen: the covariance as it is |
//! | `shrinkage` | none | none, auto, 0..=1 | share of the identity in the covariance, not with svd; auto: Ledoit and Wolf's |
//! | `priors` | none | list of 0.. | probabilities of the classes, scaled to sum to 1; none: their shares |
//! | `tol` | 1e-4 | 0.. | singular values up to this are left out, with svd alone |
//!
//! # Reference
//! Hastie, Tibshirani, Friedman (2009), The Elements of Statistical Learning, 4.3; Ledoit, Wolf (2004), A well-conditioned estimator for
//! large-dimensional covariance matrices.

use crate::estimator::classifier::Classifier;
use crate::families::engine::NATIVE;
use crate::families::family::{Configuration, Family, Implementation, Refusal};
use crate::native::generative::linear_discriminant::{Native, Solver};
use crate::native::generative::shrinkage::Shrinkage;
use crate::params::declare::params;
use crate::params::range::Range;
use crate::params::spec::Settings;

pub(crate) const FAMILY: Family = Family {
    name: "LinearDiscriminantAnalysis",
    summary: "normal distributions with one covariance",
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
    "solver" solver: Solver = Solver::Svd, Range::ANY, "how the covariance is inverted";
    "shrinkage" shrinkage: Shrinkage = None, Range::within(0.0, 1.0), "share of the identity in the covariance";
    "priors" priors: Option<Vec<f64>> = None, Range::at_least(0.0), "probabilities of the classes; none: their shares";
    "tol" tol: f64 = 1e-4, Range::at_least(0.0), "singular values up to this are left out";
}

fn inactive_params(settings: &Settings) -> &'static [&'static str] {
    if Params::read(settings).solver == Solver::Svd {
        &[]
    } else {
        &["tol"]
    }
}

pub(crate) fn undefined(point: &Configuration<'_>) -> Option<String> {
    let params = Params::read(point.settings);
    if params.solver == Solver::Svd && params.shrinkage.is_some() {
        return Some("shrinkage is for solver=lsqr and solver=eigen: svd works out no covariance".into());
    }
    let sum: f64 = params.priors?.iter().sum();
    (sum <= 0.0).then(|| "priors must not all be 0".into())
}

pub(crate) fn native(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    Ok(Box::new(Native(Params::read(point.settings))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::value::Value;

    #[test]
    fn shrinkage_with_svd_and_priors_of_0_are_undefined() {
        let reason = |name: &str, value: Value| {
            undefined(&Configuration {
                settings: &Settings::from([(name.to_owned(), value)]),
                preprocessing: loader::Preprocessing::UNIT,
            })
        };
        assert!(
            reason("shrinkage", Value::number(0.1))
                .unwrap()
                .contains("solver=lsqr")
        );
        let priors = |prior: f64| Value::List(vec![Value::number(prior); 3]);
        assert!(reason("priors", priors(0.0)).unwrap().contains("priors"));
        assert_eq!(reason("priors", priors(0.2)), None);
    }
}
