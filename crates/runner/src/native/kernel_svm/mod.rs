//! Support vector machines with a kernel, by the method of LIBSVM: [`Svc`].
//!
//! ```
//! use std::sync::Arc;
//!
//! use loader::{ImageBuffer, Label, Preprocessing, Transform};
//! use runner::native::kernel_svm::{Gamma, Svc};
//! use runner::native::{Classifier, FitContext, Samples};
//!
//! // Images of one pixel: dark and bright ones are of class 0, the others of class 1. No hyperplane separates them.
//! let images = ImageBuffer::new(vec![0, 10, 245, 255, 120, 130], 1, 1);
//! let labels = [0, 0, 0, 0, 1, 1].map(Label);
//! let transform = Arc::new(Transform::fit(Preprocessing::UNIT, images.view()));
//! let svc = Svc { c: 100.0, gamma: Gamma::Number(10.0), ..Svc::default() };
//! let rows = Samples::new(images, &transform, svc.layout());
//! let model = svc.fit(&rows, &labels, &FitContext::default())?;
//! assert_eq!(model.predict(&rows)?, labels);
//! # Ok::<(), runner::native::FitError>(())
//! ```
//!
//! # Reference
//! Chang, Lin (2011), LIBSVM: A Library for Support Vector Machines.

pub(crate) mod class_rows;
pub(crate) mod intra_class_kernel;
pub(crate) mod linear_pair;
pub(crate) mod lru_cache;
pub(crate) mod one_vs_one;
pub(crate) mod options;
pub(crate) mod pair_kernel;
pub(crate) mod smo;
pub(crate) mod svc;
pub(crate) mod training;
pub(crate) mod warm_start;

pub use crate::estimator::svm_kernel::{Gamma, Kernel};
pub use svc::Svc;
