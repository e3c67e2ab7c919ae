//! `Line`: what the rows of a plan say about one point under one of its names.

use crate::cli::count::{count, thousands};
use crate::grid::point::{PlannedPoint, spaced};
use crate::results::row::Row;
use crate::results::status::Status;
use crate::results::warning::{Warning, WarningCode};
use crate::run::durations::duration;

/// A point under one of its names.
pub(crate) struct Line {
    pub(crate) dataset: String,
    pub(crate) classifier: String,
    pub(crate) engine: String,
    /// `C=10; gamma=auto`, or `defaults`.
    pub(super) params: String,
    /// The column `params` of its rows.
    pub(crate) params_column: String,
    pub(super) preprocessing: String,
    pub(super) n_train: usize,
    /// Test rows.
    pub(crate) n_test: usize,
    /// Accuracies of the `ok` repeats.
    pub(super) accuracies: Vec<f64>,
    pub(super) fit_s: Vec<f64>,
    pub(super) predict_s: Vec<f64>,
    /// Whether a repeat comes from the fit of a larger point, so that its times are not its own.
    pub(super) is_part: bool,
    /// The point in the lines of `--plan`.
    pub(crate) label: String,
    /// Whether the preprocessing tells points of the run apart.
    pub(super) has_own_preprocessing: bool,
    /// `cell_id` and `started_at` of the first `ok` repeat.
    pub(crate) first_ok: Option<(String, String)>,
    /// Whether a solver did not converge.
    pub(super) is_unconverged: bool,
    /// Whether other work used the machine during a repeat.
    pub(crate) is_shared: bool,
    /// The warnings of `ok` repeats other than not converged, each once.
    pub(super) warnings: Vec<String>,
    /// Status and reason of every other repeat; `None` if it was not run.
    pub(crate) others: Vec<Option<(Status, String)>>,
}

impl Line {
    pub(super) fn new(point: &PlannedPoint, name: &str, rows: &[Option<&Row>]) -> Line {
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
        let is_own = |row: &&Row| row.shared_with.is_empty();
        let timed = || ok.iter().copied().filter(is_own);
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
                spaced(name)
            },
            params_column: name.into(),
            preprocessing: point.input(),
            n_train: point.n_train,
            n_test: point.n_test,
            accuracies: ok.iter().filter_map(|row| row.accuracy).collect(),
            fit_s: timed().filter_map(|row| row.fit_s).collect(),
            predict_s: timed().filter_map(|row| row.predict_s).collect(),
            is_part: !ok.iter().all(is_own),
            label: point.label(),
            has_own_preprocessing: false,
            first_ok: ok
                .first()
                .map(|row| (row.cell_id.clone(), row.started_at.clone())),
            is_unconverged: ok.iter().any(is_unconverged),
            is_shared: timed().any(Row::is_of_shared_machine),
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
        let preprocessing = if self.has_own_preprocessing {
            format!(" · {}", self.preprocessing)
        } else {
            String::new()
        };
        point.join(" ") + &preprocessing
    }

    pub(super) fn columns(&self) -> [String; 9] {
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

    /// Whether a repeat has ended by itself.
    pub(super) fn has_finished(&self) -> bool {
        let mut others = self.others.iter().flatten();
        !self.accuracies.is_empty() || others.any(|(status, _)| *status != Status::Interrupted)
    }

    /// Whether a repeat has started.
    pub(super) fn has_begun(&self) -> bool {
        !self.accuracies.is_empty() || self.others.iter().any(Option::is_some)
    }

    /// How many repeats were interrupted or not run, if others were.
    pub(super) fn missing(&self) -> Option<String> {
        let not_run = self.others.iter().filter(|other| other.is_none()).count();
        let is_interrupted = |other: &&Option<_>| matches!(other, Some((Status::Interrupted, _)));
        let interrupted = self.others.iter().filter(is_interrupted).count();
        let n_repeats = self.others.len() + self.accuracies.len();
        let repeats = count(n_repeats, "repeat");
        match (interrupted, not_run) {
            (0, 0) => None,
            (0, n) | (n, 0) if n == n_repeats => None,
            (0, n) => Some(format!("{n} of {repeats} not run")),
            (n, 0) => Some(format!("{n} of {repeats} interrupted")),
            (n, m) => Some(format!("{n} of {repeats} interrupted, {m} not run")),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a handful of repeats")]
pub(super) fn mean(numbers: &[f64]) -> f64 {
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
