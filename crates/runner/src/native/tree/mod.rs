//! Decision trees and forests of them, on bytes or binned floats.
//!
//! [`Forest`] is CART (Breiman, Friedman, Olshen, Stone, 1984), the random forest (Breiman, 2001) and extremely
//! randomized trees (Geurts, Ernst, Wehenkel, 2006), with the settings and defaults of scikit-learn.
//!
//! A byte has 256 values, so a node counts its rows by value and class and looks at every threshold. Preprocessing of
//! single pixels is monotonic, so bytes give the same splits as floats. Other features are searched in at most 255 bins.
//! Predictions depend on the seed alone, for any number of threads.
//!
//! ```
//! use std::sync::Arc;
//!
//! use loader::{ImageBuffer, Label, Preprocessing, Transform};
//! use runner::native::tree::Forest;
//! use runner::native::{Classifier, FitContext, Samples};
//!
//! // Six images of two pixels. The second pixel tells the classes apart.
//! let images = ImageBuffer::new(vec![7, 10, 3, 20, 9, 30, 8, 200, 2, 210, 5, 220], 1, 2);
//! let labels = [0, 0, 0, 1, 1, 1].map(Label);
//! let transform = Arc::new(Transform::fit(Preprocessing::NONE, images.view()));
//!
//! let forest = Forest { n_estimators: 10, ..Forest::random_forest() };
//! let train = Samples::new(images, &transform, forest.layout());
//! let model = forest.fit(&train, &labels, &FitContext { seed: 1, memory: None })?;
//!
//! let queries = ImageBuffer::new(vec![4, 15, 4, 250], 1, 2);
//! let queries = Samples::new(queries, &transform, forest.layout());
//! assert_eq!(model.predict(&queries)?, [Label(0), Label(1)]);
//! # Ok::<(), runner::native::FitError>(())
//! ```

pub(crate) mod bootstrap;
pub(crate) mod builder;
pub(crate) mod decision_tree;
pub(crate) mod feature_sampler;
pub(crate) mod forest;
pub(crate) mod nodes;
pub(crate) mod tree_features;

pub use crate::estimator::split_criterion::SplitCriterion;
pub use crate::estimator::subset_size::SubsetSize;
pub use decision_tree::{Splitter, TreeSettings};
pub use forest::Forest;
