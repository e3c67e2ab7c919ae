//! Trees on bytes, as the native engine grows them for single trees and for forests: settings, a grown tree, its answer.
//!
//! A pixel has 256 values at most, so that every split there can be is looked at; and preprocessing only stretches the values of a
//! pixel, so that the bytes give the tree that the floats would.

use loader::Images;

use crate::estimator::split_criterion::SplitCriterion;
use crate::estimator::subset_size::SubsetSize;
use crate::native::kernels::impurity::Measure;
use crate::native::tree::nodes::TreeNodes;
use crate::params::choice::choices;

choices! {
    /// How a threshold is found.
    pub(crate) Splitter { Best = "best", Random = "random" }
}

/// The settings of one tree, by scikit-learn's names.
#[derive(Clone, Debug)]
pub(crate) struct TreeSettings {
    pub(crate) criterion: SplitCriterion,
    pub(crate) splitter: Splitter,
    pub(crate) max_depth: Option<usize>,
    pub(crate) min_samples_split: usize,
    pub(crate) min_samples_leaf: usize,
    pub(crate) max_features: SubsetSize,
    pub(crate) min_impurity_decrease: f64,
}

impl From<SplitCriterion> for Measure {
    fn from(criterion: SplitCriterion) -> Measure {
        match criterion {
            SplitCriterion::Gini => Measure::Gini,
            SplitCriterion::Entropy => Measure::Entropy,
        }
    }
}

/// A grown tree.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tree {
    pub(crate) splits: TreeNodes,
    /// Of each leaf the share of each class, one leaf after the other.
    pub(crate) shares: Vec<f64>,
    pub(crate) n_classes: usize,
}

impl Tree {
    /// The share of each class among the training rows in the row's leaf.
    fn shares(&self, row: &[u8]) -> &[f64] {
        &self.shares[self.splits.leaf_of(row) * self.n_classes..][..self.n_classes]
    }
}

/// For every image the mean over the trees of its leaf's shares, one row after the other.
pub(crate) fn mean_shares(trees: &[Tree], images: Images<'_>, n_classes: usize) -> Vec<f64> {
    use rayon::prelude::*;
    let mut sums = vec![0.0; images.n_rows() * n_classes];
    // Few rows at a time, so that they and one tree stay in the cache; trees in their order, so that sums round the same.
    const ROWS: usize = 256;
    sums.par_chunks_mut(ROWS * n_classes)
        .enumerate()
        .for_each(|(chunk, sums)| {
            for tree in trees {
                for (i, sums) in sums.chunks_exact_mut(n_classes).enumerate() {
                    let shares = tree.shares(images.row(chunk * ROWS + i));
                    sums.iter_mut().zip(shares).for_each(|(sum, share)| *sum += share);
                }
            }
        });
    sums
}
