//! Builds the ranked board from rows: groups cells by point, averages repeats and sorts the points.
//!
//! Invariants: the order of rows and files never changes the board. A point trained or tested on fewer rows than the whole
//! dataset has a position but no rank.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;

use super::aliases::Aliases;
use super::dataset::Dataset;
use super::origin::Origin;
use super::point::Point;
use super::reference::{self, Published};
use super::score::{Score, distinct_errors};
use crate::input::{Params, Row, Status};

/// The content of the leaderboard.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Board {
    /// Points with a score on Fashion-MNIST or MNIST, best first.
    pub lines: Vec<Line>,
    /// Scores on other datasets, by dataset, best first.
    pub others: Vec<OtherLine>,
    /// Points with cells that are not `ok`; points without any `ok` cell first.
    pub shortfalls: Vec<Shortfall>,
    /// Counts and sources of the rows.
    pub origin: Origin,
}

/// A point with its scores on the two ranked datasets.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// Rank among the points on all rows, from 1; equal scores share a rank. `None` for a point on fewer rows or without a
    /// score on Fashion-MNIST.
    pub rank: Option<usize>,
    /// The point.
    #[serde(flatten)]
    pub point: Point,
    /// Score on Fashion-MNIST.
    pub fashion_mnist: Option<Score>,
    /// Score on MNIST.
    pub mnist: Option<Score>,
    /// The matching row of the paper.
    pub published: Option<&'static Published>,
}

/// A point on any other dataset.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OtherLine {
    /// Name of the dataset and the first digits of its checksum.
    pub dataset: String,
    /// The point.
    #[serde(flatten)]
    pub point: Point,
    /// The score.
    pub score: Score,
}

/// A point and dataset with cells that are not `ok`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shortfall {
    /// The point.
    #[serde(flatten)]
    pub point: Point,
    /// Name of the dataset.
    pub dataset: String,
    /// Number of `ok` cells.
    pub ok: usize,
    /// Number of other cells, by status.
    pub by_status: BTreeMap<Status, usize>,
    /// Distinct reasons, in the order of the repeats.
    pub reasons: Vec<String>,
}

impl Board {
    /// The board of some results files. The rows of each file must be in file order; the files may be in any order.
    pub fn new<F: AsRef<[Row]>>(files: &[F]) -> Self {
        let cells = latest(files);
        let mut points: BTreeMap<(Point, Dataset), Vec<&Row>> = BTreeMap::new();
        let aliases = Aliases::of(&cells);
        for &cell in &cells {
            let of_point = points
                .entry((aliases.point(cell), Dataset::of(cell)))
                .or_default();
            match of_point.iter_mut().find(|kept| kept.cell_id == cell.cell_id) {
                // The same cell under two parameter texts.
                Some(kept) if cell.started_at >= kept.started_at => *kept = cell,
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

    /// The best line of each family and engine, ranked anew. A line with a score on Fashion-MNIST wins over one without; then
    /// a line on all rows wins over one on fewer rows.
    pub fn best(&self) -> Vec<Line> {
        let mut preferred: Vec<&Line> = self.lines.iter().collect();
        // The sort is stable, so better lines stay first.
        preferred.sort_by_key(|line| (line.fashion_mnist.is_none(), line.point.is_reduced()));
        let mut seen = HashSet::new();
        preferred.retain(|line| seen.insert((&line.point.classifier, &line.point.engine)));
        ranked(preferred.into_iter().cloned().collect())
    }
}

/// The valid row of each cell and parameter text: the last row within a file; among files, the row that started last. Sorted
/// by repeat, so that the order of the rows never changes a mean.
pub(crate) fn latest<F: AsRef<[Row]>>(files: &[F]) -> Vec<&Row> {
    let mut latest: HashMap<(&str, &Params), &Row> = HashMap::new();
    for file in files {
        let mut last: HashMap<(&str, &Params), &Row> = HashMap::new();
        for row in file.as_ref() {
            last.insert((&row.cell_id, &row.params), row);
        }
        for (key, row) in last {
            let kept = latest.entry(key).or_insert(row);
            if row.started_at >= kept.started_at {
                *kept = row;
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
    let mut previous: Option<(usize, Line)> = None;
    for line in &mut lines {
        line.rank = None;
        if line.point.is_reduced() || line.fashion_mnist.is_none() {
            continue;
        }
        count += 1;
        let rank = match &previous {
            Some((rank, above)) if above.compare(line).is_eq() => *rank,
            _ => count,
        };
        line.rank = Some(rank);
        previous = Some((rank, line.clone()));
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

    /// Higher accuracy on Fashion-MNIST first, then on MNIST; lines without a score last.
    fn compare(&self, other: &Self) -> Ordering {
        let mean = |score: &Option<Score>| score.as_ref().map_or(-1.0, |score| score.accuracy.mean);
        let by = |a: &Option<Score>, b: &Option<Score>| mean(b).total_cmp(&mean(a));
        by(&self.fashion_mnist, &other.fashion_mnist).then_with(|| by(&self.mnist, &other.mnist))
    }
}

impl Shortfall {
    fn of(point: &Point, cells: &[&Row]) -> Option<Self> {
        let (ok, others): (Vec<&Row>, Vec<&Row>) = cells.iter().partition(|cell| cell.status == Status::Ok);
        let mut by_status = BTreeMap::new();
        for cell in &others {
            *by_status.entry(cell.status).or_default() += 1;
        }
        Some(Self {
            point: point.clone(),
            dataset: others.first()?.dataset.clone(),
            ok: ok.len(),
            by_status,
            reasons: distinct_errors(&others),
        })
    }
}
