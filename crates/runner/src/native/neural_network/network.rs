//! Fully connected layers in f32: forward pass, backward pass and log loss.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, ArrayView2, ArrayViewMut2, Axis, s};
use rand::Rng;
use rand_xoshiro::Xoshiro256PlusPlus;

/// Activation function of the hidden layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Activation {
    /// `x`.
    Identity,
    /// `1 / (1 + exp(-x))`.
    Logistic,
    /// `tanh x`.
    Tanh,
    /// `max(0, x)`.
    #[default]
    Relu,
}

/// Weights `n_inputs × n_outputs` and one bias per output; or values of the same shape, such as their gradients.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    pub(crate) weights: Array2<f32>,
    pub(crate) biases: Array1<f32>,
}

/// The network. Two classes have a single output, the score of the second class against 0.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    pub(crate) layers: Vec<Layer>,
    pub(crate) activation: Activation,
}

/// Buffers of a batch for forward and backward passes. Arrays have one row per row of the batch.
pub(crate) struct Batch {
    /// The inputs, then the outputs of every layer. The last layer's outputs are scores.
    values: Vec<Array2<f32>>,
    /// Gradients of the summed loss by the inputs of each layer's activation function.
    deltas: Vec<Array2<f32>>,
    /// Gradients of the mean loss by weights and biases.
    pub(crate) gradients: Vec<Layer>,
}

impl Layer {
    fn zeros(n_inputs: usize, n_outputs: usize) -> Layer {
        Layer {
            weights: Array2::zeros((n_inputs, n_outputs)),
            biases: Array1::zeros(n_outputs),
        }
    }

    /// A layer of the same shape with all values 0.
    pub(crate) fn zeros_like(&self) -> Layer {
        Layer::zeros(self.weights.nrows(), self.weights.ncols())
    }

    /// All values: weights, then biases.
    pub(crate) fn parts(&self) -> [&[f32]; 2] {
        [self.weights.as_slice(), self.biases.as_slice()].map(Option::unwrap_or_default)
    }

    /// [`Layer::parts`], mutable.
    pub(crate) fn parts_mut(&mut self) -> [&mut [f32]; 2] {
        [self.weights.as_slice_mut(), self.biases.as_slice_mut()].map(Option::unwrap_or_default)
    }
}

impl Network {
    /// Draws weights and biases as by Glorot and Bengio (2010). `sizes` are the numbers of neurons, from the inputs to the outputs.
    #[expect(clippy::cast_precision_loss, reason = "counts of neurons are below 2^23")]
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

    /// Buffers for batches of at most `n_rows` rows.
    pub(crate) fn batch(&self, n_rows: usize) -> Batch {
        let widths = self.layers.iter().map(|layer| layer.weights.ncols());
        let inputs = self.layers.first().map_or(0, |layer| layer.weights.nrows());
        let deltas: Vec<Array2<f32>> = widths.map(|width| Array2::zeros((n_rows, width))).collect();
        let mut values = vec![Array2::zeros((n_rows, inputs))];
        values.extend(deltas.iter().cloned());
        Batch {
            values,
            deltas,
            gradients: self.layers.iter().map(Layer::zeros_like).collect(),
        }
    }

    /// Half the sum of squared weights.
    pub(crate) fn penalty(&self) -> f64 {
        let squares = |layer: &Layer| sum_of_squares(layer.parts()[0]);
        0.5 * self.layers.iter().map(squares).sum::<f64>()
    }

    /// Computes the outputs of all layers for the first `n_rows` rows of the batch.
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

    /// Back-propagates a batch after its forward pass, given one encoded label per row.
    ///
    /// Writes the gradients of the mean loss, including the penalty `alpha / (2 n_rows) · |weights|²`. Returns the log loss summed over
    /// the rows, without the penalty.
    pub(crate) fn backward(&self, batch: &mut Batch, codes: &[u8], alpha: f32) -> f64 {
        let n_rows = codes.len();
        let last = self.layers.len() - 1;
        let loss = log_loss(&batch.values[last + 1], &mut batch.deltas[last], codes);
        #[expect(clippy::cast_precision_loss, reason = "rows of a batch are below 2^23")]
        let share = (n_rows as f32).recip();
        for i in (0..=last).rev() {
            let (before, after) = batch.deltas.split_at_mut(i);
            let deltas = after[0].slice(s![..n_rows, ..]);
            let inputs = batch.values[i].slice(s![..n_rows, ..]);
            let gradient = &mut batch.gradients[i];
            gradient.weights.assign(&self.layers[i].weights);
            general_mat_mul(share, &inputs.t(), &deltas, alpha * share, &mut gradient.weights);
            gradient.biases.assign(&(deltas.sum_axis(Axis(0)) * share));
            if let Some(before) = before.last_mut() {
                let mut before = before.slice_mut(s![..n_rows, ..]);
                general_mat_mul(1.0, &deltas, &self.layers[i].weights.t(), 0.0, &mut before);
                multiply_by_derivative(self.activation, inputs, before);
            }
        }
        loss
    }
}

impl Batch {
    /// The inputs of one row.
    pub(crate) fn input(&mut self, row: usize) -> &mut [f32] {
        let width = self.values[0].ncols();
        let all = self.values[0].as_slice_mut().unwrap_or_default();
        &mut all[row * width..][..width]
    }

