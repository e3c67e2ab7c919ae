//! Linear support vector machines, solved to the optimum of the hinge loss.
//!
//! - [`OneVsRestHinge`]: one two-class problem per class, by Newton steps on a smoothed loss and an exact active-set end.
//! - [`CrammerSinger`]: one problem for all classes, in the dual.
//!
//! The squared hinge loss is smooth: see [`SmoothLinear`](crate::native::linear::SmoothLinear). For two classes a model has a single hyperplane,
//! whose positive side is the class of the higher label. Equal scores go to the lower label.
//!
//! ```
//! use std::sync::Arc;
//!
//! use loader::{ImageBuffer, Label, Preprocessing, Transform};
//! use runner::native::linear_svm::OneVsRestHinge;
//! use runner::native::{Classifier, FitContext, Samples};
//!
//! // Four images of 1 × 2 pixels; the left pixel decides the class.
//! let images = ImageBuffer::new(vec![0, 9, 10, 0, 200, 3, 255, 8], 1, 2);
//! let labels = [0, 0, 1, 1].map(Label);
//! let transform = Arc::new(Transform::fit(Preprocessing::UNIT, images.view()));
//! let svm = OneVsRestHinge { c: 10.0, ..OneVsRestHinge::default() };
//! let rows = Samples::new(images, &transform, svm.layout());
//! let model = svm.fit(&rows, &labels, &FitContext::default())?;
//! assert_eq!(model.predict(&rows)?, labels);
//! assert_eq!(model.warning(), None);
//! # Ok::<(), runner::native::FitError>(())
//! ```
//!
//! # References
//! Fan, Chang, Hsieh, Wang, Lin (2008), LIBLINEAR: A Library for Large Linear Classification; Keerthi, DeCoste (2005), A modified finite Newton
//! method for fast solution of large scale linear SVMs; Crammer, Singer (2001), On the Algorithmic Implementation of Multiclass Kernel-based
//! Vector Machines.

pub(crate) mod active_set;
pub(crate) mod continuation;
pub(crate) mod crammer_singer;
pub(crate) mod dual_progress;
pub(crate) mod newton_system;
pub(crate) mod one_vs_rest_hinge;
pub(crate) mod problem;
pub(crate) mod solver;

pub use crammer_singer::CrammerSinger;
pub use one_vs_rest_hinge::OneVsRestHinge;
