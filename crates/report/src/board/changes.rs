//! Compares two boards point by point: two runs, two versions, two machines.

use std::collections::HashMap;

use serde::Serialize;

use super::own::{DatasetBoard, OwnBoard};
use super::point::Point;
use super::score::{Interval, Score};
use crate::input::Row;
use crate::statistics::Paired;

/// The points of two boards.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Changes {
    /// The points of both, by dataset; those with the greatest change of accuracy first.
    pub lines: Vec<Change>,
    /// Number of points that only the first has.
    pub only_first: usize,
    /// Number of points that only the second has.
    pub only_second: usize,
    /// The points that only the first has, by dataset.
    pub missing: Vec<Missing>,
    /// The machine of the first board's times.
    pub first_machine: Option<String>,
    /// The machine of the second board's times.
    pub second_machine: Option<String>,
}

/// A point of both boards.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// Its dataset.
    pub dataset: String,
    /// The point.
    #[serde(flatten)]
    pub point: Point,
    /// The score of the first board.
    pub first: Score,
    /// The score of the second board.
    pub second: Score,
    /// One fit of each on the same test rows, if the labels of both are known.
    pub paired: Option<PairedChange>,
    /// Whether it is beyond a bound that [`Changes::check`] was given.
    pub is_beyond: bool,
}

/// A point that the second board lacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// Its dataset.
    pub dataset: String,
    /// The point.
    #[serde(flatten)]
    pub point: Point,
}

/// One fit of the second board and one of the first on the same test rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PairedChange {
    /// Test rows that only the first gets right.
    pub only_first: u64,
    /// Test rows that only the second gets right.
    pub only_second: u64,
    /// The accuracy of the second minus that of the first.
    pub difference: f64,
    /// The 95 % interval of the difference.
    pub interval: Interval,
    /// The two-sided p value of McNemar's mid-p test.
    pub p: f64,
}

/// The largest changes that are no finding.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Bounds {
    /// Of the mean accuracy, in either direction.
    pub accuracy: Option<f64>,
    /// Of the time of fit and prediction together: the second divided by the first.
    pub time: Option<f64>,
}

impl Changes {
    /// Compares two boards with each other.
    pub fn of(first: &OwnBoard, second: &OwnBoard) -> Self {
        let mut others = scores(second);
        let mut changes = Self {
            lines: Vec::new(),
            only_first: 0,
            only_second: 0,
            missing: Vec::new(),
            first_machine: first.machine.as_ref().map(|machine| machine.name.clone()),
            second_machine: second.machine.as_ref().map(|machine| machine.name.clone()),
        };
        for dataset in &first.datasets {
            let start = changes.lines.len();
            for line in &dataset.lines {
                let Some(other) = others.remove(&(dataset.dataset.as_str(), &line.point)) else {
                    changes.missing.push(Missing {
                        dataset: dataset.dataset.clone(),
                        point: line.point.clone(),
                    });
                    continue;
                };
                changes.lines.push(Change {
                    dataset: dataset.dataset.clone(),
                    point: line.point.clone(),
                    first: line.score.clone(),
                    second: other.clone(),
                    paired: paired(&line.score, other),
                    is_beyond: false,
                });
            }
            let size = |change: &Change| change.accuracy().abs();
            changes.lines[start..]
                .sort_by(|a, b| size(b).total_cmp(&size(a)).then_with(|| a.point.cmp(&b.point)));
        }
        changes.only_first = changes.missing.len();
        changes.only_second = others.len();
        changes
    }

    /// Finds the changes beyond a bound.
    pub fn check(&mut self, bounds: &Bounds) {
        for line in &mut self.lines {
            line.is_beyond = line.exceeds(bounds);
        }
    }

    /// How many changes are beyond a bound.
    pub fn n_beyond(&self) -> usize {
        self.lines.iter().filter(|line| line.is_beyond).count()
    }

    /// Whether the times of both are of one machine.
    pub fn is_one_machine(&self) -> bool {
        self.first_machine.is_some() && self.first_machine == self.second_machine
    }
}

impl Change {
    /// The mean accuracy of the second minus that of the first, over the repeats that both have; over all if they share none.
    pub fn accuracy(&self) -> f64 {
        let of_repeat = |other: &Row| self.second.repeats.iter().find(|row| row.repeat == other.repeat);
        let change = |row: &Row| Some(of_repeat(row)?.accuracy? - row.accuracy?);
        let common: Vec<f64> = self.first.repeats.iter().filter_map(change).collect();
        if common.is_empty() {
            return self.second.accuracy.mean - self.first.accuracy.mean;
        }
        common.iter().sum::<f64>() / common.len() as f64
    }

    /// The time of fit and prediction of the second divided by that of the first.
    pub fn time(&self) -> Option<f64> {
        let seconds = |score: &Score| Some(score.fit_s? + score.predict_s?).filter(|seconds| *seconds > 0.0);
        Some(seconds(&self.second)? / seconds(&self.first)?)
    }

    /// Whether it is beyond a bound. A bound of a time that one of the boards lacks is not checked.
    fn exceeds(&self, bounds: &Bounds) -> bool {
        // Means are rounded to nine decimals, so a difference of exactly the bound may come out a little larger.
        let is_beyond = |change: f64, bound: f64| change > bound + 1e-9;
        bounds
            .accuracy
            .is_some_and(|bound| is_beyond(self.accuracy().abs(), bound))
            || bounds
                .time
                .zip(self.time())
                .is_some_and(|(bound, ratio)| is_beyond(ratio, bound))
    }
}

/// The scores of a board by dataset and point.
fn scores(board: &OwnBoard) -> HashMap<(&str, &Point), &Score> {
    board.datasets.iter().flat_map(lines).collect()
}

fn lines(dataset: &DatasetBoard) -> impl Iterator<Item = ((&str, &Point), &Score)> {
    let lines = dataset.lines.iter();
    lines.map(|line| ((dataset.dataset.as_str(), &line.point), &line.score))
}

fn paired(first: &Score, second: &Score) -> Option<PairedChange> {
    let (a, b) = (first.predictions.as_ref()?, second.predictions.as_ref()?);
    if a.truth != b.truth {
        return None;
    }
    let paired = Paired::of(&b.correct, &a.correct, a.truth.len() as u64);
    let (low, high) = paired.interval();
    Some(PairedChange {
        only_first: paired.only_second,
        only_second: paired.only_first,
        difference: paired.difference(),
        interval: Interval { low, high },
        p: paired.p(),
    })
}
