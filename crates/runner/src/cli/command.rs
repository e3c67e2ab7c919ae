//! One run: reads grids, opens data and results, trains the pending cells, and prints the summary.

use comfy_table::Table;
use std::io::IsTerminal;
use std::path::Path;

use crate::cli::args::{Cli, Command, RunArgs};
use crate::cli::count::count;
use crate::cli::error::{Exit, RunError};
use crate::cli::jobs::{Job, plan_jobs};
use crate::cli::list::list;
use crate::cli::pending::pending_cells;
use crate::cli::print::print;
use crate::cli::publish::{check_revision, is_publishing};
use crate::cli::show_plan::show_plan;
use crate::cli::summary::Summary;
use crate::families::engine::simd_level;
use crate::grid::plan::Cell;
use crate::results::machine_log::MachineLog;
use crate::results::merge::merge;
use crate::results::provenance::Provenance;
use crate::results::sink::Sink;
use crate::run::cell::serve;
use crate::run::halt::Halt;
use crate::run::pool::Pool;
use crate::run::progress::Progress;
use crate::run::system::contention::contention_now;
use crate::run::tell::tell;

/// Executes the command line.
///
/// # Errors
/// Errors of usage, grid, data or results, before anything is trained.
pub fn run(cli: &Cli) -> Result<Exit, RunError> {
    match &cli.command {
        Some(Command::Cell) => serve(),
        Some(Command::Merge { output, inputs }) => {
            let merged = merge(output, inputs).map_err(|source| RunError::Merge { source })?;
            merged.notices.iter().for_each(|notice| tell(notice));
            tell(&format!(
                "wrote {} to {}",
                count(merged.n_rows, "row"),
                output.display()
            ));
        }
        None if cli.run.list => return Ok(print(&list())),
        None => return train(&cli.run),
    }
    Ok(Exit::Success)
}

fn train(args: &RunArgs) -> Result<Exit, RunError> {
    let jobs = plan_jobs(args)?;
    if args.plan {
        let plans: String = jobs.iter().map(show_plan).collect();
        return Ok(print(&plans));
    }
    if is_publishing(&args.results) {
        check_revision(&jobs)?;
    }
    if let Some(folder) = &args.keep {
        std::fs::create_dir_all(folder).map_err(|source| RunError::NoFolder {
            path: folder.clone(),
            source,
        })?;
    }
    // Every results file is checked and locked before anything trains.
    let mut sinks = Vec::new();
    for job in &jobs {
        sinks.push(open_sink(job, args)?);
    }
    let mut pending = Vec::new();
    for (job, sink) in jobs.iter().zip(&mut sinks) {
        pending.push(pending_cells(job, sink, args)?);
    }
    let halt = Halt::on_signals().unwrap_or_else(|error| {
        tell(&format!(
            "cannot handle Ctrl-C; it will lose the running cells: {error}"
        ));
        Halt::default()
    });
    let mut exit = Exit::Success;
    for ((job, sink), cells) in jobs.iter().zip(&mut sinks).zip(&pending) {
        if !halt.is_set() && exit != Exit::Internal {
            exit = exit.max_of(train_job(job, cells, sink, args, &halt));
        }
    }
    Ok(exit)
}

fn open_sink(job: &Job, args: &RunArgs) -> Result<Sink, RunError> {
    let path = args.results.join(format!("{}.csv", job.stem));
    if !args.retry.is_empty() && !path.exists() {
        return Err(job.no_cell(format!("{} does not exist", path.display())));
    }
    let mut sink = Sink::open(&path, args.fresh)?;
    sink.take_notices().iter().for_each(|notice| tell(notice));
    Ok(sink)
}

fn train_job(job: &Job, cells: &[Cell], sink: &mut Sink, args: &RunArgs, halt: &Halt) -> Exit {
    let provenance = Provenance::here(simd_level());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let pool = Pool {
        // More threads than cells would only take memory.
        jobs: args.jobs.unwrap_or(cores).clamp(1, cells.len().max(1)),
        threads: args.threads,
        provenance: &provenance,
        machines: &MachineLog::new(&args.results, &provenance),
        keep: args.keep.as_deref(),
        keeps_all_labels: !is_publishing(&args.results),
        halt,
    };
    if !args.quiet {
        announce(job, cells, sink.path(), pool.jobs);
    }
    let progress = Progress::new(cells.len(), args.quiet);
    let result = pool.run(cells, &job.plan.cells, sink, &progress);
    progress.finish();
    if let Err(error) = result {
        // Not an error of usage: cells were trained, and their rows are kept.
        tell(&format!("{:?}", miette::Report::new(error)));
        return Exit::Internal;
    }
    let summary = Summary::new(&job.plan, sink);
    let is_terminal = std::io::stdout().is_terminal();
    let width = is_terminal.then(|| Table::new().width()).flatten();
    let printed = print(&format!("{}\n{}\n", summary.render(width), sink.path().display()));
    if sink.is_displaced() {
        return Exit::Internal;
    }
    if halt.is_set() {
        tell("interrupted; finished cells are kept, and the same command runs the rest");
        return Exit::Interrupted;
    }
    if summary.is_success() {
        return printed;
    }
    tell("some cells failed; rerun them with --retry failed,timeout,out-of-memory,crashed");
    printed.max_of(Exit::CellsFailed)
}

/// Reports what will run, and whether other processes keep the machine busy.
fn announce(job: &Job, cells: &[Cell], results: &Path, parallel: usize) {
    let grid = job.path.display();
    if cells.is_empty() {
        let results = results.display();
        tell(&format!(
            "{grid}: every cell is in {results}; to train again use --rerun TEXT for some cells, --fresh for all, or another \
             folder with --results"
        ));
        return;
    }
    let finished = job.plan.cells.len() - cells.len();
    let finished = if finished == 0 {
        String::new()
    } else {
        format!(", {finished} already finished")
    };
    tell(&format!(
        "{grid}: {} to run{finished}, {parallel} in parallel",
        count(cells.len(), "cell")
    ));
    if parallel == 1
        && let Some(load) = contention_now()
    {
        tell(&format!("the machine is busy before the first cell: {load}"));
    }
}
