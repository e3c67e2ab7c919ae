//! Sources of datasets: folders, the cache, mirrors, a Debian package, a generator.

mod cache;
mod cache_dir;
pub mod catalog;
mod debian;
mod download;
mod export;
mod idx_folder;
mod open;
mod search;
mod synthetic;

pub use cache::read_cached;
pub use export::export;
pub use open::{Source, open};
pub use search::Search;
