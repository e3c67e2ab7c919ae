//! Exact k-nearest-neighbors classification on bytes or floats (Cover, Hart, 1967).
//!
//! [`KNeighbors`] compares a query with every training row. A cheap lower bound of the distance excludes most rows
//! before their exact distance is computed, so the neighbors are exact.
//!
//! ```
//! use std::sync::Arc;
//!
//! use loader::{ImageBuffer, Label, Preprocessing, Transform};
//! use runner::native::neighbors::{KNeighbors, Metric};
//! use runner::native::{Classifier, FitContext, Samples};
//!
//! // Four images of two pixels.
//! let images = ImageBuffer::new(vec![0, 0, 0, 9, 200, 200, 210, 190], 1, 2);
//! let labels = [3, 3, 7, 7].map(Label);
//! let transform = Arc::new(Transform::fit(Preprocessing::NONE, images.view()));
//!
//! let classifier = KNeighbors { n_neighbors: 2, metric: Metric::Manhattan, ..KNeighbors::default() };
//! let train = Samples::new(images, &transform, classifier.layout());
//! let model = classifier.fit(&train, &labels, &FitContext::default())?;
//!
//! let queries = Samples::new(ImageBuffer::new(vec![10, 10], 1, 2), &transform, classifier.layout());
//! assert_eq!(model.predict(&queries)?, [Label(3)]);
//! # Ok::<(), runner::native::FitError>(())
//! ```

pub(crate) mod byte_distance;
pub(crate) mod float_distance;
pub(crate) mod float_quantizer;
pub(crate) mod index;
pub(crate) mod k_neighbors;
pub(crate) mod metric;
pub(crate) mod projected_index;
pub(crate) mod projection;
pub(crate) mod quantized_index;
pub(crate) mod row_distance;
pub(crate) mod scalar_quantizer;
pub(crate) mod top_k;

pub use crate::estimator::neighbor_vote::Weights;
pub use k_neighbors::KNeighbors;
pub use metric::Metric;
