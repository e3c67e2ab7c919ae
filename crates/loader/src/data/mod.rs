//! Images, labels, the IDX format and checksums, all in memory.

pub(crate) mod checksum;
mod dataset;
pub mod idx;
mod images;
mod part;

pub use dataset::{Dataset, FileSum, Split};
pub use images::{ImageBuffer, Images, Label};
pub use part::Part;
