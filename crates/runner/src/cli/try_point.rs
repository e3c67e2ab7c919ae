//! `runner try`: trains one point that the command line names, and says in a sentence how it did.

use command_line::wrapped;
use std::path::PathBuf;

use crate::cli::args::TryArgs;
use crate::cli::costs::Costs;
use crate::cli::count::count;
use crate::cli::error::{Exit, RunError};
use crate::cli::jobs::{Job, plan_job};
use crate::cli::pending::{Selection, pending_cells};
use crate::cli::print::{print, terminal_width};
use crate::cli::publish::is_publishing;
use crate::cli::published;
use crate::cli::run_cells::{Options, halt_on_signals, open_sink, run_cells, settle};
use crate::cli::search::checked_search;
use crate::families;
use crate::grid::diagnostic::GridErrors;
use crate::grid::file::GridFile;
use crate::grid::keys::RunKeys;
use crate::grid::one_point::{NoParameter, OnePoint, grid_text};
use crate::grid::paper::printed;
use crate::grid::point::PlannedPoint;
use crate::results::clock;
use crate::results::row::Row;
use crate::results::sink::Sink;
use crate::results::status::Status;
use crate::results::warning::{Warning, WarningCode};
use crate::run::durations::duration;
use crate::run::tell::tell;
use crate::run::uncertainty::wilson_interval;

/// Stem of the results file.
const STEM: &str = "try";

/// Width of the sentence outside a terminal, in characters.
const DEFAULT_WIDTH: u16 = 100;

/// Trains the point, unless the results have it, and prints the sentence.
///
/// # Errors
/// Errors of usage, data or results, before anything is trained.
pub(crate) fn try_point(args: &TryArgs) -> Result<Exit, RunError> {
    clock::check()?;
    if is_publishing(&args.fit.results.join(format!("{STEM}.csv"))) {
        return Err(RunError::NotPublishable {
            reason: "published rows come from the grids in configs, not from `try`".into(),
        });
    }
    let text = grid_text(&OnePoint {
        family: families::named(&args.family).map_or(&args.family, |family| family.name),
        parameters: &args.parameters,
        dataset: &args.dataset,
        preprocessing: args.preprocessing.as_deref(),
        augment: args.augment.as_deref(),
        engine: args.engine.as_deref(),
    })
    .map_err(|NoParameter { problem, help }| RunError::NoParameter { problem, help })?;
    let search = checked_search(args.fit.data_dir.clone())?;
    let file = GridFile::parse("runner try", &text, Some(&search)).map_err(GridErrors::without_excerpts)?;
    let keys = args.fit.keys();
    let keys = RunKeys {
        repeats: keys.repeats.or(Some(1)),
        ..keys
    };
    let job = plan_job(
        STEM.into(),
        PathBuf::from("runner try"),
        &file,
        &keys,
        &search,
        args.fit.quiet,
    )?;
    let mut sink = open_sink(&job, &args.fit.results, false)?;
    // A failure may come from a limit that this command does not have.
    let selection = Selection {
        retry: &[],
        rerun: args.again,
        failed: true,
        all_repeats: false,
    };
    let cells = pending_cells(&job, &mut sink, &selection)?;
    let halt = halt_on_signals();
    let options = Options {
        fit: &args.fit,
        costs: &Costs::new(&args.fit),
        // One at a time, so that the times are those of a machine that does nothing else.
        jobs: Some(1),
        all_repeats: false,
        share: false,
        keep: None,
        halt: &halt,
    };
    match run_cells(&job, &cells, &mut sink, &options) {
        Err(exit) => return Ok(exit.max_of(settle(&mut sink))),
        Ok(ran) if ran.misfits.len() == cells.len() && !cells.is_empty() => {
            return Ok(Exit::CellsFailed.max_of(settle(&mut sink)));
        }
        Ok(_) => {}
    }
    let settled = settle(&mut sink);
    let answer = Answer::new(&job, &sink);
    let width = terminal_width().unwrap_or(DEFAULT_WIDTH);
    // A refused point would be refused again.
    let source = if cells.is_empty() && answer.has_accuracy {
        format!(" It is from {}; --again trains it again.", sink.path().display())
    } else {
        String::new()
    };
    let text = format!("{}{source}", answer.text);
    let printed = print(&format!("{}\n", wrapped(&text, usize::from(width), "", "")));
    Ok(if settled != Exit::Success {
        settled
    } else if halt.is_set() {
        tell("interrupted; the same command trains it");
        Exit::Interrupted
    } else if answer.is_success {
        printed
    } else {
        printed.max_of(Exit::CellsFailed)
    })
}

