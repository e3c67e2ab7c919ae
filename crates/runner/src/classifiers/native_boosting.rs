//! Gradient boosting on the native engine: the rounds. In each, a regression tree a class on the residuals of the probabilities, and a
//! value for each of its leaves.

mod regression_tree;

use loader::{Images, Label};
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;

use super::class_index::ClassIndex;
use super::native_tree::{Splits, below};
use super::{Classifier, FitContext, FitError, Layout, Model, Samples};
use crate::kernels::columns::columns;
use crate::kernels::residual_split::ONE;
use crate::params::Fraction;
use regression_tree::{Grower, RootSums};

/// The settings, by scikit-learn's names.
#[derive(Clone, Debug)]
pub(super) struct Boosting {
    pub(super) learning_rate: f64,
    pub(super) n_estimators: usize,
    pub(super) subsample: f64,
    pub(super) tree: RegressionTree,
}

/// The settings of one tree.
#[derive(Clone, Debug)]
pub(super) struct RegressionTree {
    /// Whether a decrease of impurity is Friedman's, which is not weighed by the node's share of the rows.
    pub(super) friedman: bool,
    pub(super) max_depth: Option<usize>,
    pub(super) min_samples_split: usize,
    pub(super) min_samples_leaf: usize,
    pub(super) max_features: Fraction,
    pub(super) min_impurity_decrease: f64,
}

/// A grown tree with the value of each leaf.
struct Grown {
    splits: Splits,
    values: Vec<f64>,
}

struct Boosted {
    classes: ClassIndex,
    /// Scores before the first round, one a score.
    start: Vec<f64>,
    /// Round by round, one a score.
    trees: Vec<Grown>,
    learning_rate: f64,
}

/// The score of a row: one a class, or for two classes one alone, that of the higher.
struct Scores {
    n_scores: usize,
    values: Vec<f64>,
}

impl Scores {
    /// Probabilities of the classes that have a score.
    fn probabilities(&self, row: usize) -> impl Iterator<Item = f64> + use<> {
        let scores = &self.values[row * self.n_scores..][..self.n_scores];
        let mut shares = scores.to_vec();
        if let [score] = shares.as_mut_slice() {
            *score = (1.0 + (-*score).exp()).recip();
        } else {
            let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            shares
                .iter_mut()
                .for_each(|share| *share = (*share - highest).exp());
            let sum: f64 = shares.iter().sum();
            shares.iter_mut().for_each(|share| *share /= sum);
        }
        shares.into_iter()
    }
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
        let classes = ClassIndex::new(labels);
        if classes.n_classes() < 2 {
            return Err(FitError("boosting needs rows of at least two classes".into()));
        }
        let images = train.bytes();
        let columns = columns(images.pixels(), images.n_features());
        let start = start(&classes);
        let n_scores = start.len();
        let mut scores = Scores {
            n_scores,
            values: start.repeat(images.n_rows()),
        };
        let grower = Grower::new(&self.tree, images, &columns);
        let mut trees = Vec::new();
        for round in 0..self.n_estimators as u64 {
            let seed = context.seed.rotate_left(32) ^ round;
            let rows = self.rows(images.n_rows(), seed);
            trees.extend(self.round(&classes, &mut scores, &grower, &rows, seed));
        }
        Ok(Box::new(Boosted {
            classes,
            start,
            trees,
            learning_rate: self.learning_rate,
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
            let is_taken = below(&mut random, n_rows - *row as usize) < missing;
            missing -= usize::from(is_taken);
            is_taken
        };
        all.filter(is_taken).collect()
    }

    /// One tree a score; moves the scores of all rows.
    fn round(
        &self,
        classes: &ClassIndex,
        scores: &mut Scores,
        grower: &Grower<'_>,
        rows: &[u32],
        seed: u64,
    ) -> Vec<Grown> {
        let n_scores = scores.n_scores;
        let of_rows: Vec<f64> = rows
            .par_iter()
            .flat_map_iter(|&row| scores.probabilities(row as usize))
            .collect();
        let target = |at: usize, score: usize| {
            let class = usize::from(classes.of_rows[rows[at] as usize]);
            // The one score of two classes is the higher one's.
            f64::from(u8::from(class == if n_scores == 1 { 1 } else { score }))
        };
        #[expect(clippy::cast_possible_truncation, reason = "a residual is between -1 and 1")]
        let fixed: Vec<i32> = (0..of_rows.len())
            .into_par_iter()
            .map(|i| ((target(i / n_scores, i % n_scores) - of_rows[i]) * ONE).round() as i32)
            .collect();
        let root = RootSums::new(grower, rows, &fixed, n_scores);
        let grown: Vec<Grown> = (0..n_scores)
            .into_par_iter()
            .map(|score| {
                let residuals = fixed.iter().skip(score).step_by(n_scores).copied().collect();
                let seed = seed ^ ((score as u64 + 1) << 48);
                let (splits, leaves) = grower.grow(rows, residuals, &root, score, seed);
                let value = |leaf: &Vec<u32>| {
                    let places = leaf.iter().map(|&at| at as usize);
                    let (mut over, mut under) = (0.0, 0.0);
                    for at in places {
                        let probability = of_rows[at * n_scores + score];
                        over += target(at, score) - probability;
                        under += probability * (1.0 - probability);
                    }
                    leaf_value(over, under, n_scores)
                };
                Grown {
                    values: leaves.iter().map(value).collect(),
                    splits,
                }
            })
            .collect();
        let images = grower.images();
        scores
            .values
            .par_chunks_mut(n_scores)
            .enumerate()
            .for_each(|(row, scores)| add_round(&grown, images.row(row), self.learning_rate, scores));
        grown
    }
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

fn add_round(trees: &[Grown], row: &[u8], learning_rate: f64, scores: &mut [f64]) {
    for (score, tree) in scores.iter_mut().zip(trees) {
        *score += learning_rate * tree.values[tree.splits.leaf_of(row)];
    }
}

/// The logarithms of the classes' shares, less their mean; of two classes the odds of the higher.
#[expect(clippy::cast_precision_loss, reason = "row counts are small")]
fn start(classes: &ClassIndex) -> Vec<f64> {
    let mut counts = vec![0usize; classes.n_classes()];
    classes
        .of_rows
        .iter()
        .for_each(|&class| counts[usize::from(class)] += 1);
    let logs: Vec<f64> = counts
        .iter()
        .map(|&count| (count as f64 / classes.of_rows.len() as f64).ln())
        .collect();
    if let [lower, higher] = logs.as_slice() {
        return vec![higher - lower];
    }
    let mean = logs.iter().sum::<f64>() / logs.len() as f64;
    logs.iter().map(|log| log - mean).collect()
}

impl Boosted {
    fn label(&self, images: Images<'_>, row: usize) -> Label {
        let mut scores = self.start.clone();
        for round in self.trees.chunks_exact(self.start.len()) {
            add_round(round, images.row(row), self.learning_rate, &mut scores);
        }
        match scores.as_slice() {
            [score] => self.classes.highest([0.0, *score]),
            scores => self.classes.highest(scores.iter().copied()),
        }
    }
}

impl Model for Boosted {
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError> {
        let images = samples.bytes();
        Ok((0..samples.n_rows())
            .into_par_iter()
            .map(|row| self.label(images, row))
            .collect())
    }
}
