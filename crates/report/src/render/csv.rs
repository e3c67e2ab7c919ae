//! CSV, one line per point and dataset, for a spreadsheet or a data frame.

use super::renderer::{Render, Renderer};
use super::{changes, own, record};
use crate::cells;

pub(super) const RENDERER: Renderer = Renderer {
    name: "csv",
    file: None,
    full: Some(Render::Text(|board| cells::csv_table(record::records(board)))),
    own: Some(Render::Text(|board| cells::csv_table(own::records(board)))),
    changes: Some(Render::Text(|all| cells::csv_table(changes::records(all)))),
};
