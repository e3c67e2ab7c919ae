//! Names to verified arrays: finds a dataset, checks that its bytes are what the name says, keeps one decompressed copy.
//!
//! Knows files, checksums, labels and preprocessing; knows no classifier. Pixels stay `u8` until a caller asks a
//! [`Scaler`] for floats.

mod cache;
mod dataset;
mod debian;
mod download;
mod error;
mod export;
mod files;
mod hog;
mod open;
mod pca;
mod preprocessing;
mod scaler;
mod search;
mod sums;
mod synthetic;

pub mod catalog;
pub mod idx;
pub mod sprite;

pub use cache::read_cached;
pub use dataset::{Dataset, FileSum, ImageBuffer, Images, Label, Split};
pub use error::LoadError;
pub use export::export;
pub use hog::Hog;
pub use open::{Source, open};
pub use preprocessing::{Preprocessing, PreprocessingError};
pub use scaler::Scaler;
pub use search::Search;
