//! Names to verified arrays: finds a dataset, checks that its bytes are what the name says, keeps one decompressed copy.
//!
//! Knows files, checksums, labels and preprocessing; knows no classifier. Pixels stay `u8` until a caller asks a
//! [`Scaler`] for floats.

mod data;
mod error;
mod preprocessing;
mod source;

pub mod sprite;

pub use data::{Dataset, FileSum, ImageBuffer, Images, Label, Part, Split, idx};
pub use error::LoadError;
pub use preprocessing::{Hog, Preprocessing, PreprocessingError, Scaler};
pub use source::{Search, Source, catalog, export, open, read_cached};
