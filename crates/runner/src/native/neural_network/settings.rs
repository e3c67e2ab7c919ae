//! Settings of the multilayer perceptron.

use crate::estimator::checks::{check_count, check_non_negative, check_positive, check_setting, check_share};
use crate::estimator::error::FitError;
use crate::native::neural_network::network::Activation;
use crate::native::neural_network::optimizer::{LearningRate, Optimizer};

/// How the network is trained.
#[derive(Clone, Copy, Debug)]
pub enum Solver {
    /// One update per minibatch.
    Minibatch(Optimizer),
    /// L-BFGS on all rows.
    Lbfgs,
}

impl Default for Solver {
    fn default() -> Solver {
        Solver::Minibatch(Optimizer::default())
    }
}

/// Multilayer perceptron classifier. Equal scores go to the lower label.
///
/// Two classes have one output, the others one output per class. [`Solver::Lbfgs`] ignores `batch_size`,
/// `learning_rate_init`, `shuffle`, `validation_fraction` and `n_iter_no_change`.
#[derive(Clone, Debug)]
pub struct MultilayerPerceptron {
    /// Neurons of each hidden layer, each at least 1.
    pub hidden_layer_sizes: Vec<usize>,
    /// Activation function of the hidden layers.
    pub activation: Activation,
    /// How weights are trained.
    pub solver: Solver,
    /// Factor of the l2 penalty, at least 0.
    pub alpha: f64,
    /// Rows of a minibatch, at least 1; `None` is 200. Never more than the training rows.
    pub batch_size: Option<usize>,
    /// First learning rate, above 0.
    pub learning_rate_init: f64,
    /// Most epochs, or L-BFGS iterations; at least 1.
    pub max_iter: usize,
    /// Whether the order of the rows is drawn anew for every epoch.
    pub shuffle: bool,
    /// Smallest improvement that counts as progress, of the loss or the validation accuracy; for L-BFGS the largest entry of the
    /// gradient at convergence. At least 0.
    pub tol: f64,
    /// Share of the training rows, from 0 to 1, whose accuracy decides when to stop; `None` decides by the training loss.
    pub validation_fraction: Option<f64>,
    /// Training stops after more than this many consecutive epochs without progress; at least 1.
    pub n_iter_no_change: usize,
}

impl Default for MultilayerPerceptron {
    fn default() -> MultilayerPerceptron {
        MultilayerPerceptron {
            hidden_layer_sizes: vec![100],
            activation: Activation::Relu,
            solver: Solver::default(),
            alpha: 1e-4,
            batch_size: None,
            learning_rate_init: 1e-3,
            max_iter: 200,
            shuffle: true,
            tol: 1e-4,
            validation_fraction: None,
            n_iter_no_change: 10,
        }
    }
}

impl MultilayerPerceptron {
    /// # Errors
    /// [`FitError::Setting`] for the first setting outside its range.
    pub(crate) fn check(&self) -> Result<(), FitError> {
        self.hidden_layer_sizes
            .iter()
            .try_for_each(|size| check_count("hidden_layer_sizes", *size))?;
        check_non_negative("alpha", self.alpha)?;
        check_count("batch_size", self.batch_size.unwrap_or(1))?;
        check_positive("learning_rate_init", self.learning_rate_init)?;
        check_count("max_iter", self.max_iter)?;
        check_non_negative("tol", self.tol)?;
        check_share("validation_fraction", self.validation_fraction.unwrap_or(0.0))?;
        check_count("n_iter_no_change", self.n_iter_no_change)?;
        match self.solver {
            Solver::Minibatch(Optimizer::Adam {
                beta_1,
                beta_2,
                epsilon,
            }) => {
                check_share("beta_1", beta_1)?;
                check_share("beta_2", beta_2)?;
                check_positive("epsilon", epsilon)
            }
            Solver::Minibatch(Optimizer::Sgd {
                learning_rate,
                momentum,
                ..
            }) => {
                if let LearningRate::InverseScaling { power_t } = learning_rate {
                    check_setting(power_t.is_finite(), "power_t", "finite", power_t)?;
                }
                check_share("momentum", momentum)
            }
            Solver::Lbfgs => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_outside_their_range_are_errors() {
        let default = MultilayerPerceptron::default;
        let message = |perceptron: MultilayerPerceptron| perceptron.check().unwrap_err().to_string();
        let empty = MultilayerPerceptron {
            batch_size: Some(0),
            ..default()
        };
        assert_eq!(message(empty), "batch_size must be at least 1, is 0");
        let layers = MultilayerPerceptron {
            hidden_layer_sizes: vec![10, 0],
            ..default()
        };
        assert_eq!(message(layers), "hidden_layer_sizes must be at least 1, is 0");
        let adam = Optimizer::Adam {
            beta_1: 0.9,
            beta_2: 1.5,
            epsilon: 1e-8,
        };
        let decay = MultilayerPerceptron {
            solver: Solver::Minibatch(adam),
            ..default()
        };
        assert_eq!(message(decay), "beta_2 must be from 0 to 1, is 1.5");
        assert!(default().check().is_ok());
    }
}
