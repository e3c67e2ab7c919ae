//! The trained model of both boosting methods: a sum of trees for each raw score.

use std::ops::Range;

use loader::Label;
use rayon::prelude::*;

use crate::estimator::classifier::Model;
use crate::estimator::error::FitError;
use crate::estimator::labels::EncodedLabels;
use crate::estimator::part::{Part, in_order_of_trees};
use crate::estimator::samples::Samples;
use crate::estimator::stored_rows::StoredValue;
use crate::native::boosting::divergence::divergence;
use crate::native::kernels::gradient_histogram::MAX_ROWS;
use crate::native::tree::nodes::TreeNodes;

/// A trained tree.
pub(crate) struct BoostedTree<T> {
    pub(crate) nodes: TreeNodes<T>,
    /// The value of each leaf.
    pub(crate) values: Vec<f64>,
}

/// A trained model.
pub(crate) struct BoostedModel<T> {
    pub(crate) classes: EncodedLabels,
    /// The raw scores before the first round.
    pub(crate) initial_scores: Vec<f64>,
    /// One tree per score for each round, in the order of the rounds.
    pub(crate) trees: Vec<BoostedTree<T>>,
    pub(crate) learning_rate: f64,
    /// The number of features of the training rows.
    pub(crate) n_features: usize,
    /// The mean training loss before each round and after the last; empty where the method does not watch it.
    pub(crate) losses: Vec<f64>,
    /// Set if features were binned more coarsely than the method asks for.
    pub(crate) notice: Option<String>,
}

impl<T: StoredValue> BoostedTree<T> {
    /// The value of the leaf that a row falls into.
    pub(crate) fn value_of(&self, row: &[T]) -> f64 {
        self.values[self.nodes.leaf_of(row)]
    }
}

impl<T: StoredValue> BoostedModel<T> {
    fn n_rounds(&self) -> usize {
        self.trees.len() / self.initial_scores.len()
    }

    /// Adds what some rounds say of a row to its raw scores.
    fn add_rounds(&self, rounds: Range<usize>, row: &[T], scores: &mut [f64]) {
        let n_scores = scores.len();
        let trees = &self.trees[rounds.start * n_scores..rounds.end * n_scores];
        for round in trees.chunks_exact(n_scores) {
            for (score, tree) in scores.iter_mut().zip(round) {
                *score += self.learning_rate * tree.value_of(row);
            }
        }
    }

    fn label(&self, scores: &[f64]) -> Label {
        match scores {
            [score] => self.classes.argmax([0.0, *score]),
            scores => self.classes.argmax(scores.iter().copied()),
        }
    }

    /// That the training loss rose during the first rounds.
    fn warning_of_rounds(&self, n_rounds: usize) -> Option<String> {
        divergence(&self.losses[..self.losses.len().min(n_rounds + 1)])
    }
}

impl<T: StoredValue> Model for BoostedModel<T> {
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError> {
        let parts = self.predict_parts(samples, &[Part::Trees(self.n_rounds())])?;
        Ok(parts.into_iter().next().unwrap_or_default())
    }

    fn predict_parts(&self, samples: &Samples, parts: &[Part]) -> Result<Vec<Vec<Label>>, FitError> {
        let rows = T::queries(samples, self.n_features)?;
        let n_scores = self.initial_scores.len();
        let mut scores = self.initial_scores.repeat(rows.n_rows());
        let mut n_added = 0;
        // The smallest part first: each goes on from the scores of the one before it.
        in_order_of_trees(parts, |n_rounds| {
            // Early stopping may have ended before that.
            let n_rounds = n_rounds.min(self.n_rounds());
            let label = |(row, scores): (usize, &mut [f64])| {
                self.add_rounds(n_added..n_rounds, rows.row(row), scores);
                self.label(scores)
            };
            let labels = scores.par_chunks_mut(n_scores).enumerate().map(label).collect();
            n_added = n_rounds;
            labels
        })
    }

    fn warning_of(&self, part: Part) -> Option<String> {
        match part {
            Part::Trees(n_rounds) => self.warning_of_rounds(n_rounds),
            Part::Neighbors { .. } => None,
        }
    }

    fn notice(&self) -> Option<String> {
        self.notice.clone()
    }

    fn warning(&self) -> Option<String> {
        self.warning_of_rounds(self.n_rounds())
    }
}

/// Encodes the training labels.
///
/// # Errors
/// [`FitError::Data`] for fewer than two classes, or for more rows than a histogram bin can count.
pub(crate) fn encode_labels(labels: &[Label]) -> Result<EncodedLabels, FitError> {
    let classes = EncodedLabels::new(labels);
    if classes.n_classes() < 2 {
        return Err(FitError::Data(
            "boosting needs training rows of at least two classes".into(),
        ));
    }
    if labels.len() > MAX_ROWS {
        return Err(FitError::Data(format!(
            "boosting takes at most {MAX_ROWS} training rows, not {}",
            labels.len()
        )));
    }
    Ok(classes)
}
