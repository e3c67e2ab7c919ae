//! Optimizers that update weights from minibatch gradients: Adam, or gradient descent with momentum.

use crate::native::kernels::adam::AdamStep;
use crate::native::neural_network::network::Layer;

/// How the learning rate of gradient descent changes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum LearningRate {
    /// It stays the same.
    #[default]
    Constant,
    /// Divided by `(n_rows seen so far + 1)^power_t` after every epoch.
    InverseScaling {
        /// The exponent, finite.
        power_t: f64,
    },
    /// Divided by 5 whenever training makes no progress, down to 1e-6.
    Adaptive,
}

/// An adaptive learning rate up to this is not reduced further.
const MIN_RATE: f64 = 1e-6;

/// How weights are updated from the gradients of a minibatch.
#[derive(Clone, Copy, Debug)]
pub enum Optimizer {
    /// Adam (Kingma and Ba 2014).
    Adam {
        /// Decay of the first moment, from 0 to 1.
        beta_1: f64,
        /// Decay of the second moment, from 0 to 1.
        beta_2: f64,
        /// Added to the root of the second moment, above 0.
        epsilon: f64,
    },
    /// Gradient descent with momentum.
    Sgd {
        /// How the learning rate changes.
        learning_rate: LearningRate,
        /// Share of the last update in the next one, from 0 to 1.
        momentum: f64,
        /// Whether the momentum is Nesterov's.
        nesterov: bool,
    },
}

impl Default for Optimizer {
    fn default() -> Optimizer {
        Optimizer::Adam {
            beta_1: 0.9,
            beta_2: 0.999,
            epsilon: 1e-8,
        }
    }
}

/// An optimizer with its moments and learning rate.
pub(crate) struct OptimizerState {
    optimizer: Optimizer,
    initial_rate: f64,
    rate: f64,
    n_updates: i32,
    /// First moments of Adam, velocities of gradient descent.
    first_moments: Vec<Layer>,
    /// Second moments of Adam.
    second_moments: Vec<Layer>,
}

impl OptimizerState {
    pub(crate) fn new(optimizer: Optimizer, rate: f64, layers: &[Layer]) -> OptimizerState {
        let zeros = || layers.iter().map(Layer::zeros_like).collect();
        OptimizerState {
            optimizer,
            initial_rate: rate,
            rate,
            n_updates: 0,
            first_moments: zeros(),
            second_moments: zeros(),
        }
    }

    /// Updates the layers from their gradients.
    pub(crate) fn update(&mut self, layers: &mut [Layer], gradients: &[Layer]) {
        self.n_updates = self.n_updates.saturating_add(1);
        let moments = self.first_moments.iter_mut().zip(&mut self.second_moments);
        for ((layer, gradient), (first, second)) in layers.iter_mut().zip(gradients).zip(moments) {
            let parts = layer.parts_mut().into_iter().zip(gradient.parts());
            for ((values, gradient), (first, second)) in
                parts.zip(first.parts_mut().into_iter().zip(second.parts_mut()))
            {
                match self.optimizer {
                    Optimizer::Adam {
                        beta_1,
                        beta_2,
                        epsilon,
                    } => {
                        let rate = self.initial_rate * (1.0 - beta_2.powi(self.n_updates)).sqrt()
                            / (1.0 - beta_1.powi(self.n_updates));
                        let step = AdamStep {
                            beta_1: beta_1 as f32,
                            beta_2: beta_2 as f32,
                            epsilon: epsilon as f32,
                            rate: rate as f32,
                        };
                        step.update(values, gradient, first, second);
                    }
                    Optimizer::Sgd {
                        momentum, nesterov, ..
                    } => {
                        sgd(
                            values,
                            gradient,
                            first,
                            momentum as f32,
                            self.rate as f32,
                            nesterov,
                        );
                    }
                }
            }
        }
    }

    /// Updates the learning rate at the end of an epoch, after `n_rows` rows in all epochs.
    #[expect(clippy::cast_precision_loss, reason = "row counts are below 2^53")]
    pub(crate) fn end_epoch(&mut self, n_rows: usize) {
        if let Optimizer::Sgd {
            learning_rate: LearningRate::InverseScaling { power_t },
            ..
        } = self.optimizer
        {
            self.rate = self.initial_rate / (n_rows as f64 + 1.0).powf(power_t);
        }
    }

    /// Reduces an adaptive learning rate after training made no progress. Returns whether it was reduced.
    pub(crate) fn reduce_learning_rate(&mut self) -> bool {
        let is_adaptive = matches!(
            self.optimizer,
            Optimizer::Sgd {
                learning_rate: LearningRate::Adaptive,
                ..
            }
        );
        if !is_adaptive || self.rate <= MIN_RATE {
            return false;
        }
        self.rate /= 5.0;
        true
    }
}

fn sgd(
    values: &mut [f32],
    gradient: &[f32],
    velocities: &mut [f32],
    momentum: f32,
    rate: f32,
    nesterov: bool,
) {
    for ((value, gradient), velocity) in values.iter_mut().zip(gradient).zip(velocities) {
        *velocity = momentum * *velocity - rate * gradient;
        *value += if nesterov {
            momentum * *velocity - rate * gradient
        } else {
            *velocity
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value after three updates from 1 with the gradient `2 x`.
    fn after_three_updates(step: impl Fn(&mut [f32], &[f32], usize)) -> f32 {
        let mut value = [1.0];
        for i in 1..=3 {
            let gradient = [2.0 * value[0]];
            step(&mut value, &gradient, i);
        }
        value[0]
    }

    #[test]
    fn updates_are_those_of_the_formulas() {
        // By hand: v = 0.9 v - 0.1 g; x += v, or x += 0.9 v - 0.1 g.
        let cell = std::cell::RefCell::new([0.0f32]);
        let plain = after_three_updates(|value, gradient, _| {
            sgd(value, gradient, &mut *cell.borrow_mut(), 0.9, 0.1, false)
        });
        assert!((plain - 0.062).abs() < 1e-6, "{plain}");
        *cell.borrow_mut() = [0.0];
        let nesterov = after_three_updates(|value, gradient, _| {
            sgd(value, gradient, &mut *cell.borrow_mut(), 0.9, 0.1, true)
        });
        assert!((nesterov + 0.108_352).abs() < 1e-6, "{nesterov}");
        // Adam's first updates are as large as its learning rate.
        let squares = std::cell::RefCell::new([0.0f32]);
        *cell.borrow_mut() = [0.0];
        let adam = after_three_updates(|value, gradient, i| {
            let i = i32::try_from(i).unwrap();
            let rate = 0.1 * (1.0 - 0.999f32.powi(i)).sqrt() / (1.0 - 0.9f32.powi(i));
            let step = AdamStep {
                beta_1: 0.9,
                beta_2: 0.999,
                epsilon: 1e-8,
                rate,
            };
            let (mut moment, mut square) = (cell.borrow_mut(), squares.borrow_mut());
            step.update(value, gradient, &mut *moment, &mut *square);
        });
        assert!((adam - 0.7).abs() < 0.01, "{adam}");
    }
}
