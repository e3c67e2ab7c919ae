//! `--plan`: the cells of a grid as text.

use command_line::wrapped;
use std::path::Path;

use crate::cli::count::{count, thousands};
use crate::cli::error::RunError;
use crate::cli::jobs::Job;
use crate::cli::pending::n_due;
use crate::grid::point::spaced;
use crate::results::parse::read_rows;

/// Below a cell, text begins where its label begins: after the 16 digits of its identity.
const INDENT: &str = "                 ";

/// The text of `--plan`: one line per cell, further names of its point below it, and the number of cells. `results` is the folder
/// whose rows say which cells are due. Lines longer than `width` characters are broken, if it is given.
///
/// # Errors
/// A results file that cannot be read.
pub(crate) fn show_plan(job: &Job, results: &Path, width: Option<u16>) -> Result<String, RunError> {
    let cells = &job.plan.cells;
    let mut lines = Vec::new();
    for cell in cells {
        let point = &cell.point;
        let mut line = format!("{} {} · {}", cell.id.0, cell.label(), count(point.n_train, "row"));
        if let Some(reason) = &point.refused {
            line += &format!(" · refused: {reason}");
        }
        lines.push(line);
        let names = point.names[1..].iter();
        lines.extend(names.map(|name| format!("{INDENT}same problem as {}", spaced(name))));
    }
    let n_refused = cells.iter().filter(|cell| cell.point.refused.is_some()).count();
    let path = job.results_file(results);
    let n_due = n_due(job, &read_rows(&path)?);
    let due = match (n_due, path.exists()) {
        (_, false) => "all are due".to_owned(),
        (0, true) => format!("none is due: {} has them", path.display()),
        (n, true) => format!("{} due, {} has the others", thousands(n), path.display()),
    };
    lines.push(format!(
        "{}: {}, {} of them refused; {due}",
        job.path.display(),
        count(cells.len(), "cell"),
        thousands(n_refused),
    ));
    let fitted = |line: String| match width {
        Some(width) => wrapped(&line, usize::from(width), "", INDENT),
        None => line,
    };
    let lines: Vec<String> = lines.into_iter().map(fitted).collect();
    Ok(lines.join("\n") + "\n")
}
