//! What the program needs to know of an output format.

use crate::board::{Board, Changes, OwnBoard};

/// An output format, and what can be printed in it.
pub struct Renderer {
    /// Name on the command line.
    pub name: &'static str,
    /// The file in the results folder that `report` writes in this format, if any.
    pub file: Option<&'static str>,
    /// Renders the full leaderboard, for `report`.
    pub full: Option<Render<Board>>,
    /// Renders a board of own rows, for `report show`.
    pub own: Option<Render<OwnBoard>>,
    /// Renders a comparison of two boards, for `report compare`.
    pub changes: Option<Render<Changes>>,
}

/// How a value is rendered in a format.
pub enum Render<T> {
    /// As text.
    Text(fn(&T) -> String),
    /// As text of at most some characters a line, where words allow it.
    Terminal(fn(&T, usize) -> String),
    /// As bytes that no terminal can show; `None` where the format is not built in.
    Bytes(fn(&T) -> Option<Vec<u8>>),
    /// As a page of HTML, which shows more than the value: the module `page` makes it.
    Page,
}

/// What can be printed in several formats.
pub trait Rendered: Sized + 'static {
    /// How a format renders it, if it can.
    fn render(of: &Renderer) -> Option<&Render<Self>>;
}

impl Rendered for Board {
    fn render(of: &Renderer) -> Option<&Render<Self>> {
        of.full.as_ref()
    }
}

impl Rendered for OwnBoard {
    fn render(of: &Renderer) -> Option<&Render<Self>> {
        of.own.as_ref()
    }
}

impl Rendered for Changes {
    fn render(of: &Renderer) -> Option<&Render<Self>> {
        of.changes.as_ref()
    }
}
