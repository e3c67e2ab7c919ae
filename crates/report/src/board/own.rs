//! A board of the user's own rows: each dataset ranked by itself, with the published scores of the same points beside it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde::Serialize;

use super::current::latest;
use super::dataset::{Dataset, FASHION_MNIST, MNIST};
use super::leaderboard::{Board, Shortfall};
use super::origin::Origin;
use super::point::{ALL_TEST, ALL_TRAIN, Point};
use super::recall::{ByClass, ClassNames};
use super::score::Score;
use super::tiers;
use crate::input::{Machine, ResultsFile, Row, Status, labels};

/// The datasets of some results files, each with its ranked points.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OwnBoard {
    /// Fashion-MNIST, MNIST, then the others by name, or after [`OwnBoard::sort_by_start`] those with the newest rows first.
    pub datasets: Vec<DatasetBoard>,
    /// Points with cells that are not `ok`.
    pub shortfalls: Vec<Shortfall>,
    /// Counts and sources of the rows.
    pub origin: Origin,
    /// The machine whose times are shown.
    pub machine: Option<Machine>,
    /// Whether published scores were asked for.
    pub with_published: bool,
    /// The machine of the published times.
    pub published_machine: Option<Machine>,
}

/// The ranked points of one dataset.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DatasetBoard {
    /// Its name; of other datasets than Fashion-MNIST and MNIST with the first digits of the checksum.
    pub dataset: String,
    /// Whether another dataset has the same name, and this one has the newest row of them.
    #[serde(skip)]
    pub is_newest_of_name: bool,
    /// Training and test rows of the points that are ranked.
    pub full_size: (u64, u64),
    /// By accuracy, best first.
    pub lines: Vec<OwnLine>,
    /// What the best point does on each class, if its predictions are known; not for Fashion-MNIST and MNIST.
    pub by_class: Option<ByClass>,
}

/// A point and its score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OwnLine {
    /// Rank among the points on as many rows, from 1; equal accuracies share a rank. `None` for a point on other numbers of rows.
    pub rank: Option<usize>,
    /// The point.
    #[serde(flatten)]
    pub point: Point,
    /// The score.
    pub score: Score,
    /// The published score of the same point.
    pub published: Option<Score>,
}

impl OwnBoard {
    /// The rows of `own`, with the scores of `published` beside them.
    pub fn new(own: Board, published: Option<&Board>) -> Self {
        let known: HashMap<(&str, &Point), &Score> = published
            .into_iter()
            .flat_map(Board::scores)
            .map(|(dataset, point, score)| ((dataset, point), score))
            .collect();
        let mut datasets: Vec<DatasetBoard> = Vec::new();
        let mut scores: Vec<(&str, &Point, &Score)> = own.scores().collect();
        // The sort is stable: other datasets stay in the order of the board.
        scores.sort_by_key(|(dataset, ..)| {
            [FASHION_MNIST, MNIST]
                .iter()
                .position(|name| name == dataset)
                .unwrap_or(2)
        });
        for (dataset, point, score) in scores {
            let line = OwnLine {
                rank: None,
                point: point.clone(),
                score: score.clone(),
                published: known.get(&(dataset, point)).map(|score| (*score).clone()),
            };
            match datasets.last_mut().filter(|last| last.dataset == dataset) {
                Some(last) => last.lines.push(line),
                None => datasets.push(DatasetBoard {
                    dataset: dataset.to_owned(),
                    is_newest_of_name: false,
                    full_size: (0, 0),
                    lines: vec![line],
                    by_class: None,
                }),
            }
        }
        datasets.iter_mut().for_each(DatasetBoard::rank);
        Self {
            datasets,
            shortfalls: own.shortfalls,
            origin: own.origin,
            machine: own.machine,
            with_published: published.is_some(),
            published_machine: published.and_then(|board| board.machine.clone()),
        }
    }
}

