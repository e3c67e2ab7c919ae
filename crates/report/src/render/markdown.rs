//! Markdown: the page of the leaderboard, and tables for other pages.

use super::renderer::{Render, Renderer};
use super::{changes, leaderboard, own};

pub(super) const RENDERER: Renderer = Renderer {
    name: "markdown",
    file: Some(leaderboard::FILE),
    full: Some(Render::Text(leaderboard::markdown)),
    own: Some(Render::Text(own::markdown)),
    changes: Some(Render::Text(changes::markdown)),
};
