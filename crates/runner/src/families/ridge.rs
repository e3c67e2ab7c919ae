//! Ridge classifier: least squares on the targets 1 and -1, one score per class, with an l2 penalty.
//!
//! # Engines
//! - `native`: the normal equations from exact sums over bytes, solved by a Cholesky factorization.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `alpha` | 1 | above 0 | strength of the penalty |
//! | `fit_intercept` | true | | whether the score has an intercept |
//! | `class_weight` | none | none, balanced | whether rare classes have a higher weight |
//!
//! # Reference
//! Hoerl, Kennard (1970), Ridge Regression: Biased Estimation for Nonorthogonal Problems.

use crate::estimator::class_weight::ClassWeight;
use crate::estimator::classifier::Classifier;
use crate::families::engine::NATIVE;
use crate::families::family::{Configuration, Family, Implementation, Refusal, all_active, all_defined};
use crate::families::growth::Growth;
use crate::families::method_kind::MethodKind;
use crate::native::linear::Ridge;
use crate::params::declare::params;
use crate::params::range::Range;

pub(crate) const FAMILY: Family = Family {
    name: "RidgeClassifier",
    summary: "linear model, least squares",
    kind: MethodKind::Linear,
    params: Params::SPECS,
    inactive_params: all_active,
    undefined: all_defined,
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

params! {
    "alpha" alpha: f64 = 1.0, Range::POSITIVE, "strength of the penalty";
    "fit_intercept" fit_intercept: bool = true, Range::ANY, "whether the score has an intercept";
    "class_weight" class_weight: ClassWeight = ClassWeight::None, Range::ANY, "whether rare classes have a higher weight";
}

fn native(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    Ok(Box::new(Ridge {
        alpha: params.alpha,
        fit_intercept: params.fit_intercept,
        class_weight: params.class_weight,
    }))
}
