//! Stochastic gradient descent: a linear score a class, moved a little by every row.
//!
//! # Engines
//! None is built in: an engine by command trains it.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `loss` | hinge | hinge, log_loss (log before 1.1), modified_huber, squared_hinge, perceptron | what is minimised |
//! | `penalty` | l2 | l1, l2, elasticnet, none | what is added to the loss |
//! | `alpha` | 1e-4 | 0.. | strength of the penalty; in the optimal step too |
//! | `l1_ratio` | 0.15 | 0 to 1 | share of l1 in elasticnet |
//! | `fit_intercept` | true |  | whether a score has a constant |
//! | `max_iter` | 1000 | 1.. | most epochs |
//! | `tol` | 0.001 | 0.. | progress below which an epoch counts as none; none: every epoch runs |
//! | `learning_rate` | optimal | optimal, constant, invscaling, adaptive | how the step changes |
//! | `eta0` | 0.01 | above 0 | first step, but for optimal |
//! | `power_t` | 0.5 |  | exponent of invscaling |
//! | `early_stopping` | false |  | whether a part of the training rows decides when to stop |
//! | `validation_fraction` | 0.1 | 0 to 1 | that part, a share |
//! | `n_iter_no_change` | 5 | 1.. | epochs without progress before it stops |
//! | `class_weight` | none | none, balanced | whether rare classes cost more |
//! | `average` | false |  | whether the mean of all weights predicts |
//!
//! # Reference
//! Bottou (2012), Stochastic Gradient Descent Tricks; Tsuruoka, Tsujii, Ananiadou (2009) for l1.

use super::linear_choices::{ClassWeight, Penalty};
use super::{Family, all_defined};
use crate::params::{Kind, Range, Settings, Spec, choices, specs};

pub(super) const FAMILY: Family = Family {
    name: "SGDClassifier",
    summary: "linear scores, a step a row",
    params: SPECS,
    unused,
    undefined: all_defined,
    engines: &[],
};

choices! {
    /// What is minimised.
    Loss {
        Hinge = "hinge", Log = "log_loss" | "log", ModifiedHuber = "modified_huber",
        SquaredHinge = "squared_hinge", Perceptron = "perceptron",
    }
}
choices! {
    /// How the step changes.
    LearningRate { Optimal = "optimal", Constant = "constant", Invscaling = "invscaling", Adaptive = "adaptive" }
}

const SPECS: &[Spec] = specs! {
    "loss": Loss = Loss::Hinge, Range::ANY, "what is minimised";
    "penalty": Penalty = Penalty::L2, Range::ANY, "what is added to the loss";
    "alpha": f64 = 1e-4, Range::at_least(0.0), "strength of the penalty; in the optimal step too";
    "l1_ratio": f64 = 0.15, Range::within(0.0, 1.0), "share of l1 in elasticnet";
    "fit_intercept": bool = true, Range::ANY, "whether a score has a constant";
    "max_iter": usize = 1000, Range::at_least(1.0), "most epochs";
    "tol": Option<f64> = Some(1e-3), Range::at_least(0.0), "progress below which an epoch counts as none; none: every epoch runs";
    "learning_rate": LearningRate = LearningRate::Optimal, Range::ANY, "how the step changes";
    "eta0": f64 = 0.01, Range::POSITIVE, "first step, but for optimal";
    "power_t": f64 = 0.5, Range::ANY, "exponent of invscaling";
    "early_stopping": bool = false, Range::ANY, "whether a part of the training rows decides when to stop";
    "validation_fraction": f64 = 0.1, Range::within(0.0, 1.0), "that part, a share";
    "n_iter_no_change": usize = 5, Range::at_least(1.0), "epochs without progress before it stops";
    "class_weight": ClassWeight = ClassWeight::None, Range::ANY, "whether rare classes cost more";
    "average": bool = false, Range::ANY, "whether the mean of all weights predicts";
};

fn unused(settings: &Settings) -> &'static [&'static str] {
    if settings.get("penalty").and_then(Penalty::read) == Some(Penalty::ElasticNet) {
        &[]
    } else {
        &["l1_ratio"]
    }
}
