//! `--plan --json`: the cells of grids for programs.

use std::collections::HashSet;

use serde::Serialize;

use crate::cli::args::RunArgs;
use crate::cli::costs::Costs;
use crate::cli::error::RunError;
use crate::cli::jobs::Job;
use crate::cli::pending::{Selection, check_retried_file, due_cells};
use crate::cli::run_cells::{fits, parallel};
use crate::estimate::known_fits::Origin;
use crate::grid::identity::CellId;
use crate::grid::plan::Cell;
use crate::results::parse::read_rows;
use crate::run::admission::Admission;
use crate::run::sharing::trained_for;

/// A grid.
#[derive(Serialize)]
struct PlannedGrid<'a> {
    /// The grid file.
    grid: String,
    /// Cells that run in parallel.
    jobs: usize,
    /// Threads of each.
    threads: usize,
    /// Cells that are due.
    n_due: usize,
    /// Fits that serve them.
    n_fits: usize,
    /// Cells that are not due because another repeat of their point reached a limit.
    n_given_up: usize,
    /// Expected wall time of what is due, as far as it is known.
    seconds_due: Option<f64>,
    /// Fits that are due and have no estimate, so that `seconds_due` leaves them out.
    n_without_estimate: usize,
    /// Fits that are due and refused, which take no time.
    n_refused: usize,
    cells: Vec<PlannedCell<'a>>,
}

/// A cell. Columns of the results have the same names.
#[derive(Serialize)]
struct PlannedCell<'a> {
    cell_id: &'a str,
    dataset: &'a str,
    preprocessing: String,
    augment: String,
    classifier: &'a str,
    engine: &'a str,
    /// All names of the point: parameters in the form of the column `params`.
    params: &'a [String],
    repeat: usize,
    seed: u64,
    n_train: usize,
    n_test: usize,
    /// Why it is not trained.
    refused: Option<&'a str>,
    due: bool,
    /// The cell whose fit serves it too, with `--share`.
    shared_with: Option<String>,
    /// Why it does not fit into the memory of this machine.
    misfit: Option<String>,
    /// Expected wall time.
    seconds: Option<f64>,
    /// Expected peak memory.
    mib: Option<f64>,
    /// The machine whose rows say so; `null` for this one and for small fits.
    estimated_from: Option<String>,
    /// Whether fits on few rows say so.
    small_fits: bool,
}

/// The text of `--plan --json`: a list of grids.
///
/// # Errors
/// A results file that cannot be read, or `--retry` without a matching cell.
pub(crate) fn plan_json(jobs: &[Job], args: &RunArgs) -> Result<String, RunError> {
    let costs = Costs::new(&args.fit);
    let grids: Result<Vec<PlannedGrid<'_>>, RunError> =
        jobs.iter().map(|job| grid(job, args, &costs)).collect();
    let json = serde_json::to_string_pretty(&grids?).expect("names are text and numbers are finite");
    Ok(command_line::visible_json(&json) + "\n")
}

fn grid<'a>(job: &'a Job, args: &RunArgs, costs: &Costs) -> Result<PlannedGrid<'a>, RunError> {
    let path = job.results_file(&args.fit.results);
    check_retried_file(job, &path, &args.retry)?;
    let rows = if args.fresh { Vec::new() } else { read_rows(&path)? };
    let (due, n_given_up) = due_cells(job, &rows, &Selection::of(args))?;
    let shared = fits(&due, args.share);
    let trained: Vec<&Cell> = shared.iter().map(|fit| &fit.cell).collect();
    let jobs = parallel(args.jobs, trained.len());
    let due_ids: HashSet<&CellId> = due.iter().map(|cell| &cell.id).collect();
    let trained_for = trained_for(&shared);
    let cells = job.plan.cells.iter();
    let admission = Admission::new(costs.memory(&job.plan.cells));
    let cells = cells.map(|cell| PlannedCell {
        misfit: admission.misfit(cell),
        shared_with: trained_for.get(&cell.id).map(|trained| trained.0.clone()),
        ..planned(cell, due_ids.contains(&cell.id), costs)
    });
    Ok(PlannedGrid {
        grid: job.path.display().to_string(),
        jobs,
        threads: args.fit.threads,
        n_due: due.len(),
        n_fits: trained.len(),
        n_given_up,
        seconds_due: costs.wall(&trained, jobs),
        n_without_estimate: trained.iter().filter(|cell| costs.of(cell).is_none()).count(),
        n_refused: trained.iter().filter(|cell| cell.point.refused.is_some()).count(),
        cells: cells.collect(),
    })
}

fn planned<'a>(cell: &'a Cell, due: bool, costs: &Costs) -> PlannedCell<'a> {
    let point = &cell.point;
    let cost = costs.of(cell).filter(|_| point.refused.is_none());
    PlannedCell {
        cell_id: &cell.id.0,
        dataset: &point.data.name,
        preprocessing: point.preprocessing.to_string(),
        augment: point.augment.to_string(),
        classifier: point.family.name(),
        engine: point.engine.name(),
        params: &point.names,
        repeat: cell.repeat,
        seed: cell.seed,
        n_train: point.n_train,
        n_test: point.n_test,
        refused: point.refused.as_deref(),
        due,
        misfit: None,
        shared_with: None,
        seconds: cost.as_ref().map(|cost| cost.seconds),
        mib: cost.as_ref().and_then(|cost| cost.mib),
        small_fits: cost.as_ref().is_some_and(|cost| cost.from == Origin::SmallFits),
        estimated_from: cost.and_then(|cost| match cost.from {
            Origin::Here | Origin::SmallFits => None,
            Origin::Scaled(machine) | Origin::Unscaled(machine) => Some(machine),
        }),
    }
}
