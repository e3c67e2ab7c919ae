//! The multilayer perceptron of our own engine: batches forward and back, matrix products in f32.

use ndarray::ArrayView2;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::estimator::error::FitError;
use crate::estimator::labels::EncodedLabels;
use crate::native::data::validation_split::split_validation;
use crate::native::neural_network::network::{Activation, Batch, Network};
use crate::native::neural_network::optimizer::{Optimizer, OptimizerState};
use crate::native::optim::ask_tell::AskTell;
use crate::native::optim::ask_tell::Status;
use crate::native::optim::lbfgs::{InitialHessian, Lbfgs};
use crate::native::optim::stopping::GradientTolerance;

/// Rows that go forward at once where nothing is learned from each batch.
pub(crate) const CHUNK: usize = 500;

/// Quasi-Newton steps that are remembered.
const MEMORY: usize = 10;

/// How the network is trained.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Training {
    /// Batch by batch.
    Batches(Optimizer),
    /// All rows at once, by quasi-Newton steps.
    Whole,
}

/// A perceptron with its parameters.
#[derive(Clone, Debug)]
pub(crate) struct MultilayerPerceptron {
    pub(crate) hidden: Vec<usize>,
    pub(crate) activation: Activation,
    pub(crate) training: Training,
    pub(crate) alpha: f64,
    /// Rows a batch; none: 200.
    pub(crate) batch_size: Option<usize>,
    pub(crate) rate: f64,
    pub(crate) max_iter: usize,
    pub(crate) shuffle: bool,
    pub(crate) tol: f64,
    /// Share of the rows that decides when to stop.
    pub(crate) held_back: Option<f64>,
    pub(crate) n_iter_no_change: usize,
}

/// The rows that are learned from.
pub(crate) struct Rows<'a> {
    pub(crate) x: ArrayView2<'a, f32>,
    pub(crate) decision_classes: &'a [u8],
}

impl Rows<'_> {
    /// Puts these rows into the batch, and their decision_classes beside it.
    fn gather(&self, rows: &[usize], batch: &mut Batch, decision_classes: &mut Vec<u8>) {
        decision_classes.clear();
        for (to, &row) in rows.iter().enumerate() {
            let from = self.x.row(row);
            batch
                .input(to)
                .iter_mut()
                .zip(from)
                .for_each(|(to, from)| *to = *from);
            decision_classes.push(self.decision_classes[row]);
        }
    }

    /// The share of these rows that the network gets right.
    #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
    fn right(&self, network: &Network, rows: &[usize], batch: &mut Batch) -> f64 {
        let mut decision_classes = Vec::new();
        let mut right = 0;
        for rows in rows.chunks(CHUNK) {
            self.gather(rows, batch, &mut decision_classes);
            network.forward(batch, rows.len());
            let found = batch
                .outputs()
                .rows()
                .into_iter()
                .map(|scores| best(scores.iter().copied()));
            right += found
                .zip(&decision_classes)
                .filter(|(found, own)| *found == usize::from(**own))
                .count();
        }
        right as f64 / rows.len() as f64
    }
}

/// The place of the highest score, of equal ones the first; a single score is that of the second class, against 0.
pub(crate) fn best(scores: impl ExactSizeIterator<Item = f32>) -> usize {
    let first = if scores.len() == 1 { 0.0 } else { f32::NEG_INFINITY };
    let mut highest = first;
    let mut place = 0;
    let shift = usize::from(scores.len() == 1);
    for (i, score) in scores.enumerate() {
        if score > highest {
            (highest, place) = (score, i + shift);
        }
    }
    place
}

