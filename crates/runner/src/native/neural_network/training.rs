//! Training of a multilayer perceptron: by minibatches, or by L-BFGS on all rows.

use ndarray::{ArrayView2, aview_mut1};
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::estimator::convergence::not_converged;
use crate::estimator::error::FitError;
use crate::estimator::labels::EncodedLabels;
use crate::native::data::validation_split::split_validation;
use crate::native::neural_network::network::{Batch, Network, argmax};
use crate::native::neural_network::optimizer::{Optimizer, OptimizerState};
use crate::native::neural_network::settings::MultilayerPerceptron;
use crate::native::optim::ask_tell::{AskTell, Status};
use crate::native::optim::lbfgs::{InitialHessian, Lbfgs};
use crate::native::optim::stopping::GradientTolerance;

/// Rows of a forward pass where there are no minibatches.
pub(crate) const CHUNK: usize = 500;

/// Rows of a minibatch by default, as in scikit-learn.
const DEFAULT_BATCH_SIZE: usize = 200;

/// Pairs of steps and gradient changes that L-BFGS keeps, as in scikit-learn.
const LBFGS_MEMORY: usize = 10;

/// L-BFGS stops after this many evaluations of the loss per allowed iteration.
const EVALUATIONS_PER_ITERATION: usize = 4;

/// The training rows.
pub(crate) struct TrainingRows<'a> {
    pub(crate) features: ArrayView2<'a, f32>,
    /// The encoded label of each row.
    pub(crate) codes: &'a [u8],
}

impl TrainingRows<'_> {
    /// Copies these rows into the batch, and their codes into `codes`.
    fn gather(&self, rows: &[usize], batch: &mut Batch, codes: &mut Vec<u8>) {
        codes.clear();
        for (to, &row) in rows.iter().enumerate() {
            aview_mut1(batch.input(to)).assign(&self.features.row(row));
            codes.push(self.codes[row]);
        }
    }

    /// The network's accuracy on these rows.
    #[expect(clippy::cast_precision_loss, reason = "row counts are below 2^53")]
    fn accuracy(&self, network: &Network, rows: &[usize], batch: &mut Batch) -> f64 {
        let mut codes = Vec::new();
        let mut n_correct = 0;
        for rows in rows.chunks(CHUNK) {
            self.gather(rows, batch, &mut codes);
            network.forward(batch, rows.len());
            let predicted = batch
                .outputs()
                .rows()
                .into_iter()
                .map(|scores| argmax(scores.iter().copied()));
            n_correct += predicted
                .zip(&codes)
                .filter(|(predicted, code)| *predicted == usize::from(**code))
                .count();
        }
        n_correct as f64 / rows.len() as f64
    }
}

/// Trains by minibatches. With a validation split, the network with the highest validation accuracy is kept.
///
/// Returns the network, and a warning if it made progress until the last epoch.
///
/// # Errors
/// [`FitError::Numerical`] if the loss becomes infinite or NaN, and the errors of [`split_validation`].
#[expect(clippy::cast_precision_loss, reason = "row counts are below 2^53")]
pub(crate) fn train_minibatches(
    settings: &MultilayerPerceptron,
    optimizer: Optimizer,
    mut network: Network,
    rows: &TrainingRows<'_>,
    classes: &EncodedLabels,
    random: &mut Xoshiro256PlusPlus,
    seed: u64,
) -> Result<(Network, Option<String>), FitError> {
    let split = split_validation(classes, settings.validation_fraction, seed)?;
    let mut order = split.train;
    let batch_size = settings.batch_size.unwrap_or(DEFAULT_BATCH_SIZE).min(order.len());
    let mut batch = network.batch(batch_size);
    let mut validation_batch = network.batch(CHUNK.min(split.validation.len()));
    let mut codes = Vec::with_capacity(batch_size);
    let mut optimizer = OptimizerState::new(optimizer, settings.learning_rate_init, &network.layers);
    let (mut lowest_loss, mut highest_accuracy) = (f64::INFINITY, f64::NEG_INFINITY);
    let mut epochs_without_progress = 0;
    let mut best_network = None;
    for epoch in 1..=settings.max_iter {
        if settings.shuffle {
            order.shuffle(random);
        }
        let mut loss = 0.0;
        for batch_rows in order.chunks(batch_size) {
            rows.gather(batch_rows, &mut batch, &mut codes);
            network.forward(&mut batch, batch_rows.len());
            loss += settings.alpha * network.penalty();
            loss += network.backward(&mut batch, &codes, settings.alpha as f32);
            optimizer.update(&mut network.layers, &batch.gradients);
        }
        loss /= order.len() as f64;
        if !loss.is_finite() {
            return Err(FitError::Numerical(format!(
                "the loss is not finite after epoch {epoch}: try a smaller learning_rate_init"
            )));
        }
        let has_progress = if settings.validation_fraction.is_some() {
            let accuracy = rows.accuracy(&network, &split.validation, &mut validation_batch);
            let has_progress = accuracy >= highest_accuracy + settings.tol;
            if accuracy > highest_accuracy {
                highest_accuracy = accuracy;
                best_network = Some(network.clone());
            }
            has_progress
        } else {
            let has_progress = loss <= lowest_loss - settings.tol;
            lowest_loss = lowest_loss.min(loss);
            has_progress
        };
        epochs_without_progress = if has_progress {
            0
        } else {
            epochs_without_progress + 1
        };
        optimizer.end_epoch(epoch.saturating_mul(order.len()));
        if epochs_without_progress > settings.n_iter_no_change {
            if !optimizer.reduce_learning_rate() {
                return Ok((best_network.unwrap_or(network), None));
            }
            epochs_without_progress = 0;
        }
    }
    let warning = not_converged(settings.tol, settings.max_iter, "epoch");
    Ok((best_network.unwrap_or(network), Some(warning)))
}

