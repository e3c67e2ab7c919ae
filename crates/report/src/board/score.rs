//! The score of one point on one dataset: means and standard deviations over its repeats.

use std::collections::HashSet;
use std::sync::Arc;

use serde::Serialize;

use super::current::{Fits, measured};
use super::predictions::Predictions;
use super::tier::Tier;
use crate::input::{Row, Status};
use crate::statistics::wilson;

/// A summary of all repeats with status `ok` of one point on one dataset.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Score {
    /// Number of repeats.
    pub n: usize,
    /// Share of test rows with a correct prediction.
    pub accuracy: Spread,
    /// The 95 % Wilson interval of the mean accuracy, for the number of test rows.
    pub interval: Interval,
    /// The tier among the ranked points of the dataset.
    pub tier: Option<Tier>,
    /// What the first fit predicted, if the labels are known and were read.
    #[serde(skip)]
    pub predictions: Option<Arc<Predictions>>,
    /// Mean macro-averaged F1.
    pub macro_f1: Option<f64>,
    /// Mean wall time of a fit on the board's machine, in seconds; of fits that ran alone, if there are any.
    pub fit_s: Option<f64>,
    /// Mean wall time of the prediction of all test rows on the board's machine, in seconds.
    pub predict_s: Option<f64>,
    /// Threads of the fits whose times count.
    pub threads: Option<u32>,
    /// Whether other work used the machine during a repeat whose times count, which makes them upper bounds.
    pub shared_machine: bool,
    /// Whether a time of 0 stands for less than a microsecond.
    #[serde(skip)]
    pub zero_is_rounded: bool,
    /// Whether a solver of a repeat did not converge.
    pub not_converged: bool,
    /// Distinct warnings, in the order of the repeats.
    pub warnings: Vec<String>,
    /// The rows with status `ok`, in the order of the repeats.
    pub repeats: Vec<Row>,
    /// The newest row of each repeat on each machine: what its times are taken from.
    #[serde(skip)]
    pub fits: Vec<Row>,
}

/// Mean times and peak memory of a point on one machine.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Times {
    /// Wall time of a fit, in seconds.
    pub fit_s: Option<f64>,
    /// Wall time of the prediction of all test rows, in seconds.
    pub predict_s: Option<f64>,
    /// CPU time of fit and prediction together, in seconds.
    pub cpu_s: Option<f64>,
    /// Wall time of computing the features, in seconds.
    pub transform_s: Option<f64>,
    /// The largest peak memory of a repeat, in MiB.
    pub peak_rss_mib: Option<f64>,
    /// Threads of the fits.
    pub threads: Option<u32>,
    /// Whether other work used the machine meanwhile, which makes the times upper bounds.
    pub shared_machine: bool,
    /// Whether a time of 0 stands for less than a microsecond.
    pub zero_is_rounded: bool,
}

/// An interval of accuracies.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// Its lower end, from 0.
    pub low: f64,
    /// Its upper end, to 1.
    pub high: f64,
}

/// A mean and a standard deviation, rounded to nine decimals so that equal repeats give equal means.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// Arithmetic mean.
    pub mean: f64,
    /// Sample standard deviation (divisor n - 1); `None` for a single value.
    pub std: Option<f64>,
}

impl Score {
    /// The score of some cells, given in the order of their repeats; `None` if no cell is `ok`. Times count only from `machine`; `fits`
    /// has the newest row of each of these cells on each machine.
    pub(super) fn of(cells: &[&Row], fits: &Fits<'_>, machine: Option<&str>) -> Option<Self> {
        let cells: Vec<&Row> = cells
            .iter()
            .copied()
            .filter(|cell| cell.status == Status::Ok)
            .collect();
        let fits = fits.of(&cells);
        let times = Times::of(&timed(&fits, machine));
        let accuracy = Spread::of(&values(&cells, |cell| cell.accuracy))?;
        let (low, high) = wilson(accuracy.mean, cells.first()?.n_test);
        Some(Self {
            n: cells.len(),
            accuracy,
            interval: Interval {
                low: rounded(low),
                high: rounded(high),
            },
            tier: None,
            predictions: None,
            macro_f1: mean(&cells, |cell| cell.macro_f1),
            fit_s: times.fit_s,
            predict_s: times.predict_s,
            threads: times.threads,
            shared_machine: times.shared_machine,
            zero_is_rounded: times.zero_is_rounded,
            not_converged: cells.iter().any(|cell| cell.is_unconverged()),
            warnings: distinct(cells.iter().map(|cell| cell.warning.as_str())),
            repeats: cells.into_iter().cloned().collect(),
            fits: fits.into_iter().cloned().collect(),
        })
    }

