//! Multilayer perceptron: layers of neurons trained by stochastic gradient descent on the log loss.
//!
//! # Engines
//! - `native`: scikit-learn's steps with weights and matrix products in f32, where scikit-learn computes in f64. `lbfgs` shortens a step until it
//!   makes progress, and does not look further ahead.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `hidden_layer_sizes` | [100] | 1.. each | neurons of the hidden layers |
//! | `activation` | relu | identity, logistic, tanh, relu | what a neuron does to its input |
//! | `solver` | adam | adam, sgd, lbfgs | how weights are moved |
//! | `alpha` | 1e-4 | 0.. | strength of the l2 penalty |
//! | `batch_size` | auto | auto, 1.. | rows a step; auto: 200, or all where there are fewer |
//! | `learning_rate` | constant | constant, invscaling, adaptive | how the step of sgd changes |
//! | `learning_rate_init` | 0.001 | above 0 | first step |
//! | `power_t` | 0.5 |  | exponent of invscaling |
//! | `max_iter` | 200 | 1.. | most epochs |
//! | `shuffle` | true |  | whether rows are reshuffled for every epoch |
//! | `tol` | 1e-4 | 0.. | progress below which an epoch counts as none |
//! | `momentum` | 0.9 | 0 to 1 | momentum of sgd |
//! | `nesterovs_momentum` | true |  | whether sgd's momentum is Nesterov's |
//! | `early_stopping` | false |  | whether a part of the training rows decides when to stop |
//! | `validation_fraction` | 0.1 | 0 to 1 | that part, a share |
//! | `beta_1` | 0.9 | 0 to 1 | decay of the first moment of adam |
//! | `beta_2` | 0.999 | 0 to 1 | decay of the second moment of adam |
//! | `epsilon` | 1e-8 | above 0 | stabiliser of adam |
//! | `n_iter_no_change` | 10 | 1.. | epochs without progress before it stops |
//!
//! # Reference
//! Glorot, Bengio (2010), Understanding the difficulty of training deep feedforward neural networks; Kingma, Ba (2014), Adam.

use crate::estimator::classifier::Classifier;
use crate::families::engine::NATIVE;
use crate::families::family::{Configuration, Family, Implementation, Refusal, all_active, all_defined};
use crate::native::neural_network::network::Activation;
use crate::native::neural_network::optimizer::{Optimizer, Schedule};
use crate::native::neural_network::training::{MultilayerPerceptron, Training};
use crate::params::choice::choices;
use crate::params::declare::params;
use crate::params::kind::Auto;
use crate::params::range::Range;

pub(crate) const FAMILY: Family = Family {
    name: "MLPClassifier",
    summary: "layers of neurons, back-propagation",
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
    /// How weights are moved.
    Solver { Adam = "adam", Sgd = "sgd", Lbfgs = "lbfgs" }
}

params! {
    "hidden_layer_sizes" hidden_layer_sizes: Vec<usize> = vec![100], Range::at_least(1.0), "neurons of the hidden layers";
    "activation" activation: Activation = Activation::Relu, Range::ANY, "what a neuron does to its input";
    "solver" solver: Solver = Solver::Adam, Range::ANY, "how weights are moved";
    "alpha" alpha: f64 = 1e-4, Range::at_least(0.0), "strength of the l2 penalty";
    "batch_size" batch_size: Auto<usize> = Auto::Auto, Range::at_least(1.0), "rows a step; auto: 200, or all where there are fewer";
    "learning_rate" learning_rate: Schedule = Schedule::Constant, Range::ANY, "how the step of sgd changes";
    "learning_rate_init" learning_rate_init: f64 = 1e-3, Range::POSITIVE, "first step";
    "power_t" power_t: f64 = 0.5, Range::ANY, "exponent of invscaling";
    "max_iter" max_iter: usize = 200, Range::at_least(1.0), "most epochs";
    "shuffle" shuffle: bool = true, Range::ANY, "whether rows are reshuffled for every epoch";
    "tol" tol: f64 = 1e-4, Range::at_least(0.0), "progress below which an epoch counts as none";
    "momentum" momentum: f64 = 0.9, Range::within(0.0, 1.0), "momentum of sgd";
    "nesterovs_momentum" nesterovs_momentum: bool = true, Range::ANY, "whether sgd's momentum is Nesterov's";
    "early_stopping" early_stopping: bool = false, Range::ANY, "whether a part of the training rows decides when to stop";
    "validation_fraction" validation_fraction: f64 = 0.1, Range::within(0.0, 1.0), "that part, a share";
    "beta_1" beta_1: f64 = 0.9, Range::within(0.0, 1.0), "decay of the first moment of adam";
    "beta_2" beta_2: f64 = 0.999, Range::within(0.0, 1.0), "decay of the second moment of adam";
    "epsilon" epsilon: f64 = 1e-8, Range::POSITIVE, "stabiliser of adam";
    "n_iter_no_change" n_iter_no_change: usize = 10, Range::at_least(1.0), "epochs without progress before it stops";
}

fn native(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    Ok(Box::new(MultilayerPerceptron {
        hidden: params.hidden_layer_sizes,
        activation: params.activation,
        training: match params.solver {
            Solver::Lbfgs => Training::Whole,
            Solver::Adam => Training::Batches(Optimizer::Adam {
                beta_1: params.beta_1,
                beta_2: params.beta_2,
                epsilon: params.epsilon,
            }),
            Solver::Sgd => Training::Batches(Optimizer::Sgd {
                schedule: params.learning_rate,
                power_t: params.power_t,
                momentum: params.momentum,
                nesterov: params.nesterovs_momentum,
            }),
        },
        alpha: params.alpha,
        batch_size: match params.batch_size {
            Auto::Auto => None,
            Auto::Set(rows) => Some(rows),
        },
        rate: params.learning_rate_init,
        max_iter: params.max_iter,
        shuffle: params.shuffle,
        tol: params.tol,
        held_back: params.early_stopping.then_some(params.validation_fraction),
        n_iter_no_change: params.n_iter_no_change,
    }))
}
