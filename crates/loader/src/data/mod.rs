//! Images, labels, the IDX format, checksums and stamps of files.

mod cache_hold;
pub(crate) mod checksum;
mod dataset;
mod file_stamp;
pub mod idx;
mod images;
mod part;
pub(crate) mod threads;

pub use cache_hold::CacheHold;
pub use dataset::{Dataset, FileSum, Split};
pub use file_stamp::FileStamp;
pub use images::{ImageBuffer, Images, Label};
pub use part::Part;
