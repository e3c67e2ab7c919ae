//! Layers of neurons in f32: forward, back, and what a row costs.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, ArrayView2, ArrayViewMut2, Axis, s};
use rand::Rng;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::params::choice::choices;

choices! {
    /// What a neuron does to its input.
    pub(crate) Activation { Identity = "identity", Logistic = "logistic", Tanh = "tanh", Relu = "relu" }
}

/// Weights `n_inputs × n_outputs`, and a bias an output; or what belongs to each of them, a gradient for instance.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    pub(crate) weights: Array2<f32>,
    pub(crate) biases: Array1<f32>,
}

/// The network; of two classes there is a single output, the probability of the second.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    pub(crate) layers: Vec<Layer>,
    pub(crate) activation: Activation,
}

/// Room for what a batch becomes in each layer.
pub(crate) struct Batch {
    /// Of the inputs, then of every layer; probabilities of the last.
    values: Vec<Array2<f32>>,
    /// Slopes of the loss by what goes into the neurons of each layer.
    slopes: Vec<Array2<f32>>,
    pub(crate) gradients: Vec<Layer>,
}

impl Layer {
    fn zeros(n_inputs: usize, n_outputs: usize) -> Layer {
        Layer {
            weights: Array2::zeros((n_inputs, n_outputs)),
            biases: Array1::zeros(n_outputs),
        }
    }

    /// The same shape, all 0.
    pub(crate) fn cleared(&self) -> Layer {
        Layer::zeros(self.weights.nrows(), self.weights.ncols())
    }

    /// Everything in it, weights and then biases.
    pub(crate) fn parts(&self) -> [&[f32]; 2] {
        [self.weights.as_slice(), self.biases.as_slice()].map(Option::unwrap_or_default)
    }

    /// As [`Layer::parts`], to be changed.
    pub(crate) fn parts_mut(&mut self) -> [&mut [f32]; 2] {
        [self.weights.as_slice_mut(), self.biases.as_slice_mut()].map(Option::unwrap_or_default)
    }
}

impl Network {
    /// Draws weights and biases after Glorot and Bengio.
    #[expect(clippy::cast_precision_loss, reason = "counts of neurons")]
    pub(crate) fn draw(sizes: &[usize], activation: Activation, random: &mut Xoshiro256PlusPlus) -> Network {
        let factor = if activation == Activation::Logistic {
            2.0
        } else {
            6.0
        };
        let layer = |sizes: &[usize]| {
            let bound = (factor / (sizes[0] + sizes[1]) as f32).sqrt();
            let mut layer = Layer::zeros(sizes[0], sizes[1]);
            for value in layer.parts_mut().into_iter().flatten() {
                *value = random.gen_range(-bound..bound);
            }
            layer
        };
        Network {
            layers: sizes.windows(2).map(layer).collect(),
            activation,
        }
    }

    /// Room for batches of at most so many rows.
    pub(crate) fn batch(&self, n_rows: usize) -> Batch {
        let widths = self.layers.iter().map(|layer| layer.weights.ncols());
        let inputs = self.layers.first().map_or(0, |layer| layer.weights.nrows());
        let slopes: Vec<Array2<f32>> = widths.map(|width| Array2::zeros((n_rows, width))).collect();
        let mut values = vec![Array2::zeros((n_rows, inputs))];
        values.extend(slopes.iter().cloned());
        Batch {
            values,
            slopes,
            gradients: self.layers.iter().map(Layer::cleared).collect(),
        }
    }

    /// Half the sum of squared weights.
    pub(crate) fn penalty(&self) -> f64 {
        let square = |layer: &Layer| layer.weights.iter().map(|weight| weight * weight).sum::<f32>();
        0.5 * self
            .layers
            .iter()
            .map(|layer| f64::from(square(layer)))
            .sum::<f64>()
    }

    /// Takes the first `n_rows` rows of the batch through all layers.
    pub(crate) fn forward(&self, batch: &mut Batch, n_rows: usize) {
        let last = self.layers.len() - 1;
        for (i, layer) in self.layers.iter().enumerate() {
            let (before, after) = batch.values.split_at_mut(i + 1);
            let inputs = before[i].slice(s![..n_rows, ..]);
            let mut outputs = after[0].slice_mut(s![..n_rows, ..]);
            outputs.assign(&layer.biases);
            general_mat_mul(1.0, &inputs, &layer.weights, 1.0, &mut outputs);
            if i < last {
                activate(self.activation, outputs);
            }
        }
    }

    /// The loss of a batch that went forward, summed over its rows of these decision_classes; makes probabilities of its last values, and gradients
    /// of the mean loss with `alpha` times the penalty's share.
    pub(crate) fn backward(&self, batch: &mut Batch, decision_classes: &[u8], alpha: f32) -> f64 {
        let n_rows = decision_classes.len();
        let last = self.layers.len() - 1;
        let loss = output_slopes(&batch.values[last + 1], &mut batch.slopes[last], decision_classes);
        #[expect(clippy::cast_precision_loss, reason = "rows of a batch")]
        let share = (n_rows as f32).recip();
        for i in (0..=last).rev() {
            let (before, after) = batch.slopes.split_at_mut(i);
            let slopes = after[0].slice(s![..n_rows, ..]);
            let inputs = batch.values[i].slice(s![..n_rows, ..]);
            let gradient = &mut batch.gradients[i];
            gradient.weights.assign(&self.layers[i].weights);
            general_mat_mul(share, &inputs.t(), &slopes, alpha * share, &mut gradient.weights);
            gradient.biases.assign(&(slopes.sum_axis(Axis(0)) * share));
            if let Some(before) = before.last_mut() {
                let mut before = before.slice_mut(s![..n_rows, ..]);
                general_mat_mul(1.0, &slopes, &self.layers[i].weights.t(), 0.0, &mut before);
                differentiate(self.activation, inputs, before);
            }
        }
        loss
    }
}

