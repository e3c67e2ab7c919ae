//! Results CSV in, leaderboard out.
//!
//! `results` finds what the runner wrote and `rows` reads it, `board` groups and ranks it, `peers`, `parity` and `speed`
//! compare engines, `scaling` numbers of rows, `render` and the `*_table` modules turn that into text and `splice` puts the text into the README and
//! the pages of `docs`. Nothing here knows what a classifier does: the CSV is all there is.

pub mod board;
pub mod cli;
pub mod error;
pub mod files;
pub mod params;
pub mod parity;
pub mod parity_table;
pub mod peers;
pub mod peers_table;
pub mod reference;
pub mod render;
pub mod results;
pub mod rows;
pub mod scaling;
pub mod scaling_table;
pub mod speed;
pub mod speed_table;
pub mod splice;
mod text;
pub mod tolerances;

pub use board::Board;
pub use error::ReportError;
