//! Settings of linfa's decision trees, for a single tree and for the members of ensembles.

use linfa_trees::{DecisionTree, DecisionTreeParams, SplitQuality};

use crate::estimator::split_criterion::SplitCriterion;

/// Why two fits of a linfa tree with the same seed may differ.
pub(crate) const NONDETERMINISM: &str = "linfa keeps class counts in hash maps, whose order changes between processes; \
     it decides how ties between splits and votes are broken";

/// Settings of one tree, with scikit-learn's names.
#[derive(Clone, Debug)]
pub(crate) struct LinfaTreeSettings {
    /// The impurity that splits reduce.
    pub(crate) criterion: SplitCriterion,
    /// The largest number of splits between the root and a leaf. `None`: no limit.
    pub(crate) max_depth: Option<usize>,
    /// The fewest rows of a node that is split.
    pub(crate) min_samples_split: usize,
    /// The fewest rows of a leaf.
    pub(crate) min_samples_leaf: usize,
}

impl LinfaTreeSettings {
    /// linfa's parameters. `min_impurity_decrease` is the smallest value that linfa allows.
    pub(crate) fn params(&self) -> DecisionTreeParams<f64, usize> {
        #[expect(clippy::cast_precision_loss, reason = "linfa counts rows in f32")]
        let (min_split, min_leaf) = (self.min_samples_split as f32, self.min_samples_leaf as f32);
        DecisionTree::params()
            .split_quality(match self.criterion {
                SplitCriterion::Gini => SplitQuality::Gini,
                SplitCriterion::Entropy => SplitQuality::Entropy,
            })
            .max_depth(self.max_depth)
            .min_weight_split(min_split)
            .min_weight_leaf(min_leaf)
            .min_impurity_decrease(f64::EPSILON)
    }
}
