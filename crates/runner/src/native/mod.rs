//! A library of classifiers for images of bytes: exact, deterministic for any number of threads.

pub(crate) mod boosting;
pub(crate) mod data;
pub(crate) mod dummy;
pub(crate) mod gaussian_process;
pub(crate) mod generative;
pub mod kernel_svm;
pub(crate) mod kernels;
pub(crate) mod linalg;
pub mod linear;
pub mod linear_svm;
pub(crate) mod neighbors;
pub(crate) mod neural_network;
pub(crate) mod optim;
pub(crate) mod tree;

pub use crate::estimator::class_weight::ClassWeight;
pub use crate::estimator::classifier::{Attributes, Classifier, FitContext, Model};
pub use crate::estimator::error::FitError;
pub use crate::estimator::samples::{Layout, Samples};
