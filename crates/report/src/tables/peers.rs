//! Engines side by side: accuracy and time of two engines on the same point and rows, round by round.
//!
//! The speedup of a round is the baseline's time divided by the engine's, fit and predict together. Both cells ran alone on
//! one machine and are in one results file. The speedup of a line is the median over its rounds.

use std::collections::BTreeMap;

use serde::Serialize;

use super::rounds::{Key, Rounds, by_point, is_alone, is_unconverged, mean, peak_rss_mib, zero_is_rounded};
use super::table::{Source, Table, Takes, marks_footnotes, shared_mark, threads_footnote, unconverged_mark};
use crate::board::{FASHION_MNIST, Point, is_benchmark};
use crate::cells::{self, MISSING, escaped, markdown_table, optional};
use crate::input::{ResultsFile, Row};
use crate::prose;
use crate::splice::Block;

pub(super) const TABLE: Table = Table {
    name: "peers",
    about: "Compare accuracy and time of every engine with a baseline",
    page: "peers.md",
    block: Block {
        begin: "<!-- peers:begin -->",
        end: "<!-- peers:end -->",
    },
    takes: Takes::Rest,
    ranked: true,
    has_baseline: true,
    markdown,
    csv: Some(csv),
};

/// Every point that the baseline and another engine have trained.
pub(super) struct Peers {
    baseline: String,
    /// Sorted by dataset, family, parameters and engine.
    pub(super) lines: Vec<Line>,
}

/// One engine against the baseline on one point.
pub(super) struct Line {
    dataset: String,
    point: Point,
    threads: Option<u32>,
    /// Mean over the rounds.
    accuracy: f64,
    baseline_accuracy: f64,
    /// Mean time of fit and predict together, over the rounds that count for the speedup.
    seconds: Option<f64>,
    baseline_seconds: Option<f64>,
    /// Whether a time of 0 stands for less than a microsecond.
    zero_is_rounded: bool,
    peak_rss_mib: Option<f64>,
    /// `None` if no round was measured alone.
    speedup: Option<Speedup>,
    /// Whether other work used the machine during a round that counts for the speedup.
    shared_machine: bool,
    not_converged: bool,
    baseline_not_converged: bool,
}

/// A ratio of times over several rounds.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Speedup {
    median: f64,
    low: f64,
    high: f64,
    rounds: usize,
}