impl MultilayerPerceptron {
    /// Trains batch by batch; with it a warning where the last epoch made progress still.
    #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
    pub(crate) fn by_batches(
        &self,
        mover: Optimizer,
        mut network: Network,
        rows: &Rows<'_>,
        classes: &EncodedLabels,
        random: &mut Xoshiro256PlusPlus,
        seed: u64,
    ) -> Result<(Network, Option<String>), FitError> {
        let split = split_validation(classes, self.held_back, seed)?;
        let mut order = split.train;
        let batch_size = self.batch_size.unwrap_or(200).min(order.len());
        let mut batch = network.batch(batch_size);
        let mut room = network.batch(CHUNK.min(split.validation.len()));
        let mut decision_classes = Vec::with_capacity(batch_size);
        let mut steps = OptimizerState::new(mover, self.rate, &network.layers);
        let (mut least, mut most, mut idle) = (f64::INFINITY, f64::NEG_INFINITY, 0);
        let mut chosen = None;
        for epoch in 1..=self.max_iter {
            if self.shuffle {
                order.shuffle(random);
            }
            let mut loss = 0.0;
            for batch_rows in order.chunks(batch_size) {
                rows.gather(batch_rows, &mut batch, &mut decision_classes);
                network.forward(&mut batch, batch_rows.len());
                loss += self.alpha * network.penalty();
                loss += network.backward(&mut batch, &decision_classes, self.alpha as f32);
                steps.go(&mut network.layers, &batch.gradients);
            }
            loss /= order.len() as f64;
            if !loss.is_finite() {
                return Err(FitError::Data(format!(
                    "the loss grew beyond all bounds in epoch {epoch}: a smaller learning_rate_init may help"
                )));
            }
            let progress = if self.held_back.is_some() {
                let share = rows.right(&network, &split.validation, &mut room);
                let progress = share >= most + self.tol;
                if share > most {
                    most = share;
                    chosen = Some(network.clone());
                }
                progress
            } else {
                let progress = loss <= least - self.tol;
                least = least.min(loss);
                progress
            };
            idle = if progress { 0 } else { idle + 1 };
            steps.end_epoch(epoch.saturating_mul(order.len()));
            if idle > self.n_iter_no_change {
                if steps.is_to_stop() {
                    return Ok((chosen.unwrap_or(network), None));
                }
                idle = 0;
            }
        }
        let warning = format!(
            "not converged: there was progress still within the last of {} epochs",
            self.max_iter
        );
        Ok((chosen.unwrap_or(network), Some(warning)))
    }

    /// Trains on all rows at once.
    #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
    pub(crate) fn whole(&self, mut network: Network, rows: &Rows<'_>) -> (Network, Option<String>) {
        let n_rows = rows.decision_classes.len();
        let order: Vec<usize> = (0..n_rows).collect();
        let mut batch = network.batch(CHUNK.min(n_rows));
        let mut decision_classes = Vec::with_capacity(CHUNK);
        let start: Vec<f64> = (network.layers.iter().flat_map(|layer| layer.parts()).flatten())
            .map(|value| f64::from(*value))
            .collect();
        let mut search = Lbfgs::new(
            start,
            InitialHessian::default(),
            GradientTolerance::MaxNorm(self.tol),
            MEMORY,
        );
        for _ in 0..self.max_iter.saturating_mul(4) {
            if search.status() != Status::Running || search.n_steps() >= self.max_iter {
                break;
            }
            put(&mut network, search.trial());
            let mut gradient = vec![0.0; search.trial().len()];
            let mut loss = self.alpha * network.penalty();
            for rows_at_once in order.chunks(CHUNK) {
                rows.gather(rows_at_once, &mut batch, &mut decision_classes);
                network.forward(&mut batch, decision_classes.len());
                loss += network.backward(&mut batch, &decision_classes, 0.0);
                let share = decision_classes.len() as f64 / n_rows as f64;
                let parts = batch.gradients.iter().flat_map(|layer| layer.parts()).flatten();
                gradient
                    .iter_mut()
                    .zip(parts)
                    .for_each(|(to, from)| *to += share * f64::from(*from));
            }
            let penalised = network.layers.iter().flat_map(|layer| {
                let [weights, biases] = layer.parts();
                let weights = weights.iter().map(|weight| f64::from(*weight));
                weights.chain(biases.iter().map(|_| 0.0))
            });
            for (slope, weight) in gradient.iter_mut().zip(penalised) {
                *slope += self.alpha * weight / n_rows as f64;
            }
            search.tell(loss / n_rows as f64, gradient);
        }
        put(&mut network, search.point());
        let warning = (search.status() != Status::Converged).then(|| {
            format!(
                "not converged: the gradient was above tol {:.1e} after {} steps",
                self.tol,
                search.n_steps()
            )
        });
        (network, warning)
    }
}

/// Puts all values into the network, in the order of its parts.
fn put(network: &mut Network, values: &[f64]) {
    let decision_classes = network
        .layers
        .iter_mut()
        .flat_map(|layer| layer.parts_mut())
        .flatten();
    decision_classes
        .zip(values)
        .for_each(|(to, from)| *to = *from as f32);
}
