//! Sources of datasets: folders, the cache, mirrors, a Debian package, a generator.

mod cache;
mod cache_dir;
mod cache_format;
pub mod catalog;
mod debian;
mod download;
mod export;
mod exported_files;
mod file_lock;
pub(crate) mod idx_file;
mod idx_folder;
pub(crate) mod labels_file;
pub mod local;
pub(crate) mod memory;
mod open;
pub(crate) mod regular_file;
mod search;
mod synthetic;
mod temp_cache;

pub use cache::{read_cached, read_cached_checked};
pub use cache_dir::{cache_warning, cached_file};
pub use export::export;
pub use exported_files::{ExportedFile, ExportedFiles};
pub use open::{Source, open};
pub use search::Search;
