//! Rows → the ranked board: one row a cell, cells of a point averaged, points in order.
//!
//! Invariants: the order of the rows never shows; a point trained or scored on fewer rows than the whole dataset has a
//! place and no rank; a dataset's name counts only together with its bytes, so other data under the name of Fashion-MNIST
//! is shown as another dataset.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;

use super::aliases::Aliases;
use super::dataset::Dataset;
use super::origin::Origin;
use super::point::Point;
use super::reference::{self, Published};
use super::score::Score;
use crate::input::{Params, Row, Status};

/// Everything that a leaderboard shows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Board {
    /// Points with a score on Fashion-MNIST or MNIST, best first.
    pub lines: Vec<Line>,
    /// Scores on other datasets, by dataset, best first.
    pub others: Vec<OtherLine>,
    /// Points with cells that did not end `ok`; those with no `ok` cell at all first.
    pub shortfalls: Vec<Shortfall>,
    /// What the rows are and where they came from.
    pub origin: Origin,
}

/// A point on the two datasets that the board ranks by.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// Place among the points on all rows, from 1; equal scores share it. `None` for a reduced point and for one that has
    /// no score on Fashion-MNIST.
    pub rank: Option<usize>,
    /// What was trained.
    #[serde(flatten)]
    pub point: Point,
    /// Its score on Fashion-MNIST.
    pub fashion_mnist: Option<Score>,
    /// Its score on MNIST.
    pub mnist: Option<Score>,
    /// What the paper printed for this point.
    pub published: Option<&'static Published>,
}

/// A point on any other dataset.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OtherLine {
    /// The dataset's name and the start of its checksum, since other data may go by the same name.
    pub dataset: String,
    /// What was trained.
    #[serde(flatten)]
    pub point: Point,
    /// Its score.
    pub score: Score,
}

/// A point and dataset with cells that did not end `ok`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shortfall {
    /// What was to be trained.
    #[serde(flatten)]
    pub point: Point,
    /// The dataset's name.
    pub dataset: String,
    /// Cells that did end `ok`.
    pub ok: usize,
    /// Cells by how else they ended.
    pub by_status: BTreeMap<Status, usize>,
    /// The different reasons given, in the order of the repeats.
    pub reasons: Vec<String>,
}

impl Board {
    /// The board of some results files: of each file the rows in order, files in any order.
    pub fn new<F: AsRef<[Row]>>(files: &[F]) -> Self {
        let cells = latest(files);
        let mut points: BTreeMap<(Point, Dataset), Vec<&Row>> = BTreeMap::new();
        let names = Aliases::of(&cells);
        for &cell in &cells {
            let of_point = points.entry((names.point(cell), Dataset::of(cell))).or_default();
            match of_point.iter_mut().find(|held| held.cell_id == cell.cell_id) {
                // The same fit under two names.
                Some(held) if cell.started_at >= held.started_at => *held = cell,
                Some(_) => {}
                None => of_point.push(cell),
            }
        }

        let mut lines: BTreeMap<Point, Line> = BTreeMap::new();
        let mut others = Vec::new();
        let mut shortfalls = Vec::new();
        for ((point, dataset), cells) in points {
            shortfalls.extend(Shortfall::of(&point, &cells));
            let Some(score) = Score::of(&cells) else { continue };
            if let Dataset::Other { name, label } = dataset {
                others.push((
                    name,
                    OtherLine {
                        dataset: label,
                        point,
                        score,
                    },
                ));
                continue;
            }
            let line = lines.entry(point.clone()).or_insert_with(|| Line::new(point));
            match dataset {
                Dataset::FashionMnist => line.fashion_mnist = Some(score),
                _ => line.mnist = Some(score),
            }
        }

        others.sort_by(|(a_name, a), (b_name, b)| {
            let accuracy = b.score.accuracy.mean.total_cmp(&a.score.accuracy.mean);
            a_name
                .cmp(b_name)
                .then_with(|| a.dataset.cmp(&b.dataset))
                .then(accuracy)
                .then_with(|| a.point.cmp(&b.point))
        });
        shortfalls.sort_by(|a: &Shortfall, b| {
            (a.ok > 0, &a.point, &a.dataset).cmp(&(b.ok > 0, &b.point, &b.dataset))
        });
        Self {
            lines: ranked(lines.into_values().collect()),
            others: others.into_iter().map(|(_, line)| line).collect(),
            shortfalls,
            origin: Origin::of(files, &cells),
        }
    }