impl Batch {
    /// A row of the inputs.
    pub(crate) fn input(&mut self, row: usize) -> &mut [f32] {
        let width = self.values[0].ncols();
        let all = self.values[0].as_slice_mut().unwrap_or_default();
        &mut all[row * width..][..width]
    }

    /// The last layer's outputs of a batch that went forward.
    pub(crate) fn outputs(&self) -> &Array2<f32> {
        &self.values[self.values.len() - 1]
    }
}

fn activate(activation: Activation, mut values: ArrayViewMut2<'_, f32>) {
    match activation {
        Activation::Identity => {}
        Activation::Logistic => values.mapv_inplace(|value| (1.0 + (-value).exp()).recip()),
        Activation::Tanh => values.mapv_inplace(f32::tanh),
        Activation::Relu => values.mapv_inplace(|value| value.max(0.0)),
    }
}

/// Multiplies slopes by those of the neurons, which follow from what the neurons gave.
fn differentiate(activation: Activation, values: ArrayView2<'_, f32>, mut slopes: ArrayViewMut2<'_, f32>) {
    let slope = |value: f32| match activation {
        Activation::Identity => 1.0,
        Activation::Logistic => value * (1.0 - value),
        Activation::Tanh => 1.0 - value * value,
        Activation::Relu => f32::from(u8::from(value > 0.0)),
    };
    slopes.zip_mut_with(&values, |by, value| *by *= slope(*value));
}

/// Slopes of the loss by the scores, and the loss.
fn output_slopes(scores: &Array2<f32>, slopes: &mut Array2<f32>, decision_classes: &[u8]) -> f64 {
    let mut loss = 0.0;
    for ((scores, mut slopes), place) in scores
        .rows()
        .into_iter()
        .zip(slopes.rows_mut())
        .zip(decision_classes)
    {
        let own = usize::from(*place);
        if scores.len() == 1 {
            let score = f64::from(scores[0]);
            let small = (-score.abs()).exp();
            let is_second = own == 1;
            loss += small.ln_1p()
                + if is_second {
                    (-score).max(0.0)
                } else {
                    score.max(0.0)
                };
            let probability = (if score > 0.0 { 1.0 } else { small }) / (1.0 + small);
            slopes[0] = (probability - f64::from(u8::from(is_second))) as f32;
            continue;
        }
        let highest = scores.fold(f32::NEG_INFINITY, |a, b| a.max(*b));
        slopes.assign(&scores);
        slopes.mapv_inplace(|score| (score - highest).exp());
        let sum = slopes.sum();
        slopes.mapv_inplace(|share| share / sum);
        slopes[own] -= 1.0;
        loss += f64::from(sum.ln() + highest - scores[own]);
    }
    loss
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    /// The mean loss with the penalty, and the gradients.
    fn loss(network: &Network, rows: &[[f32; 3]], decision_classes: &[u8], alpha: f32) -> (f64, Vec<Layer>) {
        let mut batch = network.batch(rows.len() + 2);
        for (i, row) in rows.iter().enumerate() {
            batch.input(i).copy_from_slice(row);
        }
        network.forward(&mut batch, rows.len());
        let loss = network.backward(&mut batch, decision_classes, alpha);
        let mean = (loss + f64::from(alpha) * network.penalty()) / rows.len() as f64;
        (mean, batch.gradients)
    }

    #[test]
    fn gradients_are_the_slopes_of_the_loss() {
        let rows = [
            [0.5, -1.0, 2.0],
            [1.5, 0.25, -0.5],
            [-1.0, 0.75, 0.0],
            [0.0, 2.0, 1.0],
        ];
        for activation in [
            Activation::Identity,
            Activation::Logistic,
            Activation::Tanh,
            Activation::Relu,
        ] {
            for (outputs, decision_classes) in [(3, [0u8, 2, 1, 2]), (1, [1, 0, 0, 1])] {
                let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
                let network = Network::draw(&[3, 5, 4, outputs], activation, &mut random);
                let (_, gradients) = loss(&network, &rows, &decision_classes, 0.3);
                for (layer, gradients) in gradients.iter().enumerate() {
                    for (part, at) in [(0, 1), (1, 0)] {
                        let moved = |by: f32| {
                            let mut network = network.clone();
                            network.layers[layer].parts_mut()[part][at] += by;
                            loss(&network, &rows, &decision_classes, 0.3).0
                        };
                        let slope = (moved(1e-2) - moved(-1e-2)) / 2e-2;
                        let found = f64::from(gradients.parts()[part][at]);
                        assert!(
                            (slope - found).abs() < 2e-3,
                            "{activation:?} {layer} {part}: {slope} {found}"
                        );
                    }
                }
            }
        }
    }
}
