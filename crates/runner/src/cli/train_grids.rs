//! Trains grids: opens data and results, runs the pending cells, and prints the summary.

use std::collections::HashSet;
use std::path::Path;
use std::time::Instant;

use crate::cli::args::RunArgs;
use crate::cli::costs::Costs;
use crate::cli::count::{count, thousands};
use crate::cli::error::{Exit, RunError};
use crate::cli::estimates;
use crate::cli::findings::{Took, findings};
use crate::cli::jobs::Job;
use crate::cli::next_commands::{self, next_commands};
use crate::cli::pending::{Selection, check_retried_file, left_cells, pending_cells};
use crate::cli::plan_json::plan_json;
use crate::cli::print::{print, terminal_width};
use crate::cli::publish::{check_revision, is_publishing};
use crate::cli::run_cells::{Options, fits, halt_on_signals, open_sink, run_cells, settle};
use crate::cli::selected_jobs::{Wanted, selected_jobs};
use crate::cli::show_plan::show_plan;
use crate::cli::summary::Summary;
use crate::grid::identity::CellId;
use crate::grid::plan::Cell;
use crate::results::clock;
use crate::results::sink::Sink;
use crate::results::status::Status;
use crate::run::system::contention::contention_now;
use crate::run::tell::tell;

/// Trains the grids of the command line, or prints their plan.
///
/// # Errors
/// Errors of usage, grid, data or results, before anything is trained.
pub(crate) fn train_grids(args: &RunArgs) -> Result<Exit, RunError> {
    let results = &args.fit.results;
    let jobs = selected_jobs(&wanted(args))?;
    if args.estimate {
        let exit = estimates::train(&jobs, args)?;
        if exit != Exit::Success {
            return Ok(exit);
        }
    }
    if args.json {
        return Ok(print(&plan_json(&jobs, args)?));
    }
    if args.plan {
        let plans: Result<String, RunError> = jobs
            .iter()
            .map(|job| show_plan(job, args, terminal_width()))
            .collect();
        return Ok(print(&plans?));
    }
    clock::check()?;
    if jobs.iter().any(|job| is_publishing(&job.results_file(results))) {
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
        let path = job.results_file(results);
        check_retried_file(job, &path, &args.retry)?;
        sinks.push(open_sink(job, results, args.fresh)?);
    }
    let selection = Selection::of(args);
    let mut pending = Vec::new();
    for (job, sink) in jobs.iter().zip(&mut sinks) {
        pending.push(pending_cells(job, sink, &selection)?);
    }
    let halt = halt_on_signals();
    let options = Options {
        fit: &args.fit,
        costs: &Costs::new(&args.fit),
        jobs: args.jobs,
        all_repeats: args.all_repeats,
        share: args.share,
        keep: args.keep.as_deref(),
        halt: &halt,
    };
    let mut exit = Exit::Success;
    for ((job, sink), cells) in jobs.iter().zip(&mut sinks).zip(&pending) {
        if !halt.is_set() && exit != Exit::Internal {
            exit = exit.max_of(train_job(job, cells, sink, &options, &selection));
        }
    }
    // The files of grids that ended early may have changed while later ones ran.
    Ok(sinks.iter_mut().map(settle).fold(exit, Exit::max_of))
}

/// The grids of the command line, and which of their cells it selects.
fn wanted(args: &RunArgs) -> Wanted<'_> {
    Wanted {
        configs: &args.configs,
        keys: args.fit.keys_with(&args.datasets),
        fit: &args.fit,
        only: args.only.as_deref(),
        rerun: args.rerun.as_deref(),
        shard: args.shard,
        shard_file: args.shard_file.as_deref(),
    }
}

