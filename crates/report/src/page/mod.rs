//! The board as one page: a self-contained HTML file that needs no other file and asks nobody for anything.

mod claims;
mod classes;
mod command;
mod data;
mod document;
mod fallback;

pub use classes::{ACROSS, THUMBNAIL};
pub use document::{Source, page};
