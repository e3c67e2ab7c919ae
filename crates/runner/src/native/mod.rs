//! Classifiers for images of bytes: exact where the method is, and deterministic for any number of threads.
//!
//! Each public folder is one field of methods. A classifier is a struct of settings with scikit-learn's names and defaults; it
//! implements [`Classifier`]. The rows are converted once, into the [`Layout`] that the classifier names, and [`Classifier::fit`]
//! returns a [`Model`] that predicts labels. Threads are those of rayon's current pool.
//!
//! ```
//! use std::sync::Arc;
//!
//! use loader::{ImageBuffer, Label, Preprocessing, Transform};
//! use runner::native::tree::Forest;
//! use runner::native::{Classifier, FitContext, Samples};
//!
//! // Six images of two pixels in two classes: dark ones and bright ones.
//! let images = ImageBuffer::new(vec![0, 9, 10, 3, 20, 8, 200, 190, 210, 250, 220, 199], 1, 2);
//! let labels = [0, 0, 0, 1, 1, 1].map(Label);
//! let transform = Arc::new(Transform::fit(Preprocessing::NONE, images.view()));
//!
//! let forest = Forest {
//!     n_estimators: 20,
//!     ..Forest::default()
//! };
//! let train = Samples::new(images, &transform, forest.layout());
//! let model = forest.fit(&train, &labels, &FitContext::default())?;
//!
//! let queries = Samples::new(ImageBuffer::new(vec![12, 5, 230, 210], 1, 2), &transform, forest.layout());
//! assert_eq!(model.predict(&queries)?, [Label(0), Label(1)]);
//! # Ok::<(), runner::native::FitError>(())
//! ```

pub mod boosting;
pub(crate) mod data;
pub mod dummy;
pub mod gaussian_process;
pub mod generative;
pub mod kernel_svm;
pub(crate) mod kernels;
pub(crate) mod linalg;
pub mod linear;
pub mod linear_svm;
pub mod neighbors;
pub mod neural_network;
pub(crate) mod optim;
pub mod tree;

pub use crate::estimator::class_weight::ClassWeight;
pub use crate::estimator::classifier::{Attributes, Classifier, FitContext, Model};
pub use crate::estimator::error::FitError;
pub use crate::estimator::samples::{Layout, Samples};
