//! Multilayer perceptron: fully connected layers, trained by backpropagation on the log loss.
//!
//! # Engines
//! - `native`: scikit-learn's updates, with weights and matrix products in f32 instead of f64. The line search of `lbfgs` only shortens
//!   steps; scikit-learn's also lengthens them.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `hidden_layer_sizes` | [100] | 1.. each | neurons of each hidden layer |
//! | `activation` | relu | identity, logistic, tanh, relu | activation function of the hidden layers |
//! | `solver` | adam | adam, sgd, lbfgs | how weights are trained |
//! | `alpha` | 1e-4 | 0.. | factor of the l2 penalty |
//! | `batch_size` | auto | auto, 1.. | rows per minibatch; auto: 200, or all rows if there are fewer |
//! | `learning_rate` | constant | constant, invscaling, adaptive | how the learning rate of sgd changes |
//! | `learning_rate_init` | 0.001 | above 0 | first learning rate |
//! | `power_t` | 0.5 |  | exponent of invscaling |
//! | `max_iter` | 200 | 1.. | most epochs, or iterations of lbfgs |
//! | `shuffle` | true |  | whether rows are shuffled before every epoch |
//! | `tol` | 1e-4 | 0.. | smallest progress per epoch; for lbfgs the largest gradient entry at convergence |
//! | `momentum` | 0.9 | 0 to 1 | momentum of sgd |
//! | `nesterovs_momentum` | true |  | whether sgd's momentum is Nesterov's |
//! | `early_stopping` | false |  | whether a validation split decides when to stop |
//! | `validation_fraction` | 0.1 | 0 to 1 | share of the training rows in the validation split |
//! | `beta_1` | 0.9 | 0 to 1 | decay of the first moment of adam |
//! | `beta_2` | 0.999 | 0 to 1 | decay of the second moment of adam |
//! | `epsilon` | 1e-8 | above 0 | added to the root of the second moment of adam |
//! | `n_iter_no_change` | 10 | 1.. | consecutive epochs without progress before it stops |
//!
//! # Reference
//! Glorot, Bengio (2010), Understanding the difficulty of training deep feedforward neural networks; Kingma, Ba (2014), Adam.

use crate::estimator::classifier::Classifier;
use crate::families::engine::NATIVE;
use crate::families::family::{Configuration, Family, Implementation, Refusal, all_active, all_defined};
use crate::families::growth::Growth;
use crate::families::method_kind::MethodKind;
use crate::native::neural_network::network::Activation;
use crate::native::neural_network::optimizer::{self, Optimizer};
use crate::native::neural_network::settings::{self, MultilayerPerceptron};
use crate::params::choice::{choices, words};
use crate::params::declare::params;
use crate::params::kind::Auto;
use crate::params::range::Range;

pub(crate) const FAMILY: Family = Family {
    name: "MLPClassifier",
    summary: "neural network of fully connected layers",
    kind: MethodKind::NeuralNetwork,
    params: Params::SPECS,
    inactive_params: all_active,
    undefined: all_defined,
    implementations: &[Implementation {
        engine: &NATIVE,
        is_stochastic: true,
        nondeterminism: None,
        shared_params: &[],
        growth: |_| Growth::UNKNOWN.with_fit(0.7, 0.9),
        note: "",
        build: native,
    }],
};

words! {
    Activation { Identity = "identity", Logistic = "logistic", Tanh = "tanh", Relu = "relu" }
}

choices! {
    /// How the learning rate of sgd changes.
    LearningRate { Constant = "constant", Invscaling = "invscaling", Adaptive = "adaptive" }
}

choices! {
    /// How weights are trained.
    Solver { Adam = "adam", Sgd = "sgd", Lbfgs = "lbfgs" }
}

params! {
    "hidden_layer_sizes" hidden_layer_sizes: Vec<usize> = vec![100], Range::at_least(1.0), "neurons of each hidden layer";
    "activation" activation: Activation = Activation::Relu, Range::ANY, "activation function of the hidden layers";
    "solver" solver: Solver = Solver::Adam, Range::ANY, "how weights are trained";
    "alpha" alpha: f64 = 1e-4, Range::at_least(0.0), "factor of the l2 penalty";
    "batch_size" batch_size: Auto<usize> = Auto::Auto, Range::at_least(1.0), "rows per minibatch; auto: 200, or all rows if there are fewer";
    "learning_rate" learning_rate: LearningRate = LearningRate::Constant, Range::ANY, "how the learning rate of sgd changes";
    "learning_rate_init" learning_rate_init: f64 = 1e-3, Range::POSITIVE, "first learning rate";
    "power_t" power_t: f64 = 0.5, Range::ANY, "exponent of invscaling";
    "max_iter" max_iter: usize = 200, Range::at_least(1.0), "most epochs, or iterations of lbfgs";
    "shuffle" shuffle: bool = true, Range::ANY, "whether rows are shuffled before every epoch";
    "tol" tol: f64 = 1e-4, Range::at_least(0.0), "smallest progress per epoch; for lbfgs the largest gradient entry at convergence";
    "momentum" momentum: f64 = 0.9, Range::within(0.0, 1.0), "momentum of sgd";
    "nesterovs_momentum" nesterovs_momentum: bool = true, Range::ANY, "whether sgd's momentum is Nesterov's";
    "early_stopping" early_stopping: bool = false, Range::ANY, "whether a validation split decides when to stop";
    "validation_fraction" validation_fraction: f64 = 0.1, Range::within(0.0, 1.0), "share of the training rows in the validation split";
    "beta_1" beta_1: f64 = 0.9, Range::within(0.0, 1.0), "decay of the first moment of adam";
    "beta_2" beta_2: f64 = 0.999, Range::within(0.0, 1.0), "decay of the second moment of adam";
    "epsilon" epsilon: f64 = 1e-8, Range::POSITIVE, "added to the root of the second moment of adam";
    "n_iter_no_change" n_iter_no_change: usize = 10, Range::at_least(1.0), "consecutive epochs without progress before it stops";
}

fn native(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    let learning_rate = match params.learning_rate {
        LearningRate::Constant => optimizer::LearningRate::Constant,
        LearningRate::Invscaling => optimizer::LearningRate::InverseScaling {
            power_t: params.power_t,
        },
        LearningRate::Adaptive => optimizer::LearningRate::Adaptive,
    };
    let solver = match params.solver {
        Solver::Lbfgs => settings::Solver::Lbfgs,
        Solver::Adam => settings::Solver::Minibatch(Optimizer::Adam {
            beta_1: params.beta_1,
            beta_2: params.beta_2,
            epsilon: params.epsilon,
        }),
        Solver::Sgd => settings::Solver::Minibatch(Optimizer::Sgd {
            learning_rate,
            momentum: params.momentum,
            nesterov: params.nesterovs_momentum,
        }),
    };
    Ok(Box::new(MultilayerPerceptron {
        hidden_layer_sizes: params.hidden_layer_sizes,
        activation: params.activation,
        solver,
        alpha: params.alpha,
        batch_size: match params.batch_size {
            Auto::Auto => None,
            Auto::Set(n_rows) => Some(n_rows),
        },
        learning_rate_init: params.learning_rate_init,
        max_iter: params.max_iter,
        shuffle: params.shuffle,
        tol: params.tol,
        validation_fraction: params.early_stopping.then_some(params.validation_fraction),
        n_iter_no_change: params.n_iter_no_change,
    }))
}
