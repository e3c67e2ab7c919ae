//! Gradient-boosted trees for the multinomial log-loss, on bytes or binned floats.
//!
//! Each round adds one tree per class, or a single tree if there are two classes.
//! - [`GradientBoosting`]: regression trees grown depth first on the negative gradient (Friedman, 2001).
//! - [`HistGradientBoosting`]: Newton trees grown best first on gradient and Hessian, with binned features
//!   (Ke et al., 2017, LightGBM; scikit-learn's `HistGradientBoostingClassifier`).
//!
//! Gradients and Hessians are rounded to fixed point, so their sums are exact. Predictions depend on the seed alone, for
//! any number of threads.
//!
//! ```
//! use std::sync::Arc;
//!
//! use loader::{ImageBuffer, Label, Preprocessing, Transform};
//! use runner::native::boosting::GradientBoosting;
//! use runner::native::{Classifier, FitContext, Samples};
//!
//! // Six images of two pixels. The second pixel tells the classes apart.
//! let images = ImageBuffer::new(vec![7, 10, 3, 20, 9, 30, 8, 200, 2, 210, 5, 220], 1, 2);
//! let labels = [0, 0, 0, 1, 1, 1].map(Label);
//! let transform = Arc::new(Transform::fit(Preprocessing::NONE, images.view()));
//!
//! let classifier = GradientBoosting { n_estimators: 5, ..GradientBoosting::default() };
//! let train = Samples::new(images, &transform, classifier.layout());
//! let model = classifier.fit(&train, &labels, &FitContext::default())?;
//!
//! let queries = ImageBuffer::new(vec![4, 15, 4, 250], 1, 2);
//! let queries = Samples::new(queries, &transform, classifier.layout());
//! assert_eq!(model.predict(&queries)?, [Label(0), Label(1)]);
//! # Ok::<(), runner::native::FitError>(())
//! ```

pub(crate) mod bin_mapper;
pub(crate) mod bin_thresholds;
pub(crate) mod boosted_model;
pub(crate) mod divergence;
pub(crate) mod early_stopping;
pub(crate) mod gradient_boosting;
pub(crate) mod hist_gradient_boosting;
pub(crate) mod histogram_splitter;
pub(crate) mod newton_tree;
pub(crate) mod raw_scores;
pub(crate) mod regression_tree;
pub(crate) mod root_histograms;
pub(crate) mod row_partition;
pub(crate) mod split_search;

pub use crate::estimator::subset_size::SubsetSize;
pub use early_stopping::{EarlyStopping, EarlyStoppingMode};
pub use gradient_boosting::GradientBoosting;
pub use hist_gradient_boosting::HistGradientBoosting;
pub use newton_tree::NewtonTreeSettings;
pub use regression_tree::{RegressionCriterion, RegressionTreeSettings};
