//! The repeats of one point on one dataset, as means and spreads.

use serde::Serialize;

use crate::input::{Row, Status};

/// The repeats of one point on one dataset that ended `ok`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Score {
    /// Number of repeats.
    pub n: usize,
    /// Share of test rows whose label was predicted.
    pub accuracy: Spread,
    /// Mean over the repeats of macro-averaged F1, where measured.
    pub macro_f1: Option<f64>,
    /// Mean wall seconds of a fit, where measured.
    pub fit_s: Option<f64>,
    /// Mean wall seconds of predicting all test rows, where measured.
    pub predict_s: Option<f64>,
    /// Whether a repeat ran beside other cells, so that its times are upper bounds.
    pub beside_others: bool,
    /// The different warnings, in the order of the repeats.
    pub warnings: Vec<String>,
}

/// A mean and how far the single values lie from it, to nine decimals so that equal repeats make equal means.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// Mean.
    pub mean: f64,
    /// Sample standard deviation (n - 1); `None` for a single value.
    pub std: Option<f64>,
}

impl Score {
    /// The score of some cells in the order of their repeats; `None` if none of them ended `ok`.
    pub(super) fn of(cells: &[&Row]) -> Option<Self> {
        let cells: Vec<&Row> = cells
            .iter()
            .copied()
            .filter(|cell| cell.status == Status::Ok)
            .collect();
        let values =
            |of: fn(&Row) -> Option<f64>| cells.iter().filter_map(|cell| of(cell)).collect::<Vec<_>>();
        let mean = |of: fn(&Row) -> Option<f64>| Spread::of(&values(of)).map(|spread| spread.mean);
        let mut warnings = Vec::new();
        for cell in &cells {
            if !cell.error.is_empty() && !warnings.contains(&cell.error) {
                warnings.push(cell.error.clone());
            }
        }
        Some(Self {
            n: cells.len(),
            accuracy: Spread::of(&values(|cell| cell.accuracy))?,
            macro_f1: mean(|cell| cell.macro_f1),
            fit_s: mean(|cell| cell.fit_s),
            predict_s: mean(|cell| cell.predict_s),
            beside_others: cells.iter().any(|cell| cell.concurrent.is_some_and(|n| n > 1)),
            warnings,
        })
    }
}

/// Whether something that was no cell used the machine meanwhile, as `docs/results-format.md` says it is told.
pub(crate) fn is_elsewhere_busy(row: &Row) -> bool {
    row.error.contains("times measured beside other work")
}

impl Spread {
    /// The spread of some values; `None` if there are none.
    pub(crate) fn of(values: &[f64]) -> Option<Self> {
        let n = values.len() as f64;
        if values.is_empty() {
            return None;
        }
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let std = (values.len() > 1).then(|| (squares / (n - 1.0)).sqrt());
        Some(Self {
            mean: rounded(mean),
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
    fn the_spread_is_that_of_a_sample() {
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
    }
}
