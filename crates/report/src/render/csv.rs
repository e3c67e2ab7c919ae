//! The board as CSV, one line per point and dataset, for a spreadsheet or a data frame.

use super::record::records;
use super::renderer::{Render, Renderer};
use crate::board::Board;
use crate::cells;

pub(super) const RENDERER: Renderer = Renderer {
    name: "csv",
    file: None,
    render: Render::Text(render),
};

fn render(board: &Board) -> String {
    cells::csv_table(records(board))
}
