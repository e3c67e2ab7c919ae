//! `runner try`: trains one point that the command line names, and says in a sentence how it did.

use comfy_table::Table;
use loader::Search;
use std::io::IsTerminal;
use std::path::PathBuf;
use toml::de::DeValue;

use crate::cli::args::TryArgs;
use crate::cli::count::{count, thousands};
use crate::cli::error::{Exit, RunError};
use crate::cli::jobs::{Job, plan_job};
use crate::cli::pending::{Selection, pending_cells};
use crate::cli::print::print;
use crate::cli::publish::is_publishing;
use crate::cli::published;
use crate::cli::run_cells::{Options, halt_on_signals, open_sink, run_cells};
use crate::families;
use crate::families::engine::ENGINES;
use crate::grid::file::GridFile;
use crate::grid::keys::RunKeys;
use crate::grid::paper::printed;
use crate::grid::point::PlannedPoint;
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
    if is_publishing(&args.fit.results) {
        return Err(RunError::NotPublishable {
            reason: "published rows come from the grids in configs, not from `try`".into(),
        });
    }
    let text = grid_text(args)?;
    let search = Search::from_env(args.fit.data_dir.clone());
    search.check()?;
    let file = GridFile::parse("the command line as a grid", &text, Some(&search))?;
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
    let selection = Selection {
        retry: &[],
        rerun: args.again,
    };
    let cells = pending_cells(&job, &mut sink, &selection)?;
    let halt = halt_on_signals();
    let options = Options {
        fit: &args.fit,
        // One at a time, so that the times are those of a machine that does nothing else.
        jobs: Some(1),
        keep: None,
        halt: &halt,
    };
    if let Err(exit) = run_cells(&job, &cells, &mut sink, &options) {
        return Ok(exit);
    }
    let answer = Answer::new(&job, &sink);
    let is_terminal = std::io::stdout().is_terminal();
    let width = is_terminal
        .then(|| Table::new().width())
        .flatten()
        .unwrap_or(DEFAULT_WIDTH);
    let source = if cells.is_empty() {
        format!(" It is from {}; --again trains it again.", sink.path().display())
    } else {
        String::new()
    };
    let text = format!("{}{source}", answer.text);
    let printed = print(&format!("{}\n", textwrap::fill(&text, usize::from(width))));
    Ok(if sink.is_displaced() {
        Exit::Internal
    } else if halt.is_set() {
        tell("interrupted; the same command trains it");
        Exit::Interrupted
    } else if answer.is_success {
        printed
    } else {
        printed.max_of(Exit::CellsFailed)
    })
}

/// The arguments as the text of a grid.
fn grid_text(args: &TryArgs) -> Result<String, RunError> {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let mut text = format!(
        "[[grid]]\nclassifier = {}\ndatasets = {}\npreprocessing = {}\n",
        quoted(&args.family),
        quoted(&args.dataset),
        quoted(&args.preprocessing)
    );
    let engine = args.engine.as_deref().or_else(|| default_engine(&args.family));
    if let Some(engine) = engine {
        text += &format!("engine = {}\n", quoted(engine));
    }
    for argument in &args.parameters {
        let help = || {
            format!(
                "write a parameter as KEY=VALUE, such as C=10; `runner --list {}` prints its parameters",
                args.family
            )
        };
        let (key, value) = argument
            .split_once('=')
            .filter(|(key, value)| !key.trim().is_empty() && !value.trim().is_empty())
            .ok_or_else(|| RunError::NoParameter {
                argument: argument.clone(),
                help: help(),
            })?;
        let key = key.trim();
        if let Some(flag) = flag_of(key) {
            return Err(RunError::NoParameter {
                argument: argument.clone(),
                help: format!("`{key}` is no parameter of a classifier; write {flag}"),
            });
        }
        let is_bare = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let key = if key.chars().all(is_bare) {
            key.to_owned()
        } else {
            quoted(key)
        };
        // In a list, because a list itself is an axis of a grid.
        text += &format!("{key} = [{}]\n", value_text(value.trim(), quoted));
    }
    Ok(text)
}

/// The option that sets a key of a run, which is no parameter.
fn flag_of(key: &str) -> Option<String> {
    let flag = match key {
        "classifier" => return Some("it as the first argument".into()),
        "dataset" | "datasets" => "--dataset NAME",
        "engine" => "--engine NAME",
        "preprocessing" => "--preprocessing NAME",
        "repeats" => "--repeats N",
        "seed" => "--seed N",
        "train_limit" => "--train-limit N",
        "test_limit" => "--test-limit N",
        "timeout" => "--timeout 30m",
        "memory" => "--memory 8GiB",
        _ => return None,
    };
    Some(flag.into())
}

/// A value as TOML: as it is where it is TOML, or else as a word. Python's constants have their names in a grid.
fn value_text(value: &str, quoted: impl Fn(&str) -> String) -> String {
    match value {
        "None" => quoted("none"),
        "True" => "true".into(),
        "False" => "false".into(),
        _ if is_toml(value) => value.into(),
        _ => quoted(value),
    }
}

fn is_toml(value: &str) -> bool {
    let parsed = DeValue::parse(value);
    parsed.is_ok_and(|parsed| {
        !matches!(parsed.get_ref(), DeValue::Datetime(_) | DeValue::Table(_)) && !value.contains(['\n', '#'])
    })
}

/// The first engine of the registry that has the family; `None` for an unknown family, which the grid's check names.
fn default_engine(family: &str) -> Option<&'static str> {
    let family = families::find(family)?;
    let mut engines = ENGINES.iter().map(|engine| engine.name);
    engines.find(|engine| family.implementation(engine).is_some())
}

/// What the rows say.
struct Answer {
    text: String,
    is_success: bool,
}

impl Answer {
    fn new(job: &Job, sink: &Sink) -> Answer {
        let Some(first) = job.plan.cells.first() else {
            return Answer {
                text: "nothing to train".into(),
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
                is_success: rows.last().is_some_and(|row| row.status.is_success()),
            };
        }
        Answer {
            text: sentence(point, &ok),
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
    let all = |n: usize, of: usize| if n == of { "all " } else { "the first " };
    let repeats = match rows.len() {
        1 => String::new(),
        n => format!(", mean of {n} repeats"),
    };
    let mut text = format!(
        "{} on {}: accuracy {accuracy:.4} (95 % interval {low:.4} to {high:.4}{repeats}), fit {}, predict {}, with preprocessing \
         {}, {}{} training rows, {} and {}",
        described(point),
        point.data.name,
        duration(mean(|row| row.fit_s)),
        duration(mean(|row| row.predict_s)),
        point.preprocessing,
        all(point.n_train, point.data.n_train),
        thousands(point.n_train),
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
            if let Some((fit_s, machine)) = published.fit {
                text += &format!(" and a fit of {} on machine {machine}", duration(fit_s));
            }
        }
        None if published::exist() => text += "; nothing is published for this point",
        None => {}
    }
    text + "."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_toml_or_words() {
        let text = |value: &str| value_text(value, |word| format!("<{word}>"));
        for (value, expected) in [
            ("10", "10"),
            ("1e-3", "1e-3"),
            ("auto", "<auto>"),
            ("None", "<none>"),
            ("True", "true"),
            ("[100,10]", "[100,10]"),
            ("\"auto\"", "\"auto\""),
            ("2026-01-01", "<2026-01-01>"),
            ("1] #", "<1] #>"),
        ] {
            assert_eq!(text(value), expected, "{value}");
        }
    }
}
