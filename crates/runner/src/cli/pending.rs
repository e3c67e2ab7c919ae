//! The cells of a plan that still have to run, given the rows of earlier runs.

use std::collections::HashMap;

use crate::cli::count::count;
use crate::cli::error::RunError;
use crate::cli::jobs::Job;
use crate::grid::plan::Cell;
use crate::grid::trainer::Trainer;
use crate::results::row::Row;
use crate::results::sink::Sink;
use crate::results::status::Status;
use crate::run::tell::tell;

/// Which cells run, beside those without a row.
pub(crate) struct Selection<'a> {
    /// `--retry`: run cells of these statuses, and no others.
    pub(crate) retry: &'a [Status],
    /// `--rerun`: run all cells, whatever their rows.
    pub(crate) rerun: bool,
}

/// The cells to run: with `--rerun` all that are selected, or else those that have no row yet or the status of `--retry`. For a
/// cell that is `ok` under an older name, the row is copied to its new names instead. A row with the identity of a cell and other
/// fields than the cell's is no row of it.
///
/// # Errors
/// Results that cannot be written, or `--retry` without a matching cell.
pub(crate) fn pending_cells(
    job: &Job,
    sink: &mut Sink,
    selection: &Selection<'_>,
) -> Result<Vec<Cell>, RunError> {
    forget_rows_of_other_cells(job, sink);
    for cell in &job.plan.cells {
        copy_to_new_names(cell, sink)?;
    }
    let cells = job.plan.cells.iter();
    let pending: Vec<Cell> = cells
        .filter(|cell| {
            selection.rerun || is_pending(cell, |name| sink.row(&cell.id.0, name), selection.retry)
        })
        .cloned()
        .collect();
    if pending.is_empty() && !selection.retry.is_empty() {
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

/// Forgets the rows that have the identity of a cell and contradict it: somebody edited the file.
fn forget_rows_of_other_cells(job: &Job, sink: &mut Sink) {
    let is_foreign = |cell: &&Cell| {
        let names = cell.point.names.iter();
        let mut rows = names.filter_map(|name| sink.row(&cell.id.0, name));
        rows.any(|row| !is_of_cell(row, cell))
            || sink.ok_row(&cell.id.0).is_some_and(|row| !is_of_cell(row, cell))
    };
    let foreign: Vec<&Cell> = job.plan.cells.iter().filter(is_foreign).collect();
    let Some(first) = foreign.first() else {
        return;
    };
    tell(&format!(
        "{}: {} with the identity of a cell but other fields than the cell; they do not count (first: {}, {})",
        sink.path().display(),
        count(foreign.len(), "row"),
        first.id.0,
        first.label()
    ));
    sink.forget(&foreign.iter().map(|cell| cell.id.0.as_str()).collect());
}

/// Whether the fields of a row, as far as they decide its identity, are those of the cell.
fn is_of_cell(row: &Row, cell: &Cell) -> bool {
    let point = &cell.point;
    // The version of a built-in engine is no part of the identity.
    let is_same_engine = match &point.engine {
        Trainer::BuiltIn(_) => true,
        Trainer::Command(engine) => row.engine_version == engine.version(),
    };
    is_same_engine
        && row.dataset == point.data.name
        && row.data_sha256 == point.data.sha256
        && row.preprocessing == point.preprocessing.to_string()
        && row.augment == point.augment.to_string()
        && row.classifier == point.family.name()
        && row.engine == point.engine.name()
        && (row.n_train, row.n_test) == (point.n_train, point.n_test)
        && (row.repeat, row.seed) == (cell.repeat, cell.seed)
}

/// How many cells of a plan the rows of a file leave to run.
pub(crate) fn n_due(job: &Job, rows: &[Row]) -> usize {
    // The last row of a cell counts.
    let rows: HashMap<(&str, &str), &Row> = rows
        .iter()
        .map(|row| ((row.cell_id.as_str(), row.params.as_str()), row))
        .collect();
    let is_due = |cell: &&Cell| {
        let row = |name: &str| {
            let row = rows.get(&(cell.id.0.as_str(), name)).copied();
            row.filter(|row| is_of_cell(row, cell))
        };
        is_pending(cell, row, &[])
    };
    job.plan.cells.iter().filter(is_due).count()
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
fn is_pending<'r>(cell: &Cell, row: impl Fn(&str) -> Option<&'r Row>, retry: &[Status]) -> bool {
    let mut rows = cell.point.names.iter().map(|name| row(name));
    rows.any(|row| match row {
        Some(row) if retry.is_empty() => row.status == Status::Interrupted,
        Some(row) => retry.contains(&row.status),
        None => retry.is_empty(),
    })
}
