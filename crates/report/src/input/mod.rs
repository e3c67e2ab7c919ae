//! Reads results CSV files into typed rows.

pub mod engines;
pub mod families;
pub mod params;
pub mod results_files;
pub mod rows;
pub mod schema;

pub use params::Params;
pub use results_files::{Results, ResultsFile};
pub use rows::{Row, Status};
