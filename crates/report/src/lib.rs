//! Reads results CSV files and renders the leaderboard and the tables.

pub mod atomic_file;
pub mod board;
mod cells;
pub mod cli;
pub mod error;
pub mod input;
pub mod render;
pub mod splice;
pub mod tables;

pub use board::Board;
pub use error::ReportError;
