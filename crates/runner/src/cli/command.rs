//! A run from the command line to the exit code: read the grids, open the data, open the results, train, sum up.

use std::io::{IsTerminal, Write};

use crate::cli::args::{Cli, RunArgs, Sub};
use crate::cli::error::{Exit, RunError};
use crate::cli::jobs::{Job, plan};
use crate::cli::list::list;
use crate::cli::summary::Summary;
use crate::grid::plan::Cell;
use crate::results::machine_log::Machines;
use crate::results::merge;
use crate::results::provenance::Provenance;
use crate::results::row::Row;
use crate::results::sink::Sink;
use crate::results::status::Status;
use crate::run::cell::serve;
use crate::run::contention::contention_now;
use crate::run::halt::Halt;
use crate::run::pool::Pool;
use crate::run::progress::Progress;

/// Does what the command line says.
///
/// # Errors
/// Whatever is wrong before anything is trained: usage, grid, data, results.
pub fn run(cli: &Cli) -> Result<Exit, RunError> {
    match &cli.command {
        Some(Sub::Cell) => serve(),
        Some(Sub::Merge { output, inputs }) => {
            let rows = merge::merge(output, inputs)?;
            eprintln!("{rows} rows in {}", output.display());
        }
        None if cli.run.list => print(&list()),
        None => return train(&cli.run),
    }
    Ok(Exit::Fine)
}

/// To standard output; a pipe that was closed has seen enough.
fn print(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

fn train(args: &RunArgs) -> Result<Exit, RunError> {
    let jobs = plan(args)?;
    if args.plan {
        jobs.iter().for_each(show);
        return Ok(Exit::Fine);
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
        let path = args.results.join(format!("{}.csv", job.stem));
        if !args.retry.is_empty() && !path.exists() {
            return Err(job.nothing_left("there are no results yet".into()));
        }
        let sink = Sink::open(&path, args.fresh)?;
        if let Some(repaired) = &sink.repaired {
            eprintln!("{repaired}");
        }
        sinks.push(sink);
    }
    let mut due = Vec::new();
    for (job, sink) in jobs.iter().zip(&mut sinks) {
        due.push(due_of(job, sink, &args.retry)?);
    }
    let halt = Halt::default();
    let on_signal = halt.clone();
    if let Err(error) = ctrlc::set_handler(move || on_signal.set()) {
        eprintln!("Ctrl-C will end this at once: {error}");
    }
    let mut exit = Exit::Fine;
    for ((job, sink), due) in jobs.iter().zip(&mut sinks).zip(&due) {
        if !halt.is_set() {
            exit = exit.max(train_one(job, due, sink, args, &halt)?);
        }
    }
    Ok(if halt.is_set() { Exit::Interrupted } else { exit })
}

/// The cells that are to be run. A cell that has got a new name since it ended `ok` has its row written under it instead.
fn due_of(job: &Job, sink: &mut Sink, retry: &[Status]) -> Result<Vec<Cell>, RunError> {
    for cell in &job.plan.cells {
        let Some(row) = sink.ok_row(&cell.id.0).cloned() else {
            continue;
        };
        let renamed: Vec<Row> = cell
            .point
            .names
            .iter()
            .filter(|name| sink.row(&cell.id.0, name).is_none())
            .map(|name| Row {
                params: name.clone(),
                ..row.clone()
            })
            .collect();
        if !renamed.is_empty() {
            sink.append(&renamed)?;
        }
    }
    let cells = job.plan.cells.iter();
    let due: Vec<Cell> = cells.filter(|cell| is_due(cell, sink, retry)).cloned().collect();
    if due.is_empty() && !retry.is_empty() {
        return Err(job.nothing_left("none ended as --retry says".into()));
    }
    Ok(due)
}

fn train_one(
    job: &Job,
    due: &[Cell],
    sink: &mut Sink,
    args: &RunArgs,
    halt: &Halt,
) -> Result<Exit, RunError> {
    let provenance = Provenance::here();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let pool = Pool {
        jobs: args.jobs.unwrap_or(cores),
        threads: args.threads,
        provenance: &provenance,
        machines: &Machines::new(&args.results, &provenance),
        keep: args.keep.as_deref(),
        halt,
    };
    if !args.quiet {
        let grid = job.path.display();
        match (due.len(), job.plan.cells.len() - due.len()) {
            (0, _) => eprintln!(
                "{grid}: every cell is in {} already; --fresh, or --results with another folder, trains anew",
                sink.path().display()
            ),
            (due, 0) => eprintln!("{grid}: {due} cells to run, {} at once", pool.jobs),
            (due, there) => eprintln!(
                "{grid}: {due} cells to run, {there} are there already, {} at once",
                pool.jobs
            ),
        }
    }
    if pool.jobs == 1
        && !due.is_empty()
        && !args.quiet
        && let Some(mark) = contention_now()
    {
        eprintln!("the machine is not at rest before the first cell: {mark}");
    }
    let progress = Progress::new(due.len(), args.quiet);
    let result = pool.run(due, &job.plan.cells, sink, &progress);
    progress.finish();
    if let Err(error) = result {
        // Cells were trained, so this is no mistake of usage: what had finished is kept.
        eprintln!("{:?}", miette::Report::new(error));
        return Ok(Exit::Internal);
    }
    let summary = Summary::new(&job.plan, sink);
    let width = if std::io::stdout().is_terminal() {
        comfy_table::Table::new().width()
    } else {
        None
    };
    print(&format!("{}\n{}\n", summary.render(width), sink.path().display()));
    if halt.is_set() {
        eprintln!("interrupted; what had finished is kept, and the same command runs the rest");
        return Ok(Exit::Interrupted);
    }
    if summary.is_fine() {
        return Ok(Exit::Fine);
    }
    eprintln!(
        "some cells did not end ok; --retry failed (or timeout, out-of-memory, crashed) runs them again"
    );
    Ok(Exit::CellsFailed)
}

/// Whether a cell is to be run: it has no row under one of its names, was interrupted, or ended as `--retry` says.
fn is_due(cell: &Cell, sink: &Sink, retry: &[Status]) -> bool {
    cell.point
        .names
        .iter()
        .any(|name| match sink.row(&cell.id.0, name) {
            Some(row) if retry.is_empty() => row.status == Status::Interrupted,
            Some(row) => retry.contains(&row.status),
            None => retry.is_empty(),
        })
}

/// `--plan`: the cells, a line each.
fn show(job: &Job) {
    let refused = job
        .plan
        .cells
        .iter()
        .filter(|cell| cell.point.refused.is_some())
        .count();
    let mut text = String::new();
    for cell in &job.plan.cells {
        let rows = format!("{} rows", cell.point.n_train);
        let refused = cell
            .point
            .refused
            .as_ref()
            .map(|reason| format!(" · refused: {reason}"))
            .unwrap_or_default();
        text.push_str(&format!("{} {} · {rows}{refused}\n", cell.id.0, cell.label()));
        for alias in &cell.point.names[1..] {
            text.push_str(&format!("                 the same problem as {alias}\n"));
        }
    }
    print(&format!(
        "{text}{}: {} cells, {refused} of them refused\n",
        job.path.display(),
        job.plan.cells.len()
    ));
}