    /// The times on one machine; `None` if no repeat ran there.
    pub fn times(&self, machine: &str) -> Option<Times> {
        let cells: Vec<&Row> = self.fits.iter().collect();
        let timed = timed(&cells, Some(machine));
        (!timed.is_empty()).then(|| Times::of(&timed))
    }

    /// The kind of the method, as its family declares it.
    pub fn kind(&self) -> &str {
        self.repeats.first().map_or("", |row| &row.kind)
    }
}

impl Times {
    /// The times of some cells; without cells there are none.
    fn of(cells: &[&Row]) -> Self {
        let cpu = |cell: &Row| Some(cell.fit_cpu_s? + cell.predict_cpu_s?);
        Self {
            fit_s: mean(cells, |cell| cell.fit_s),
            predict_s: mean(cells, |cell| cell.predict_s),
            cpu_s: mean(cells, cpu),
            transform_s: mean(cells, |cell| cell.transform_s),
            peak_rss_mib: values(cells, |cell| cell.peak_rss_mib)
                .into_iter()
                .max_by(f64::total_cmp),
            threads: cells.iter().filter_map(|cell| cell.threads).max(),
            shared_machine: cells.iter().any(|cell| cell.is_shared()),
            zero_is_rounded: cells.iter().any(|cell| cell.zero_is_rounded),
        }
    }
}

fn values(cells: &[&Row], of: impl Fn(&Row) -> Option<f64>) -> Vec<f64> {
    cells.iter().filter_map(|cell| of(cell)).collect()
}

fn mean(cells: &[&Row], of: impl Fn(&Row) -> Option<f64>) -> Option<f64> {
    Spread::of(&values(cells, of)).map(|spread| spread.mean)
}

/// The cells of the machine whose times count: the best measured ones.
fn timed<'a>(cells: &[&'a Row], machine: Option<&str>) -> Vec<&'a Row> {
    let of_machine = cells
        .iter()
        .filter(|cell| machine == Some(cell.machine.as_str()))
        .copied();
    let best = of_machine.clone().map(measured).max();
    of_machine.filter(|cell| Some(measured(cell)) == best).collect()
}

/// The distinct texts that are not empty, in their order.
pub(super) fn distinct<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut seen = HashSet::new();
    let texts = texts.filter(|text| !text.is_empty());
    texts
        .filter(|text| seen.insert(*text))
        .map(str::to_owned)
        .collect()
}

impl Spread {
    /// Mean and standard deviation of some values; `None` without values.
    pub(crate) fn of(values: &[f64]) -> Option<Self> {
        let n = values.len() as f64;
        if values.is_empty() {
            return None;
        }
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let std = (values.len() > 1).then(|| (squares / (n - 1.0)).sqrt());
        let rounded_mean = rounded(mean);
        Some(Self {
            // A time of less than half a nanosecond is not 0.
            mean: if rounded_mean == 0.0 { mean } else { rounded_mean },
            std: std.map(rounded),
        })
    }
}

fn rounded(value: f64) -> f64 {
    (value * 1e9).round() / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_deviation_is_that_of_a_sample() {
        assert_eq!(
            Spread::of(&[0.8, 0.9]),
            Some(Spread {
                mean: 0.85,
                std: Some(0.070_710_678)
            })
        );
        assert_eq!(
            Spread::of(&[0.8539; 3]),
            Some(Spread {
                mean: 0.8539,
                std: Some(0.0)
            })
        );
        assert_eq!(Spread::of(&[0.8]), Some(Spread { mean: 0.8, std: None }));
        assert_eq!(Spread::of(&[]), None);
        assert!(Spread::of(&[0.0, 0.0, 1e-9]).unwrap().mean > 0.0);
    }
}
