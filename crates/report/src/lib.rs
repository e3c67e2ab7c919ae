//! Reads results CSV files and renders the leaderboard and the tables that compare engines.
//!
//! The steps: `input` reads rows, `board` groups and ranks them, `render` and `tables` produce text, `splice` inserts it into
//! the README and the pages of `docs`. This crate knows no classifier; the CSV files are its only input.

mod atomic_file;
pub mod board;
mod cells;
pub mod charts;
pub mod cli;
pub mod error;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod input;
pub mod page;
mod prose;
pub mod render;
pub mod splice;
pub mod statistics;
pub mod tables;

pub use board::Board;
pub use error::ReportError;
