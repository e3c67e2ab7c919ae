//! Reads results CSV files into typed rows, and what the cells predicted.

pub mod class_names;
mod contradictions;
pub mod embeddings;
pub mod engines;
pub mod families;
pub mod findings;
pub mod kinds;
pub mod label_records;
pub mod labels;
pub mod machines;
pub mod packed;
pub mod params;
pub(crate) mod regular_file;
pub mod results_files;
pub mod row;
pub mod rows;
pub mod schema;
pub mod text;

pub use findings::Findings;
pub use machines::Machine;
pub use params::Params;
pub use results_files::{Results, ResultsFile};
pub use row::{Row, Status};
