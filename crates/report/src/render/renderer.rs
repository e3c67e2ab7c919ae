//! One format of the leaderboard.

use crate::board::Board;

/// A format that a board can be written in.
pub struct Renderer {
    /// Its name on the command line.
    pub name: &'static str,
    /// The file in the results folder that a plain `report` keeps up to date with it, if any.
    pub file: Option<&'static str>,
    /// Writes the whole board.
    pub render: fn(&Board) -> String,
}
