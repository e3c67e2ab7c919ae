//! `--plan`: the cells of a grid as text.

use std::fmt::Write;

use crate::cli::count::count;
use crate::cli::jobs::Job;

/// The text of `--plan`: one line per cell, further names of its point below it, and the number of cells.
pub(crate) fn show_plan(job: &Job) -> String {
    let cells = &job.plan.cells;
    let mut text = String::new();
    for cell in cells {
        let point = &cell.point;
        let n_train = count(point.n_train, "row");
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{} {} · {n_train}", cell.id.0, cell.label());
        if let Some(reason) = &point.refused {
            let _ = write!(text, " · refused: {reason}");
        }
        text.push('\n');
        for name in &point.names[1..] {
            let _ = writeln!(text, "                 same problem as {name}");
        }
    }
    let n_refused = cells.iter().filter(|cell| cell.point.refused.is_some()).count();
    let n_cells = count(cells.len(), "cell");
    let _ = writeln!(text, "{}: {n_cells}, {n_refused} refused", job.path.display());
    text
}
