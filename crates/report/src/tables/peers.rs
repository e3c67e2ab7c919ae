//! Rows → engines side by side: the same point on the same rows, trained in turn by two engines, round by round.
//!
//! A round is a repeat; its ratio is the baseline's time over the engine's, fit and predict together, both measured alone
//! (`concurrent` 1) on one machine in one results file. The ratio of a line is the median over its rounds.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::board::{Point, is_elsewhere_busy};
use crate::input::{Row, Status};

/// The engine that others are compared with, unless another is asked for.
pub const BASELINE: &str = "scikit-learn";

/// Every point that the baseline and another engine have trained.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Peers {
    /// The engine that the others are compared with.
    pub baseline: String,
    /// By dataset, family, parameters and engine.
    pub lines: Vec<PeerLine>,
}

/// One engine against the baseline on one point.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PeerLine {
    /// The dataset's name.
    pub dataset: String,
    /// What was trained, and by which engine.
    #[serde(flatten)]
    pub point: Point,
    /// Threads that either could use.
    pub threads: Option<u32>,
    /// Mean accuracy over the rounds.
    pub accuracy: f64,
    /// The baseline's.
    pub baseline_accuracy: f64,
    /// Mean seconds of fit and predict together, of the rounds that count for the ratio.
    pub seconds: Option<f64>,
    /// The baseline's.
    pub baseline_seconds: Option<f64>,
    /// Most memory that one of its rounds held, in MiB.
    pub peak_rss_mib: Option<f64>,
    /// How many times as fast as the baseline; `None` where no round was measured alone.
    pub ratio: Option<Ratio>,
    /// Whether something else used the machine in one of the rounds.
    pub beside_others: bool,
}

/// A ratio of times over rounds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ratio {
    /// Median over the rounds.
    pub median: f64,
    /// The smallest of a round.
    pub low: f64,
    /// The largest of a round.
    pub high: f64,
    /// Number of rounds.
    pub rounds: usize,
}

/// What the rows of one comparison share; the engine of `point` is left empty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) dataset: String,
    data_sha256: String,
    pub(crate) point: Point,
    pub(crate) threads: Option<u32>,
    machine: String,
}

impl Peers {
    /// Compares the engines of each file with `baseline`; of each file the rows in order.
    pub fn new<F: AsRef<[Row]>>(files: &[F], baseline: &str) -> Peers {
        let mut lines: BTreeMap<(Key, String), PeerLine> = BTreeMap::new();
        for file in files {
            for (key, engines) in by_point(file.as_ref()) {
                let Some(base) = engines.get(baseline) else {
                    continue;
                };
                for (engine, rounds) in engines.iter().filter(|(engine, _)| **engine != baseline) {
                    if let Some(line) = PeerLine::of(&key, engine, rounds, base) {
                        lines.entry((key.clone(), (*engine).to_owned())).or_insert(line);
                    }
                }
            }
        }
        Peers {
            baseline: baseline.to_owned(),
            lines: lines.into_values().collect(),
        }
    }
}

/// The rows of one engine on one point, by repeat.
pub(crate) type Rounds<'a> = BTreeMap<u32, &'a Row>;

/// The last row of every cell that ended `ok`, by what was trained and by engine.
pub(crate) fn by_point(file: &[Row]) -> BTreeMap<Key, BTreeMap<&str, Rounds<'_>>> {
    let mut points: BTreeMap<Key, BTreeMap<&str, Rounds<'_>>> = BTreeMap::new();
    for row in file {
        let mut point = Point::of(row);
        point.engine.clear();
        let key = Key {
            dataset: row.dataset.clone(),
            data_sha256: row.data_sha256.clone(),
            point,
            threads: row.threads,
            machine: row.machine.clone(),
        };
        let rounds = points.entry(key).or_default().entry(&row.engine).or_default();
        if row.status == Status::Ok {
            rounds.insert(row.repeat, row);
        }
    }
    points
}

impl PeerLine {
    fn of(key: &Key, engine: &str, rounds: &Rounds<'_>, base: &Rounds<'_>) -> Option<PeerLine> {
        let accuracy = |rounds: &Rounds<'_>| mean(rounds.values().filter_map(|row| row.accuracy));
        let pairs = rounds
            .iter()
            .filter_map(|(round, row)| Some((*row, *base.get(round)?)));
        let alone = pairs.filter(|(own, other)| own.concurrent == Some(1) && other.concurrent == Some(1));
        let timed: Vec<(&Row, &Row)> = alone
            .filter(|(own, other)| seconds(own).is_some() && seconds(other).is_some())
            .collect();
        let mut point = key.point.clone();
        engine.clone_into(&mut point.engine);
        Some(PeerLine {
            dataset: key.dataset.clone(),
            point,
            threads: key.threads,
            accuracy: accuracy(rounds)?,
            baseline_accuracy: accuracy(base)?,
            seconds: mean(timed.iter().filter_map(|(own, _)| seconds(own))),
            baseline_seconds: mean(timed.iter().filter_map(|(_, other)| seconds(other))),
            peak_rss_mib: peak_rss_mib(rounds),
            ratio: Ratio::of(
                timed
                    .iter()
                    .filter_map(|(own, other)| Some(seconds(other)? / seconds(own)?))
                    .collect(),
            ),
            beside_others: timed
                .iter()
                .any(|(own, other)| is_elsewhere_busy(own) || is_elsewhere_busy(other)),
        })
    }
}

impl Ratio {
    fn of(mut ratios: Vec<f64>) -> Option<Ratio> {
        ratios.retain(|ratio| ratio.is_finite());
        ratios.sort_by(f64::total_cmp);
        let (low, high) = (*ratios.first()?, *ratios.last()?);
        let middle = ratios.len() / 2;
        let median = if ratios.len().is_multiple_of(2) {
            f64::midpoint(ratios[middle - 1], ratios[middle])
        } else {
            ratios[middle]
        };
        Some(Ratio {
            median,
            low,
            high,
            rounds: ratios.len(),
        })
    }
}

/// Fit and predict together; `None` where either was not measured.
fn seconds(row: &Row) -> Option<f64> {
    Some(row.fit_s? + row.predict_s?)
}

/// The most memory of a round, where measured.
pub(crate) fn peak_rss_mib(rounds: &Rounds<'_>) -> Option<f64> {
    rounds
        .values()
        .filter_map(|row| row.peak_rss_mib)
        .max_by(f64::total_cmp)
}

pub(crate) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let values: Vec<f64> = values.collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_is_the_median_of_its_rounds() {
        let ratio = |ratios: &[f64]| Ratio::of(ratios.to_vec());
        assert_eq!(
            ratio(&[4.0, 1.0, 2.0]),
            Some(Ratio {
                median: 2.0,
                low: 1.0,
                high: 4.0,
                rounds: 3
            })
        );
        assert_eq!(ratio(&[4.0, 2.0]).unwrap().median, 3.0);
        assert_eq!(ratio(&[f64::INFINITY]), None);
        assert_eq!(ratio(&[]), None);
    }
}
