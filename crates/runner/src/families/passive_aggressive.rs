//! Passive-aggressive: a hyperplane a class that a violated margin moves just so far that it is met, at most by C.
//!
//! # Engines
//! - `native`: as `SGDClassifier` with these steps and no penalty.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `C` | 1 | above 0 | most that a row may move a hyperplane |
//! | `fit_intercept` | true |  | whether a score has a constant |
//! | `max_iter` | 1000 | 1.. | most epochs |
//! | `tol` | 0.001 | 0.. | progress below which an epoch counts as none; none: every epoch runs |
//! | `early_stopping` | false |  | whether a part of the training rows decides when to stop |
//! | `validation_fraction` | 0.1 | 0 to 1 | that part, a share |
//! | `n_iter_no_change` | 5 | 1.. | epochs without progress before it stops |
//! | `loss` | hinge | hinge, squared_hinge | hinge bounds the move by C, squared_hinge weakens it |
//! | `class_weight` | none | none, balanced | whether rare classes cost more |
//! | `average` | false |  | whether the mean of all hyperplanes predicts |
//!
//! # Reference
//! Crammer, Dekel, Keshet, Shalev-Shwartz, Singer (2006), OnlineLearner Passive-Aggressive Algorithms.

use crate::estimator::class_weight::ClassWeight;
use crate::estimator::classifier::Classifier;
use crate::families::choices::Penalty;
use crate::families::engine::NATIVE;
use crate::families::family::{Configuration, Family, Implementation, Refusal, all_active, all_defined};
use crate::native::linear::online_learner::OnlineLearner;
use crate::native::linear::online_settings::{OnlineLoss, StepRule};
use crate::params::choice::choices;
use crate::params::declare::params;
use crate::params::range::Range;

pub(crate) const FAMILY: Family = Family {
    name: "PassiveAggressiveClassifier",
    summary: "online hyperplanes that move no more than they must",
    params: Params::SPECS,
    inactive_params: all_active,
    undefined: all_defined,
    implementations: &[Implementation {
        engine: &NATIVE,
        is_stochastic: true,
        nondeterminism: None,
        note: "",
        build: native,
    }],
};

choices! {
    /// What a violated margin does.
    Loss { Hinge = "hinge", SquaredHinge = "squared_hinge" }
}

params! {
    "C" c: f64 = 1.0, Range::POSITIVE, "most that a row may move a hyperplane";
    "fit_intercept" fit_intercept: bool = true, Range::ANY, "whether a score has a constant";
    "max_iter" max_iter: usize = 1000, Range::at_least(1.0), "most epochs";
    "tol" tol: Option<f64> = Some(1e-3), Range::at_least(0.0), "progress below which an epoch counts as none; none: every epoch runs";
    "early_stopping" early_stopping: bool = false, Range::ANY, "whether a part of the training rows decides when to stop";
    "validation_fraction" validation_fraction: f64 = 0.1, Range::within(0.0, 1.0), "that part, a share";
    "n_iter_no_change" n_iter_no_change: usize = 5, Range::at_least(1.0), "epochs without progress before it stops";
    "loss" loss: Loss = Loss::Hinge, Range::ANY, "hinge bounds the move by C, squared_hinge weakens it";
    "class_weight" class_weight: ClassWeight = ClassWeight::None, Range::ANY, "whether rare classes cost more";
    "average" average: bool = false, Range::ANY, "whether the mean of all hyperplanes predicts";
}

fn native(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    Ok(Box::new(OnlineLearner {
        loss: OnlineLoss::Hinge(1.0),
        penalty: Penalty::None,
        alpha: 0.0,
        l1_ratio: 0.0,
        fit_intercept: params.fit_intercept,
        max_iter: params.max_iter,
        tol: params.tol,
        rate: match params.loss {
            Loss::Hinge => StepRule::PassiveAggressive1(params.c),
            Loss::SquaredHinge => StepRule::PassiveAggressive2(params.c),
        },
        held_back: params.early_stopping.then_some(params.validation_fraction),
        n_iter_no_change: params.n_iter_no_change,
        class_weight: params.class_weight,
        average: params.average,
    }))
}
