//! One page to sort and filter in a browser, with charts.

use super::renderer::{Render, Renderer};

pub(super) const RENDERER: Renderer = Renderer {
    name: "html",
    file: None,
    full: None, // `report` writes it into the docs folder, beside the pictures that it shows.
    own: Some(Render::Page),
    changes: None,
};
