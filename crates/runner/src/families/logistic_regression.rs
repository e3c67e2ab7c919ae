//! Logistic regression: linear scores by penalized maximum likelihood.
//!
//! # Engines
//! - `native`: the optimum of scikit-learn. All classes share each pass over the rows.
//!   - With l2 or no penalty L-BFGS, with l1 proximal Newton.
//!   - The intercept is penalized where scikit-learn uses liblinear: in `ovr` with l1 or l2.
//!   - `tol` bounds the largest entry of the mean gradient. With l1, and where scikit-learn uses liblinear, it bounds the gradient norm
//!     relative to the start and to the share of the rarer side, since l1 may be smaller than `tol`.
//!   - `max_iter` bounds the steps in `multinomial` with l2 or no penalty. Elsewhere ten steps count as one iteration, since the solvers of
//!     scikit-learn make whole Newton steps or passes of one step per row.
//! - `linfa`: L-BFGS in `f64`, with l2 or no penalty. In `f32` its line search fails at 60,000 rows without an error.
//!   - The intercept is never penalized.
//!   - `tol` bounds the norm of the mean gradient, which is at least as strict as the bound of scikit-learn on its largest entry. A fit that
//!     stops before it carries a warning.
//!   - In `multinomial` its softmax subtracts the highest score of all rows. Rows far below it lose their loss, and the line search fails
//!     early. That is likely on standardized pixels.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `penalty` | l2 | l1, l2, elasticnet, none | penalty on the weights |
//! | `C` | 1 | above 0 | inverse strength of the penalty |
//! | `multi_class` | multinomial | ovr, multinomial | one problem per class, or one for all classes |
//! | `fit_intercept` | true | | whether the score has an intercept |
//! | `intercept_scaling` | 1 | above 0, at most 1e5 | value of the constant feature in ovr with l1 or l2; larger values penalize the intercept less |
//! | `l1_ratio` | 0 | 0 to 1 | share of l1 in elasticnet |
//! | `tol` | 1e-4 | above 0 | tolerance of the gradient |
//! | `max_iter` | 100 | 1.. | bound on the iterations of the solver |
//!
//! # Reference
//! Liu, Nocedal (1989), On the Limited Memory BFGS Method; Yuan, Ho, Lin (2012), An Improved GLMNET for L1-regularized Logistic Regression;
//! Hastie, Tibshirani, Friedman (2009), The Elements of Statistical Learning, section 4.4.

use crate::estimator::class_weight::ClassWeight;
use crate::estimator::classifier::Classifier;
use crate::families::choices::Penalty;
use crate::families::engine::{LINFA, NATIVE};
use crate::families::family::{Configuration, Family, Implementation, Refusal, all_defined};
use crate::families::growth::Growth;
use crate::families::method_kind::MethodKind;
use crate::linfa_adapters::logistic_regression::LogisticRegression;
use crate::native::linear::intercept_scaling::{MAX_INTERCEPT_SCALING, REASON};
use crate::native::linear::{LinearLoss, SmoothLinear};
use crate::params::choice::choices;
use crate::params::declare::params;
use crate::params::range::Range;
use crate::params::spec::Settings;

pub(crate) const FAMILY: Family = Family {
    name: "LogisticRegression",
    summary: "linear model, maximum likelihood",
    kind: MethodKind::Linear,
    params: Params::SPECS,
    inactive_params,
    undefined: all_defined,
    implementations: &[
        Implementation {
            engine: &NATIVE,
            is_stochastic: true,
            nondeterminism: None,
            shared_params: &[],
            growth: |_| Growth::UNKNOWN.with_fit(0.8, 1.1).with_memory(0.85),
            note: "",
            build: native,
        },
        Implementation {
            engine: &LINFA,
            is_stochastic: true,
            nondeterminism: None,
            shared_params: &[],
            growth: |_| Growth::UNKNOWN,
            note: "the intercept is never penalized; tol bounds the norm of the mean gradient",
            build: linfa,
        },
    ],
};

