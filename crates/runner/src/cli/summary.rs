//! The table at the end of a run: every point of the plan, best first; points without an accuracy come last.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets};
use std::collections::HashMap;
use textwrap::core::display_width;

use crate::cli::count::{count, thousands};
use crate::grid::plan::{Cell, Plan};
use crate::grid::point::PlannedPoint;
use crate::results::row::Row;
use crate::results::sink::Sink;
use crate::results::status::Status;
use crate::results::warning::{Warning, WarningCode};
use crate::run::durations::duration;

/// Width of the table outside a terminal, in characters.
const DEFAULT_WIDTH: u16 = 160;

/// The columns of the table.
const COLUMNS: [&str; 9] = [
    "dataset",
    "classifier",
    "engine",
    "parameters",
    "preprocessing",
    "train rows",
    "accuracy",
    "fit",
    "predict",
];

/// The columns that tell points apart: one that has the same text in every line stands above the table instead.
const SHARED: [usize; 4] = [0, 2, 4, 5];

/// In a narrow table, the parameters stand behind the classifier.
const CLASSIFIER: usize = 1;
const PARAMETERS: usize = 3;

/// The columns that are left out of a table that is still too wide, in this order.
const LEFT_OUT: [usize; 6] = [8, 5, 4, 7, 2, 0];

/// The first column of numbers.
const FIRST_NUMBER: usize = 5;

/// The results of a plan, rows of earlier runs included.
pub(crate) struct Summary {
    /// One line per name of a point, best first within each dataset.
    pub(crate) lines: Vec<Line>,
}

/// A point under one of its names.
pub(crate) struct Line {
    pub(crate) dataset: String,
    pub(crate) classifier: String,
    pub(crate) engine: String,
    /// `C=10; gamma=auto`, or `defaults`.
    params: String,
    /// The column `params` of its rows.
    pub(crate) params_column: String,
    preprocessing: String,
    n_train: usize,
    /// Test rows.
    pub(crate) n_test: usize,
    /// Accuracies of the `ok` repeats.
    accuracies: Vec<f64>,
    fit_s: Vec<f64>,
    predict_s: Vec<f64>,
    /// `cell_id` and `started_at` of the first `ok` repeat.
    pub(crate) first_ok: Option<(String, String)>,
    /// Whether a solver did not converge.
    is_unconverged: bool,
    /// Whether other work used the machine during a repeat.
    pub(crate) is_shared: bool,
    /// The warnings of `ok` repeats other than not converged, each once.
    warnings: Vec<String>,
    /// Status and reason of every other repeat; `None` if it was not run.
    pub(crate) others: Vec<Option<(Status, String)>>,
}

impl Summary {
    /// Collects the rows of every cell of the plan.
    pub(crate) fn new(plan: &Plan, sink: &Sink) -> Summary {
        let mut repeats: HashMap<&str, Vec<&Cell>> = HashMap::new();
        for cell in &plan.cells {
            repeats.entry(cell.point.problem()).or_default().push(cell);
        }
        let mut lines = Vec::new();
        for cell in &plan.cells {
            let Some(cells) = repeats.remove(cell.point.problem()) else {
                continue;
            };
            let ids: Vec<&str> = cells.iter().map(|cell| cell.id.0.as_str()).collect();
            for name in &cell.point.names {
                let rows: Vec<Option<&Row>> = ids.iter().map(|id| sink.row(id, name)).collect();
                lines.push(Line::new(&cell.point, name, &rows));
            }
        }
        // Of equal accuracies in the order of `report show`.
        lines.sort_by(|a, b| {
            let name = |line: &Line| {
                [
                    &line.classifier,
                    &line.params_column,
                    &line.engine,
                    &line.preprocessing,
                ]
                .map(String::clone)
            };
            (&a.dataset, a.accuracies.is_empty())
                .cmp(&(&b.dataset, b.accuracies.is_empty()))
                .then(mean(&b.accuracies).total_cmp(&mean(&a.accuracies)))
                .then_with(|| name(a).cmp(&name(b)))
        });
        Summary { lines }
    }

    /// Whether every cell that has run is `ok` or `refused`; `--retry` leaves others out.
    pub(crate) fn is_success(&self) -> bool {
        self.lines
            .iter()
            .flat_map(|line| &line.others)
            .all(|other| matches!(other, None | Some((Status::Refused, _))))
    }

    /// The statuses of failed cells, for `--retry`.
    pub(crate) fn failed(&self) -> Vec<String> {
        let has = |status: Status| {
            let mut others = self.lines.iter().flat_map(|line| line.others.iter().flatten());
            others.any(|(other, _)| *other == status)
        };
        Status::ALL
            .into_iter()
            .filter(|status| !status.is_success() && *status != Status::Interrupted && has(*status))
            .map(|status| status.to_string())
            .collect()
    }

