//! The score of every row: one a class, or for two classes one alone, that of the higher; and what the multinomial deviance makes of it.

use rayon::prelude::*;

use crate::estimator::labels::EncodedLabels;
use crate::native::boosting::boosted_model::BoostedTree;

/// `n_rows × n_scores`.
pub(crate) struct Scores {
    n_scores: usize,
    values: Vec<f64>,
}

impl Scores {
    /// Every row has the scores that all rows start with.
    pub(crate) fn new(start: &[f64], n_rows: usize) -> Scores {
        Scores {
            n_scores: start.len(),
            values: start.repeat(n_rows),
        }
    }

    /// The probability of the class of each score, `n_rows × n_scores`.
    pub(crate) fn probabilities(&self) -> Vec<f64> {
        let mut shares = self.values.clone();
        shares.par_chunks_mut(self.n_scores).for_each(|shares| {
            if let [score] = shares {
                *score = (1.0 + (-*score).exp()).recip();
            } else {
                let highest = shares.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                shares
                    .iter_mut()
                    .for_each(|share| *share = (*share - highest).exp());
                let sum: f64 = shares.iter().sum();
                shares.iter_mut().for_each(|share| *share /= sum);
            }
        });
        shares
    }

    /// Adds `step(row, score)` to every score.
    pub(crate) fn add(&mut self, step: impl Fn(usize, usize) -> f64 + Sync) {
        let rows = self.values.par_chunks_mut(self.n_scores).enumerate();
        rows.for_each(|(row, scores)| {
            for (score, value) in scores.iter_mut().enumerate() {
                *value += step(row, score);
            }
        });
    }

    /// Adds to every score what a round's trees say of the row's bytes.
    pub(crate) fn add_round<'r>(
        &mut self,
        round: &[BoostedTree],
        learning_rate: f64,
        row: impl Fn(usize) -> &'r [u8] + Sync,
    ) {
        self.add(|at, score| learning_rate * round[score].value_of(row(at)));
    }
}

/// 1 for a row of the class that the score stands for, or 0.
pub(crate) fn target(classes: &EncodedLabels, n_scores: usize, row: usize, score: usize) -> f64 {
    let class = usize::from(classes.codes[row]);
    // The one score of two classes is the higher one's.
    f64::from(u8::from(class == if n_scores == 1 { 1 } else { score }))
}

/// What a row's score starts with: the logarithms of the classes' shares, less their mean; of two classes the odds of the higher.
#[expect(clippy::cast_precision_loss, reason = "row counts are small")]
pub(crate) fn start(classes: &EncodedLabels) -> Vec<f64> {
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
