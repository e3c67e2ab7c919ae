//! Runs the cells of one job, for grids and for single points alike.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use crate::cli::args::FitArgs;
use crate::cli::costs::Costs;
use crate::cli::count::count;
use crate::cli::error::{Exit, RunError};
use crate::cli::jobs::Job;
use crate::cli::publish::is_publishing;
use crate::families::engine::simd_level;
use crate::grid::identity::CellId;
use crate::grid::plan::Cell;
use crate::results::machine_log::{self, MachineLog};
use crate::results::provenance::Provenance;
use crate::results::sink::Sink;
use crate::run::admission::Admission;
use crate::run::halt::Halt;
use crate::run::pool::Pool;
use crate::run::progress::Progress;
use crate::run::sharing::{SharedFit, shared_fits};
use crate::run::tell::{tell, tell_error};

/// How cells run.
pub(crate) struct Options<'a> {
    /// Threads, results and quiet.
    pub(crate) fit: &'a FitArgs,
    /// What the cells will take, where it is known.
    pub(crate) costs: &'a Costs,
    /// Cells in parallel; `None`: as many as cores.
    pub(crate) jobs: Option<usize>,
    /// Every repeat of a point runs, even after one has reached a limit.
    pub(crate) all_repeats: bool,
    /// Whether one fit serves all points that it contains.
    pub(crate) share: bool,
    /// Folder for labels and attributes.
    pub(crate) keep: Option<&'a Path>,
    /// Stops the run.
    pub(crate) halt: &'a Halt,
}

impl Options<'_> {
    /// How many of these cells run in parallel: more threads than cells would only take memory.
    pub(crate) fn parallel(&self, cells: &[Cell]) -> usize {
        parallel(self.jobs, cells.len())
    }
}

/// How many of `n_cells` cells run in parallel if `jobs` are asked for; without a number, as many as cores.
pub(crate) fn parallel(jobs: Option<usize>, n_cells: usize) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    jobs.unwrap_or(cores).clamp(1, n_cells.max(1))
}

/// The fits that these cells need: one for each, or with `share` as few as serve them all.
pub(crate) fn fits(cells: &[&Cell], share: bool) -> Vec<SharedFit> {
    let cells = cells.iter().map(|cell| (*cell).clone());
    if share {
        shared_fits(cells.collect())
    } else {
        cells.map(SharedFit::alone).collect()
    }
}

/// What became of the cells of a run, beside their rows.
pub(crate) struct Ran {
    /// The time that places for cells were empty at the end, over all places.
    pub(crate) idle: Duration,
    /// Files of `--keep` that could not be written; the rows say so.
    pub(crate) n_lost_files: usize,
    /// Cells that did not run, because they would not fit into memory. They have no row.
    pub(crate) misfits: HashSet<CellId>,
}

/// Runs the cells and appends their rows: the cheapest first, as far as their costs are known.
///
/// # Errors
/// The exit code where rows could not be written; the reason has been told.
pub(crate) fn run_cells(
    job: &Job,
    cells: &[Cell],
    sink: &mut Sink,
    options: &Options<'_>,
) -> Result<Ran, Exit> {
    let costs = options.costs;
    let admission = Admission::new(costs.memory(cells));
    let (misfits, cells): (Vec<&Cell>, Vec<&Cell>) =
        cells.iter().partition(|cell| admission.misfit(cell).is_some());
    tell_misfits(&misfits, &admission);
    let mut fits: Vec<Option<SharedFit>> = fits(&cells, options.share).into_iter().map(Some).collect();
    let trained: Vec<&Cell> = fits.iter().flatten().map(|fit| &fit.cell).collect();
    let jobs = parallel(options.jobs, fits.len());
    let ordered = costs.order(&trained, jobs);
    let fits: Vec<SharedFit> = ordered.into_iter().filter_map(|at| fits[at].take()).collect();
    let provenance = Provenance::here(simd_level());
    let results = &options.fit.results;
    let machines = MachineLog::new(results, &provenance);
    let pool = Pool {
        jobs,
        threads: options.fit.threads,
        provenance: &provenance,
        machines: &machines,
        keep: options.keep,
        keeps_all_labels: !is_publishing(sink.path()),
        all_repeats: options.all_repeats,
        admission: &admission,
        halt: options.halt,
    };
    let shares = costs.shares(fits.iter().map(|fit| &fit.cell));
    let progress = Progress::new(&fits, &shares, options.fit.quiet);
    let result = pool.run(&fits, &job.plan.cells, sink, &progress);
    progress.finish();
    let described = machines.finish();
    let result = result.and_then(|ended| described.map(|()| ended));
    let misfits = misfits.iter().map(|cell| cell.id.clone()).collect();
    let ran = result.map(|ended| Ran {
        idle: ended.idle,
        n_lost_files: ended.n_lost_files,
        misfits,
    });
    ran.map_err(|error| {
        // Not an error of usage: cells were trained, and their rows are kept.
        tell_error(error);
        Exit::Internal
    })
}

/// Cells that are named; the others are counted.
const MAX_NAMED: usize = 3;

fn tell_misfits(misfits: &[&Cell], admission: &Admission) {
    for cell in misfits.iter().take(MAX_NAMED) {
        let reason = admission.misfit(cell).unwrap_or_default();
        tell(&format!("does not run: {}: {reason}", cell.label()));
    }
    match misfits.len().saturating_sub(MAX_NAMED) {
        0 => {}
        n_more => tell(&format!(
            "{} not run for the same reason",
            count(n_more, "further cell")
        )),
    }
}

/// Opens the results of a job, and tells what was changed in them.
///
/// # Errors
/// Results that cannot be opened.
pub(crate) fn open_sink(job: &Job, results: &Path, fresh: bool) -> Result<Sink, RunError> {
    machine_log::check(results)?;
    let mut sink = Sink::open(&job.results_file(results), fresh)?;
    sink.take_notices().iter().for_each(|notice| tell(notice));
    Ok(sink)
}

/// Makes sure at the end of a run that the rows are in their file.
pub(crate) fn settle(sink: &mut Sink) -> Exit {
    let settled = sink.settle();
    sink.take_notices().iter().for_each(|notice| tell(notice));
    match settled {
        Err(error) => {
            tell_error(error);
            if let Some(rows) = sink.unsaved() {
                tell("these rows are in no file; write them to one by hand:");
                rows.lines().for_each(tell);
            }
            Exit::Internal
        }
        Ok(()) if sink.is_displaced() => Exit::Internal,
        Ok(()) => Exit::Success,
    }
}

/// The flag that Ctrl-C sets.
pub(crate) fn halt_on_signals() -> Halt {
    Halt::on_signals().unwrap_or_else(|error| {
        tell(&format!(
            "cannot handle Ctrl-C; it will lose the running cells: {error}"
        ));
        Halt::default()
    })
}
