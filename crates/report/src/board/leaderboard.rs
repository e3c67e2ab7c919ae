//! Builds the ranked board from rows: groups cells by point, averages repeats and sorts the points.
//!
//! Invariants: the order of rows and files never changes the board. A point trained or tested on fewer rows than the whole
//! dataset has a position but no rank.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;

use super::current::{Fits, latest};
use super::dataset::{Dataset, FASHION_MNIST, MNIST};
use super::grouping::by_point;
use super::machine::{self, UnknownMachine};
use super::origin::Origin;
use super::point::Point;
use super::predictions;
use super::reference::{self, Published};
use super::score::{Score, distinct};
use super::tiers;
use crate::input::{Machine, ResultsFile, Row, Status};

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
    /// The machine whose times the board shows. Scores of other machines have no times.
    pub machine: Option<Machine>,
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
    /// The board of some results files, with the times of the machine that has most full-size cells. The rows of each file must
    /// be in file order; the files may be in any order.
    pub fn new<F: AsRef<[Row]>>(files: &[F]) -> Self {
        Self::on(files, None, &HashMap::new()).expect("only a machine that was asked for can be unknown")
    }

    /// The board with the times of one machine: `wanted`, or the one that has most full-size cells. `machines` describes it.
    ///
    /// # Errors
    /// No row is from `wanted`.
    pub fn on<F: AsRef<[Row]>>(
        files: &[F],
        wanted: Option<&str>,
        machines: &HashMap<String, Machine>,
    ) -> Result<Self, UnknownMachine> {
        let cells = latest(files);
        let rows = files.iter().flat_map(AsRef::as_ref);
        let known = rows.map(|row| row.machine.as_str()).collect();
        let machine = machine::choose(&cells, &known, wanted, machines)?;
        let timed_on = machine.as_ref().map(|machine| machine.name.as_str());
        let fits = Fits::new(files);
        let mut lines: BTreeMap<Point, Line> = BTreeMap::new();
        let mut others = Vec::new();
        let mut shortfalls = Vec::new();
        for ((point, dataset), cells) in by_point(&cells) {
            shortfalls.extend(Shortfall::of(&point, dataset.label(), &cells));
            let Some(score) = Score::of(&cells, &fits, timed_on) else {
                continue;
            };
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
        Ok(Self {
            lines: ranked(lines.into_values().collect()),
            others: others.into_iter().map(|(_, line)| line).collect(),
            shortfalls,
            origin: Origin::of(files, &cells),
            machine,
        })
    }

    /// Reads what the first fit of each point predicted, from the labels beside `files`, and groups the ranked points into tiers.
    pub fn read_predictions(&mut self, files: &[&ResultsFile]) {
        let mut found = predictions::first(files);
        for line in &mut self.lines {
            for (dataset, score) in [
                (Dataset::FashionMnist, &mut line.fashion_mnist),
                (Dataset::Mnist, &mut line.mnist),
            ] {
                if let Some(score) = score {
                    score.predictions = found.remove(&(line.point.clone(), dataset.label().to_owned()));
                }
            }
        }
        for line in &mut self.others {
            line.score.predictions = found.remove(&(line.point.clone(), line.dataset.clone()));
        }
        group_into_tiers(&mut self.lines);
    }

    /// Every score with its dataset and point: the lines in their order, then the other datasets.
    pub fn scores(&self) -> impl Iterator<Item = (&str, &Point, &Score)> {
        let benchmarks = self.lines.iter().flat_map(|line| {
            let fashion = line.fashion_mnist.as_ref();
            let mnist = line.mnist.as_ref();
            [(FASHION_MNIST, fashion), (MNIST, mnist)]
                .into_iter()
                .filter_map(|(dataset, score)| Some((dataset, &line.point, score?)))
        });
        let others = self.others.iter();
        benchmarks.chain(others.map(|line| (line.dataset.as_str(), &line.point, &line.score)))
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

fn ranked(mut lines: Vec<Line>) -> Vec<Line> {
    lines.sort_by(|a, b| a.compare(b).then_with(|| a.point.cmp(&b.point)));
    let mut count = 0;
    let mut previous: Option<usize> = None;
    for at in 0..lines.len() {
        lines[at].rank = None;
        if lines[at].point.is_reduced() || lines[at].fashion_mnist.is_none() {
            continue;
        }
        count += 1;
        let equal = previous.filter(|above| lines[*above].compare(&lines[at]).is_eq());
        lines[at].rank = equal.and_then(|above| lines[above].rank).or(Some(count));
        previous = Some(at);
    }
    group_into_tiers(&mut lines);
    lines
}

/// Groups the ranked points into tiers, for each of the two datasets.
fn group_into_tiers(lines: &mut [Line]) {
    for of in [
        (|line| line.fashion_mnist.as_mut()) as fn(&mut Line) -> Option<&mut Score>,
        |line| line.mnist.as_mut(),
    ] {
        let ranked = lines.iter_mut().filter(|line| line.rank.is_some());
        tiers::assign(ranked.filter_map(of).collect());
    }
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
    fn of(point: &Point, dataset: &str, cells: &[&Row]) -> Option<Self> {
        let (ok, others): (Vec<&Row>, Vec<&Row>) = cells.iter().partition(|cell| cell.status == Status::Ok);
        let mut by_status = BTreeMap::new();
        for cell in &others {
            *by_status.entry(cell.status).or_default() += 1;
        }
        others.first()?;
        Some(Self {
            point: point.clone(),
            dataset: dataset.to_owned(),
            ok: ok.len(),
            by_status,
            reasons: distinct(others.iter().map(|cell| cell.error.as_str())),
        })
    }
}