    /// The table: what all points share stands above it, the meaning of its marks below. `width` is in characters, 160 by default.
    pub(crate) fn render(&self, width: Option<u16>) -> String {
        let width = width.unwrap_or(DEFAULT_WIDTH);
        let mut rows: Vec<[String; 9]> = self.lines.iter().map(Line::columns).collect();
        let shared = |column: &usize| {
            let mut texts = rows.iter().map(|row| &row[*column]);
            let first = texts.next();
            rows.len() > 1 && texts.all(|text| Some(text) == first)
        };
        let shared: Vec<usize> = SHARED.into_iter().filter(shared).collect();
        let mut shown: Vec<usize> = (0..COLUMNS.len())
            .filter(|column| !shared.contains(column))
            .collect();
        if least_width(&rows, &shown) > usize::from(width) {
            shown.retain(|column| *column != PARAMETERS);
            for row in &mut rows {
                row[CLASSIFIER] = format!("{} {}", row[CLASSIFIER], row[PARAMETERS]);
            }
        }
        for column in LEFT_OUT {
            if least_width(&rows, &shown) > usize::from(width) {
                shown.retain(|other| *other != column);
            }
        }
        let mut table = Table::new();
        table
            .load_style(presets::UTF8_BORDERS_ONLY)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(width);
        table.set_header(shown.iter().map(|column| COLUMNS[*column]));
        for row in &rows {
            table.add_row(shown.iter().map(|column| row[*column].as_str()));
        }
        for (position, column) in shown.iter().enumerate() {
            let least = u16::try_from(word_width(&rows, *column)).unwrap_or(width);
            if let Some(shown) = table.column_mut(position) {
                shown.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(least)));
                if *column >= FIRST_NUMBER {
                    shown.set_cell_alignment(CellAlignment::Right);
                }
            }
        }
        let heading: Vec<String> = shared
            .iter()
            .filter_map(|column| {
                let text = &rows.first()?[*column];
                Some(if COLUMNS[*column] == "train rows" {
                    format!("{text} training rows")
                } else {
                    format!("{} {text}", COLUMNS[*column])
                })
            })
            .collect();
        let mut text = String::new();
        if !heading.is_empty() {
            text.push_str(&textwrap::fill(&heading.join(", "), usize::from(width)));
            text.push('\n');
        }
        text.push_str(&table.to_string());
        if self.lines.iter().any(|line| line.is_unconverged) {
            text.push_str("\n† a solver did not converge");
        }
        if self.lines.iter().any(|line| line.is_shared) && shown.iter().any(|column| *column >= 7) {
            text.push_str("\n* other work used the machine meanwhile; --jobs 1 runs one fit at a time");
        }
        for note in self.notes() {
            text.push('\n');
            text.push_str(&textwrap::fill(
                &note,
                textwrap::Options::new(usize::from(width))
                    .subsequent_indent("  ")
                    .break_words(false),
            ));
        }
        text
    }

    /// Warnings and missing repeats, the same for several points said once.
    fn notes(&self) -> Vec<String> {
        let mut order = Vec::new();
        let mut points: HashMap<String, Vec<String>> = HashMap::new();
        for line in &self.lines {
            for note in line.warnings.iter().cloned().chain(line.missing()) {
                let known = points.entry(note.clone()).or_default();
                if known.is_empty() {
                    order.push(note);
                }
                known.push(line.name());
            }
        }
        let lines = order.into_iter().map(|note| match points[&note].as_slice() {
            [one] => format!("{one}: {note}"),
            [first, rest @ ..] => format!("{first} and {} more: {note}", rest.len()),
            [] => note,
        });
        lines.collect()
    }
}

/// The width of a table whose words are not broken.
fn least_width(rows: &[[String; 9]], shown: &[usize]) -> usize {
    let widths = shown.iter().map(|column| word_width(rows, *column));
    // Two borders, and a blank between columns.
    widths.sum::<usize>() + shown.len() + 1
}

/// The width of the longest word of a column, and of the blanks around it. A number and its unit are one word.
fn word_width(rows: &[[String; 9]], column: usize) -> usize {
    let longest_word = |text: &str| text.split(' ').map(display_width).max().unwrap_or(0);
    let texts = rows.iter().map(|row| {
        let text = &row[column];
        if column >= FIRST_NUMBER {
            display_width(text)
        } else {
            longest_word(text)
        }
    });
    texts.max().unwrap_or(0).max(longest_word(COLUMNS[column])) + 2
}

