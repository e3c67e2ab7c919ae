//! The interface that every engine implements: classifiers, models, rows, labels.

pub(crate) mod checks;
pub(crate) mod class_weight;
pub mod classifier;
pub(crate) mod convergence;
pub mod error;
pub mod labels;
pub mod neighbor_vote;
pub(crate) mod number;
pub mod part;
pub mod priors;
pub mod samples;
pub(crate) mod split_criterion;
pub(crate) mod stored_rows;
pub(crate) mod subset_size;
pub(crate) mod svm_kernel;
