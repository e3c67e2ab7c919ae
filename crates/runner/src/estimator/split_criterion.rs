//! The impurity that a split of a tree reduces.

/// The measure of impurity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SplitCriterion {
    /// `1 - Σ pᵢ²`.
    #[default]
    Gini,
    /// `-Σ pᵢ log₂ pᵢ`.
    Entropy,
}
