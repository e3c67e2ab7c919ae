//! Hemline's runner: a grid of classifiers in TOML goes in, one row of CSV a fit comes out.
//!
//! The data flow is the order of the folders: [`grid`] reads the file and plans the cells, [`mod@run`] has them done in child
//! processes, [`classifiers`] holds what is trained, [`params`] what can be set.

pub mod classifiers;
mod cli;
mod clock;
mod command;
mod error;
pub mod grid;
mod kernels;
mod list;
pub mod params;
mod planning;
mod provenance;
pub mod run;
pub mod score;
mod units;

pub use cli::Cli;
pub use command::run;
pub use error::{Exit, RunError};
