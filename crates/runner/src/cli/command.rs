//! One run: reads grids, opens data and results, trains the pending cells, and prints the summary.

use comfy_table::Table;
use std::io::{IsTerminal, Write};
use std::path::Path;

use crate::cli::args::{Cli, Command, RunArgs};
use crate::cli::count::count;
use crate::cli::error::{Exit, RunError};
use crate::cli::jobs::{Job, plan_jobs};
use crate::cli::list::list;
use crate::cli::pending::pending_cells;
use crate::cli::show_plan::show_plan;
use crate::cli::summary::Summary;
use crate::families::engine::simd_level;
use crate::grid::plan::Cell;
use crate::results::machine_log::MachineLog;
use crate::results::merge::merge;
use crate::results::provenance::Provenance;
use crate::results::sink::Sink;
use crate::run::cell::serve;
use crate::run::contention::contention_now;
use crate::run::halt::Halt;
use crate::run::pool::Pool;
use crate::run::progress::Progress;

/// Executes the command line.
///
/// # Errors
/// Errors of usage, grid, data or results, before anything is trained.
pub fn run(cli: &Cli) -> Result<Exit, RunError> {
    match &cli.command {
        Some(Command::Cell) => serve(),
        Some(Command::Merge { output, inputs }) => {
            let n_rows = merge(output, inputs)?;
            eprintln!("wrote {} to {}", count(n_rows, "row"), output.display());
        }
        None if cli.run.list => print(&list()),
        None => return train(&cli.run),
    }
    Ok(Exit::Success)
}

fn train(args: &RunArgs) -> Result<Exit, RunError> {
    let jobs = plan_jobs(args)?;
    if args.plan {
        jobs.iter().for_each(|job| print(&show_plan(job)));
        return Ok(Exit::Success);
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
        pending.push(pending_cells(job, sink, &args.retry)?);
    }
    let halt = Halt::default();
    let on_signal = halt.clone();
    if let Err(error) = ctrlc::set_handler(move || on_signal.set()) {
        eprintln!("cannot handle Ctrl-C; it will lose the running cells: {error}");
    }
    let mut exit = Exit::Success;
    for ((job, sink), cells) in jobs.iter().zip(&mut sinks).zip(&pending) {
        if !halt.is_set() {
            exit = exit.max(train_job(job, cells, sink, args, &halt));
        }
    }
    Ok(if halt.is_set() { Exit::Interrupted } else { exit })
}

fn open_sink(job: &Job, args: &RunArgs) -> Result<Sink, RunError> {
    let path = args.results.join(format!("{}.csv", job.stem));
    if !args.retry.is_empty() && !path.exists() {
        return Err(job.no_cell(format!("{} does not exist", path.display())));
    }
    let sink = Sink::open(&path, args.fresh)?;
    if let Some(notice) = &sink.notice {
        eprintln!("{notice}");
    }
    Ok(sink)
}

fn train_job(job: &Job, cells: &[Cell], sink: &mut Sink, args: &RunArgs, halt: &Halt) -> Exit {
    let provenance = Provenance::here(simd_level());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let pool = Pool {
        jobs: args.jobs.unwrap_or(cores),
        threads: args.threads,
        provenance: &provenance,
        machines: &MachineLog::new(&args.results, &provenance),
        keep: args.keep.as_deref(),
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
        eprintln!("{:?}", miette::Report::new(error));
        return Exit::Internal;
    }
    let summary = Summary::new(&job.plan, sink);
    let is_terminal = std::io::stdout().is_terminal();
    let width = is_terminal.then(|| Table::new().width()).flatten();
    print(&format!("{}\n{}\n", summary.render(width), sink.path().display()));
    if halt.is_set() {
        eprintln!("interrupted; finished cells are kept, and the same command runs the rest");
        return Exit::Interrupted;
    }
    if summary.is_success() {
        return Exit::Success;
    }
    eprintln!("some cells failed; rerun them with --retry failed,timeout,out-of-memory,crashed");
    Exit::CellsFailed
}

/// Reports what will run, and whether other processes keep the machine busy.
fn announce(job: &Job, cells: &[Cell], results: &Path, parallel: usize) {
    let grid = job.path.display();
    if cells.is_empty() {
        let results = results.display();
        eprintln!(
            "{grid}: every cell is in {results}; to train again use --fresh, or another folder with --results"
        );
        return;
    }
    let finished = job.plan.cells.len() - cells.len();
    let finished = if finished == 0 {
        String::new()
    } else {
        format!(", {finished} already finished")
    };
    eprintln!(
        "{grid}: {} to run{finished}, {parallel} in parallel",
        count(cells.len(), "cell")
    );
    if parallel == 1
        && let Some(load) = contention_now()
    {
        eprintln!("the machine is busy before the first cell: {load}");
    }
}

/// Writes to standard output. A closed pipe is not an error: its reader has stopped.
fn print(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}