impl OwnBoard {
    /// Gives the lines without a published score that of the point with the same cells: a parameter that one text states and the
    /// other leaves out may be a default, and the identity of a cell knows the defaults.
    pub fn match_cells(&mut self, own: &[&ResultsFile], published: &[&ResultsFile], board: &Board) {
        let scores: HashMap<(&str, &Point), &Score> = board
            .scores()
            .map(|(dataset, point, score)| ((dataset, point), score))
            .collect();
        let ok_rows = |files: &[&'_ ResultsFile]| -> Vec<(String, String, Point)> {
            let rows = files.iter().flat_map(|file| &file.rows);
            rows.filter(|row| row.status == Status::Ok)
                .map(|row| {
                    (
                        row.cell_id.clone(),
                        Dataset::of(row).label().to_owned(),
                        Point::of(row),
                    )
                })
                .collect()
        };
        let published = ok_rows(published);
        let of_cells: HashMap<&str, &Score> = published
            .iter()
            .filter_map(|(cell, dataset, point)| {
                Some((cell.as_str(), *scores.get(&(dataset.as_str(), point))?))
            })
            .collect();
        let own = ok_rows(own);
        let of_points: HashMap<(&str, &Point), &Score> = own
            .iter()
            .filter_map(|(cell, dataset, point)| {
                Some(((dataset.as_str(), point), *of_cells.get(cell.as_str())?))
            })
            .collect();
        for dataset in &mut self.datasets {
            let lines = dataset.lines.iter_mut().filter(|line| line.published.is_none());
            for line in lines {
                let score = of_points.get(&(dataset.dataset.as_str(), &line.point));
                line.published = score.map(|score| (*score).clone());
            }
        }
    }

    /// Puts the datasets whose rows started last first, but leaves Fashion-MNIST and MNIST before them. Data that were imported again
    /// under the same name are another dataset: finds the newest of such ones.
    pub fn sort_by_start(&mut self, files: &[&ResultsFile]) {
        let mut starts: HashMap<String, (&str, Timestamp)> = HashMap::new();
        for row in latest(files) {
            let start = starts
                .entry(Dataset::of(row).label().to_owned())
                .or_insert((&row.dataset, row.started_at));
            start.1 = start.1.max(row.started_at);
        }
        let start = |dataset: &DatasetBoard| starts.get(&dataset.dataset).map(|(_, at)| *at);
        // The sort is stable: Fashion-MNIST and MNIST are at the start and stay there.
        self.datasets.sort_by_key(|dataset| {
            let newest_first = (!dataset.is_benchmark()).then(|| Reverse(start(dataset)));
            (!dataset.is_benchmark(), newest_first)
        });
        let names: Vec<Option<&str>> = self
            .datasets
            .iter()
            .map(|dataset| starts.get(&dataset.dataset).map(|(name, _)| *name))
            .collect();
        for (at, dataset) in self.datasets.iter_mut().enumerate() {
            let (before, after) = (&names[..at], &names[at + 1..]);
            dataset.is_newest_of_name =
                !dataset.is_benchmark() && !before.contains(&names[at]) && after.contains(&names[at]);
        }
    }

    /// Whether published scores were asked for and a line has none.
    pub fn lacks_published(&self) -> bool {
        let mut lines = self.datasets.iter().flat_map(|dataset| &dataset.lines);
        self.with_published && lines.any(|line| line.published.is_none())
    }

    /// Whether a line has a published score without times.
    pub fn lacks_published_times(&self) -> bool {
        let lines = self.datasets.iter().flat_map(|dataset| &dataset.lines);
        let mut published = lines.filter_map(|line| line.published.as_ref());
        published.any(|score| score.fit_s.is_none())
    }

    /// Whether a line has a published time.
    pub fn has_published_times(&self) -> bool {
        let lines = self.datasets.iter().flat_map(|dataset| &dataset.lines);
        let mut published = lines.filter_map(|line| line.published.as_ref());
        published.any(|score| score.fit_s.or(score.predict_s).is_some())
    }

    /// The machine of the published times, if it is not the machine of the own times.
    pub fn other_published_machine(&self) -> Option<&Machine> {
        let own = self.machine.as_ref().map(|machine| &machine.name);
        self.published_machine
            .as_ref()
            .filter(|machine| Some(&machine.name) != own)
    }
}

