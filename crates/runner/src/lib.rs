//! Hemline's runner: reads a grid of classifiers in TOML, and writes one CSV row per fit.

mod cli;
mod embed;
mod estimate;
pub mod estimator;
pub mod families;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod grid;
mod linfa_adapters;
pub mod native;
pub mod params;
pub mod results;
pub mod run;

pub use cli::args::{Cli, EXAMPLES};
pub use cli::command::run;
pub use cli::error::{Exit, RunError};
pub use cli::print::written;
pub use run::halt::survive_file_size_limit;
pub use run::tell::{tell, tell_error};