    /// The best line of each family on each engine, ranked among themselves. A line on all rows is preferred to a better
    /// one on fewer, and a score on Fashion-MNIST to none.
    pub fn best(&self) -> Vec<Line> {
        let mut preferred: Vec<&Line> = self.lines.iter().collect();
        preferred.sort_by_key(|line| (line.fashion_mnist.is_none(), line.point.is_reduced())); // stable: best first within
        let mut seen = HashSet::new();
        preferred.retain(|line| seen.insert((&line.point.classifier, &line.point.engine)));
        ranked(preferred.into_iter().cloned().collect())
    }
}

/// Of each cell and parameters the row that holds: the last in a file, the latest to start of several files. By repeat, so
/// that the order of the rows shows in no mean.
pub(crate) fn latest<F: AsRef<[Row]>>(files: &[F]) -> Vec<&Row> {
    let mut latest: HashMap<(&str, &Params), &Row> = HashMap::new();
    for file in files {
        let mut last: HashMap<(&str, &Params), &Row> = HashMap::new();
        for row in file.as_ref() {
            last.insert((&row.cell_id, &row.params), row);
        }
        for (key, row) in last {
            let held = latest.entry(key).or_insert(row);
            if row.started_at >= held.started_at {
                *held = row;
            }
        }
    }
    let mut cells: Vec<&Row> = latest.into_values().collect();
    cells.sort_by(|a, b| (a.repeat, a.seed, &a.cell_id).cmp(&(b.repeat, b.seed, &b.cell_id)));
    cells
}

fn ranked(mut lines: Vec<Line>) -> Vec<Line> {
    lines.sort_by(|a, b| a.compare(b).then_with(|| a.point.cmp(&b.point)));
    let mut count = 0;
    let mut held: Option<(usize, Line)> = None;
    for line in &mut lines {
        line.rank = None;
        if line.point.is_reduced() || line.fashion_mnist.is_none() {
            continue;
        }
        count += 1;
        let rank = match &held {
            Some((rank, above)) if above.compare(line).is_eq() => *rank,
            _ => count,
        };
        line.rank = Some(rank);
        held = Some((rank, line.clone()));
    }
    lines
}

impl Line {
    fn new(point: Point) -> Self {
        let published = reference::find(&point.classifier, &point.preprocessing, &point.params);
        Self {
            rank: None,
            point,
            fashion_mnist: None,
            mnist: None,
            published,
        }
    }

    /// Best first: by Fashion-MNIST, then MNIST; no score comes last.
    fn compare(&self, other: &Self) -> Ordering {
        let mean = |score: &Option<Score>| score.as_ref().map_or(-1.0, |score| score.accuracy.mean);
        let by = |a: &Option<Score>, b: &Option<Score>| mean(b).total_cmp(&mean(a));
        by(&self.fashion_mnist, &other.fashion_mnist).then_with(|| by(&self.mnist, &other.mnist))
    }
}

impl Shortfall {
    fn of(point: &Point, cells: &[&Row]) -> Option<Self> {
        let mut shortfall = Self {
            point: point.clone(),
            dataset: cells.first()?.dataset.clone(),
            ok: 0,
            by_status: BTreeMap::new(),
            reasons: Vec::new(),
        };
        for cell in cells {
            if cell.status == Status::Ok {
                shortfall.ok += 1;
                continue;
            }
            *shortfall.by_status.entry(cell.status).or_default() += 1;
            if !cell.error.is_empty() && !shortfall.reasons.contains(&cell.error) {
                shortfall.reasons.push(cell.error.clone());
            }
        }
        (!shortfall.by_status.is_empty()).then_some(shortfall)
    }
}
