//! Boosted trees on the native engine: in each round a tree a class on the gradient of the multinomial deviance.
//!
//! [`Boosting`] is Friedman's: regression trees grown depth first, then a value for each leaf. [`HistBoosting`] is of the second order:
//! trees grown leaf by leaf, by gradient and hessian. Both find their splits in sums by value that are exact.

use loader::{Images, Label};
use rayon::prelude::*;

use crate::estimator::classifier::Model;
use crate::estimator::error::FitError;
use crate::estimator::labels::EncodedLabels;
use crate::estimator::samples::Samples;
use crate::native::kernels::gradient_histogram::MAX_ROWS;
use crate::native::tree::nodes::TreeNodes;

/// A grown tree with the value of each leaf.
pub(crate) struct BoostedTree {
    pub(crate) splits: TreeNodes,
    pub(crate) values: Vec<f64>,
}

pub(crate) struct Boosted {
    pub(crate) classes: EncodedLabels,
    /// Scores before the first round.
    pub(crate) start: Vec<f64>,
    /// Round by round, one a score.
    pub(crate) trees: Vec<BoostedTree>,
    pub(crate) learning_rate: f64,
    /// That the rounds led astray.
    pub(crate) warning: Option<String>,
}

impl BoostedTree {
    pub(crate) fn value_of(&self, row: &[u8]) -> f64 {
        self.values[self.splits.leaf_of(row)]
    }
}

impl Boosted {
    fn label(&self, images: Images<'_>, row: usize) -> Label {
        let mut scores = self.start.clone();
        for round in self.trees.chunks_exact(scores.len()) {
            for (score, tree) in scores.iter_mut().zip(round) {
                *score += self.learning_rate * tree.value_of(images.row(row));
            }
        }
        match scores.as_slice() {
            [score] => self.classes.argmax([0.0, *score]),
            scores => self.classes.argmax(scores.iter().copied()),
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

    fn warning(&self) -> Option<String> {
        self.warning.clone()
    }
}

/// The classes of rows that can be boosted.
pub(crate) fn classes(labels: &[Label]) -> Result<EncodedLabels, FitError> {
    let classes = EncodedLabels::new(labels);
    if classes.n_classes() < 2 {
        return Err(FitError::Data(
            "boosting needs rows of at least two classes".into(),
        ));
    }
    if labels.len() > MAX_ROWS {
        return Err(FitError::Data(format!(
            "boosting takes up to {MAX_ROWS} rows: lower train_limit"
        )));
    }
    Ok(classes)
}
