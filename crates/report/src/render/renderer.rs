//! What the program needs to know of a leaderboard format.

use crate::board::Board;

/// A format of the leaderboard.
pub struct Renderer {
    /// Name on the command line.
    pub name: &'static str,
    /// The file in the results folder that `report` writes in this format, if any.
    pub file: Option<&'static str>,
    /// Renders the full board.
    pub render: Render,
}

/// How a format is rendered.
#[derive(Clone, Copy)]
pub enum Render {
    /// As text.
    Text(fn(&Board) -> String),
    /// As bytes that no terminal can show; `None` where the format is not built in.
    Bytes(fn(&Board) -> Option<Vec<u8>>),
}