fn train_job(
    job: &Job,
    cells: &[Cell],
    sink: &mut Sink,
    options: &Options<'_>,
    selection: &Selection<'_>,
) -> Exit {
    // What is not run although it has no row has been told.
    let has_row = |cell: &Cell| {
        cell.point
            .names
            .iter()
            .any(|name| sink.row(&cell.id.0, name).is_some())
    };
    let is_told = cells.is_empty() && !job.plan.cells.iter().all(has_row);
    if !options.fit.quiet && !is_told {
        let pending: HashSet<&CellId> = cells.iter().map(|cell| &cell.id).collect();
        let finished = job
            .plan
            .cells
            .iter()
            .filter(|cell| !pending.contains(&cell.id) && has_row(cell));
        announce(job, cells, finished.count(), sink.path(), options);
    }
    let started = Instant::now();
    let ran = match run_cells(job, cells, sink, options) {
        Ok(ran) => ran,
        Err(exit) => return exit,
    };
    let took = Took {
        elapsed: started.elapsed(),
        idle: (options.parallel(cells) > 1).then_some(ran.idle),
    };
    let summary = Summary::new(&job.plan, sink, options.halt.is_set());
    let left = left_cells(job, sink, options.all_repeats).into_iter();
    let n_left = left.filter(|cell| !ran.misfits.contains(&cell.id)).count();
    let next = next_commands(&next_commands::Ended {
        job,
        summary: &summary,
        sink,
        n_left,
        is_rerun: selection.rerun,
        data_dir: options.fit.data_dir.as_deref(),
    });
    let width = terminal_width();
    let text = format!(
        "{}\n\n{}",
        summary.render(width),
        findings(job, &summary, sink, (cells, took), &next, width)
    );
    let printed = print(&text);
    if sink.is_displaced() {
        return Exit::Internal;
    }
    if options.halt.is_set() {
        tell(if summary.has_finished() {
            "interrupted; finished cells are kept, and the same command runs the rest"
        } else {
            "interrupted before a cell finished; the same command runs them"
        });
        return Exit::Interrupted;
    }
    let printed = match ran.n_lost_files {
        0 => printed,
        n => {
            tell(&format!(
                "{} of --keep could not be written; the rows have the warning `not-kept`: make space, then --rerun TEXT trains their cells again",
                count(n, "file")
            ));
            printed.max_of(Exit::Internal)
        }
    };
    let printed = if ran.misfits.is_empty() {
        printed
    } else {
        printed.max_of(Exit::CellsFailed)
    };
    if summary.is_success() {
        if n_left == 0 {
            return printed;
        }
        tell(&not_selected(n_left, !selection.retry.is_empty()));
        return printed.max_of(Exit::CellsFailed);
    }
    let failed = summary.failed();
    tell(&if failed.is_empty() {
        "some cells were interrupted; the same command runs them".to_owned()
    } else {
        format!(
            "some cells failed; rerun them with --retry {}{}",
            listed_statuses(&failed),
            raised_limits(&failed)
        )
    });
    printed.max_of(Exit::CellsFailed)
}

/// What is said of cells that did not run although none failed.
fn not_selected(n_cells: usize, is_retry: bool) -> String {
    let without = if is_retry { " without --retry" } else { "" };
    let (did, them) = match n_cells {
        1 => ("1 cell has".to_owned(), "it"),
        n => (format!("{} have", count(n, "cell")), "them"),
    };
    format!("{did} not run; the same command{without} runs {them}")
}

fn listed_statuses(statuses: &[Status]) -> String {
    let words: Vec<String> = statuses.iter().map(Status::to_string).collect();
    words.join(",")
}

/// What a rerun of cells with these statuses needs: with the same limits they would fail again.
fn raised_limits(statuses: &[Status]) -> &'static str {
    let has = |status: Status| statuses.contains(&status);
    match (has(Status::Timeout), has(Status::OutOfMemory)) {
        (true, true) => " and with a longer --timeout and more --memory",
        (true, false) => " and with a longer --timeout",
        (false, true) => " and with more --memory",
        (false, false) => "",
    }
}

/// Reports what will run, and whether other processes keep the machine busy.
fn announce(job: &Job, cells: &[Cell], n_finished: usize, results: &Path, options: &Options<'_>) {
    let parallel = options.parallel(cells);
    let grid = job.path.display();
    if cells.is_empty() {
        let results = results.display();
        tell(&format!(
            "{grid}: every cell is in {results}; to train again use --rerun TEXT for some cells, --fresh for all, or another \
             folder with --results"
        ));
        return;
    }
    let finished = match n_finished {
        0 => String::new(),
        n => format!(", {} already finished", thousands(n)),
    };
    let fits = fits(&cells.iter().collect::<Vec<_>>(), options.share);
    let shared = match cells.len() - fits.len() {
        0 => String::new(),
        _ => format!(" with {}", count(fits.len(), "fit")),
    };
    tell(&format!(
        "{grid}: {} to run{shared}{finished}, {parallel} in parallel",
        count(cells.len(), "cell")
    ));
    let due: Vec<&Cell> = fits.iter().map(|fit| &fit.cell).collect();
    if let Some(total) = options.costs.total(&due, parallel, false) {
        tell(&format!("{grid}: {total}"));
    }
    if parallel == 1
        && let Some(load) = contention_now()
    {
        tell(&format!(
            "the machine is busy before the first cell: {load}; times measured meanwhile are marked as upper bounds, so wait \
             for the other work to end if they matter"
        ));
    }
}
