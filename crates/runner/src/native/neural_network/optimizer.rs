//! How the gradients of a batch move the weights of a network: Adam, or descent with momentum.

use crate::native::neural_network::network::Layer;
use crate::params::choice::choices;

choices! {
    /// How the step of sgd changes.
    pub(crate) Schedule { Constant = "constant", Invscaling = "invscaling", Adaptive = "adaptive" }
}

/// The rate below which an adaptive one gets no smaller.
const SMALL_RATE: f64 = 1e-6;

/// A way to move weights, with its parameters.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Optimizer {
    /// Steps by the first two moments of the gradients.
    Adam {
        /// Decay of the first moment.
        beta_1: f64,
        /// Decay of the second.
        beta_2: f64,
        /// Stabiliser.
        epsilon: f64,
    },
    /// Descent with momentum.
    Sgd {
        /// How the rate changes.
        schedule: Schedule,
        /// Exponent of invscaling.
        power_t: f64,
        /// Share of the last step in the next.
        momentum: f64,
        /// Whether the momentum is Nesterov's.
        nesterov: bool,
    },
}

/// What is remembered from one step to the next.
pub(crate) struct OptimizerState {
    mover: Optimizer,
    first_rate: f64,
    rate: f64,
    batches: i32,
    moments: Vec<Layer>,
    squares: Vec<Layer>,
}

impl OptimizerState {
    pub(crate) fn new(mover: Optimizer, rate: f64, layers: &[Layer]) -> OptimizerState {
        let cleared = || layers.iter().map(Layer::cleared).collect();
        OptimizerState {
            mover,
            first_rate: rate,
            rate,
            batches: 0,
            moments: cleared(),
            squares: cleared(),
        }
    }

    /// Moves the layers.
    pub(crate) fn go(&mut self, layers: &mut [Layer], gradients: &[Layer]) {
        self.batches = self.batches.saturating_add(1);
        let remembered = self.moments.iter_mut().zip(&mut self.squares);
        for ((layer, gradient), (moment, square)) in layers.iter_mut().zip(gradients).zip(remembered) {
            let parts = layer.parts_mut().into_iter().zip(gradient.parts());
            for ((values, gradient), (moment, square)) in
                parts.zip(moment.parts_mut().into_iter().zip(square.parts_mut()))
            {
                match self.mover {
                    Optimizer::Adam {
                        beta_1,
                        beta_2,
                        epsilon,
                    } => {
                        let rate = self.first_rate * (1.0 - beta_2.powi(self.batches)).sqrt()
                            / (1.0 - beta_1.powi(self.batches));
                        let decays = (beta_1 as f32, beta_2 as f32);
                        adam(
                            values,
                            gradient,
                            moment,
                            square,
                            decays,
                            epsilon as f32,
                            rate as f32,
                        );
                    }
                    Optimizer::Sgd {
                        momentum, nesterov, ..
                    } => {
                        descend(
                            values,
                            gradient,
                            moment,
                            momentum as f32,
                            self.rate as f32,
                            nesterov,
                        );
                    }
                }
            }
        }
    }

    /// Takes note that an epoch has ended after so many rows in all.
    #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
    pub(crate) fn end_epoch(&mut self, n_rows: usize) {
        if let Optimizer::Sgd {
            schedule: Schedule::Invscaling,
            power_t,
            ..
        } = self.mover
        {
            self.rate = self.first_rate / (n_rows as f64 + 1.0).powf(power_t);
        }
    }

    /// Makes the rate smaller where there is no progress; whether it cannot.
    pub(crate) fn is_to_stop(&mut self) -> bool {
        let is_adaptive = matches!(
            self.mover,
            Optimizer::Sgd {
                schedule: Schedule::Adaptive,
                ..
            }
        );
        if !is_adaptive || self.rate <= SMALL_RATE {
            return true;
        }
        self.rate /= 5.0;
        false
    }
}

fn adam(
    values: &mut [f32],
    gradient: &[f32],
    moment: &mut [f32],
    square: &mut [f32],
    (beta_1, beta_2): (f32, f32),
    epsilon: f32,
    rate: f32,
) {
    let remembered = moment.iter_mut().zip(square);
    for ((value, gradient), (moment, square)) in values.iter_mut().zip(gradient).zip(remembered) {
        *moment = beta_1 * *moment + (1.0 - beta_1) * gradient;
        *square = beta_2 * *square + (1.0 - beta_2) * gradient * gradient;
        *value -= rate * *moment / (square.sqrt() + epsilon);
    }
}

fn descend(
    values: &mut [f32],
    gradient: &[f32],
    velocity: &mut [f32],
    momentum: f32,
    rate: f32,
    nesterov: bool,
) {
    for ((value, gradient), velocity) in values.iter_mut().zip(gradient).zip(velocity) {
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

    /// Three steps from 1 down the slope `2 x`.
    fn three(step: impl Fn(&mut [f32], &[f32], usize)) -> f32 {
        let mut value = [1.0];
        for i in 1..=3 {
            let gradient = [2.0 * value[0]];
            step(&mut value, &gradient, i);
        }
        value[0]
    }

    #[test]
    fn steps_are_those_of_the_formulas() {
        // By hand: v = 0.9 v - 0.1 g; x += v, or x += 0.9 v - 0.1 g.
        let cell = std::cell::RefCell::new([0.0f32]);
        let plain =
            three(|value, gradient, _| descend(value, gradient, &mut *cell.borrow_mut(), 0.9, 0.1, false));
        assert!((plain - 0.062).abs() < 1e-6, "{plain}");
        *cell.borrow_mut() = [0.0];
        let nesterov =
            three(|value, gradient, _| descend(value, gradient, &mut *cell.borrow_mut(), 0.9, 0.1, true));
        assert!((nesterov + 0.108_352).abs() < 1e-6, "{nesterov}");
        // Adam's first steps are as long as its rate.
        let squares = std::cell::RefCell::new([0.0f32]);
        *cell.borrow_mut() = [0.0];
        let adam = three(|value, gradient, i| {
            let i = i32::try_from(i).unwrap();
            let rate = 0.1 * (1.0 - 0.999f32.powi(i)).sqrt() / (1.0 - 0.9f32.powi(i));
            let (mut moment, mut square) = (cell.borrow_mut(), squares.borrow_mut());
            adam(
                value,
                gradient,
                &mut *moment,
                &mut *square,
                (0.9, 0.999),
                1e-8,
                rate,
            );
        });
        assert!((adam - 0.7).abs() < 0.01, "{adam}");
    }
}