choices! {
    /// Problems for more than two classes.
    MultiClass { Ovr = "ovr", Multinomial = "multinomial" }
}

params! {
    "penalty" penalty: Penalty = Penalty::L2, Range::ANY, "penalty on the weights";
    "C" c: f64 = 1.0, Range::POSITIVE, "inverse strength of the penalty";
    "multi_class" multi_class: MultiClass = MultiClass::Multinomial, Range::ANY, "one problem per class, or one for all classes";
    "fit_intercept" fit_intercept: bool = true, Range::ANY, "whether the score has an intercept";
    "intercept_scaling" intercept_scaling: f64 = 1.0, Range::above(0.0, MAX_INTERCEPT_SCALING).because(REASON),
        "value of the constant feature in ovr with l1 or l2; larger values penalize the intercept less";
    "l1_ratio" l1_ratio: f64 = 0.0, Range::within(0.0, 1.0), "share of l1 in elasticnet";
    "tol" tol: f64 = 1e-4, Range::POSITIVE, "tolerance of the gradient";
    "max_iter" max_iter: usize = 100, Range::at_least(1.0), "bound on the iterations of the solver";
}

fn inactive_params(settings: &Settings) -> &'static [&'static str] {
    let params = Params::read(settings);
    match (params.penalty, params.multi_class) {
        (Penalty::None, _) => &["C", "l1_ratio", "intercept_scaling"],
        (Penalty::ElasticNet, _) => &["intercept_scaling"],
        (Penalty::L1 | Penalty::L2, MultiClass::Ovr) => &["l1_ratio"],
        (Penalty::L1 | Penalty::L2, MultiClass::Multinomial) => &["l1_ratio", "intercept_scaling"],
    }
}

fn native(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    let penalty = params.penalty.elastic_net(params.c.recip(), params.l1_ratio);
    let uses_liblinear =
        params.multi_class == MultiClass::Ovr && matches!(params.penalty, Penalty::L1 | Penalty::L2);
    let uses_lbfgs = penalty.l1 == 0.0 && params.multi_class == MultiClass::Multinomial;
    let intercept_scaling = if uses_liblinear {
        params.intercept_scaling
    } else {
        1.0
    };
    Ok(Box::new(SmoothLinear {
        loss: match params.multi_class {
            MultiClass::Multinomial => LinearLoss::Multinomial,
            MultiClass::Ovr => LinearLoss::Logistic,
        },
        penalty,
        class_weight: ClassWeight::None,
        intercept_scaling: params.fit_intercept.then_some(intercept_scaling),
        penalize_intercept: uses_liblinear,
        tol: params.tol,
        max_iter: params.max_iter.saturating_mul(if uses_lbfgs { 1 } else { 10 }),
        liblinear_tolerance: uses_liblinear || penalty.l1 > 0.0,
    }))
}

fn linfa(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    if point.settings.contains_key("intercept_scaling") && params.multi_class == MultiClass::Ovr {
        return Err(Refusal::cannot(
            &LINFA,
            "intercept_scaling: its intercept is not penalized",
        ));
    }
    match params.penalty {
        Penalty::L1 => Err(Refusal::cannot(
            &LINFA,
            "penalty=l1: its solver needs a smooth objective",
        )),
        Penalty::ElasticNet => Err(Refusal::cannot(
            &LINFA,
            "penalty=elasticnet: its solver needs a smooth objective",
        )),
        Penalty::L2 | Penalty::None => Ok(Box::new(LogisticRegression {
            l2: params.penalty.elastic_net(params.c.recip(), 0.0).l2,
            is_multinomial: params.multi_class == MultiClass::Multinomial,
            fit_intercept: params.fit_intercept,
            tol: params.tol,
            max_iter: params.max_iter,
        })),
    }
}
