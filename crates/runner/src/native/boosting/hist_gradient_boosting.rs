//! Gradient boosting of the second order on binned features: the rounds.

use loader::{Images, Label};
use rayon::prelude::*;

use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::samples::{Layout, Samples};
use crate::native::boosting::bin_mapper::BinMapper;
use crate::native::boosting::boosted_model::{Boosted, classes};
use crate::native::boosting::early_stopping::EarlyStopping;
use crate::native::boosting::newton_tree::{Grower, NewtonTree};
use crate::native::boosting::raw_scores::{Scores, start, target};
use crate::native::kernels::feature_blocks::FeatureBlocks;
use crate::native::kernels::gradient_histogram::Bin;

/// The settings, by scikit-learn's names.
#[derive(Clone, Debug)]
pub(crate) struct HistBoosting {
    pub(crate) learning_rate: f64,
    pub(crate) max_iter: usize,
    pub(crate) max_bins: usize,
    pub(crate) tree: NewtonTree,
    pub(crate) stopping: EarlyStopping,
}

impl Classifier for HistBoosting {
    fn layout(&self) -> Layout {
        Layout::Bytes
    }

    fn fit<'a>(
        &self,
        train: &'a Samples,
        labels: &'a [Label],
        context: &FitContext,
    ) -> Result<Box<dyn Model + 'a>, FitError> {
        let classes = classes(labels)?;
        let images = train.bytes();
        let parts = self.stopping.parts(&classes, context.seed)?;
        let codes = codes(images, &parts.train, self.max_bins);
        let code = |feature: usize, byte: u8| codes[feature].of_bytes[usize::from(byte)];
        let blocks = FeatureBlocks::new(images.pixels(), images.n_features(), code);
        let start = start(&classes);
        let n_scores = start.len();
        let mut scores = Scores::new(&start, images.n_rows());
        let grower = Grower::new(&self.tree, &blocks, &codes);
        let mut trees = Vec::new();
        let mut losses = Vec::new();
        let mut of_train = DivergenceMonitor::default();
        for round in 0..self.max_iter as u64 {
            let probabilities = scores.probabilities();
            of_train.take(loss(&probabilities, &parts.train, n_scores, &classes.codes));
            if !parts.validation.is_empty() {
                losses.push(loss(&probabilities, &parts.validation, n_scores, &classes.codes));
                if self.stopping.is_done(&losses) {
                    break;
                }
            }
            let of_rows: Vec<Bin> = probabilities
                .par_iter()
                .enumerate()
                .map(|(at, &probability)| {
                    let residual = target(&classes, n_scores, at / n_scores, at % n_scores) - probability;
                    Bin::row(residual, probability * (1.0 - probability))
                })
                .collect();
            let root = grower.root(&parts.train, &of_rows, n_scores);
            let seed = context.seed.rotate_left(32) ^ round;
            let grow = |score: usize| {
                let own = parts
                    .train
                    .iter()
                    .map(|&row| of_rows[row as usize * n_scores + score]);
                let seed = seed ^ ((score as u64 + 1) << 48);
                grower.grow(&parts.train, own.collect(), root.as_ref(), score, seed)
            };
            let grown: Vec<_> = (0..n_scores).into_par_iter().map(grow).collect();
            scores.add_round(&grown, self.learning_rate, |row| images.row(row));
            trees.extend(grown);
        }
        of_train.take(loss(
            &scores.probabilities(),
            &parts.train,
            n_scores,
            &classes.codes,
        ));
        Ok(Box::new(Boosted {
            classes,
            start,
            trees,
            learning_rate: self.learning_rate,
            warning: of_train.warning(),
        }))
    }
}

/// The loss of the rows that are trained on, round by round.
#[derive(Default)]
struct DivergenceMonitor {
    least: Option<f64>,
    last: f64,
}

impl DivergenceMonitor {
    /// A rise by less than this share is no divergence.
    const SLACK: f64 = 0.1;

    fn take(&mut self, loss: f64) {
        self.least = Some(self.least.map_or(loss, |least| least.min(loss)));
        self.last = loss;
    }

    /// Newton's step in a leaf of rows that are all but certain, one of them wrongly, is a quotient by next to nothing.
    fn warning(&self) -> Option<String> {
        let least = self.least?;
        (self.last > least * (1.0 + DivergenceMonitor::SLACK)).then(|| {
            format!(
                "diverged: the training loss rose from {least:.3} to {:.3}; l2_regularization bounds the steps",
                self.last
            )
        })
    }
}

/// The codes of every feature, by the values in these rows.
fn codes(images: Images<'_>, rows: &[u32], max_bins: usize) -> Vec<BinMapper> {
    let mut counts = vec![[0u32; 256]; images.n_features()];
    for &row in rows {
        for (counts, &byte) in counts.iter_mut().zip(images.row(row as usize)) {
            counts[usize::from(byte)] += 1;
        }
    }
    counts
        .iter()
        .map(|counts| BinMapper::new(counts, max_bins))
        .collect()
}

/// The mean of these rows' negative log-likelihoods.
#[expect(clippy::cast_precision_loss, reason = "row counts are small")]
fn loss(probabilities: &[f64], rows: &[u32], n_scores: usize, classes: &[u8]) -> f64 {
    let likelihood = |&row: &u32| {
        let (row, class) = (row as usize, usize::from(classes[row as usize]));
        match n_scores {
            1 if class == 0 => 1.0 - probabilities[row],
            1 => probabilities[row],
            _ => probabilities[row * n_scores + class],
        }
    };
    let sum: f64 = rows
        .iter()
        .map(likelihood)
        .map(|p| -p.max(f64::MIN_POSITIVE).ln())
        .sum();
    sum / rows.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_that_rises_in_the_end_is_a_divergence() {
        let warning = |losses: &[f64]| {
            let mut descent = DivergenceMonitor::default();
            losses.iter().for_each(|&loss| descent.take(loss));
            descent.warning()
        };
        assert_eq!(warning(&[2.3, 1.0, 1.2, 0.5, 0.52]), None);
        let found = warning(&[2.3, 0.5, 0.7]).expect("it rose");
        assert!(found.contains("rose from 0.500 to 0.700"), "{found}");
    }
}
