//! Gradient boosting by Friedman: the rounds.

use loader::Label;
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;

use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::labels::EncodedLabels;
use crate::estimator::samples::{Layout, Samples};
use crate::native::boosting::boosted_model::{Boosted, BoostedTree, classes};
use crate::native::boosting::raw_scores::{Scores, start, target};
use crate::native::boosting::regression_tree::{Grower, RegressionTree};
use crate::native::data::random::uniform_index;
use crate::native::kernels::feature_blocks::FeatureBlocks;
use crate::native::kernels::gradient_histogram::Bin;

/// The settings, by scikit-learn's names.
#[derive(Clone, Debug)]
pub(crate) struct Boosting {
    pub(crate) learning_rate: f64,
    pub(crate) n_estimators: usize,
    pub(crate) subsample: f64,
    pub(crate) tree: RegressionTree,
}

impl Classifier for Boosting {
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
        let blocks = FeatureBlocks::new(images.pixels(), images.n_features(), |_, byte| byte);
        let start = start(&classes);
        let mut scores = Scores::new(&start, images.n_rows());
        let grower = Grower::new(&self.tree, &blocks);
        let mut trees = Vec::new();
        for round in 0..self.n_estimators as u64 {
            let seed = context.seed.rotate_left(32) ^ round;
            let rows = self.rows(images.n_rows(), seed);
            let round = grow_round(
                &classes,
                start.len(),
                &scores.probabilities(),
                &grower,
                &rows,
                seed,
            );
            scores.add_round(&round, self.learning_rate, |row| images.row(row));
            trees.extend(round);
        }
        Ok(Box::new(Boosted {
            classes,
            start,
            trees,
            learning_rate: self.learning_rate,
            warning: None,
        }))
    }
}

impl Boosting {
    /// The rows of a round, ascending: all, or so many drawn without replacement.
    fn rows(&self, n_rows: usize, seed: u64) -> Vec<u32> {
        let all = 0..u32::try_from(n_rows).expect("fewer than 2^32 rows");
        if self.subsample >= 1.0 {
            return all.collect();
        }
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a row count"
        )]
        let wanted = ((self.subsample * n_rows as f64) as usize).max(1);
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut missing = wanted;
        // Each row is taken with the chance that so many of those left are: every choice is equally likely.
        let is_taken = |row: &u32| {
            let is_taken = uniform_index(&mut random, n_rows - *row as usize) < missing;
            missing -= usize::from(is_taken);
            is_taken
        };
        all.filter(is_taken).collect()
    }
}

/// One tree a score, on the residuals of these rows' probabilities.
fn grow_round(
    classes: &EncodedLabels,
    n_scores: usize,
    probabilities: &[f64],
    grower: &Grower<'_>,
    rows: &[u32],
    seed: u64,
) -> Vec<BoostedTree> {
    let residual = |at: usize| target(classes, n_scores, at / n_scores, at % n_scores) - probabilities[at];
    let residuals: Vec<Bin> = (0..probabilities.len())
        .into_par_iter()
        .map(|at| Bin::row(residual(at), 0.0))
        .collect();
    let root = grower.root(rows, &residuals, n_scores);
    (0..n_scores)
        .into_par_iter()
        .map(|score| {
            let own = rows
                .iter()
                .map(|&row| residuals[row as usize * n_scores + score])
                .collect();
            let seed = seed ^ ((score as u64 + 1) << 48);
            let (splits, leaves) = grower.grow(rows, own, root.as_ref(), score, seed);
            let value = |leaf: &Vec<u32>| {
                let decision_classes = leaf.iter().map(|&row| row as usize * n_scores + score);
                let (mut over, mut under) = (0.0, 0.0);
                for at in decision_classes {
                    over += residual(at);
                    under += probabilities[at] * (1.0 - probabilities[at]);
                }
                leaf_value(over, under, n_scores)
            };
            BoostedTree {
                values: leaves.iter().map(value).collect(),
                splits,
            }
        })
        .collect()
}

/// Friedman's step of a leaf: one Newton step of the deviance, with (K - 1) / K for K classes.
#[expect(clippy::cast_precision_loss, reason = "class counts are small")]
fn leaf_value(over: f64, under: f64, n_scores: usize) -> f64 {
    let factor = if n_scores == 1 {
        1.0
    } else {
        (n_scores - 1) as f64 / n_scores as f64
    };
    if under.abs() < 1e-150 {
        0.0
    } else {
        factor * over / under
    }
}
