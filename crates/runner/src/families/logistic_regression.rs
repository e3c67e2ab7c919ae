//! Logistic regression: a linear score a class, fitted by maximum likelihood with a penalty on the weights.
//!
//! # Engines
//! - `native`: the same optimum by steps that share each pass over the rows among all classes. With l2 or none they are L-BFGS's, from a model
//!   of the curvature of all rows; with l1 proximal Newton's, each to the minimum of such a model plus l1. The intercept is penalised where
//!   scikit-learn's liblinear does, in `ovr` with l1 or l2. `tol` bounds the largest entry of the mean gradient; with l1 and where liblinear
//!   would train, its length, relative to the start and to how rare a class is, since l1 may be weaker than `tol` itself.
//!   `max_iter` counts steps in `multinomial` with l2 or none, and elsewhere ten at a time, where scikit-learn's solvers make whole Newton steps
//!   or passes over all rows one by one.
//! - `linfa`: L-BFGS in f64 (in f32 its line search gives up at 60,000 rows without an error); l2 penalty or none. The
//!   intercept carries no penalty, in `ovr` neither, where scikit-learn's liblinear penalises it. `tol` bounds the norm of the
//!   mean gradient, which is at least as strict as scikit-learn's bound on its largest entry; a fit that stopped before it
//!   carries a warning. In `multinomial` the base of its softmax is the highest score of all rows, so that rows far below it
//!   lose their loss and the line search gives up early: standardised pixels are likely to end so.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `penalty` | l2 | l1, l2, elasticnet, none | what is added to the loss |
//! | `C` | 1 | above 0 | inverse strength of the penalty |
//! | `multi_class` | multinomial | ovr, multinomial | one problem a class, or one for all |
//! | `fit_intercept` | true | | whether a score has a constant |
//! | `intercept_scaling` | 1 | above 0 | value of the constant feature in `ovr` with l1 or l2; the larger, the less the intercept is penalised |
//! | `l1_ratio` | 0 | 0 to 1 | share of l1 in elasticnet |
//! | `tol` | 1e-4 | above 0 | the gradient at which the solver stops |
//! | `max_iter` | 100 | 1.. | most steps of the solver |
//!
//! # Reference
//! Liu, Nocedal (1989), On the Limited Memory BFGS Method; Yuan, Ho, Lin (2012), An Improved GLMNET for L1-regularized Logistic Regression;
//! Hastie, Tibshirani, Friedman (2009), section 4.4.

use crate::estimator::class_weight::ClassWeight;
use crate::estimator::classifier::Classifier;
use crate::families::choices::Penalty;
use crate::families::engine::{LINFA, NATIVE};
use crate::families::family::{Configuration, Family, Implementation, Refusal, all_defined};
use crate::linfa_adapters::logistic_regression::Linfa;
use crate::native::linear::smooth_loss::SmoothLoss;
use crate::native::linear::smooth_problem::SmoothProblem;
use crate::params::choice::choices;
use crate::params::declare::params;
use crate::params::range::Range;
use crate::params::spec::Settings;

pub(crate) const FAMILY: Family = Family {
    name: "LogisticRegression",
    summary: "linear scores, maximum likelihood",
    params: Params::SPECS,
    inactive_params,
    undefined: all_defined,
    implementations: &[
        Implementation {
            engine: &NATIVE,
            is_stochastic: true,
            nondeterminism: None,
            note: "",
            build: native,
        },
        Implementation {
            engine: &LINFA,
            is_stochastic: true,
            nondeterminism: None,
            note: "the intercept is never penalised; tol bounds the norm of the mean gradient",
            build: linfa,
        },
    ],
};

choices! {
    /// How more than two classes are treated.
    pub(crate) MultiClass { Ovr = "ovr", Multinomial = "multinomial" }
}

params! {
    "penalty" penalty: Penalty = Penalty::L2, Range::ANY, "what is added to the loss";
    "C" c: f64 = 1.0, Range::POSITIVE, "inverse strength of the penalty";
    "multi_class" multi_class: MultiClass = MultiClass::Multinomial, Range::ANY, "one problem a class, or one for all";
    "fit_intercept" fit_intercept: bool = true, Range::ANY, "whether a score has a constant";
    "intercept_scaling" intercept_scaling: f64 = 1.0, Range::POSITIVE,
        "value of the constant feature in ovr with l1 or l2; the larger, the less the intercept is penalised";
    "l1_ratio" l1_ratio: f64 = 0.0, Range::within(0.0, 1.0), "share of l1 in elasticnet";
    "tol" tol: f64 = 1e-4, Range::POSITIVE, "the gradient at which the solver stops";
    "max_iter" max_iter: usize = 100, Range::at_least(1.0), "most steps of the solver";
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
    let l1_share = match params.penalty {
        Penalty::L1 => 1.0,
        Penalty::L2 | Penalty::None => 0.0,
        Penalty::ElasticNet => params.l1_ratio,
    };
    let strength = if params.penalty == Penalty::None {
        0.0
    } else {
        params.c.recip()
    };
    let is_liblinears =
        params.multi_class == MultiClass::Ovr && matches!(params.penalty, Penalty::L1 | Penalty::L2);
    let is_smooth = l1_share == 0.0 && params.multi_class == MultiClass::Multinomial;
    let constant = if is_liblinears {
        params.intercept_scaling
    } else {
        1.0
    };
    Ok(Box::new(SmoothProblem {
        loss: match params.multi_class {
            MultiClass::Multinomial => SmoothLoss::Multinomial,
            MultiClass::Ovr => SmoothLoss::Logistic,
        },
        class_weight: ClassWeight::None,
        penalties: (strength * l1_share, strength * (1.0 - l1_share)),
        constant: params.fit_intercept.then_some(constant),
        penalise_constant: is_liblinears,
        tol: params.tol,
        max_steps: params.max_iter.saturating_mul(if is_smooth { 1 } else { 10 }),
        by_length: is_liblinears || l1_share > 0.0,
    }))
}

fn linfa(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    if point.settings.contains_key("intercept_scaling") && params.multi_class == MultiClass::Ovr {
        return Err(Refusal::cannot(
            &LINFA,
            "intercept_scaling: its intercept carries no penalty",
        ));
    }
    match params.penalty {
        Penalty::L1 => Err(Refusal::cannot(
            &LINFA,
            "penalty=l1: its solver needs a smooth loss",
        )),
        Penalty::ElasticNet => Err(Refusal::cannot(
            &LINFA,
            "penalty=elasticnet: its solver needs a smooth loss",
        )),
        Penalty::L2 | Penalty::None => Ok(Box::new(Linfa(params))),
    }
}
