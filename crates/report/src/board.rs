//! Rows → the ranked board: one row a cell, cells of a point averaged, points in order.
//!
//! Invariants: the order of the rows never shows; a point trained or scored on fewer rows than the whole dataset has a
//! place and no rank; a dataset's name counts only together with its bytes, so other data under the name of Fashion-MNIST
//! is shown as another dataset.

mod names;
mod origin;
mod score;

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;

pub use origin::Origin;
pub(crate) use score::is_elsewhere_busy;
pub use score::{Score, Spread};

use crate::params::Params;
use crate::reference::{self, Published};
use crate::rows::{Row, Status};

/// Training rows of Fashion-MNIST and of MNIST.
pub const ALL_TRAIN: u64 = 60_000;

/// Test rows of Fashion-MNIST and of MNIST.
pub const ALL_TEST: u64 = 10_000;

/// `data_sha256` of Fashion-MNIST.
pub const FASHION_MNIST_SHA256: &str = "5cf0562c46b89a77940b86f40a9a4325e7bed59d53ec555c4d14f0bed41ca53a";

/// `data_sha256` of MNIST.
pub const MNIST_SHA256: &str = "d0a3eec1f5a454401d758fdbf15b9b0163a7034963586d671960c180b97e2c1a";

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

/// What was trained, on how many rows; all but the dataset.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[expect(missing_docs, reason = "the columns of the results format")]
pub struct Point {
    pub classifier: String,
    pub params: Params,
    pub engine: String,
    pub preprocessing: String,
    pub n_train: u64,
    pub n_test: u64,
}

impl Point {
    /// Whether it was trained or scored on fewer rows than Fashion-MNIST and MNIST have.
    pub fn is_reduced(&self) -> bool {
        self.n_train != ALL_TRAIN || self.n_test != ALL_TEST
    }

    pub(crate) fn of(row: &Row) -> Self {
        Self {
            classifier: row.classifier.clone(),
            params: row.params.clone(),
            engine: row.engine.clone(),
            preprocessing: row.preprocessing.clone(),
            n_train: row.n_train,
            n_test: row.n_test,
        }
    }
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
        let names = names::Names::of(&cells);
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

/// Which data a row is about: the two that the board ranks by are known by their bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Dataset {
    FashionMnist,
    Mnist,
    Other { name: String, label: String },
}

impl Dataset {
    fn of(row: &Row) -> Self {
        match (row.dataset.as_str(), row.data_sha256.as_str()) {
            ("fashion-mnist", FASHION_MNIST_SHA256) => Self::FashionMnist,
            ("mnist", MNIST_SHA256) => Self::Mnist,
            // A cell that never came to read its data may not know its checksum; it has no score that could mislead.
            ("fashion-mnist", _) if row.status != Status::Ok => Self::FashionMnist,
            ("mnist", _) if row.status != Status::Ok => Self::Mnist,
            (name, sha) => {
                let start: String = sha.chars().take(8).collect();
                let label = if start.is_empty() {
                    name.to_owned()
                } else {
                    format!("{name} ({start})")
                };
                Self::Other {
                    name: name.to_owned(),
                    label,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    /// What `docs/results-format.md` says a `data_sha256` is, from the checksums of the four decompressed files.
    fn identity(sums: [&str; 4]) -> String {
        let files = [
            "train-images-idx3",
            "train-labels-idx1",
            "t10k-images-idx3",
            "t10k-labels-idx1",
        ];
        let lines: String = sums
            .iter()
            .zip(files)
            .map(|(sum, file)| format!("{sum}  {file}-ubyte\n"))
            .collect();
        Sha256::digest(lines)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    #[test]
    fn both_datasets_are_known_by_the_checksums_of_their_files() {
        let fashion = identity([
            "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        ]);
        let mnist = identity([
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ]);
        assert_eq!(
            (fashion.as_str(), mnist.as_str()),
            (FASHION_MNIST_SHA256, MNIST_SHA256)
        );
    }
}
