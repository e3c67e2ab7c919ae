//! Linear discriminant analysis: one normal distribution per class, all with the same covariance. The likeliest class predicts.
//!
//! # Engines
//! - `native`: the covariance within classes comes from exact sums over bytes. It is solved by Cholesky factorization, or by
//!   eigenvectors where it is singular. `solver=svd` keeps the same directions as scikit-learn without decomposing the rows.
//!   `solver=lsqr` drops directions whose variance is 0 up to rounding; scikit-learn divides by some of these variances.
//!   `solver=eigen` fails for a singular covariance, as in scikit-learn. `n_components` and `covariance_estimator` are not offered;
//!   `n_components` changes no prediction.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `solver` | svd | svd, lsqr, eigen | svd: pixels scaled to variance 1 within classes, directions without variance dropped; lsqr, eigen: the covariance as it is |
//! | `shrinkage` | none | none, auto, 0..=1 | share of the identity in the covariance, not with svd; auto: Ledoit-Wolf |
//! | `priors` | none | list of 0.. | prior of each class, scaled to sum to 1; none: its share of the training rows |
//! | `tol` | 1e-4 | 0.. | relative singular values up to this are dropped, with svd only |
//!
//! # Reference
//! Hastie, Tibshirani, Friedman (2009), The Elements of Statistical Learning, 4.3; Ledoit, Wolf (2004), A well-conditioned estimator for
//! large-dimensional covariance matrices.

use crate::estimator::classifier::Classifier;
use crate::estimator::priors::Priors;
use crate::families::engine::NATIVE;
use crate::families::family::{Configuration, Family, Implementation, Refusal};
use crate::families::growth::Growth;
use crate::families::method_kind::MethodKind;
use crate::native::generative::linear_discriminant::{LinearDiscriminant, LinearDiscriminantSolver};
use crate::native::generative::shrinkage::Shrinkage;
use crate::params::choice::choices;
use crate::params::declare::params;
use crate::params::range::Range;
use crate::params::spec::Settings;

pub(crate) const FAMILY: Family = Family {
    name: "LinearDiscriminantAnalysis",
    summary: "normal distributions with a shared covariance",
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
    /// How the covariance is inverted.
    Solver { Svd = "svd", Lsqr = "lsqr", Eigen = "eigen" }
}

params! {
    "solver" solver: Solver = Solver::Svd, Range::ANY, "how the covariance is inverted";
    "shrinkage" shrinkage: Shrinkage = Shrinkage::None, Range::within(0.0, 1.0), "share of the identity in the covariance";
    "priors" priors: Option<Vec<f64>> = None, Range::at_least(0.0), "prior of each class; none: its share of the training rows";
    "tol" tol: f64 = 1e-4, Range::at_least(0.0), "relative singular values up to this are dropped";
}

fn inactive_params(settings: &Settings) -> &'static [&'static str] {
    if Params::read(settings).solver == Solver::Svd {
        &[]
    } else {
        &["tol"]
    }
}

fn undefined(point: &Configuration<'_>) -> Option<String> {
    let params = Params::read(point.settings);
    if params.solver == Solver::Svd && params.shrinkage != Shrinkage::None {
        return Some(
            "shrinkage needs solver=lsqr or solver=eigen: solver=svd estimates no covariance".into(),
        );
    }
    let sum: f64 = params.priors?.iter().sum();
    (sum <= 0.0).then(|| "priors must not all be 0".into())
}

fn native(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    let shrinkage = params.shrinkage;
    Ok(Box::new(LinearDiscriminant {
        solver: match params.solver {
            Solver::Svd => LinearDiscriminantSolver::Svd { tol: params.tol },
            Solver::Lsqr => LinearDiscriminantSolver::Lsqr { shrinkage },
            Solver::Eigen => LinearDiscriminantSolver::Eigen { shrinkage },
        },
        priors: Priors::new(params.priors, true),
    }))
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
