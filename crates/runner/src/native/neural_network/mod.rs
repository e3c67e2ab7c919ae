//! Neural networks: the multilayer perceptron.
//!
//! Layers are fully connected, and the loss is the log loss with an l2 penalty. Weights and matrix products are `f32`. Weights are
//! drawn as by Glorot and Bengio (2010), and trained by Adam (Kingma and Ba 2014), stochastic gradient descent or L-BFGS.
//!
//! ```
//! use std::sync::Arc;
//!
//! use loader::{ImageBuffer, Label, Preprocessing, Transform};
//! use runner::native::neural_network::{MultilayerPerceptron, Solver};
//! use runner::native::{Classifier, FitContext, Samples};
//!
//! let images = ImageBuffer::new(vec![0, 20, 230, 250], 1, 1);
//! let transform = Arc::new(Transform::fit(Preprocessing::STANDARD, images.view()));
//! let classifier = MultilayerPerceptron {
//!     hidden_layer_sizes: vec![4],
//!     solver: Solver::Lbfgs,
//!     ..MultilayerPerceptron::default()
//! };
//! let rows = Samples::new(images, &transform, classifier.layout());
//! let labels = [0, 0, 1, 1].map(Label);
//! let model = classifier.fit(&rows, &labels, &FitContext::default())?;
//! assert_eq!(model.predict(&rows)?, labels);
//! # Ok::<(), runner::native::FitError>(())
//! ```

pub(crate) mod classifier;
pub(crate) mod network;
pub(crate) mod optimizer;
pub(crate) mod settings;
pub(crate) mod training;

pub use network::Activation;
pub use optimizer::{LearningRate, Optimizer};
pub use settings::{MultilayerPerceptron, Solver};
