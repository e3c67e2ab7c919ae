//! The table at the end of a run: every point of the plan, best first; points without an accuracy come last.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use std::collections::HashMap;

use crate::cli::count::count;
use crate::grid::plan::{Cell, Plan};
use crate::grid::point::PlannedPoint;
use crate::results::row::Row;
use crate::results::sink::Sink;
use crate::results::status::Status;
use crate::results::warning::{Warning, WarningCode};
use crate::run::durations::duration;

/// Width of the table outside a terminal, in characters.
const DEFAULT_WIDTH: u16 = 160;

/// The results of a plan, rows of earlier runs included.
pub(crate) struct Summary {
    lines: Vec<Line>,
}

struct Line {
    dataset: String,
    classifier: String,
    engine: String,
    params: String,
    preprocessing: String,
    n_train: usize,
    /// Accuracies of the `ok` repeats.
    accuracies: Vec<f64>,
    fit_s: Vec<f64>,
    predict_s: Vec<f64>,
    /// The first warning of an `ok` repeat; empty if none.
    warning: String,
    /// Whether a solver did not converge.
    is_unconverged: bool,
    /// Whether other work used the machine during a repeat.
    is_shared: bool,
    /// Status and reason of every other repeat; `None` if it was not run.
    others: Vec<Option<(Status, String)>>,
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
        lines.sort_by(|a, b| {
            (&a.dataset, a.accuracies.is_empty())
                .cmp(&(&b.dataset, b.accuracies.is_empty()))
                .then(mean(&b.accuracies).total_cmp(&mean(&a.accuracies)))
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

    /// The table, with the reasons and warnings below it. `width` is in characters, 160 by default.
    pub(crate) fn render(&self, width: Option<u16>) -> String {
        let mut table = Table::new();
        table
            .load_style(presets::UTF8_BORDERS_ONLY)
            .set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(width.unwrap_or(DEFAULT_WIDTH));
        table.set_header([
            "dataset",
            "classifier",
            "engine",
            "parameters",
            "preprocessing",
            "train rows",
            "accuracy",
            "fit",
            "predict",
        ]);
        for column in 5..9 {
            if let Some(column) = table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        for line in &self.lines {
            table.add_row(line.columns());
        }
        let mut text = table.to_string();
        if self.lines.iter().any(|line| line.is_unconverged) {
            text.push_str("\n† a solver did not converge");
        }
        if self.lines.iter().any(|line| line.is_shared) {
            text.push_str("\n* other work used the machine meanwhile; --jobs 1 runs one fit at a time");
        }
        for (line, note) in self.lines.iter().filter_map(|line| Some((line, line.note()?))) {
            let point = [&line.dataset, &line.classifier, &line.engine, &line.params]
                .map(String::as_str)
                .join(" ");
            text.push_str(&format!("\n{}: {note}", point.trim_end()));
        }
        text
    }
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
        Line {
            dataset: point.data.name.clone(),
            classifier: point.family.name().into(),
            engine: point.engine.name().into(),
            params: name.into(),
            preprocessing: point.preprocessing.to_string(),
            n_train: point.n_train,
            accuracies: ok.iter().filter_map(|row| row.accuracy).collect(),
            fit_s: ok.iter().filter_map(|row| row.fit_s).collect(),
            predict_s: ok.iter().filter_map(|row| row.predict_s).collect(),
            warning: ok
                .iter()
                .map(|row| row.warning.clone())
                .find(|warning| !warning.is_empty())
                .unwrap_or_default(),
            is_unconverged: ok.iter().any(|row| row.warning.contains(&not_converged)),
            is_shared: ok.iter().any(|row| row.is_of_shared_machine()),
            others: rows.iter().filter_map(other).collect(),
        }
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
            self.n_train.to_string(),
            accuracy,
            time(&self.fit_s),
            time(&self.predict_s),
        ]
    }

    /// The reason or warning below the table; `None` if there is none, or if no repeat was run.
    fn note(&self) -> Option<String> {
        let missing = self.others.iter().filter(|other| other.is_none()).count();
        let repeats = self.others.len() + self.accuracies.len();
        let failure = self
            .others
            .iter()
            .flatten()
            .map(|(status, reason)| format!("{status}: {reason}"))
            .next();
        let warning = (!self.warning.is_empty()).then(|| self.warning.clone());
        let missing = (missing > 0 && missing < repeats)
            .then(|| format!("{missing} of {} not run", count(repeats, "repeat")));
        let notes: Vec<String> = failure.into_iter().chain(warning).chain(missing).collect();
        (!notes.is_empty()).then(|| notes.join("; "))
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
