//! The cells of a plan that still have to run, given the rows of earlier runs.

use crate::cli::args::RunArgs;
use crate::cli::count::count;
use crate::cli::error::RunError;
use crate::cli::jobs::Job;
use crate::grid::plan::Cell;
use crate::results::row::Row;
use crate::results::sink::Sink;
use crate::results::status::Status;

/// The cells to run: with `--rerun` all that are selected, or else those that have no row yet or the status of `--retry`. For a cell that is `ok` under an older name, the row is copied to its new names instead.
///
/// # Errors
/// Results that cannot be written, or `--retry` without a matching cell.
pub(crate) fn pending_cells(job: &Job, sink: &mut Sink, args: &RunArgs) -> Result<Vec<Cell>, RunError> {
    for cell in &job.plan.cells {
        copy_to_new_names(cell, sink)?;
    }
    let cells = job.plan.cells.iter();
    let pending: Vec<Cell> = cells
        .filter(|cell| args.rerun.is_some() || is_pending(cell, sink, &args.retry))
        .cloned()
        .collect();
    if pending.is_empty() && !args.retry.is_empty() {
        let new = cells_without_rows(job, sink);
        let mut reason = "no cell has the status of --retry".to_owned();
        if new > 0 {
            reason += &format!(
                "; {} without any row (an edited engine has new cells), run by the same command without --retry",
                count(new, "cell")
            );
        }
        return Err(job.no_cell(reason));
    }
    Ok(pending)
}

fn copy_to_new_names(cell: &Cell, sink: &mut Sink) -> Result<(), RunError> {
    let Some(row) = sink.ok_row(&cell.id.0).cloned() else {
        return Ok(());
    };
    let new_names = cell.point.names.iter();
    let new_names = new_names.filter(|name| sink.row(&cell.id.0, name).is_none());
    let copies: Vec<Row> = new_names
        .map(|name| Row {
            params: name.clone(),
            ..row.clone()
        })
        .collect();
    if !copies.is_empty() {
        sink.append(&copies)?;
    }
    Ok(())
}

fn cells_without_rows(job: &Job, sink: &Sink) -> usize {
    let has_row = |cell: &&Cell| {
        let mut names = cell.point.names.iter();
        names.any(|name| sink.row(&cell.id.0, name).is_some())
    };
    job.plan.cells.iter().filter(|cell| !has_row(cell)).count()
}

/// Without `--retry`: whether the cell lacks a row under one of its names, or was interrupted. With it: whether its status is
/// listed.
fn is_pending(cell: &Cell, sink: &Sink, retry: &[Status]) -> bool {
    let mut rows = cell.point.names.iter().map(|name| sink.row(&cell.id.0, name));
    rows.any(|row| match row {
        Some(row) if retry.is_empty() => row.status == Status::Interrupted,
        Some(row) => retry.contains(&row.status),
        None => retry.is_empty(),
    })
}