    /// The scores after a forward pass.
    pub(crate) fn outputs(&self) -> &Array2<f32> {
        &self.values[self.values.len() - 1]
    }
}

/// The sum of squares. Sixteen partial sums go beside each other, so that none waits for the one before.
fn sum_of_squares(values: &[f32]) -> f64 {
    let mut sums = [0.0f32; 16];
    let (chunks, rest) = values.as_chunks::<16>();
    for chunk in chunks {
        for (sum, value) in sums.iter_mut().zip(chunk) {
            *sum += value * value;
        }
    }
    let rest = rest.iter().map(|value| value * value);
    sums.into_iter().chain(rest).map(f64::from).sum()
}

fn activate(activation: Activation, mut values: ArrayViewMut2<'_, f32>) {
    match activation {
        Activation::Identity => {}
        Activation::Logistic => values.mapv_inplace(|value| (1.0 + (-value).exp()).recip()),
        Activation::Tanh => values.mapv_inplace(f32::tanh),
        Activation::Relu => values.mapv_inplace(|value| value.max(0.0)),
    }
}

/// Multiplies deltas by the derivatives of the activation function, which follow from its outputs.
fn multiply_by_derivative(
    activation: Activation,
    outputs: ArrayView2<'_, f32>,
    mut deltas: ArrayViewMut2<'_, f32>,
) {
    let derivative = |value: f32| match activation {
        Activation::Identity => 1.0,
        Activation::Logistic => value * (1.0 - value),
        Activation::Tanh => 1.0 - value * value,
        Activation::Relu => f32::from(u8::from(value > 0.0)),
    };
    deltas.zip_mut_with(&outputs, |delta, value| *delta *= derivative(*value));
}

/// Returns the log loss summed over the rows, and writes its gradient by the scores.
fn log_loss(scores: &Array2<f32>, deltas: &mut Array2<f32>, codes: &[u8]) -> f64 {
    let mut loss = 0.0;
    for ((scores, mut deltas), code) in scores.rows().into_iter().zip(deltas.rows_mut()).zip(codes) {
        let own = usize::from(*code);
        if scores.len() == 1 {
            let score = f64::from(scores[0]);
            let exp = (-score.abs()).exp();
            let is_second = own == 1;
            loss += exp.ln_1p()
                + if is_second {
                    (-score).max(0.0)
                } else {
                    score.max(0.0)
                };
            let probability = (if score > 0.0 { 1.0 } else { exp }) / (1.0 + exp);
            deltas[0] = (probability - f64::from(u8::from(is_second))) as f32;
            continue;
        }
        let highest = scores.fold(f32::NEG_INFINITY, |a, b| a.max(*b));
        deltas.assign(&scores);
        deltas.mapv_inplace(|score| (score - highest).exp());
        let sum = deltas.sum();
        deltas.mapv_inplace(|exp| exp / sum);
        deltas[own] -= 1.0;
        loss += f64::from(sum.ln() + highest - scores[own]);
    }
    loss
}

/// The code of the class with the highest score; the first of equal ones. A single score is the second class's, against 0.
pub(crate) fn argmax(scores: impl ExactSizeIterator<Item = f32>) -> usize {
    let is_binary = scores.len() == 1;
    let mut highest = if is_binary { 0.0 } else { f32::NEG_INFINITY };
    let mut best = 0;
    let first_code = usize::from(is_binary);
    for (i, score) in scores.enumerate() {
        if score > highest {
            (highest, best) = (score, first_code + i);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    /// The mean loss with the penalty, and its gradients.
    fn loss(network: &Network, rows: &[[f32; 3]], codes: &[u8], alpha: f32) -> (f64, Vec<Layer>) {
        let mut batch = network.batch(rows.len() + 2);
        for (i, row) in rows.iter().enumerate() {
            batch.input(i).copy_from_slice(row);
        }
        network.forward(&mut batch, rows.len());
        let loss = network.backward(&mut batch, codes, alpha);
        let mean = (loss + f64::from(alpha) * network.penalty()) / rows.len() as f64;
        (mean, batch.gradients)
    }

    #[test]
    fn gradients_equal_finite_differences_of_the_loss() {
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
            for (outputs, codes) in [(3, [0u8, 2, 1, 2]), (1, [1, 0, 0, 1])] {
                let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
                let network = Network::draw(&[3, 5, 4, outputs], activation, &mut random);
                let (_, gradients) = loss(&network, &rows, &codes, 0.3);
                for (layer, gradients) in gradients.iter().enumerate() {
                    for (part, at) in [(0, 1), (1, 0)] {
                        let loss_at = |step: f32| {
                            let mut network = network.clone();
                            network.layers[layer].parts_mut()[part][at] += step;
                            loss(&network, &rows, &codes, 0.3).0
                        };
                        let difference = (loss_at(1e-2) - loss_at(-1e-2)) / 2e-2;
                        let found = f64::from(gradients.parts()[part][at]);
                        assert!(
                            (difference - found).abs() < 2e-3,
                            "{activation:?} {layer} {part}: {difference} {found}"
                        );
                    }
                }
            }
        }
    }
    #[test]
    fn equal_scores_go_to_the_first_class() {
        assert_eq!(argmax([1.0, 2.0, 2.0].into_iter()), 1);
        assert_eq!(argmax([0.0].into_iter()), 0);
        assert_eq!(argmax([0.1].into_iter()), 1);
    }
}