/// What the rows say.
struct Answer {
    text: String,
    has_accuracy: bool,
    is_success: bool,
}

impl Answer {
    fn new(job: &Job, sink: &Sink) -> Answer {
        let Some(first) = job.plan.cells.first() else {
            return Answer {
                text: "nothing to train".into(),
                has_accuracy: false,
                is_success: false,
            };
        };
        let point = &first.point;
        let rows: Vec<&Row> = job
            .plan
            .cells
            .iter()
            .filter_map(|cell| sink.row(&cell.id.0, &point.names[0]))
            .collect();
        let ok: Vec<&Row> = rows
            .iter()
            .copied()
            .filter(|row| row.status == Status::Ok)
            .collect();
        if ok.is_empty() {
            let (status, reason) = rows.last().map_or(("not run".to_owned(), String::new()), |row| {
                (row.status.to_string(), format!(": {}", row.error))
            });
            return Answer {
                text: format!("{} has no accuracy: {status}{reason}.", described(point)),
                has_accuracy: false,
                is_success: rows.last().is_some_and(|row| row.status.is_success()),
            };
        }
        Answer {
            text: sentence(point, &ok),
            has_accuracy: true,
            is_success: ok.len() == rows.len() && rows.len() == job.plan.cells.len(),
        }
    }
}

/// `SVC with C=10 and gamma=auto (native)`.
fn described(point: &PlannedPoint) -> String {
    let pairs = point.pairs();
    let params = match pairs.as_slice() {
        [] => "at its defaults".to_owned(),
        [one] => format!("with {one}"),
        [first @ .., last] => format!("with {} and {last}", first.join(", ")),
    };
    format!("{} {params} ({})", point.family.name(), point.engine.name())
}

#[expect(clippy::cast_precision_loss, reason = "a handful of repeats")]
fn sentence(point: &PlannedPoint, rows: &[&Row]) -> String {
    let mean = |value: fn(&Row) -> Option<f64>| {
        rows.iter().filter_map(|row| value(row)).sum::<f64>() / rows.len() as f64
    };
    let accuracy = mean(|row| row.accuracy);
    let [low, high] = wilson_interval(accuracy, point.n_test);
    let training = match point.n_train {
        1 => "the first training row".to_owned(),
        n if n == point.data.n_train => format!("all {}", count(n, "training row")),
        n => format!("the first {}", count(n, "training row")),
    };
    let repeats = match rows.len() {
        1 => String::new(),
        n => format!(", mean of {n} repeats"),
    };
    // The time that costly features took is beside those of fit and prediction.
    let features = match rows[0].transform_s.filter(|_| point.preprocessing.is_costly()) {
        Some(seconds) => format!("features {}, ", duration(seconds)),
        None => String::new(),
    };
    let mut text = format!(
        "{} on {}: accuracy {accuracy:.4} (95 % interval {low:.4} to {high:.4}{repeats}), {features}fit {}, predict {}, with preprocessing \
         {}, {training}, {} and {}",
        described(point),
        point.data.name,
        duration(mean(|row| row.fit_s)),
        duration(mean(|row| row.predict_s)),
        point.input(),
        count(point.n_test, "test row"),
        count(rows[0].threads, "thread"),
    );
    let not_converged = Warning::new(WarningCode::NotConverged, "").to_string();
    if rows.iter().any(|row| row.warning.contains(&not_converged)) {
        text += "; the solver did not converge";
    }
    if rows.iter().any(|row| row.is_of_shared_machine()) {
        text += "; other work used the machine meanwhile, so the times are upper bounds";
    }
    if let Some(printed) = printed(point) {
        text += &format!("; the paper printed {printed}");
    }
    match published::published(point) {
        Some(published) => {
            text += &format!("; the published rows have {:.4}", published.accuracy);
            if let Some(fit) = published.fit {
                let [shortest, longest] = fit.seconds.map(duration);
                let times = if shortest == longest {
                    format!("a fit of {shortest}")
                } else {
                    format!("fits of {shortest} to {longest}")
                };
                let threads = count(fit.threads, "thread");
                text += &format!(" and {times} with {threads} on machine {}", fit.machine);
            }
        }
        None if published::exist() => text += "; nothing is published for this point",
        None => {}
    }
    text + "."
}
