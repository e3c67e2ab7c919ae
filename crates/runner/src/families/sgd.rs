//! Stochastic gradient descent: a linear score a class, moved a little by every row.
//!
//! # Engines
//! - `native`: scikit-learn's steps in f64. The rows' order is one for all classes, and with it what early stopping holds
//!   back. With l1 the objective and the mean of all weights are of the weights as l1 leaves them, and early stopping judges by weights with
//!   their scale, where scikit-learn's are of the weights before.
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

use crate::estimator::class_weight::ClassWeight;
use crate::estimator::classifier::Classifier;
use crate::families::choices::Penalty;
use crate::families::engine::NATIVE;
use crate::families::family::{Configuration, Family, Implementation, Refusal};
use crate::native::linear::online_learner::OnlineLearner;
use crate::native::linear::online_settings::{OnlineLoss, StepRule};
use crate::params::choice::choices;
use crate::params::declare::params;
use crate::params::range::Range;
use crate::params::spec::Settings;

pub(crate) const FAMILY: Family = Family {
    name: "SGDClassifier",
    summary: "linear scores, a step a row",
    params: Params::SPECS,
    inactive_params,
    undefined,
    implementations: &[Implementation {
        engine: &NATIVE,
        is_stochastic: true,
        nondeterminism: None,
        note: "",
        build: native,
    }],
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

params! {
    "loss" loss: Loss = Loss::Hinge, Range::ANY, "what is minimised";
    "penalty" penalty: Penalty = Penalty::L2, Range::ANY, "what is added to the loss";
    "alpha" alpha: f64 = 1e-4, Range::at_least(0.0), "strength of the penalty; in the optimal step too";
    "l1_ratio" l1_ratio: f64 = 0.15, Range::within(0.0, 1.0), "share of l1 in elasticnet";
    "fit_intercept" fit_intercept: bool = true, Range::ANY, "whether a score has a constant";
    "max_iter" max_iter: usize = 1000, Range::at_least(1.0), "most epochs";
    "tol" tol: Option<f64> = Some(1e-3), Range::at_least(0.0), "progress below which an epoch counts as none; none: every epoch runs";
    "learning_rate" learning_rate: LearningRate = LearningRate::Optimal, Range::ANY, "how the step changes";
    "eta0" eta0: f64 = 0.01, Range::POSITIVE, "first step, but for optimal";
    "power_t" power_t: f64 = 0.5, Range::ANY, "exponent of invscaling";
    "early_stopping" early_stopping: bool = false, Range::ANY, "whether a part of the training rows decides when to stop";
    "validation_fraction" validation_fraction: f64 = 0.1, Range::within(0.0, 1.0), "that part, a share";
    "n_iter_no_change" n_iter_no_change: usize = 5, Range::at_least(1.0), "epochs without progress before it stops";
    "class_weight" class_weight: ClassWeight = ClassWeight::None, Range::ANY, "whether rare classes cost more";
    "average" average: bool = false, Range::ANY, "whether the mean of all weights predicts";
}

fn inactive_params(settings: &Settings) -> &'static [&'static str] {
    if Params::read(settings).penalty == Penalty::ElasticNet {
        &[]
    } else {
        &["l1_ratio"]
    }
}

fn undefined(point: &Configuration<'_>) -> Option<String> {
    let params = Params::read(point.settings);
    let endless = params.learning_rate == LearningRate::Optimal && params.alpha == 0.0;
    endless.then(|| "learning_rate=optimal has steps of 1 / alpha, and alpha is 0".into())
}

fn native(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    Ok(Box::new(OnlineLearner {
        loss: match params.loss {
            Loss::Hinge => OnlineLoss::Hinge(1.0),
            Loss::Log => OnlineLoss::Log,
            Loss::ModifiedHuber => OnlineLoss::ModifiedHuber,
            Loss::SquaredHinge => OnlineLoss::SquaredHinge,
            Loss::Perceptron => OnlineLoss::Hinge(0.0),
        },
        penalty: params.penalty,
        alpha: params.alpha,
        l1_ratio: params.l1_ratio,
        fit_intercept: params.fit_intercept,
        max_iter: params.max_iter,
        tol: params.tol,
        rate: match params.learning_rate {
            LearningRate::Optimal => StepRule::Optimal,
            LearningRate::Constant => StepRule::Constant(params.eta0),
            LearningRate::Adaptive => StepRule::Adaptive(params.eta0),
            LearningRate::Invscaling => StepRule::Inverse {
                first: params.eta0,
                power: params.power_t,
            },
        },
        held_back: params.early_stopping.then_some(params.validation_fraction),
        n_iter_no_change: params.n_iter_no_change,
        class_weight: params.class_weight,
        average: params.average,
    }))
}
