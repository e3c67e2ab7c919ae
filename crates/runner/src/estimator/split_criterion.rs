//! The impurity that a split of a tree reduces.

use crate::params::choice::choices;

choices! {
    /// What a split is judged by.
    pub(crate) Criterion { Gini = "gini", Entropy = "entropy" | "log_loss" }
}
