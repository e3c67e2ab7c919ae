//! A library of classifiers for images of bytes: exact, deterministic for any number of threads.

pub mod boosting;
pub(crate) mod data;
pub(crate) mod dummy;
pub(crate) mod gaussian_process;
pub(crate) mod generative;
pub(crate) mod kernel_svm;
pub(crate) mod kernels;
pub(crate) mod linalg;
pub(crate) mod linear;
pub(crate) mod linear_svm;
pub mod neighbors;
pub(crate) mod neural_network;
pub(crate) mod optim;
pub mod tree;

pub use crate::estimator::classifier::{Attributes, Classifier, FitContext, Model};
pub use crate::estimator::error::FitError;
pub use crate::estimator::samples::{Layout, Samples};
