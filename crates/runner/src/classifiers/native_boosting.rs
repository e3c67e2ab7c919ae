//! Boosted trees on the native engine: in each round a tree a class on the gradient of the multinomial deviance.
//!
//! [`Boosting`] is Friedman's: regression trees grown depth first, then a value for each leaf. [`HistBoosting`] is of the second order:
//! trees grown leaf by leaf, by gradient and hessian. Both find their splits in sums by value that are exact.

mod first_order;
mod newton_tree;
mod node_search;
mod regression_tree;
mod root_bins;
mod rows;
mod scores;
mod second_order;
mod stopping;

pub(super) use first_order::{Boosting, RegressionTree};
pub(super) use second_order::{HistBoosting, NewtonTree};
pub(super) use stopping::EarlyStopping;

use loader::{Images, Label};
use rayon::prelude::*;

use super::class_index::ClassIndex;
use super::native_tree::Splits;
use super::{FitError, Model, Samples};
use crate::kernels::gradient_bins::MOST_ROWS;

/// A grown tree with the value of each leaf.
struct Grown {
    splits: Splits,
    values: Vec<f64>,
}

struct Boosted {
    classes: ClassIndex,
    /// Scores before the first round.
    start: Vec<f64>,
    /// Round by round, one a score.
    trees: Vec<Grown>,
    learning_rate: f64,
    /// That the rounds led astray.
    warning: Option<String>,
}

impl Grown {
    fn value_of(&self, row: &[u8]) -> f64 {
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

    fn warning(&self) -> Option<String> {
        self.warning.clone()
    }
}

/// The classes of rows that can be boosted.
fn classes(labels: &[Label]) -> Result<ClassIndex, FitError> {
    let classes = ClassIndex::new(labels);
    if classes.n_classes() < 2 {
        return Err(FitError("boosting needs rows of at least two classes".into()));
    }
    if labels.len() > MOST_ROWS {
        return Err(FitError(format!(
            "boosting takes up to {MOST_ROWS} rows: lower train_limit"
        )));
    }
    Ok(classes)
}
