//! What linfa's trees and the ensembles of them share: the settings of one tree, and what is to be known of it.

use linfa_trees::{DecisionTree, DecisionTreeParams, SplitQuality};

use crate::estimator::split_criterion::SplitCriterion;
use crate::families::family::Refusal;

/// Why two fits of a linfa tree on the same rows may differ.
pub(crate) const UNREPEATABLE: &str = "linfa keeps class counts in hash maps whose order changes from process to process, \
     so that equally good splits and votes fall either way";

/// The settings of one tree, by scikit-learn's names.
pub(crate) struct LinfaTreeSettings {
    pub(crate) criterion: SplitCriterion,
    pub(crate) max_depth: Option<usize>,
    pub(crate) min_samples_split: usize,
    pub(crate) min_samples_leaf: usize,
    pub(crate) min_impurity_decrease: f64,
}

impl LinfaTreeSettings {
    /// linfa's parameters. scikit-learn weighs `min_impurity_decrease` by the node's share of the rows, linfa does not; below
    /// 1e-16, where linfa asks for a positive number, both mean any decrease at all.
    ///
    /// # Errors
    /// A `min_impurity_decrease` other than 0.
    pub(crate) fn linfa(&self) -> Result<DecisionTreeParams<f64, usize>, Refusal> {
        if self.min_impurity_decrease != 0.0 {
            return Err(Refusal::cannot(
                "linfa",
                "min_impurity_decrease as scikit-learn means it: linfa does not weigh it by the node's share of the rows",
            ));
        }
        #[expect(clippy::cast_precision_loss, reason = "linfa counts rows in f32")]
        Ok(DecisionTree::params()
            .split_quality(match self.criterion {
                SplitCriterion::Gini => SplitQuality::Gini,
                SplitCriterion::Entropy => SplitQuality::Entropy,
            })
            .max_depth(self.max_depth)
            .min_weight_split(self.min_samples_split as f32)
            .min_weight_leaf(self.min_samples_leaf as f32)
            .min_impurity_decrease(f64::EPSILON))
    }
}
