//! Ridge classifier: a linear score a class, fitted to 1 and -1 by least squares with a penalty on the weights.
//!
//! # Engines
//! - `native`: the normal equations, from exact sums over bytes, solved by Cholesky's method.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `alpha` | 1 | above 0 | strength of the penalty |
//! | `fit_intercept` | true | | whether a score has a constant |
//! | `class_weight` | none | none, balanced | whether rare classes cost more |
//!
//! # Reference
//! Hoerl, Kennard (1970), Ridge Regression: Biased Estimation for Nonorthogonal Problems.

use crate::estimator::class_weight::ClassWeight;
use crate::estimator::classifier::Classifier;
use crate::families::engine::NATIVE;
use crate::families::family::{Configuration, Family, Implementation, Refusal, all_active, all_defined};
use crate::native::linear::ridge::Native;
use crate::params::declare::params;
use crate::params::range::Range;

pub(crate) const FAMILY: Family = Family {
    name: "RidgeClassifier",
    summary: "linear scores, least squares",
    params: Params::SPECS,
    inactive_params: all_active,
    undefined: all_defined,
    implementations: &[Implementation {
        engine: &NATIVE,
        is_stochastic: false,
        nondeterminism: None,
        note: "",
        build: native,
    }],
};

params! {
    "alpha" alpha: f64 = 1.0, Range::POSITIVE, "strength of the penalty";
    "fit_intercept" fit_intercept: bool = true, Range::ANY, "whether a score has a constant";
    "class_weight" class_weight: ClassWeight = ClassWeight::None, Range::ANY, "whether rare classes cost more";
}

pub(crate) fn native(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    Ok(Box::new(Native(Params::read(point.settings))))
}
