//! Results CSV in, leaderboard out.
//!
//! `rows` reads what the runner wrote, `board` groups and ranks it, `render` turns it into text and `splice` puts that
//! text into the README. Nothing here knows what a classifier does: the CSV is all there is.

pub mod board;
pub mod cli;
pub mod error;
pub mod files;
pub mod params;
pub mod peers;
pub mod peers_table;
pub mod reference;
pub mod render;
pub mod rows;
pub mod splice;
mod text;

pub use board::Board;
pub use error::ReportError;