impl Line {
    fn new(point: &PlannedPoint, name: &str, rows: &[Option<&Row>]) -> Line {
        let ok: Vec<&Row> = rows
            .iter()
            .flatten()
            .copied()
            .filter(|row| row.status == Status::Ok)
            .collect();
        let other = |row: &Option<&Row>| match row {
            Some(row) if row.status == Status::Ok => None,
            Some(row) => Some(Some((row.status, row.error.clone()))),
            None => Some(None),
        };
        let not_converged = Warning::new(WarningCode::NotConverged, "").to_string();
        let is_unconverged = |row: &&Row| row.warning.contains(&not_converged);
        let mut warnings: Vec<String> = ok
            .iter()
            .filter(|row| !row.warning.is_empty() && !is_unconverged(row))
            .map(|row| row.warning.clone())
            .collect();
        warnings.dedup();
        Line {
            dataset: point.data.name.clone(),
            classifier: point.family.name().into(),
            engine: point.engine.name().into(),
            params: if name.is_empty() {
                "defaults".into()
            } else {
                name.replace(';', "; ")
            },
            params_column: name.into(),
            preprocessing: point.preprocessing.to_string(),
            n_train: point.n_train,
            n_test: point.n_test,
            accuracies: ok.iter().filter_map(|row| row.accuracy).collect(),
            fit_s: ok.iter().filter_map(|row| row.fit_s).collect(),
            predict_s: ok.iter().filter_map(|row| row.predict_s).collect(),
            first_ok: ok
                .first()
                .map(|row| (row.cell_id.clone(), row.started_at.clone())),
            is_unconverged: ok.iter().any(is_unconverged),
            is_shared: ok.iter().any(|row| row.is_of_shared_machine()),
            warnings,
            others: rows.iter().filter_map(other).collect(),
        }
    }

    /// Mean accuracy of the repeats; `None` without an `ok` repeat.
    pub(crate) fn accuracy(&self) -> Option<f64> {
        (!self.accuracies.is_empty()).then(|| mean(&self.accuracies))
    }

    /// Mean time of a fit in seconds; `None` without an `ok` repeat.
    pub(crate) fn fit_s(&self) -> Option<f64> {
        (!self.fit_s.is_empty()).then(|| mean(&self.fit_s))
    }

    /// Classifier, engine and parameters.
    pub(crate) fn name(&self) -> String {
        let point = [&self.classifier, &self.engine, &self.params].map(String::as_str);
        point.join(" ")
    }

    fn columns(&self) -> [String; 9] {
        let status = self
            .others
            .iter()
            .flatten()
            .map(|(status, _)| status.to_string())
            .next();
        let mark = if self.is_unconverged { " †" } else { "" };
        let accuracy = match self.accuracies.as_slice() {
            [] => status.unwrap_or_else(|| "not run".into()),
            [one] => format!("{one:.4}{mark}"),
            many => format!("{:.4} ± {:.4}{mark}", mean(many), deviation(many)),
        };
        let time = |times: &[f64]| {
            if times.is_empty() {
                String::new()
            } else {
                let mark = if self.is_shared { " *" } else { "" };
                format!("{}{mark}", duration(mean(times)))
            }
        };
        [
            self.dataset.clone(),
            self.classifier.clone(),
            self.engine.clone(),
            self.params.clone(),
            self.preprocessing.clone(),
            thousands(self.n_train),
            accuracy,
            time(&self.fit_s),
            time(&self.predict_s),
        ]
    }

    /// How many repeats were not run, if some were.
    fn missing(&self) -> Option<String> {
        let missing = self.others.iter().filter(|other| other.is_none()).count();
        let repeats = self.others.len() + self.accuracies.len();
        (missing > 0 && missing < repeats)
            .then(|| format!("{missing} of {} not run", count(repeats, "repeat")))
    }
}

#[expect(clippy::cast_precision_loss, reason = "a handful of repeats")]
fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len().max(1) as f64
}

/// Sample standard deviation.
#[expect(clippy::cast_precision_loss, reason = "a handful of repeats")]
fn deviation(numbers: &[f64]) -> f64 {
    let mean = mean(numbers);
    let squares: f64 = numbers.iter().map(|number| (number - mean).powi(2)).sum();
    (squares / (numbers.len().max(2) - 1) as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deviation_is_the_sample_standard_deviation() {
        assert!((deviation(&[1.0, 2.0, 4.0]) - 1.527_525_231_651_946_8).abs() < 1e-12);
        assert!((mean(&[1.0, 2.0, 4.0]) - 7.0 / 3.0).abs() < 1e-12);
    }
}
