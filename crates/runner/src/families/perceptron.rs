//! Perceptron: a linear model that changes only for misclassified rows.
//!
//! # Engines
//! - `native`: as `SGDClassifier` with a constant step and a margin of 0.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `penalty` | none | none, l1, l2, elasticnet | penalty on the weights |
//! | `alpha` | 1e-4 | 0.. | strength of the penalty |
//! | `l1_ratio` | 0.15 | 0 to 1 | share of l1 in elasticnet |
//! | `fit_intercept` | true |  | whether the score has an intercept |
//! | `max_iter` | 1000 | 1.. | bound on the epochs |
//! | `tol` | 0.001 | 0.. | least progress per epoch; none: every epoch runs |
//! | `eta0` | 1 | above 0 | step |
//! | `early_stopping` | false |  | whether a validation part of the training rows decides when to stop |
//! | `validation_fraction` | 0.1 | 0 to 1 | share of the training rows in the validation part |
//! | `n_iter_no_change` | 5 | 1.. | epochs without progress after which a class stops |
//! | `class_weight` | none | none, balanced | whether rare classes have a higher weight |
//!
//! # Reference
//! Rosenblatt (1958), The Perceptron.

use crate::estimator::class_weight::ClassWeight;
use crate::estimator::classifier::Classifier;
use crate::families::choices::Penalty;
use crate::families::engine::NATIVE;
use crate::families::family::{Configuration, Family, Implementation, Refusal, all_defined};
use crate::families::growth::Growth;
use crate::families::method_kind::MethodKind;
use crate::native::linear::{OnlineLearner, OnlineLoss, StepRule};
use crate::params::declare::params;
use crate::params::range::Range;
use crate::params::spec::Settings;

pub(crate) const FAMILY: Family = Family {
    name: "Perceptron",
    summary: "linear model, updated by misclassified rows",
    kind: MethodKind::OnlineLinear,
    params: Params::SPECS,
    inactive_params,
    undefined: all_defined,
    implementations: &[Implementation {
        engine: &NATIVE,
        is_stochastic: true,
        nondeterminism: None,
        shared_params: &[],
        growth: |_| Growth::UNKNOWN.with_fit(1.0, 1.1),
        note: "",
        build: native,
    }],
};

params! {
    "penalty" penalty: Penalty = Penalty::None, Range::ANY, "penalty on the weights";
    "alpha" alpha: f64 = 1e-4, Range::at_least(0.0), "strength of the penalty";
    "l1_ratio" l1_ratio: f64 = 0.15, Range::within(0.0, 1.0), "share of l1 in elasticnet";
    "fit_intercept" fit_intercept: bool = true, Range::ANY, "whether the score has an intercept";
    "max_iter" max_iter: usize = 1000, Range::at_least(1.0), "bound on the epochs";
    "tol" tol: Option<f64> = Some(1e-3), Range::at_least(0.0), "least progress per epoch; none: every epoch runs";
    "eta0" eta0: f64 = 1.0, Range::POSITIVE, "step";
    "early_stopping" early_stopping: bool = false, Range::ANY, "whether a validation part of the training rows decides when to stop";
    "validation_fraction" validation_fraction: f64 = 0.1, Range::within(0.0, 1.0), "share of the training rows in the validation part";
    "n_iter_no_change" n_iter_no_change: usize = 5, Range::at_least(1.0), "epochs without progress after which a class stops";
    "class_weight" class_weight: ClassWeight = ClassWeight::None, Range::ANY, "whether rare classes have a higher weight";
}

fn inactive_params(settings: &Settings) -> &'static [&'static str] {
    match Params::read(settings).penalty {
        Penalty::None => &["alpha", "l1_ratio"],
        Penalty::L1 | Penalty::L2 => &["l1_ratio"],
        Penalty::ElasticNet => &[],
    }
}

fn native(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    Ok(Box::new(OnlineLearner {
        loss: OnlineLoss::Hinge(0.0),
        penalty: params.penalty.elastic_net(params.alpha, params.l1_ratio),
        fit_intercept: params.fit_intercept,
        max_iter: params.max_iter,
        tol: params.tol,
        step_rule: StepRule::Constant(params.eta0),
        validation_fraction: params.early_stopping.then_some(params.validation_fraction),
        n_iter_no_change: params.n_iter_no_change,
        class_weight: params.class_weight,
        average: false,
    }))
}
