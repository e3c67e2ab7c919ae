//! Stochastic gradient descent: a linear model trained by one step per row.
//!
//! # Engines
//! - `native`: the steps of scikit-learn, in `f64`. The order of the rows and the validation part are the same for all classes. With l1,
//!   the objective, the mean of the weights and the validation accuracy use the weights after the l1 penalty; scikit-learn uses those before.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `loss` | hinge | hinge, log_loss (log before 1.1), modified_huber, squared_hinge, perceptron | loss of a row |
//! | `penalty` | l2 | l1, l2, elasticnet, none | penalty on the weights |
//! | `alpha` | 1e-4 | 0.. | strength of the penalty; the optimal step also uses it |
//! | `l1_ratio` | 0.15 | 0 to 1 | share of l1 in elasticnet |
//! | `fit_intercept` | true |  | whether the score has an intercept |
//! | `max_iter` | 1000 | 1.. | bound on the epochs |
//! | `tol` | 0.001 | 0.. | least progress per epoch; none: every epoch runs |
//! | `learning_rate` | optimal | optimal, constant, invscaling, adaptive | schedule of the step |
//! | `eta0` | 0.01 | above 0 | first step; optimal ignores it |
//! | `power_t` | 0.5 |  | exponent of invscaling |
//! | `early_stopping` | false |  | whether a validation part of the training rows decides when to stop |
//! | `validation_fraction` | 0.1 | 0 to 1 | share of the training rows in the validation part |
//! | `n_iter_no_change` | 5 | 1.. | epochs without progress after which a class stops |
//! | `class_weight` | none | none, balanced | whether rare classes have a higher weight |
//! | `average` | false |  | whether the mean of the weights over all steps predicts |
//!
//! # Reference
//! Bottou (2012), Stochastic Gradient Descent Tricks; Tsuruoka, Tsujii, Ananiadou (2009), Stochastic Gradient Descent Training for
//! L1-regularized Log-linear Models with Cumulative Penalty.

use crate::estimator::class_weight::ClassWeight;
use crate::estimator::classifier::Classifier;
use crate::families::choices::Penalty;
use crate::families::engine::NATIVE;
use crate::families::family::{Configuration, Family, Implementation, Refusal};
use crate::families::growth::Growth;
use crate::families::method_kind::MethodKind;
use crate::native::linear::{OnlineLearner, OnlineLoss, StepRule};
use crate::params::choice::choices;
use crate::params::declare::params;
use crate::params::range::Range;
use crate::params::spec::Settings;

pub(crate) const FAMILY: Family = Family {
    name: "SGDClassifier",
    summary: "linear model, one step per row",
    kind: MethodKind::OnlineLinear,
    params: Params::SPECS,
    inactive_params,
    undefined,
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
    /// Loss of a row.
    Loss {
        Hinge = "hinge", Log = "log_loss" | "log", ModifiedHuber = "modified_huber",
        SquaredHinge = "squared_hinge", Perceptron = "perceptron",
    }
}

choices! {
    /// Schedule of the step.
    LearningRate { Optimal = "optimal", Constant = "constant", Invscaling = "invscaling", Adaptive = "adaptive" }
}

params! {
    "loss" loss: Loss = Loss::Hinge, Range::ANY, "loss of a row";
    "penalty" penalty: Penalty = Penalty::L2, Range::ANY, "penalty on the weights";
    "alpha" alpha: f64 = 1e-4, Range::at_least(0.0), "strength of the penalty; the optimal step also uses it";
    "l1_ratio" l1_ratio: f64 = 0.15, Range::within(0.0, 1.0), "share of l1 in elasticnet";
    "fit_intercept" fit_intercept: bool = true, Range::ANY, "whether the score has an intercept";
    "max_iter" max_iter: usize = 1000, Range::at_least(1.0), "bound on the epochs";
    "tol" tol: Option<f64> = Some(1e-3), Range::at_least(0.0), "least progress per epoch; none: every epoch runs";
    "learning_rate" learning_rate: LearningRate = LearningRate::Optimal, Range::ANY, "schedule of the step";
    "eta0" eta0: f64 = 0.01, Range::POSITIVE, "first step; optimal ignores it";
    "power_t" power_t: f64 = 0.5, Range::ANY, "exponent of invscaling";
    "early_stopping" early_stopping: bool = false, Range::ANY, "whether a validation part of the training rows decides when to stop";
    "validation_fraction" validation_fraction: f64 = 0.1, Range::within(0.0, 1.0), "share of the training rows in the validation part";
    "n_iter_no_change" n_iter_no_change: usize = 5, Range::at_least(1.0), "epochs without progress after which a class stops";
    "class_weight" class_weight: ClassWeight = ClassWeight::None, Range::ANY, "whether rare classes have a higher weight";
    "average" average: bool = false, Range::ANY, "whether the mean of the weights over all steps predicts";
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
    let divides_by_zero = params.learning_rate == LearningRate::Optimal && params.alpha == 0.0;
    divides_by_zero.then(|| "learning_rate=optimal divides by alpha, which is 0".into())
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
        penalty: params.penalty.elastic_net(params.alpha, params.l1_ratio),
        fit_intercept: params.fit_intercept,
        max_iter: params.max_iter,
        tol: params.tol,
        step_rule: match params.learning_rate {
            LearningRate::Optimal => StepRule::Optimal { alpha: params.alpha },
            LearningRate::Constant => StepRule::Constant(params.eta0),
            LearningRate::Adaptive => StepRule::Adaptive(params.eta0),
            LearningRate::Invscaling => StepRule::Inverse {
                first: params.eta0,
                power: params.power_t,
            },
        },
        validation_fraction: params.early_stopping.then_some(params.validation_fraction),
        n_iter_no_change: params.n_iter_no_change,
        class_weight: params.class_weight,
        average: params.average,
    }))
}
