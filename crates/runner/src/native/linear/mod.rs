//! Linear models: one score per class, which is a weighted sum of the features plus an intercept.
//!
//! - [`Ridge`]: least squares on the targets 1 and -1, solved by the normal equations.
//! - [`SmoothLinear`]: logistic regression and the squared-hinge support vector machine, by L-BFGS or proximal Newton.
//! - [`OnlineLearner`]: stochastic gradient descent, the perceptron and passive-aggressive learners.
//!
//! For two classes a model has a single hyperplane, whose positive side is the class of the higher label. Equal scores go to the lower label.
//!
//! ```
//! use loader::Label;
//! use ndarray::array;
//! use runner::native::linear::{OnlineLearner, Ridge, SmoothLinear};
//! use runner::native::{Classifier, FitContext, Samples};
//!
//! // Four rows of two features; the first feature decides the class.
//! let rows = Samples::from_f32(array![[0.0, 0.3], [0.1, 0.0], [0.9, 0.1], [1.0, 0.2]]);
//! let labels = [0, 0, 1, 1].map(Label);
//!
//! let logistic = SmoothLinear::logistic_regression();
//! let perceptron = OnlineLearner::perceptron();
//! let ridge = Ridge::default();
//! for classifier in [&logistic as &dyn Classifier, &perceptron, &ridge] {
//!     let model = classifier.fit(&rows, &labels, &FitContext::default())?;
//!     assert_eq!(model.predict(&rows)?, labels);
//! }
//! # Ok::<(), runner::native::FitError>(())
//! ```
//!
//! # References
//! Hastie, Tibshirani, Friedman (2009), The Elements of Statistical Learning, chapters 3 and 4; Liu, Nocedal (1989), On the limited memory
//! BFGS method; Yuan, Ho, Lin (2012), An improved GLMNET for L1-regularized logistic regression; Bottou (2012), Stochastic Gradient Descent
//! Tricks.

pub(crate) mod hessian_model;
pub(crate) mod intercept_scaling;
pub(crate) mod linear_model;
pub(crate) mod loss_hessian;
pub(crate) mod online_hyperplane;
pub(crate) mod online_learner;
pub(crate) mod online_settings;
pub(crate) mod penalty;
pub(crate) mod ridge;
pub(crate) mod smooth_linear;
pub(crate) mod smooth_loss;
pub(crate) mod smooth_problem;
pub(crate) mod smoothed_max;
pub(crate) mod subspace;
pub(crate) mod subspace_lbfgs;
#[cfg(test)]
pub(crate) mod test_hyperplanes;

pub use online_settings::{OnlineLearner, OnlineLoss, StepRule};
pub use penalty::ElasticNet;
pub use ridge::Ridge;
pub use smooth_linear::{LinearLoss, SmoothLinear};
