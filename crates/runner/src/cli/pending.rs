//! The cells of a plan that still have to run, given the rows of earlier runs.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::cli::args::RunArgs;
use crate::cli::count::count;
use crate::cli::error::RunError;
use crate::cli::jobs::Job;
use crate::grid::plan::Cell;
use crate::grid::trainer::Trainer;
use crate::results::row::Row;
use crate::results::sink::Sink;
use crate::results::status::Status;
use crate::run::given_up::not_run;
use crate::run::tell::tell;

/// Which cells run, beside those without a row.
pub(crate) struct Selection<'a> {
    /// `--retry`: run cells of these statuses, and no others.
    pub(crate) retry: &'a [Status],
    /// `--rerun`: run all cells, whatever their rows.
    pub(crate) rerun: bool,
    /// Run cells that have failed too, where there is no `--retry`.
    pub(crate) failed: bool,
    /// `--all-repeats`: run the other repeats of a point too after one has reached a limit.
    pub(crate) all_repeats: bool,
}

impl<'a> Selection<'a> {
    /// What the command line selects.
    pub(crate) fn of(args: &'a RunArgs) -> Selection<'a> {
        Selection {
            retry: &args.retry,
            rerun: args.rerun.is_some(),
            failed: false,
            all_repeats: args.all_repeats,
        }
    }

    /// Whether the cell runs, given its row under each name.
    fn runs<'r>(&self, cell: &Cell, row: impl Fn(&str) -> Option<&'r Row>) -> bool {
        let mut rows = cell.point.names.iter().map(|name| row(name));
        self.rerun
            || rows.any(|row| match row {
                Some(row) if !self.retry.is_empty() => self.retry.contains(&row.status),
                Some(row) if self.failed => !row.status.is_success(),
                Some(row) => row.status == Status::Interrupted,
                None => self.retry.is_empty(),
            })
    }

    /// The cells of a job that run, given the row of each under a name; and how many do not run because another repeat of their
    /// point reached a limit and does not run again.
    fn due<'c, 'r>(
        &self,
        job: &'c Job,
        row: impl Fn(&Cell, &str) -> Option<&'r Row>,
    ) -> (Vec<&'c Cell>, usize) {
        let cells = job.plan.cells.iter();
        let (due, others): (Vec<&Cell>, Vec<&Cell>) =
            cells.partition(|cell| self.runs(cell, |name| row(cell, name)));
        let has_reached_limit = |cell: &&&Cell| {
            let mut rows = cell.point.names.iter().filter_map(|name| row(cell, name));
            rows.any(|row| row.status.is_limit())
        };
        let given_up = others.iter().filter(has_reached_limit);
        let given_up: HashSet<&str> = given_up.map(|cell| cell.point.problem()).collect();
        let n_due = due.len();
        let due: Vec<&Cell> = due
            .into_iter()
            .filter(|cell| self.all_repeats || !given_up.contains(cell.point.problem()))
            .collect();
        let n_given_up = n_due - due.len();
        (due, n_given_up)
    }

    /// Checks that `--retry` has a cell to run; `n_new` counts the cells without any row.
    ///
    /// # Errors
    /// It has none.
    fn check(&self, job: &Job, n_pending: usize, n_new: impl FnOnce() -> usize) -> Result<(), RunError> {
        if n_pending > 0 || self.retry.is_empty() {
            return Ok(());
        }
        let mut reason = "no cell has the status of --retry".to_owned();
        let new = n_new();
        if new > 0 {
            reason += &format!(
                "; {} without any row (an edited engine has new cells), run by the same command without --retry",
                count(new, "cell")
            );
        }
        Err(job.no_cell(reason))
    }
}

/// Checks that the file that `--retry` reads exists.
///
/// # Errors
/// It does not.
pub(crate) fn check_retried_file(job: &Job, path: &Path, retry: &[Status]) -> Result<(), RunError> {
    if retry.is_empty() || path.exists() {
        return Ok(());
    }
    Err(job.no_cell(format!("{} does not exist", path.display())))
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
    let (pending, n_given_up) = selection.due(job, |cell, name| sink.row(&cell.id.0, name));
    if n_given_up > 0 {
        tell(&not_run(n_given_up));
    }
    let pending: Vec<Cell> = pending.into_iter().cloned().collect();
    let has_row = |cell: &Cell, name: &str| sink.row(&cell.id.0, name).is_some();
    selection.check(job, pending.len(), || cells_without_rows(job, has_row))?;
    Ok(pending)
}

/// The cells that the same command would run now, without `--retry` and `--rerun`.
pub(crate) fn left_cells<'c>(job: &'c Job, sink: &Sink, all_repeats: bool) -> Vec<&'c Cell> {
    let selection = Selection {
        retry: &[],
        rerun: false,
        failed: false,
        all_repeats,
    };
    selection.due(job, |cell, name| sink.row(&cell.id.0, name)).0
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

/// The cells of a plan that run, given the rows of its results file, and the number of those that do not because another repeat of
/// their point reached a limit.
///
/// # Errors
/// `--retry` without a matching cell.
pub(crate) fn due_cells<'c>(
    job: &'c Job,
    rows: &[Row],
    selection: &Selection<'_>,
) -> Result<(Vec<&'c Cell>, usize), RunError> {
    // An ok row is copied to the new names of its cell.
    let ok = rows.iter().filter(|row| row.status == Status::Ok);
    let ok: HashMap<&str, &Row> = ok.map(|row| (row.cell_id.as_str(), row)).collect();
    // The last row of a cell counts.
    let rows: HashMap<(&str, &str), &Row> = rows
        .iter()
        .map(|row| ((row.cell_id.as_str(), row.params.as_str()), row))
        .collect();
    let row = |cell: &Cell, name: &str| {
        let id = cell.id.0.as_str();
        let row = rows.get(&(id, name)).or_else(|| ok.get(id)).copied();
        row.filter(|row| is_of_cell(row, cell))
    };
    let (due, n_given_up) = selection.due(job, row);
    let has_row = |cell: &Cell, name: &str| row(cell, name).is_some();
    selection.check(job, due.len(), || cells_without_rows(job, has_row))?;
    Ok((due, n_given_up))
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

fn cells_without_rows(job: &Job, has_row: impl Fn(&Cell, &str) -> bool) -> usize {
    let is_new = |cell: &&Cell| !cell.point.names.iter().any(|name| has_row(cell, name));
    job.plan.cells.iter().filter(is_new).count()
}
