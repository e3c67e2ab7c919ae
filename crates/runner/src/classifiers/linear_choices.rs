//! What the linear families share of their parameters: the penalty and the weight of the classes.

use crate::params::choices;

choices! {
    /// What is added to the loss.
    pub(super) Penalty { L1 = "l1", L2 = "l2", ElasticNet = "elasticnet", None = "none" }
}
choices! {
    /// Whether rare classes cost more.
    pub(super) ClassWeight { None = "none", Balanced = "balanced" }
}
