//! The board as JSON, numbers as measured, for other programs.

use super::renderer::Renderer;
use crate::board::Board;

pub(super) const RENDERER: Renderer = Renderer {
    name: "json",
    file: None,
    render,
};

fn render(board: &Board) -> String {
    let mut text =
        serde_json::to_string_pretty(board).expect("a board has text keys and finite numbers only");
    text.push('\n');
    text
}
