//! Tables that fit the width of the terminal.

use super::renderer::{Render, Renderer};
use super::{changes, own};

pub(super) const RENDERER: Renderer = Renderer {
    name: "terminal",
    file: None,
    full: None, // Its two datasets side by side fit no terminal.
    own: Some(Render::Terminal(own::terminal)),
    changes: Some(Render::Terminal(changes::terminal)),
};
