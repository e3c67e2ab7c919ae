//! `--plan --estimate`: trains points that no row knows on few rows, and remembers what that took in the cache.

use std::path::{Path, PathBuf};

use crate::cli::args::{FitArgs, RunArgs};
use crate::cli::costs::{Costs, small_fits_file};
use crate::cli::count::count;
use crate::cli::error::{Exit, RunError};
use crate::cli::jobs::Job;
use crate::cli::run_cells::{Options, halt_on_signals, run_cells, settle};
use crate::estimate::small_fits::{LEAST_ROWS, small_fits};
use crate::families::engine::simd_level;
use crate::grid::plan::{Cell, Plan};
use crate::results::labels_file::has_foreign_labels;
use crate::results::machine_log;
use crate::results::parse::read_rows;
use crate::results::provenance::Provenance;
use crate::results::row::Row;
use crate::results::sink::Sink;
use crate::results::status::Status;
use crate::run::tell::tell;

/// Trains what is needed for an estimate of every cell of these jobs, and says which stay without one. The exit code is that of an
/// interruption, or of rows that could not be written.
///
/// # Errors
/// The file of the small fits cannot be written, or another run is writing to it.
pub(crate) fn train(jobs: &[Job], args: &RunArgs) -> Result<Exit, RunError> {
    let costs = Costs::new(&args.fit);
    let cells = jobs.iter().flat_map(|job| &job.plan.cells);
    let unknown: Vec<&Cell> = cells.filter(|cell| costs.of(cell).is_none()).collect();
    let machine = Provenance::here(simd_level()).machine;
    let Some(path) = small_fits_file(&machine) else {
        tell("the cache cannot be written, so that there are no small fits");
        return Ok(Exit::Success);
    };
    // A file that cannot be read is renamed, so that a new one can begin.
    let (known, is_damaged) = match read_rows(&path) {
        Ok(rows) if !has_foreign_labels(&path) => (rows, false),
        _ => (Vec::new(), true),
    };
    let mut cells = small_fits(unknown.iter().copied());
    cells.retain(|cell| !known.iter().any(|row| is_trained(cell, row)));
    if cells.is_empty() {
        tell_unknown(&unknown, &costs, &path);
        return Ok(Exit::Success);
    }
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    let cannot = |source| RunError::Estimates { source };
    let mut sink = Sink::open(&path, is_damaged).map_err(cannot)?;
    let renamed = machine_log::put_aside_if_damaged(&folder).map_err(cannot)?;
    let is_renamed = is_damaged || renamed.is_some();
    let notices = sink.take_notices().into_iter().chain(renamed);
    notices.for_each(|notice| tell(&notice));
    if is_renamed {
        tell("a file of the cache could not be read; what it had is measured again where it is needed");
    }
    tell(&format!(
        "{} on few rows, for estimates: {}",
        count(cells.len(), "fit"),
        path.display()
    ));
    let fit = FitArgs {
        results: folder,
        ..args.fit.clone()
    };
    let halt = halt_on_signals();
    let options = Options {
        fit: &fit,
        costs: &costs,
        jobs: args.jobs,
        all_repeats: false,
        share: false,
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
        tell("interrupted; finished small fits are kept, and the same command goes on with the others");
        Exit::Interrupted
    } else {
        tell_unknown(&unknown, &Costs::new(&args.fit), &path);
        Exit::Success
    };
    Ok(settled
        .max_of(ended.err().unwrap_or(Exit::Success))
        .max_of(interrupted))
}

/// Whether a row is that of the cell, with a score of this version of its engine. A small fit that ended otherwise is trained again: a limit
/// or an interruption says nothing about the point.
fn is_trained(cell: &Cell, row: &Row) -> bool {
    row.cell_id == cell.id.0 && row.status == Status::Ok && row.engine_version == cell.point.engine.version()
}

/// Says how many cells stay without an estimate.
fn tell_unknown(cells: &[&Cell], costs: &Costs, path: &Path) {
    let n_cells = cells.iter().filter(|cell| costs.of(cell).is_none()).count();
    if n_cells > 0 {
        tell(&format!(
            "{} without an estimate: {} says how the small fits ended, and fewer than {LEAST_ROWS} rows have none",
            count(n_cells, "cell"),
            path.display()
        ));
    }
}
