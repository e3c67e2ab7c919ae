//! Features learned from patches: responses to k-means centres of whitened patches, summed over the cells of the image.
//!
//! This is the single-layer network of Coates, Lee and Ng. The steps of a fit:
//! 1. A sample of patches is drawn from the training images; `extraction.rs` also normalizes the contrast of each patch.
//! 2. ZCA whitening removes the correlation of neighbouring pixels: `whitening.rs`.
//! 3. Spherical k-means learns the centres, each of norm 1: `seeding.rs` and `k_means.rs`.
//! 4. The mean and variance of each feature over the training rows: `../scaling.rs`.
//!
//! An image has one patch at each position. `encoder.rs` multiplies them with all centres, encodes the products and sums them
//! by pooling cell, block by block, so that the products stay in the cache.
//!
//! The features depend on the order of the training rows, which the sample follows, but never on the number of threads.
//!
//! # Memory
//! Besides images and features: the sampled patches (`4 × max_patches × size²` bytes), as much again at most while the first
//! centres are chosen, and 1 MiB per thread. [`Transform::fit_to_f32`](crate::Transform::fit_to_f32) standardises the features
//! of the training rows in place.
//!
//! # References
//! - Coates, Lee and Ng (2011), An Analysis of Single-Layer Networks in Unsupervised Feature Learning.
//! - Coates and Ng (2011), The Importance of Encoding Versus Training with Sparse Coding and Vector Quantization.
//! - Coates and Ng (2012), Learning Feature Representations with K-means.

mod encoder;
mod extraction;
mod k_means;
mod method;
mod random;
mod seeding;
mod settings;
#[cfg(test)]
mod test_images;
mod whitening;

pub use settings::{PatchEncoding, Patches};
