//! Raw scores of the multinomial log-loss: one score per class.
//!
//! With two classes there is a single score, the log-odds of the class with the higher label.

use rayon::prelude::*;

use crate::estimator::labels::EncodedLabels;
use crate::estimator::stored_rows::{StoredRows, StoredValue};
use crate::native::boosting::boosted_model::BoostedTree;

/// The raw scores of all training rows.
pub(crate) struct RawScores {
    n_scores: usize,
    /// `n_rows × n_scores`.
    values: Vec<f64>,
}

impl RawScores {
    /// Gives every row the initial scores.
    pub(crate) fn new(initial: &[f64], n_rows: usize) -> RawScores {
        RawScores {
            n_scores: initial.len(),
            values: initial.repeat(n_rows),
        }
    }

    /// The probability of the class of each score, `n_rows × n_scores`: the softmax, or the logistic function of a single
    /// score.
    pub(crate) fn probabilities(&self) -> Vec<f64> {
        let mut probabilities = self.values.clone();
        probabilities.par_chunks_mut(self.n_scores).for_each(|scores| {
            if let [score] = scores {
                *score = (1.0 + (-*score).exp()).recip();
            } else {
                let max = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                scores.iter_mut().for_each(|score| *score = (*score - max).exp());
                let sum: f64 = scores.iter().sum();
                scores.iter_mut().for_each(|score| *score /= sum);
            }
        });
        probabilities
    }

    /// Adds the predictions of a round's trees, one per score, times the learning rate.
    pub(crate) fn add_round<T: StoredValue>(
        &mut self,
        trees: &[BoostedTree<T>],
        learning_rate: f64,
        rows: StoredRows<'_, T>,
    ) {
        let of_rows = self.values.par_chunks_mut(self.n_scores).enumerate();
        of_rows.for_each(|(row, scores)| {
            for (score, tree) in scores.iter_mut().zip(trees) {
                *score += learning_rate * tree.value_of(rows.row(row));
            }
        });
    }
}

/// 1 if the row belongs to the class of the score, else 0.
pub(crate) fn target(classes: &EncodedLabels, n_scores: usize, row: usize, score: usize) -> f64 {
    let class = usize::from(classes.codes[row]);
    // The single score of two classes is that of class 1.
    f64::from(u8::from(class == if n_scores == 1 { 1 } else { score }))
}

/// The raw scores before the first round: the centered logarithms of the class priors; the log-odds for two classes.
#[expect(clippy::cast_precision_loss, reason = "row counts are below 2^53")]
pub(crate) fn initial_scores(classes: &EncodedLabels) -> Vec<f64> {
    let mut counts = vec![0usize; classes.n_classes()];
    classes
        .codes
        .iter()
        .for_each(|&class| counts[usize::from(class)] += 1);
    let logs: Vec<f64> = counts
        .iter()
        .map(|&count| (count as f64 / classes.codes.len() as f64).ln())
        .collect();
    if let [lower, higher] = logs.as_slice() {
        return vec![higher - lower];
    }
    let mean = logs.iter().sum::<f64>() / logs.len() as f64;
    logs.iter().map(|log| log - mean).collect()
}