impl DatasetBoard {
    /// Reads what the best point does on each class, from the labels beside `files`. `names` gives the class names of a dataset.
    pub fn read_classes(&mut self, files: &[&ResultsFile], mut names: impl FnMut(&str) -> ClassNames) {
        let Some(best) = self.best().filter(|_| !self.is_benchmark()) else {
            return;
        };
        let is_best = |row: &&Row| {
            row.status == Status::Ok
                && Dataset::of(row).label() == self.dataset
                && Point::of(row) == best.point
        };
        // The first repeat with labels; of several rows of a cell the one that counts.
        let cells: Vec<&Row> = latest(files).into_iter().filter(is_best).collect();
        self.by_class = cells.iter().find_map(|cell| {
            let has_row = |file: &&&ResultsFile| file.rows.iter().any(|row| std::ptr::eq(row, *cell));
            let file = files.iter().find(has_row)?;
            let counts = labels::counts(&file.path, cell)?;
            Some(ByClass::of(&counts, cell.repeat, &names(&cell.dataset)))
        });
    }

    /// The point with the best rank, or the best one of those on fewer rows.
    pub fn best(&self) -> Option<&OwnLine> {
        let ranked = self.lines.iter().find(|line| line.rank.is_some());
        ranked.or(self.lines.first())
    }

    /// What follows its name where another dataset has the same.
    pub fn newest(&self) -> &'static str {
        if self.is_newest_of_name {
            ", newest rows"
        } else {
            ""
        }
    }

    /// How many points have the accuracy of the best one, among those on all rows if it is one of them.
    pub fn n_best(&self) -> usize {
        let Some(best) = self.best() else { return 0 };
        let mean = best.score.accuracy.mean;
        let lines = self.lines.iter();
        lines
            .filter(|line| line.rank == best.rank && line.score.accuracy.mean == mean)
            .count()
    }

    /// Whether it is Fashion-MNIST or MNIST.
    pub fn is_benchmark(&self) -> bool {
        [FASHION_MNIST, MNIST].contains(&self.dataset.as_str())
    }

    fn rank(&mut self) {
        self.full_size = self.ranked_size();
        let mean = |line: &OwnLine| line.score.accuracy.mean;
        self.lines
            .sort_by(|a, b| mean(b).total_cmp(&mean(a)).then_with(|| a.point.cmp(&b.point)));
        let mut count = 0;
        let mut previous: Option<(usize, f64)> = None;
        for line in &mut self.lines {
            if (line.point.n_train, line.point.n_test) != self.full_size {
                continue;
            }
            count += 1;
            let rank = match previous {
                Some((rank, above)) if above == mean(line) => rank,
                _ => count,
            };
            line.rank = Some(rank);
            previous = Some((rank, mean(line)));
        }
        let ranked = self.lines.iter_mut().filter(|line| line.rank.is_some());
        tiers::assign(ranked.map(|line| &mut line.score).collect());
    }

    /// The rows of the points that are ranked: all of a benchmark where a point has them; else those that most points have, of equally many
    /// the larger test set and then the most training rows, so that a small trial is ranked too.
    fn ranked_size(&self) -> (u64, u64) {
        let mut n_points: BTreeMap<(u64, u64), usize> = BTreeMap::new();
        for line in &self.lines {
            *n_points
                .entry((line.point.n_test, line.point.n_train))
                .or_default() += 1;
        }
        if self.is_benchmark() && n_points.contains_key(&(ALL_TEST, ALL_TRAIN)) {
            return (ALL_TRAIN, ALL_TEST);
        }
        let most = n_points.into_iter().max_by_key(|(size, n)| (*n, *size));
        most.map_or((0, 0), |((n_test, n_train), _)| (n_train, n_test))
    }

    /// Whether the ranked points have all rows of a benchmark.
    pub fn is_whole(&self) -> bool {
        self.is_benchmark() && self.full_size == (ALL_TRAIN, ALL_TEST)
    }

    /// Whether a point has other numbers of rows than those that are ranked.
    pub fn is_reduced(&self, point: &Point) -> bool {
        (point.n_train, point.n_test) != self.full_size
    }
}
