//! Datasets by name: finds the files, verifies their checksums and keeps one decompressed copy in a cache.
//!
//! The crate knows files, checksums, labels and preprocessing, but no classifier. Pixels stay `u8` until a caller asks a
//! [`Transform`] for floats.

mod data;
mod error;
#[cfg(fuzzing)]
pub mod fuzzing;
mod source;

pub mod augment;
pub mod import;
pub mod preprocessing;
pub mod sprite;

pub use augment::{Augment, AugmentError};
pub use data::{CacheHold, Dataset, FileStamp, FileSum, ImageBuffer, Images, Label, Part, Split, idx};
pub use error::LoadError;
pub use preprocessing::{Preprocessing, PreprocessingError, Transform};
pub use source::{
    ExportedFile, ExportedFiles, Search, Source, cache_warning, cached_file, catalog, export, local, open,
    read_cached, read_cached_checked,
};
