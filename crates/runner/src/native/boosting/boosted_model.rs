//! The trained model of both boosting methods: a sum of trees for each raw score.

use loader::Label;
use rayon::prelude::*;

use crate::estimator::classifier::Model;
use crate::estimator::error::FitError;
use crate::estimator::labels::EncodedLabels;
use crate::estimator::samples::Samples;
use crate::estimator::stored_rows::StoredValue;
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
    /// Set if training diverged.
    pub(crate) warning: Option<String>,
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
    fn label(&self, row: &[T]) -> Label {
        let mut scores = self.initial_scores.clone();
        for round in self.trees.chunks_exact(scores.len()) {
            for (score, tree) in scores.iter_mut().zip(round) {
                *score += self.learning_rate * tree.value_of(row);
            }
        }
        match scores.as_slice() {
            [score] => self.classes.argmax([0.0, *score]),
            scores => self.classes.argmax(scores.iter().copied()),
        }
    }
}

impl<T: StoredValue> Model for BoostedModel<T> {
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError> {
        let rows = T::queries(samples, self.n_features)?;
        Ok((0..rows.n_rows())
            .into_par_iter()
            .map(|row| self.label(rows.row(row)))
            .collect())
    }

    fn notice(&self) -> Option<String> {
        self.notice.clone()
    }

    fn warning(&self) -> Option<String> {
        self.warning.clone()
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
