//! What a person asks after a run: the best point, what lies within noise of it, the slowest, failures by reason, what comes next.

use std::collections::HashMap;

use crate::cli::count::count;
use crate::cli::jobs::Job;
use crate::cli::summary::{Line, Summary};
use crate::results::labels_file::labels_beside;
use crate::results::sink::Sink;
use crate::results::status::Status;
use crate::run::durations::duration;
use crate::run::uncertainty::{paired_error, unpaired_error, wilson_interval};

/// Width outside a terminal, in characters.
const DEFAULT_WIDTH: u16 = 120;

/// Points and reasons that are named; the others are counted.
const MAX_NAMED: usize = 3;

/// Differences below this many standard errors are called noise.
const NOISE: f64 = 2.0;

/// The labels of each row, by `cell_id` and `started_at`.
type Labels = HashMap<(String, String), Vec<u8>>;

/// The text below the table; `width` is in characters.
pub(crate) fn findings(job: &Job, summary: &Summary, sink: &Sink, width: Option<u16>) -> String {
    let labels = labels_beside(sink.path());
    let mut items: Vec<(String, String)> = Vec::new();
    let mut datasets: Vec<&str> = summary.lines.iter().map(|line| line.dataset.as_str()).collect();
    datasets.dedup();
    for dataset in &datasets {
        let scored: Vec<&Line> = summary
            .lines
            .iter()
            .filter(|line| line.dataset == *dataset && line.accuracy().is_some())
            .collect();
        let suffix = if datasets.len() > 1 {
            format!(" on {dataset}")
        } else {
            String::new()
        };
        let truth = job
            .plan
            .cells
            .iter()
            .find(|cell| cell.point.data.name == *dataset);
        let truth = truth.map_or(&[][..], |cell| &cell.point.data.truth);
        items.extend(best(&scored, truth, &labels, &suffix));
    }
    let timed = summary
        .lines
        .iter()
        .filter_map(|line| Some((line.fit_s()?, line)));
    if let Some((fit_s, line)) = timed
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|_| summary.lines.len() > 1)
    {
        items.push((
            "slowest".into(),
            format!("{}: fit {}", line.name(), duration(fit_s)),
        ));
    }
    items.extend(failures(summary));
    items.push(("rows".into(), sink.path().display().to_string()));
    let mut commands = next_commands(job, summary, sink).into_iter();
    items.extend(commands.next().map(|command| ("next".to_owned(), command)));
    items.extend(commands.map(|command| (String::new(), command)));
    render(&items, usize::from(width.unwrap_or(DEFAULT_WIDTH)))
}

/// The best point of a dataset, and what lies within noise of it.
fn best(scored: &[&Line], truth: &[u8], labels: &Labels, suffix: &str) -> Vec<(String, String)> {
    let [best, others @ ..] = scored else {
        return Vec::new();
    };
    let Some(accuracy) = best.accuracy() else {
        return Vec::new();
    };
    let [low, high] = wilson_interval(accuracy, best.n_test);
    let text = format!(
        "{}: {accuracy:.4} (95 % interval {low:.4} to {high:.4})",
        best.name()
    );
    let mut items = vec![(format!("best{suffix}"), text)];
    if others.is_empty() {
        return items;
    }
    let is_tied = |line: &&&Line| {
        let difference = accuracy - line.accuracy().unwrap_or_default();
        line.n_test == best.n_test && difference <= NOISE * error_of_difference(best, line, truth, labels)
    };
    let tied: Vec<&Line> = others.iter().filter(is_tied).copied().collect();
    let text = if tied.is_empty() {
        "no other point is within two standard errors of the difference".to_owned()
    } else {
        let names = tied
            .iter()
            .map(|line| format!("{} ({:.4})", line.name(), line.accuracy().unwrap_or_default()));
        format!(
            "{}; two standard errors of the difference",
            listed(names.collect())
        )
    };
    items.push(("within noise".into(), text));
    items
}

/// The standard error of the difference of two accuracies, from the labels of their first repeats where both are kept.
fn error_of_difference(one: &Line, other: &Line, truth: &[u8], labels: &Labels) -> f64 {
    let labels_of = |line: &Line| labels.get(line.first_ok.as_ref()?);
    match (labels_of(one), labels_of(other)) {
        (Some(first), Some(second)) if first.len() == second.len() && first.len() <= truth.len() => {
            paired_error(truth, first, second)
        }
        _ => unpaired_error(
            [one, other].map(|line| line.accuracy().unwrap_or_default()),
            one.n_test,
        ),
    }
}

