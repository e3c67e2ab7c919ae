//! The changes between two boards as a table for a terminal and for Markdown, and as flat records.

use std::fmt::Write;

use serde::Serialize;

use super::own::columns::{Column, fit, wrapped};
use crate::board::{Change, Changes};
use crate::cells::{self, counted, escaped, markdown_table, optional};
use crate::prose;

/// The mark of a change beyond a bound.
const BEYOND: &str = " !";

/// What the columns mean.
const MEANS: &str = "Change: mean accuracy of the second file minus that of the first, over the repeats \
    that both have. Interval, p: of one fit of each on the same test rows (Bonett and Price, McNemar's mid-p). Time: fit and prediction of \
    the second file divided by those of the first.";

/// The columns of a line: change, interval, p, time.
pub(super) fn numbers(changes: &Changes, line: &Change) -> [String; 6] {
    let mark = if line.is_beyond { BEYOND } else { "" };
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

pub(super) const TITLES: [&str; 6] = ["First", "Second", "Change", "Interval", "p", "Time"];

/// What is said below the table.
pub(super) fn notes(changes: &Changes) -> Vec<String> {
    let mut notes = vec![MEANS.to_owned()];
    if changes.n_beyond() > 0 {
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
pub(super) fn terminal(changes: &Changes, width: usize) -> String {
    let mut out = String::new();
    for lines in changes.lines.chunk_by(|a, b| a.dataset == b.dataset) {
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
        let numbers: Vec<[String; 6]> = lines.iter().map(|line| numbers(changes, line)).collect();
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
    for note in notes(changes) {
        for line in wrapped(&note, width) {
            let _ = writeln!(out, "{line}");
        }
    }
    out
}

/// The table in Markdown.
pub(super) fn markdown(changes: &Changes) -> String {
    let titles: Vec<String> = TITLES.iter().map(|title| format!("> {title}")).collect();
    let mut all = vec!["Dataset", "Point"];
    all.extend(titles.iter().map(String::as_str));
    let rows = changes.lines.iter().map(|line| {
        let mut cells = vec![escaped(&line.dataset), escaped(&cells::label(&line.point))];
        cells.extend(numbers(changes, line));
        cells
    });
    let notes: String = notes(changes)
        .iter()
        .map(|note| prose::item(&escaped(note)))
        .collect();
    format!("{}\n{notes}", markdown_table(&all, rows))
}

/// The columns in file order; a missing value is empty.
#[derive(Serialize)]
#[cfg_attr(feature = "parquet", derive(parquet_derive::ParquetRecordWriter))]
pub(super) struct Record<'a> {
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

/// One record per point and dataset, with unrounded numbers.
pub(super) fn records(changes: &Changes) -> impl Iterator<Item = Record<'_>> {
    changes.lines.iter().map(|line| {
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
            is_beyond: line.is_beyond,
        }
    })
}
