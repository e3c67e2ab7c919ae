//! `--plan --estimate`: trains points that no row knows on few rows, and remembers what that took in the cache.

use std::path::{Path, PathBuf};

use crate::cli::args::{FitArgs, RunArgs};
use crate::cli::costs::{Costs, small_fits_file};
use crate::cli::count::count;
use crate::cli::error::{Exit, RunError};
use crate::cli::jobs::Job;
use crate::cli::run_cells::{Options, halt_on_signals, run_cells, settle};
use crate::estimate::small_fits::small_fits;
use crate::families::engine::simd_level;
use crate::grid::plan::{Cell, Plan};
use crate::results::provenance::Provenance;
use crate::results::sink::Sink;
use crate::run::tell::tell;

/// Trains what is needed for an estimate of every cell of these jobs. The exit code is that of an interruption, or of rows that could not
/// be written; a small fit that fails leaves its point without an estimate.
///
/// # Errors
/// No folder of the cache is writable, or another run is writing to the file.
pub(crate) fn train(jobs: &[Job], args: &RunArgs) -> Result<Exit, RunError> {
    let costs = Costs::new(&args.fit);
    let cells = jobs.iter().flat_map(|job| &job.plan.cells);
    let unknown = cells.filter(|cell| costs.of(cell).is_none());
    let machine = Provenance::here(simd_level()).machine;
    let Some(path) = small_fits_file(&machine) else {
        tell("the cache cannot be written, so that there are no small fits");
        return Ok(Exit::Success);
    };
    let mut sink = Sink::open(&path, false)?;
    let mut cells = small_fits(unknown);
    cells.retain(|cell| !is_trained(cell, &sink));
    if cells.is_empty() {
        return Ok(Exit::Success);
    }
    tell(&format!(
        "{} on few rows, for estimates: {}",
        count(cells.len(), "fit"),
        path.display()
    ));
    let fit = FitArgs {
        results: path.parent().unwrap_or(Path::new("")).to_owned(),
        ..args.fit.clone()
    };
    let halt = halt_on_signals();
    let options = Options {
        fit: &fit,
        costs: &costs,
        jobs: args.jobs,
        all_repeats: false,
        keep: None,
        halt: &halt,
    };
    let job = Job {
        stem: machine,
        path: PathBuf::from("small fits"),
        plan: Plan { cells },
    };
    let ended = run_cells(&job, &job.plan.cells, &mut sink, &options);
    let settled = settle(&mut sink);
    let interrupted = if halt.is_set() {
        Exit::Interrupted
    } else {
        Exit::Success
    };
    Ok(settled
        .max_of(ended.err().unwrap_or(Exit::Success))
        .max_of(interrupted))
}

/// Whether the file has a row of the cell, of the version of its engine: it is not trained again, even if it failed.
fn is_trained(cell: &Cell, sink: &Sink) -> bool {
    let mut names = cell.point.names.iter();
    let row = names.find_map(|name| sink.row(&cell.id.0, name));
    row.is_some_and(|row| row.engine_version == cell.point.engine.version())
}
