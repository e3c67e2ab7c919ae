//! Gaussian process classification by the Laplace approximation.
//!
//! Binary problems have the kernel 1.0 × RBF. They follow algorithms 3.1 (posterior mode) and 3.2 (predictive variance) of
//! Rasmussen and Williams (2006), Gaussian Processes for Machine Learning. More than two classes are split one-vs-rest or one-vs-one.
//!
//! Training rows are grouped into connected components: between components every covariance is below 1e-12 and is dropped.
//! The covariance is then block diagonal, and the cost is cubic in the largest component instead of in all rows.
//!
//! ```
//! use std::sync::Arc;
//!
//! use loader::{ImageBuffer, Label, Preprocessing, Transform};
//! use runner::native::gaussian_process::GaussianProcess;
//! use runner::native::{Classifier, FitContext, Samples};
//!
//! let images = ImageBuffer::new(vec![0, 20, 230, 250], 1, 1);
//! let transform = Arc::new(Transform::fit(Preprocessing::UNIT, images.view()));
//! let classifier = GaussianProcess { length_scale: 0.3, ..GaussianProcess::default() };
//! let rows = Samples::new(images, &transform, classifier.layout());
//! let labels = [0, 0, 1, 1].map(Label);
//! let model = classifier.fit(&rows, &labels, &FitContext::default())?;
//! assert_eq!(model.predict(&rows)?, labels);
//! assert_eq!(model.warning(), None);
//! # Ok::<(), runner::native::FitError>(())
//! ```

pub(crate) mod classifier;
pub(crate) mod connected_components;
pub(crate) mod covariance;
pub(crate) mod laplace;
pub(crate) mod logistic_normal;
pub(crate) mod multiclass_model;
pub(crate) mod multiclass_scheme;
pub(crate) mod predictive_variance;
pub(crate) mod squared_distances;
#[cfg(test)]
pub(crate) mod test_rows;

pub use classifier::GaussianProcess;
pub use multiclass_scheme::MultiClass;
