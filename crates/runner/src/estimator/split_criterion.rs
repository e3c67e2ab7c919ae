//! Impurity measures of decision trees.

/// The impurity of a node, which a split reduces. `pᵢ` is the share of class `i` among the rows of the node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SplitCriterion {
    /// Gini impurity: `1 - Σ pᵢ²`.
    #[default]
    Gini,
    /// Entropy in bits: `-Σ pᵢ log₂ pᵢ`.
    Entropy,
}