impl Peers {
    /// Compares the engines of each file with `baseline`. The rows of each file must be in file order.
    pub(super) fn new<F: AsRef<[Row]>>(files: &[F], baseline: &str) -> Peers {
        let mut lines: BTreeMap<(Key, String), Line> = BTreeMap::new();
        for file in files {
            for (key, engines) in by_point(file.as_ref(), is_benchmark) {
                let Some(base) = engines.get(baseline) else {
                    continue;
                };
                for (engine, rounds) in engines.iter().filter(|(engine, _)| **engine != baseline) {
                    if let Some(line) = Line::of(&key, engine, rounds, base) {
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

    /// The table and its footnotes; `with_memory` adds a column for the engine's peak memory.
    pub(super) fn table(&self, with_memory: bool) -> String {
        let baseline = escaped(&self.baseline);
        let (their_accuracy, their_time) = (format!("> {baseline} accuracy"), format!("> {baseline} time"));
        let mut titles = vec![
            "Classifier",
            "Parameters",
            "Preprocessing",
            "> Training rows",
            "Engine",
            "> Accuracy",
            &their_accuracy,
            "> Difference",
            "> Fit + predict",
            &their_time,
            "> Speedup",
        ];
        if with_memory {
            titles.push("> Peak MiB");
        }
        let rows = self.lines.iter().map(|line| {
            let mut cells = line.cells();
            if with_memory {
                cells.push(optional(line.peak_rss_mib, cells::mib));
            }
            cells
        });
        let mut out = markdown_table(&titles, rows);
        out.push('\n');
        out.push_str(&prose::item(&format!(
            "Speedup: time of {baseline} divided by time of the engine, fit and predict together. The engines ran alone and in \
             turn. Median over the rounds (minimum to maximum, number of rounds). Above 1 the engine is faster."
        )));
        if with_memory {
            out.push_str(&prose::item(
                "Peak MiB: largest peak memory of the engine's process over the rounds, data included.",
            ));
        }
        let is_unconverged = |line: &Line| line.not_converged || line.baseline_not_converged;
        out.push_str(&threads_footnote(
            self.lines.iter().filter_map(|line| line.threads),
        ));
        out.push_str(&marks_footnotes(
            self.lines.iter().any(is_unconverged),
            self.lines.iter().any(|line| line.shared_machine),
        ));
        out
    }
}

impl Line {
    fn of(key: &Key, engine: &str, rounds: &Rounds<'_>, base: &Rounds<'_>) -> Option<Line> {
        let accuracy = |rounds: &Rounds<'_>| mean(rounds.values().filter_map(|row| row.accuracy));
        let timed: Vec<(&Row, &Row)> = rounds
            .iter()
            .filter_map(|(round, row)| Some((*row, *base.get(round)?)))
            .filter(|(own, other)| is_alone(own) && is_alone(other))
            .filter(|(own, other)| seconds(own).is_some() && seconds(other).is_some())
            .collect();
        let ratios = timed
            .iter()
            .filter_map(|(own, other)| Some(seconds(other)? / seconds(own)?));
        Some(Line {
            dataset: key.dataset.clone(),
            point: key.point.on(engine),
            threads: key.threads,
            accuracy: accuracy(rounds)?,
            baseline_accuracy: accuracy(base)?,
            seconds: mean(timed.iter().filter_map(|(own, _)| seconds(own))),
            baseline_seconds: mean(timed.iter().filter_map(|(_, other)| seconds(other))),
            zero_is_rounded: timed.iter().any(|(own, other)| zero_is_rounded(&[own, other])),
            peak_rss_mib: peak_rss_mib(rounds),
            speedup: Speedup::of(ratios.collect()),
            shared_machine: timed
                .iter()
                .any(|(own, other)| own.is_shared() || other.is_shared()),
            not_converged: is_unconverged(rounds),
            baseline_not_converged: is_unconverged(base),
        })
    }

    fn cells(&self) -> Vec<String> {
        let dataset = if self.dataset == FASHION_MNIST {
            String::new()
        } else {
            format!(" on {}", escaped(&self.dataset))
        };
        let time = |seconds| optional(seconds, |seconds| cells::time(seconds, self.zero_is_rounded));
        vec![
            format!("{}{dataset}", escaped(&self.point.classifier)),
            cells::parameters(&self.point.params),
            escaped(&self.point.preprocessing),
            cells::count(self.point.n_train),
            escaped(&self.point.engine),
            cells::accuracy(self.accuracy) + unconverged_mark(self.not_converged),
            cells::accuracy(self.baseline_accuracy) + unconverged_mark(self.baseline_not_converged),
            cells::difference(self.accuracy - self.baseline_accuracy),
            time(self.seconds),
            time(self.baseline_seconds),
            self.speedup_cell(),
        ]
    }

    fn speedup_cell(&self) -> String {
        let Some(Speedup {
            median,
            low,
            high,
            rounds,
        }) = self.speedup
        else {
            return MISSING.to_owned();
        };
        let spread = if rounds > 1 {
            format!(" ({} to {}, {rounds})", cells::ratio(low), cells::ratio(high))
        } else {
            String::new()
        };
        format!(
            "**{}**{spread}{}",
            cells::ratio(median),
            shared_mark(self.shared_machine)
        )
    }
}

impl Speedup {
    fn of(mut ratios: Vec<f64>) -> Option<Speedup> {
        ratios.retain(|ratio| ratio.is_finite());
        ratios.sort_by(f64::total_cmp);
        let (low, high) = (*ratios.first()?, *ratios.last()?);
        let middle = ratios.len() / 2;
        let median = if ratios.len().is_multiple_of(2) {
            f64::midpoint(ratios[middle - 1], ratios[middle])
        } else {
            ratios[middle]
        };
        Some(Speedup {
            median,
            low,
            high,
            rounds: ratios.len(),
        })
    }
}

/// Fit and predict together; `None` if one of them was not measured.
fn seconds(row: &Row) -> Option<f64> {
    Some(row.fit_s? + row.predict_s?)
}

fn markdown(source: &Source<'_>) -> String {
    let peers = Peers::new(source.files, source.baseline);
    if peers.lines.is_empty() {
        return format!(
            "No results: no point was trained both on {} and on another engine. Run \
             `cargo run -p runner -- configs/peers.toml --jobs 1` to produce them; `--results results` reads your own \
             rows.\n",
            escaped(source.baseline)
        );
    }
    peers.table(false)
}

/// One engine against another on one point, for a picture.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Compared {
    pub(crate) dataset: String,
    /// The point of the engine that is compared.
    pub(crate) point: Point,
    pub(crate) accuracy: f64,
    pub(crate) baseline_accuracy: f64,
    /// Time of the baseline divided by that of the engine, fit and predict together.
    pub(crate) times_as_fast: Option<f64>,
}

/// Every point that `baseline` and another engine have trained.
pub(crate) fn compared(files: &[&ResultsFile], baseline: &str) -> Vec<Compared> {
    let lines = Peers::new(files, baseline).lines.into_iter();
    let compared = lines.map(|line| Compared {
        dataset: line.dataset,
        point: line.point,
        accuracy: line.accuracy,
        baseline_accuracy: line.baseline_accuracy,
        times_as_fast: line.speedup.map(|speedup| speedup.median),
    });
    compared.collect()
}

/// One line of the CSV table.
#[derive(Serialize)]
struct Record<'a> {
    dataset: &'a str,
    classifier: &'a str,
    params: &'a str,
    preprocessing: &'a str,
    n_train: u64,
    n_test: u64,
    threads: Option<u32>,
    engine: &'a str,
    accuracy: f64,
    baseline: &'a str,
    baseline_accuracy: f64,
    seconds: Option<f64>,
    baseline_seconds: Option<f64>,
    times_as_fast: Option<f64>,
    times_as_fast_low: Option<f64>,
    times_as_fast_high: Option<f64>,
    rounds: usize,
    shared_machine: bool,
    not_converged: bool,
    baseline_not_converged: bool,
}

/// The same lines as CSV, with unrounded numbers.
fn csv(source: &Source<'_>) -> String {
    let peers = Peers::new(source.files, source.baseline);
    cells::csv_table(peers.lines.iter().map(|line| Record {
        dataset: &line.dataset,
        classifier: &line.point.classifier,
        params: line.point.params.as_str(),
        preprocessing: &line.point.preprocessing,
        n_train: line.point.n_train,
        n_test: line.point.n_test,
        threads: line.threads,
        engine: &line.point.engine,
        accuracy: line.accuracy,
        baseline: &peers.baseline,
        baseline_accuracy: line.baseline_accuracy,
        seconds: line.seconds,
        baseline_seconds: line.baseline_seconds,
        times_as_fast: line.speedup.map(|speedup| speedup.median),
        times_as_fast_low: line.speedup.map(|speedup| speedup.low),
        times_as_fast_high: line.speedup.map(|speedup| speedup.high),
        rounds: line.speedup.map_or(0, |speedup| speedup.rounds),
        shared_machine: line.shared_machine,
        not_converged: line.not_converged,
        baseline_not_converged: line.baseline_not_converged,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_speedup_is_the_median_over_the_rounds() {
        let speedup = |ratios: &[f64]| Speedup::of(ratios.to_vec());
        assert_eq!(
            speedup(&[4.0, 1.0, 2.0]),
            Some(Speedup {
                median: 2.0,
                low: 1.0,
                high: 4.0,
                rounds: 3
            })
        );
        assert_eq!(speedup(&[4.0, 2.0]).unwrap().median, 3.0);
        assert_eq!(speedup(&[f64::INFINITY]), None);
        assert_eq!(speedup(&[]), None);
    }
}
