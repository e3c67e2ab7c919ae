//! The board as JSON, with unrounded numbers, for other programs.

use super::renderer::Renderer;
use crate::board::Board;

pub(super) const RENDERER: Renderer = Renderer {
    name: "json",
    file: None,
    render,
};

fn render(board: &Board) -> String {
    let mut text = serde_json::to_string_pretty(board).expect("all keys are text and all numbers are finite");
    text.push('\n');
    text
}
