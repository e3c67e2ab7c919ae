//! Rows → parity: how far the native engine's accuracies lie from scikit-learn's, on the same points and the same rows.
//!
//! Times play no part, so that rows count whatever ran beside them and on whatever machine.

use std::collections::BTreeMap;

use super::peers::BASELINE;
use super::tolerances::tolerance;
use crate::board::{Point, Spread, latest};
use crate::input::{Row, Status};

/// The engine that is compared with scikit-learn.
pub const NATIVE: &str = "native";

/// Every point that both engines have trained, and what was left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Parity {
    /// By dataset, family and parameters.
    pub lines: Vec<ParityLine>,
    /// Points that only one of the two engines has.
    pub alone: usize,
    /// Cells of the two engines that ended otherwise than `ok`, by how.
    pub not_ok: BTreeMap<Status, usize>,
}

/// One point on both engines.
#[derive(Debug, Clone, PartialEq)]
pub struct ParityLine {
    /// The dataset's name.
    pub dataset: String,
    /// What was trained; its engine is left empty.
    pub point: Point,
    /// What the native engine reached.
    pub native: Mean,
    /// What scikit-learn reached.
    pub baseline: Mean,
}

/// A mean accuracy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mean {
    /// The mean.
    pub accuracy: f64,
    /// Number of seeds that it is over.
    pub seeds: usize,
}

impl Parity {
    /// Compares the two engines; a cell that is in several files counts once.
    pub fn new<F: AsRef<[Row]>>(files: &[F]) -> Parity {
        let mut points: BTreeMap<(&str, &str, Point), BTreeMap<&str, Vec<f64>>> = BTreeMap::new();
        let mut not_ok = BTreeMap::new();
        let cells = latest(files);
        for row in cells
            .into_iter()
            .filter(|row| [NATIVE, BASELINE].contains(&row.engine.as_str()))
        {
            if row.status != Status::Ok {
                *not_ok.entry(row.status).or_default() += 1;
                continue;
            }
            let mut point = Point::of(row);
            point.engine.clear();
            let engines = points.entry((&row.dataset, &row.data_sha256, point)).or_default();
            engines.entry(&row.engine).or_default().extend(row.accuracy);
        }

        let mut parity = Parity {
            lines: Vec::new(),
            alone: 0,
            not_ok,
        };
        for ((dataset, _, point), engines) in points {
            let mean = |engine| engines.get(engine).and_then(|accuracies| Mean::of(accuracies));
            match (mean(NATIVE), mean(BASELINE)) {
                (Some(native), Some(baseline)) => parity.lines.push(ParityLine {
                    dataset: dataset.to_owned(),
                    point,
                    native,
                    baseline,
                }),
                _ => parity.alone += 1,
            }
        }
        parity
    }
}

impl ParityLine {
    /// The native engine's mean accuracy less scikit-learn's.
    pub fn difference(&self) -> f64 {
        self.native.accuracy - self.baseline.accuracy
    }

    /// The difference that is allowed, where the family has one.
    pub fn tolerance(&self) -> Option<f64> {
        tolerance(&self.point.classifier)
    }

    /// Whether the difference is within the tolerance, where there is one.
    pub fn holds(&self) -> Option<bool> {
        const ROUNDING: f64 = 1e-9; // 0.8003 - 0.8 is a little more than 0.0003
        Some(self.difference().abs() <= self.tolerance()? + ROUNDING)
    }
}

impl Mean {
    fn of(accuracies: &[f64]) -> Option<Mean> {
        Some(Mean {
            accuracy: Spread::of(accuracies)?.mean,
            seeds: accuracies.len(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Params;

    fn line(classifier: &str, native: f64, baseline: f64) -> ParityLine {
        let mean = |accuracy| Mean { accuracy, seeds: 1 };
        ParityLine {
            dataset: "mnist".to_owned(),
            point: Point {
                classifier: classifier.to_owned(),
                params: Params::new(""),
                engine: String::new(),
                preprocessing: "none".to_owned(),
                n_train: 60_000,
                n_test: 10_000,
            },
            native: mean(native),
            baseline: mean(baseline),
        }
    }

    #[test]
    fn a_difference_of_the_tolerance_itself_holds_either_way() {
        for (native, holds) in [(0.8003, true), (0.7997, true), (0.8004, false), (0.7996, false)] {
            assert_eq!(line("GaussianNB", native, 0.8).holds(), Some(holds), "{native}");
        }
        assert_eq!(line("NearestCentroid", 0.1, 0.8).holds(), None);
    }
}
