//! Generative classifiers: each models how the features are distributed within a class, and the likeliest class predicts.
//!
//! - [`BernoulliNb`], [`MultinomialNb`]: naive Bayes on binary features and on counts (Manning, Raghavan, Schütze 2008,
//!   Introduction to Information Retrieval, chapter 13).
//! - [`GaussianNb`]: naive Bayes with one normal distribution per class and feature.
//! - [`LinearDiscriminant`], [`QuadraticDiscriminant`]: multivariate normal distributions with a shared covariance, or one
//!   covariance per class (Hastie, Tibshirani, Friedman 2009, The Elements of Statistical Learning, section 4.3).
//! - [`NearestCentroid`]: class means or medians, with optional shrinkage (Tibshirani et al. 2002).
//!
//! All sums over training rows are exact or in a fixed order, so the order of the rows changes no prediction.
//!
//! ```
//! use std::sync::Arc;
//!
//! use loader::{ImageBuffer, Label, Preprocessing, Transform};
//! use runner::native::generative::GaussianNb;
//! use runner::native::{Classifier, FitContext, Samples};
//!
//! // Four images of 1x2 pixels: two dark ones with label 0, two bright ones with label 1.
//! let train = ImageBuffer::new(vec![10, 20, 30, 5, 200, 250, 240, 210], 1, 2);
//! let test = ImageBuffer::new(vec![15, 15, 220, 230], 1, 2);
//! let transform = Arc::new(Transform::fit(Preprocessing::NONE, train.view()));
//!
//! let classifier = GaussianNb::default();
//! let train = Samples::new(train, &transform, classifier.layout());
//! let test = Samples::new(test, &transform, classifier.layout());
//! let labels = [0, 0, 1, 1].map(Label);
//! let model = classifier.fit(&train, &labels, &FitContext::default())?;
//! assert_eq!(model.predict(&test)?, [Label(0), Label(1)]);
//! # Ok::<(), runner::native::FitError>(())
//! ```

pub(crate) mod additive_model;
pub(crate) mod bernoulli_nb;
pub(crate) mod class_moments;
pub(crate) mod gaussian_density;
pub(crate) mod gaussian_nb;
pub(crate) mod linear_discriminant;
pub(crate) mod multinomial_nb;
pub(crate) mod nearest_centroid;
pub(crate) mod quadratic_discriminant;
pub(crate) mod shrinkage;

pub use crate::estimator::priors::Priors;
pub use bernoulli_nb::BernoulliNb;
pub use gaussian_nb::GaussianNb;
pub use linear_discriminant::{LinearDiscriminant, LinearDiscriminantSolver};
pub use multinomial_nb::MultinomialNb;
pub use nearest_centroid::{CentroidMetric, NearestCentroid};
pub use quadratic_discriminant::{QuadraticDiscriminant, QuadraticDiscriminantSolver};
pub use shrinkage::Shrinkage;
