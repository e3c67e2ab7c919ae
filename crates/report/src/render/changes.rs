//! The changes between two boards as a table for a terminal, Markdown, CSV and JSON.

use std::fmt::Write;

use serde::Serialize;

use super::json::pretty;
use super::own::columns::{Column, fit, wrapped};
use crate::board::{Change, Changes};
use crate::cells::{self, counted, escaped, markdown_table, optional};
use crate::prose;

/// The mark of a change beyond a bound.
const BEYOND: &str = " !";

/// What the columns mean.
const MEANS: &str = "Change: mean accuracy of the second file minus that of the first. Interval, p: of one fit of each on the same test \
    rows (Bonett and Price, McNemar's mid-p). Time: fit and prediction of the second file divided by those of the first.";

/// The columns of a line: change, interval, p, time.
fn numbers(changes: &Changes, line: &Change, is_beyond: bool) -> [String; 6] {
    let mark = if is_beyond { BEYOND } else { "" };
    let paired = line.paired.as_ref();
    let signed = |value: f64| cells::difference(value);
    [
        cells::accuracy(line.first.accuracy.mean),
        cells::accuracy(line.second.accuracy.mean),
        signed(line.accuracy()) + mark,
        optional(paired, |own| {
            format!("{} to {}", signed(own.interval.low), signed(own.interval.high))
        }),
        optional(paired, |own| match own.p {
            p if p < 1e-4 => "< 0.0001".to_owned(),
            p => cells::decimals(p, 4),
        }),
        optional(line.time(), |ratio| {
            let other = if changes.is_one_machine() { "" } else { " §" };
            format!("{}×{other}", cells::ratio(ratio))
        }),
    ]
}

const TITLES: [&str; 6] = ["First", "Second", "Change", "Interval", "p", "Time"];

/// What is said below the table.
fn notes(changes: &Changes, beyond: &[bool]) -> Vec<String> {
    let mut notes = vec![MEANS.to_owned()];
    if beyond.contains(&true) {
        notes.push(format!("{} A change is beyond a bound.", BEYOND.trim()));
    }
    if !changes.is_one_machine() && changes.lines.iter().any(|line| line.time().is_some()) {
        let name = |machine: &Option<String>| machine.as_deref().map_or("unknown".to_owned(), cells::plain);
        notes.push(format!(
            "§ The times are of different machines, {} and {}, and do not compare.",
            name(&changes.first_machine),
            name(&changes.second_machine)
        ));
    }
    let only = [(changes.only_first, "first"), (changes.only_second, "second")];
    let only = only.iter().filter(|(n, _)| *n > 0);
    notes.extend(only.map(|(n, which)| format!("{} only in the {which} file.", counted(*n, "point"))));
    notes
}

/// The table of at most `width` columns a line, where words allow it.
pub fn terminal(changes: &Changes, beyond: &[bool], width: usize) -> String {
    let mut out = String::new();
    let mut at = 0;
    for lines in changes.lines.chunk_by(|a, b| a.dataset == b.dataset) {
        let own = &beyond[at..at + lines.len()];
        at += lines.len();
        let column = |title, cells: Vec<String>, is_right: bool, leave_out| Column {
            title,
            cells,
            is_right,
            wraps: !is_right,
            leave_out,
            said_as: None,
        };
        let names = lines.iter().map(|line| cells::label(&line.point)).collect();
        let mut columns = vec![column("Point", names, false, None)];
        let numbers: Vec<[String; 6]> = lines
            .iter()
            .zip(own)
            .map(|(line, own)| numbers(changes, line, *own))
            .collect();
        let order = [None, None, None, Some(0), Some(1), Some(2)];
        for (n, title) in TITLES.into_iter().enumerate() {
            let cells = numbers.iter().map(|cells| cells[n].clone()).collect();
            columns.push(column(title, cells, true, order[n]));
        }
        let title = format!(
            "{}: {} in both files",
            cells::plain(&lines[0].dataset),
            counted(lines.len(), "point")
        );
        let fitted = fit(columns, width);
        let _ = write!(out, "{title}\n\n{}\n", fitted.text);
    }
    if changes.lines.is_empty() {
        out.push_str("No point is in both files.\n");
    }
    for note in notes(changes, beyond) {
        for line in wrapped(&note, width) {
            let _ = writeln!(out, "{line}");
        }
    }
    out
}

/// The table in Markdown.
pub fn markdown(changes: &Changes, beyond: &[bool]) -> String {
    let titles: Vec<String> = TITLES.iter().map(|title| format!("> {title}")).collect();
    let mut all = vec!["Dataset", "Point"];
    all.extend(titles.iter().map(String::as_str));
    let rows = changes.lines.iter().zip(beyond).map(|(line, is_beyond)| {
        let mut cells = vec![escaped(&line.dataset), escaped(&cells::label(&line.point))];
        cells.extend(numbers(changes, line, *is_beyond));
        cells
    });
    let notes: String = notes(changes, beyond)
        .iter()
        .map(|note| prose::item(&escaped(note)))
        .collect();
    format!("{}\n{notes}", markdown_table(&all, rows))
}

/// One line of the CSV table.
#[derive(Serialize)]
struct Record<'a> {
    dataset: &'a str,
    classifier: &'a str,
    params: &'a str,
    engine: &'a str,
    preprocessing: &'a str,
    n_train: u64,
    n_test: u64,
    first_accuracy: f64,
    second_accuracy: f64,
    accuracy_change: f64,
    paired_only_first: Option<u64>,
    paired_only_second: Option<u64>,
    paired_low: Option<f64>,
    paired_high: Option<f64>,
    paired_p: Option<f64>,
    first_fit_s: Option<f64>,
    second_fit_s: Option<f64>,
    first_predict_s: Option<f64>,
    second_predict_s: Option<f64>,
    time_ratio: Option<f64>,
    is_beyond: bool,
}

/// The table in CSV, with unrounded numbers.
pub fn csv(changes: &Changes, beyond: &[bool]) -> String {
    cells::csv_table(changes.lines.iter().zip(beyond).map(|(line, is_beyond)| {
        let paired = line.paired.as_ref();
        Record {
            dataset: &line.dataset,
            classifier: &line.point.classifier,
            params: line.point.params.as_str(),
            engine: &line.point.engine,
            preprocessing: &line.point.preprocessing,
            n_train: line.point.n_train,
            n_test: line.point.n_test,
            first_accuracy: line.first.accuracy.mean,
            second_accuracy: line.second.accuracy.mean,
            accuracy_change: line.accuracy(),
            paired_only_first: paired.map(|own| own.only_first),
            paired_only_second: paired.map(|own| own.only_second),
            paired_low: paired.map(|own| own.interval.low),
            paired_high: paired.map(|own| own.interval.high),
            paired_p: paired.map(|own| own.p),
            first_fit_s: line.first.fit_s,
            second_fit_s: line.second.fit_s,
            first_predict_s: line.first.predict_s,
            second_predict_s: line.second.predict_s,
            time_ratio: line.time(),
            is_beyond: *is_beyond,
        }
    }))
}

/// Everything as JSON.
pub fn json(changes: &Changes) -> String {
    pretty(changes)
}