/// The cells that are not ok, by status and reason.
fn failures(summary: &Summary) -> Vec<(String, String)> {
    let mut items = Vec::new();
    for status in Status::ALL.into_iter().filter(|status| *status != Status::Ok) {
        let mut reasons: Vec<(&str, usize)> = Vec::new();
        let ended = summary.lines.iter().flat_map(|line| line.others.iter().flatten());
        for (_, reason) in ended.filter(|(other, _)| *other == status) {
            match reasons.iter_mut().find(|(known, _)| known == reason) {
                Some((_, n)) => *n += 1,
                None => reasons.push((reason, 1)),
            }
        }
        if reasons.is_empty() {
            continue;
        }
        reasons.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        let n: usize = reasons.iter().map(|(_, n)| n).sum();
        let texts = reasons.iter().map(|(reason, n)| match n {
            1 => (*reason).to_owned(),
            n => format!("{n} x {reason}"),
        });
        items.push((
            status.to_string(),
            format!("{}: {}", count(n, "cell"), listed(texts.collect())),
        ));
    }
    let n_not_run = summary
        .lines
        .iter()
        .flat_map(|line| &line.others)
        .filter(|other| other.is_none())
        .count();
    if n_not_run > 0 {
        items.push(("not run".into(), count(n_not_run, "cell")));
    }
    items
}

/// The first texts, and the number of the others.
fn listed(texts: Vec<String>) -> String {
    let n_more = texts.len().saturating_sub(MAX_NAMED);
    let named: Vec<String> = texts.into_iter().take(MAX_NAMED).collect();
    match n_more {
        0 => named.join("; "),
        n => format!("{}; and {n} more", named.join("; ")),
    }
}

/// Three commands that come next.
fn next_commands(job: &Job, summary: &Summary, sink: &Sink) -> Vec<String> {
    // Cargo sets this variable for the programs that it runs.
    let program = |name: &str| match std::env::var_os("CARGO") {
        Some(_) => format!("cargo run -p {name} --"),
        None => name.to_owned(),
    };
    let (runner, report) = (program("runner"), program("report"));
    let grid = job.path.display();
    let mut commands = Vec::new();
    let statuses: Vec<Status> = summary
        .lines
        .iter()
        .flat_map(|line| line.others.iter().flatten())
        .map(|(status, _)| *status)
        .collect();
    let failed = summary.failed();
    let is_unfinished = statuses.contains(&Status::Interrupted)
        || summary
            .lines
            .iter()
            .any(|line| line.others.iter().any(Option::is_none));
    if is_unfinished {
        commands.push(format!("{runner} {grid}"));
    }
    if !failed.is_empty() {
        commands.push(format!("{runner} {grid} --retry {}", failed.join(",")));
    }
    commands.push(format!("{report} show {}", sink.path().display()));
    let best = summary.lines.iter().find(|line| line.accuracy().is_some());
    if let Some(best) = best {
        if best.is_shared {
            let text = if best.params_column.is_empty() {
                format!("{} {}", best.classifier, best.engine)
            } else {
                format!("{} {} {}", best.classifier, best.engine, best.params_column)
            };
            commands.push(format!("{runner} {grid} --jobs 1 --rerun '{text}'"));
        }
        commands.push(format!("{runner} --list {}", best.classifier));
    }
    commands.push(format!("{runner} {grid} --plan"));
    commands.truncate(MAX_NAMED);
    commands
}

/// The items, each after its word.
fn render(items: &[(String, String)], width: usize) -> String {
    let indent = items
        .iter()
        .map(|(word, _)| word.chars().count())
        .max()
        .unwrap_or(0)
        + 2;
    let mut text = String::new();
    for (word, item) in items {
        let first = format!("{word:<indent$}");
        let next = " ".repeat(indent);
        let is_command = word.is_empty() || word == "next" || word == "rows";
        if is_command {
            // A command or path is copied, so that it is not broken.
            text.push_str(&format!("{first}{item}"));
        } else {
            let options = textwrap::Options::new(width)
                .initial_indent(&first)
                .subsequent_indent(&next)
                .break_words(false);
            text.push_str(&textwrap::fill(item, options));
        }
        text.push('\n');
    }
    text
}
