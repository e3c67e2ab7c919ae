//! What a person asks after a run: the best point, what lies within noise of it, the slowest, failures by reason, what comes next.

use command_line::wrapped;
use std::collections::HashMap;
use std::time::Duration;

use crate::cli::count::count;
use crate::cli::jobs::Job;
use crate::cli::next_commands::{NEXT, laid_out};
use crate::cli::summary::Summary;
use crate::cli::summary_line::Line;
use crate::grid::plan::Cell;
use crate::results::labels_file::labels_beside;
use crate::results::row::Row;
use crate::results::sink::Sink;
use crate::results::status::Status;
use crate::run::durations::duration;
use crate::run::uncertainty::{paired_error, unpaired_error, wilson_interval};

/// Width outside a terminal, in characters.
const DEFAULT_WIDTH: u16 = 120;

/// Points and reasons that are named; the others are counted.
const MAX_NAMED: usize = 3;

/// The word before the path of the results file.
const ROWS: &str = "rows";

/// Differences below this many standard errors are called noise.
const NOISE: f64 = 2.0;

/// What a run took.
pub(crate) struct Took {
    /// Wall time.
    pub(crate) elapsed: Duration,
    /// The time that places for cells were empty at the end, over all places; `None` where there was one place.
    pub(crate) idle: Option<Duration>,
}

/// The wall time of this run, and the processor time of its fits and predictions: `12 cells in 35.5 s; processor time …`.
fn run_time(trained: &[Cell], took: &Took, sink: &Sink) -> Option<String> {
    let rows = trained.iter().filter_map(|cell| {
        let mut names = cell.point.names.iter();
        names.find_map(|name| sink.row(&cell.id.0, name))
    });
    let rows: Vec<&Row> = rows.collect();
    let cpu_s: f64 = rows
        .iter()
        .filter(|row| row.shared_with.is_empty())
        .flat_map(|row| [row.fit_cpu_s, row.predict_cpu_s])
        .flatten()
        .sum();
    (rows.len() > 1).then(|| {
        let idle = took.idle.map_or(String::new(), |idle| {
            format!("; {} of idle time at the end", duration(idle.as_secs_f64()))
        });
        format!(
            "{} in {}; processor time of fits and predictions {}{idle}",
            count(rows.len(), "cell"),
            duration(took.elapsed.as_secs_f64()),
            duration(cpu_s)
        )
    })
}

/// The labels of each row, by `cell_id` and `started_at`.
type Labels = HashMap<(String, String), Vec<u8>>;

/// The text below the table; `width` is in characters. `trained` are the cells of this run, and what it took; `next` are the commands at the
/// end.
pub(crate) fn findings(
    job: &Job,
    summary: &Summary,
    sink: &Sink,
    (trained, took): (&[Cell], Took),
    next: &[String],
    width: Option<u16>,
) -> String {
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
    items.extend(run_time(trained, &took, sink).map(|text| ("time".to_owned(), text)));
    if sink.has_rows() {
        items.push((ROWS.into(), sink.path().display().to_string()));
    }
    let words = items.iter().map(|(word, _)| word.chars().count());
    let indent = words.chain([NEXT.len()]).max().unwrap_or(0) + 2;
    let text = render(&items, usize::from(width.unwrap_or(DEFAULT_WIDTH)), indent);
    text + &laid_out(next, indent, width.map(usize::from))
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
    let is_equal = |line: &&&Line| line.n_test == best.n_test && line.accuracy() == Some(accuracy);
    let n_equal = others.iter().filter(is_equal).count();
    if n_equal > 0 {
        items[0].1 += &format!(", shared with {}", count(n_equal, "other point"));
    }
    let is_tied = |line: &&&Line| {
        let difference = accuracy - line.accuracy().unwrap_or_default();
        line.n_test == best.n_test && difference <= NOISE * error_of_difference(best, line, truth, labels)
    };
    let tied: Vec<&Line> = others.iter().filter(is_tied).copied().collect();
    if tied.is_empty() {
        items.push(("within noise".into(), "no other point".into()));
        return items;
    }
    let names = tied
        .iter()
        .map(|line| format!("{} ({:.4})", line.name(), line.accuracy().unwrap_or_default()));
    let means = "(less than two standard errors of the difference below the best, on the same test rows)";
    items.push(("within noise".into(), listed(names.collect())));
    items.push((String::new(), means.into()));
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
        let is_only = reasons.len() == 1;
        let texts = reasons.iter().map(|(reason, n)| match n {
            n if is_only || *n == 1 => (*reason).to_owned(),
            n => format!("{n} times {reason}"),
        });
        items.push((
            status.to_string(),
            format!("{}: {}", count(n, "cell"), listed(texts.collect()))
                .replace("exit status: ", "exit status "),
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

/// The items, each after its word.
fn render(items: &[(String, String)], width: usize, indent: usize) -> String {
    let mut text = String::new();
    for (word, item) in items {
        let first = format!("{word:<indent$}");
        if word == ROWS {
            // It is copied, so that it is not broken.
            text.push_str(&format!("{first}{item}"));
        } else {
            text.push_str(&wrapped(item, width, &first, &" ".repeat(indent)));
        }
        text.push('\n');
    }
    text
}
