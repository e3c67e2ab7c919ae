//! What linfa's trees and the ensembles of them share: the settings of one tree, and what is to be known of it.

use linfa_trees::{DecisionTree, DecisionTreeParams, SplitQuality};

use crate::estimator::split_criterion::SplitCriterion;

/// Why two fits of a linfa tree on the same rows may differ.
pub(crate) const UNREPEATABLE: &str = "linfa keeps class counts in hash maps whose order changes from process to process, \
     so that equally good splits and votes fall either way";

/// The settings of one tree, by scikit-learn's names.
pub(crate) struct LinfaTreeSettings {
    pub(crate) criterion: SplitCriterion,
    pub(crate) max_depth: Option<usize>,
    pub(crate) min_samples_split: usize,
    pub(crate) min_samples_leaf: usize,
}

impl LinfaTreeSettings {
    /// linfa's parameters, without a minimum decrease of the impurity: 1e-16 is the least that linfa allows.
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
