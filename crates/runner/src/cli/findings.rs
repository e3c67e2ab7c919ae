//! What a person asks after a run: the best point, what lies within noise of it, the slowest, failures by reason, what comes next.

use command_line::{invocation, wrapped};
use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use crate::cli::count::count;
use crate::cli::jobs::Job;
use crate::cli::shell_words::{quoted, repeated};
use crate::cli::summary::Summary;
use crate::cli::summary_line::Line;
use crate::families;
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

/// The text below the table; `width` is in characters. `trained` are the cells of this run, and what it took.
pub(crate) fn findings(
    job: &Job,
    summary: &Summary,
    sink: &Sink,
    (trained, took): (&[Cell], Took),
    data_dir: Option<&Path>,
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
    items.push(("rows".into(), sink.path().display().to_string()));
    let mut commands = next_commands(summary, sink, data_dir).into_iter();
    items.extend(commands.next().map(|command| ("next".to_owned(), command)));
    items.extend(commands.map(|command| (String::new(), command)));
    render(
        &items,
        usize::from(width.unwrap_or(DEFAULT_WIDTH)),
        width.is_some(),
    )
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

/// Options of this run that no next command repeats, and whether they have a value.
const NOT_REPEATED: [(&str, bool); 5] = [
    ("--retry", true),
    ("--rerun", true),
    ("--fresh", false),
    ("--plan", false),
    ("--quiet", false),
];

/// Three commands that come next. They repeat the options of this run.
fn next_commands(summary: &Summary, sink: &Sink, data_dir: Option<&Path>) -> Vec<String> {
    let runner = format!("{} {}", invocation("runner"), repeated(&NOT_REPEATED));
    let mut commands = Vec::new();
    let mut ended = summary.lines.iter().flat_map(|line| &line.others);
    let is_unfinished = ended.any(|other| matches!(other, None | Some((Status::Interrupted, _))));
    if is_unfinished {
        commands.push(runner.clone());
    }
    if lacks_library(summary) && Path::new(SETUP).exists() {
        commands.push(SETUP.to_owned());
    }
    // With the same limits, a cell beyond a limit would fail again.
    let is_limit = |status: &Status| matches!(status, Status::Timeout | Status::OutOfMemory);
    let failed = summary.failed().into_iter().filter(|status| !is_limit(status));
    let failed: Vec<String> = failed.map(|status| status.to_string()).collect();
    if !failed.is_empty() {
        commands.push(format!("{runner} --retry {}", failed.join(",")));
    }
    let data_dir = data_dir.map(|folder| format!(" --data-dir {}", quoted(&folder.display().to_string())));
    commands.push(format!(
        "{} show {}{}",
        invocation("report"),
        quoted(&sink.path().display().to_string()),
        data_dir.unwrap_or_default()
    ));
    let best = summary.lines.iter().find(|line| line.accuracy().is_some());
    if let Some(best) = best {
        if best.is_shared {
            // Alone, and with a fit of its own.
            let others = [&NOT_REPEATED[..], &[("--jobs", true), ("--share", false)]].concat();
            let runner = format!("{} {}", invocation("runner"), repeated(&others));
            commands.push(format!("{runner} --jobs 1 --rerun {}", quoted(&best.label)));
        }
        if families::find(&best.classifier).is_some() {
            commands.push(format!("{} --list {}", invocation("runner"), best.classifier));
        }
    }
    commands.push(format!("{runner} --plan"));
    commands.truncate(MAX_NAMED);
    commands
}

/// Installs the libraries of the engines that come with Hemline.
const SETUP: &str = "scripts/engines/setup";

/// Whether a program failed because Python has no such library.
fn lacks_library(summary: &Summary) -> bool {
    let mut ended = summary.lines.iter().flat_map(|line| line.others.iter().flatten());
    ended.any(|(_, reason)| reason.contains("ModuleNotFoundError"))
}

/// A command for a terminal of this width: lines that are too long are broken between arguments, as a shell reads them.
fn broken(command: &str, width: usize, first: &str, next: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut is_open = false;
    for word in command.split(' ') {
        match words.last_mut() {
            Some(last) if is_open => *last += &format!(" {word}"),
            _ => words.push(word.to_owned()),
        }
        is_open ^= word.matches('\'').count() % 2 == 1;
    }
    let mut lines = vec![first.to_owned()];
    let mut is_start = true;
    for word in words {
        let last = lines.last_mut().expect("there is a first line");
        // A blank before the word, and room for ` \`.
        let is_fitting = last.chars().count() + word.chars().count() + 3 <= width;
        if is_start {
            last.push_str(&word);
        } else if is_fitting {
            last.push_str(&format!(" {word}"));
        } else {
            last.push_str(" \\");
            lines.push(format!("{next}  {word}"));
        }
        is_start = false;
    }
    lines.join("\n")
}

/// The items, each after its word. Commands are broken on a terminal only.
fn render(items: &[(String, String)], width: usize, is_terminal: bool) -> String {
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
        let is_command = (word.is_empty() && !item.starts_with('(')) || word == "next";
        if is_command && is_terminal {
            text.push_str(&broken(item, width, &first, &next));
        } else if is_command || word == "rows" {
            // It is copied, so that it is not broken.
            text.push_str(&format!("{first}{item}"));
        } else {
            text.push_str(&wrapped(item, width, &first, &next));
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_command_is_broken_between_its_arguments() {
        let command = "runner configs/svm.toml --only 'C=10; gamma=auto' --timeout 30m";
        assert_eq!(
            broken(command, 45, "next  ", "      "),
            "next  runner configs/svm.toml --only \\\n        'C=10; gamma=auto' --timeout 30m"
        );
        assert_eq!(
            broken("runner a.toml", 80, "next  ", "      "),
            "next  runner a.toml"
        );
    }
}
