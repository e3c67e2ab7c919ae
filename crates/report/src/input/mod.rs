//! Reads the CSV files that the runner writes into typed rows.

pub mod params;
pub mod results_files;
pub mod rows;
pub mod schema;

pub use params::Params;
pub use results_files::{Results, ResultsFile};
pub use rows::{Row, Status};
