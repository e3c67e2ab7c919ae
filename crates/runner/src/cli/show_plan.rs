//! `--plan`: the cells of a grid as text.

use std::fmt::Write;
use std::path::Path;

use crate::cli::count::{count, thousands};
use crate::cli::error::RunError;
use crate::cli::jobs::Job;
use crate::cli::pending::n_due;
use crate::results::parse::read_rows;

/// The text of `--plan`: one line per cell, further names of its point below it, and the number of cells. `results` is the folder
/// whose rows say which cells are due.
///
/// # Errors
/// A results file that cannot be read.
pub(crate) fn show_plan(job: &Job, results: &Path) -> Result<String, RunError> {
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
    let path = job.results_file(results);
    let n_due = n_due(job, &read_rows(&path)?);
    let due = match (n_due, path.exists()) {
        (_, false) => "all are due".to_owned(),
        (0, true) => format!("none is due: {} has them", path.display()),
        (n, true) => format!("{} due, {} has the others", thousands(n), path.display()),
    };
    let _ = writeln!(
        text,
        "{}: {}, {} of them refused; {due}",
        job.path.display(),
        count(cells.len(), "cell"),
        thousands(n_refused),
    );
    Ok(text)
}
