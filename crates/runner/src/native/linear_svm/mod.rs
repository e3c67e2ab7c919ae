//! Linear support vector machines, solved to the optimum of the hinge loss.

pub(crate) mod active_set;
pub(crate) mod continuation;
pub(crate) mod crammer_singer;
pub(crate) mod newton_system;
pub(crate) mod one_vs_rest_hinge;
pub(crate) mod problem;
