//! Multilayer perceptrons.

pub(crate) mod classifier;
pub(crate) mod network;
pub(crate) mod optimizer;
pub(crate) mod training;
