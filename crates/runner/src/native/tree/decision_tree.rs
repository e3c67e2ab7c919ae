//! Settings of one decision tree, and a trained tree.

use crate::estimator::checks::check_setting;
use crate::estimator::error::FitError;
use crate::estimator::split_criterion::SplitCriterion;
use crate::estimator::stored_rows::{StoredRows, StoredValue};
use crate::estimator::subset_size::SubsetSize;
use crate::native::tree::nodes::TreeNodes;

/// How the threshold of a feature is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Splitter {
    /// The threshold that reduces the impurity most. Ties go to the lowest one.
    #[default]
    Best,
    /// One threshold drawn uniformly between the smallest and the largest value in the node.
    Random,
}

/// Settings of one tree, with scikit-learn's names. The defaults are those of its `DecisionTreeClassifier`.
#[derive(Clone, Debug)]
pub struct TreeSettings {
    /// The impurity that splits reduce.
    pub criterion: SplitCriterion,
    /// How the threshold of a feature is chosen.
    pub splitter: Splitter,
    /// The largest number of splits between the root and a leaf, at least 1. `None`: no limit.
    pub max_depth: Option<usize>,
    /// The fewest rows of a node that is split, at least 2. Rows are counted once, however often they were drawn.
    pub min_samples_split: usize,
    /// The fewest rows on either side of a split, at least 1.
    pub min_samples_leaf: usize,
    /// Features drawn without replacement for each split. Features that are constant in the node count, but more are
    /// drawn until one is found that is not. Ties between features go to the one drawn first.
    pub max_features: SubsetSize,
    /// A node is split only if the split reduces the impurity, times the node's share of all rows, by at least this.
    /// At least 0, in units of the criterion: gini impurity is below 1, entropy is in bits.
    pub min_impurity_decrease: f64,
}

impl Default for TreeSettings {
    fn default() -> TreeSettings {
        TreeSettings {
            criterion: SplitCriterion::Gini,
            splitter: Splitter::Best,
            max_depth: None,
            min_samples_split: 2,
            min_samples_leaf: 1,
            max_features: SubsetSize::All,
            min_impurity_decrease: 0.0,
        }
    }
}

impl TreeSettings {
    /// Checks the documented ranges.
    ///
    /// # Errors
    /// [`FitError::Setting`] names the first setting that is out of range.
    pub(crate) fn check(&self) -> Result<(), FitError> {
        check_tree_limits(
            self.max_depth,
            self.min_samples_split,
            self.min_samples_leaf,
            self.max_features,
            self.min_impurity_decrease,
        )
    }
}

/// Checks the limits that classification and regression trees share.
///
/// # Errors
/// [`FitError::Setting`] names the first setting that is out of range.
pub(crate) fn check_tree_limits(
    max_depth: Option<usize>,
    min_samples_split: usize,
    min_samples_leaf: usize,
    max_features: SubsetSize,
    min_impurity_decrease: f64,
) -> Result<(), FitError> {
    let max_depth = max_depth.unwrap_or(usize::MAX);
    check_setting(max_depth >= 1, "max_depth", "at least 1", max_depth)?;
    check_setting(
        min_samples_split >= 2,
        "min_samples_split",
        "at least 2",
        min_samples_split,
    )?;
    check_setting(
        min_samples_leaf >= 1,
        "min_samples_leaf",
        "at least 1",
        min_samples_leaf,
    )?;
    max_features.check("max_features")?;
    check_setting(
        min_impurity_decrease >= 0.0,
        "min_impurity_decrease",
        "at least 0",
        min_impurity_decrease,
    )
}

/// A trained tree.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DecisionTree<T> {
    pub(crate) nodes: TreeNodes<T>,
    /// `n_leaves × n_classes`: the share of each class among the training rows of each leaf.
    pub(crate) leaf_probabilities: Vec<f64>,
    pub(crate) n_classes: usize,
}

impl<T: StoredValue> DecisionTree<T> {
    /// The probability of each class in a leaf.
    fn probabilities(&self, leaf: usize) -> &[f64] {
        &self.leaf_probabilities[leaf * self.n_classes..][..self.n_classes]
    }
}

/// Adds each row's class probabilities in these trees to `sums`, `n_rows × n_classes`.
pub(crate) fn add_probabilities<T: StoredValue>(
    trees: &[DecisionTree<T>],
    rows: StoredRows<'_, T>,
    n_classes: usize,
    sums: &mut [f64],
) {
    use rayon::prelude::*;
    // So few rows and one tree stay in the cache. Trees are added in their order, so that sums always round the same.
    const ROWS: usize = 256;
    // Rows that go down a tree together.
    const TOGETHER: usize = 8;
    sums.par_chunks_mut(ROWS * n_classes)
        .enumerate()
        .for_each(|(chunk, sums)| {
            for tree in trees {
                for (group, sums) in sums.chunks_mut(TOGETHER * n_classes).enumerate() {
                    let row = |i| rows.row(chunk * ROWS + group * TOGETHER + i);
                    let n_rows = sums.len() / n_classes;
                    let leaves: [usize; TOGETHER] = if n_rows == TOGETHER {
                        tree.nodes.leaves_of(std::array::from_fn(row))
                    } else {
                        std::array::from_fn(|i| if i < n_rows { tree.nodes.leaf_of(row(i)) } else { 0 })
                    };
                    for (sums, leaf) in sums.chunks_exact_mut(n_classes).zip(leaves) {
                        sums.iter_mut()
                            .zip(tree.probabilities(leaf))
                            .for_each(|(sum, probability)| *sum += probability);
                    }
                }
            }
        });
}