/// Trains by L-BFGS on all rows. Returns the network, and a warning if the gradient stayed above the tolerance.
#[expect(clippy::cast_precision_loss, reason = "row counts are below 2^53")]
pub(crate) fn train_full_batch(
    settings: &MultilayerPerceptron,
    mut network: Network,
    rows: &TrainingRows<'_>,
) -> (Network, Option<String>) {
    let n_rows = rows.codes.len();
    let order: Vec<usize> = (0..n_rows).collect();
    let mut batch = network.batch(CHUNK.min(n_rows));
    let mut codes = Vec::with_capacity(CHUNK);
    let initial: Vec<f64> = (network.layers.iter().flat_map(|layer| layer.parts()).flatten())
        .map(|value| f64::from(*value))
        .collect();
    let mut search = Lbfgs::new(
        initial,
        InitialHessian::default(),
        GradientTolerance::MaxNorm(settings.tol),
        LBFGS_MEMORY,
    );
    for _ in 0..settings.max_iter.saturating_mul(EVALUATIONS_PER_ITERATION) {
        if search.status() != Status::Running || search.n_steps() >= settings.max_iter {
            break;
        }
        set_parameters(&mut network, search.trial());
        let mut gradient = vec![0.0; search.trial().len()];
        let mut loss = settings.alpha * network.penalty();
        for chunk in order.chunks(CHUNK) {
            rows.gather(chunk, &mut batch, &mut codes);
            network.forward(&mut batch, codes.len());
            loss += network.backward(&mut batch, &codes, 0.0);
            let share = codes.len() as f64 / n_rows as f64;
            let parts = batch.gradients.iter().flat_map(|layer| layer.parts()).flatten();
            gradient
                .iter_mut()
                .zip(parts)
                .for_each(|(to, from)| *to += share * f64::from(*from));
        }
        let penalized = network.layers.iter().flat_map(|layer| {
            let [weights, biases] = layer.parts();
            let weights = weights.iter().map(|weight| f64::from(*weight));
            weights.chain(biases.iter().map(|_| 0.0))
        });
        for (entry, weight) in gradient.iter_mut().zip(penalized) {
            *entry += settings.alpha * weight / n_rows as f64;
        }
        search.tell(loss / n_rows as f64, gradient);
    }
    set_parameters(&mut network, search.point());
    let warning = (search.status() != Status::Converged)
        .then(|| not_converged(settings.tol, search.n_steps(), "iteration"));
    (network, warning)
}

/// Writes all weights and biases, in the order of the layers' parts.
fn set_parameters(network: &mut Network, values: &[f64]) {
    let parameters = network
        .layers
        .iter_mut()
        .flat_map(|layer| layer.parts_mut())
        .flatten();
    parameters.zip(values).for_each(|(to, from)| *to = *from as f32);
}

#[cfg(test)]
mod tests {
    use loader::Label;

    use crate::estimator::classifier::{Classifier, FitContext};
    use crate::estimator::samples::Layout;
    use crate::native::data::test_rows::{classes, samples};
    use crate::native::neural_network::settings::{MultilayerPerceptron, Solver};

    #[test]
    fn a_fit_that_stops_early_has_a_warning() {
        let warning = |solver: Solver| {
            let perceptron = MultilayerPerceptron {
                solver,
                max_iter: 2,
                ..MultilayerPerceptron::default()
            };
            let (samples, classes) = (samples(Layout::F32), classes());
            let labels: Vec<Label> = classes.codes.into_iter().map(Label).collect();
            let model = perceptron.fit(&samples, &labels, &FitContext::default()).unwrap();
            model.warning()
        };
        let expected = "did not converge to tol=1e-4 in 2 epochs";
        assert_eq!(warning(Solver::default()).as_deref(), Some(expected));
        let expected = "did not converge to tol=1e-4 in 2 iterations";
        assert_eq!(warning(Solver::Lbfgs).as_deref(), Some(expected));
    }
}
