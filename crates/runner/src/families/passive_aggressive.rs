//! Passive-aggressive classifier: a row that violates its margin changes the weights as little as meets the margin, at most by C.
//!
//! # Engines
//! - `native`: as `SGDClassifier` with these steps and without a penalty.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `C` | 1 | above 0 | bound on the step of a row |
//! | `fit_intercept` | true |  | whether the score has an intercept |
//! | `max_iter` | 1000 | 1.. | bound on the epochs |
//! | `tol` | 0.001 | 0.. | least progress per epoch; none: every epoch runs |
//! | `early_stopping` | false |  | whether a validation part of the training rows decides when to stop |
//! | `validation_fraction` | 0.1 | 0 to 1 | share of the training rows in the validation part |
//! | `n_iter_no_change` | 5 | 1.. | epochs without progress after which a class stops |
//! | `loss` | hinge | hinge, squared_hinge | hinge bounds the step by C (PA-I), squared_hinge damps it (PA-II) |
//! | `class_weight` | none | none, balanced | whether rare classes have a higher weight |
//! | `average` | false |  | whether the mean of the weights over all steps predicts |
//!
//! # Reference
//! Crammer, Dekel, Keshet, Shalev-Shwartz, Singer (2006), Online Passive-Aggressive Algorithms.

use crate::estimator::class_weight::ClassWeight;
use crate::estimator::classifier::Classifier;
use crate::families::engine::NATIVE;
use crate::families::family::{Configuration, Family, Implementation, Refusal, all_active, all_defined};
use crate::families::growth::Growth;
use crate::families::method_kind::MethodKind;
use crate::native::linear::{ElasticNet, OnlineLearner, OnlineLoss, StepRule};
use crate::params::choice::choices;
use crate::params::declare::params;
use crate::params::range::Range;

pub(crate) const FAMILY: Family = Family {
    name: "PassiveAggressiveClassifier",
    summary: "linear model, smallest update that meets the margin",
    kind: MethodKind::OnlineLinear,
    params: Params::SPECS,
    inactive_params: all_active,
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

choices! {
    /// Loss of a violated margin.
    Loss { Hinge = "hinge", SquaredHinge = "squared_hinge" }
}

params! {
    "C" c: f64 = 1.0, Range::POSITIVE, "bound on the step of a row";
    "fit_intercept" fit_intercept: bool = true, Range::ANY, "whether the score has an intercept";
    "max_iter" max_iter: usize = 1000, Range::at_least(1.0), "bound on the epochs";
    "tol" tol: Option<f64> = Some(1e-3), Range::at_least(0.0), "least progress per epoch; none: every epoch runs";
    "early_stopping" early_stopping: bool = false, Range::ANY, "whether a validation part of the training rows decides when to stop";
    "validation_fraction" validation_fraction: f64 = 0.1, Range::within(0.0, 1.0), "share of the training rows in the validation part";
    "n_iter_no_change" n_iter_no_change: usize = 5, Range::at_least(1.0), "epochs without progress after which a class stops";
    "loss" loss: Loss = Loss::Hinge, Range::ANY, "hinge bounds the step by C (PA-I), squared_hinge damps it (PA-II)";
    "class_weight" class_weight: ClassWeight = ClassWeight::None, Range::ANY, "whether rare classes have a higher weight";
    "average" average: bool = false, Range::ANY, "whether the mean of the weights over all steps predicts";
}

fn native(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    Ok(Box::new(OnlineLearner {
        loss: OnlineLoss::Hinge(1.0),
        penalty: ElasticNet::default(),
        fit_intercept: params.fit_intercept,
        max_iter: params.max_iter,
        tol: params.tol,
        step_rule: match params.loss {
            Loss::Hinge => StepRule::PassiveAggressive1(params.c),
            Loss::SquaredHinge => StepRule::PassiveAggressive2(params.c),
        },
        validation_fraction: params.early_stopping.then_some(params.validation_fraction),
        n_iter_no_change: params.n_iter_no_change,
        class_weight: params.class_weight,
        average: params.average,
    }))
}
