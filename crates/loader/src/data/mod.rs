//! Images, labels, the IDX format and checksums: bytes in memory, no files.

pub(crate) mod checksum;
mod dataset;
pub mod idx;
mod images;
mod part;

pub use dataset::{Dataset, FileSum, Split};
pub use images::{ImageBuffer, Images, Label};
pub use part::Part;
