//! Parity: mean accuracies of native and scikit-learn on the same points and rows, with a tolerance by kind.
//!
//! Times are not compared, so rows count from every machine, with or without other cells at the same time.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::table::{Source, Table, Takes, marks_footnotes, no_results, unconverged_mark};
use super::tolerances::{TOLERANCES, tolerance};
use crate::board::{Point, Spread, is_benchmark, keep_newest_version, latest};
use crate::cells::{self, counted, escaped, markdown_table, optional};
use crate::input::engines::{BASELINE, NATIVE};
use crate::input::{ResultsFile, Row, Status};
use crate::prose;
use crate::splice::Block;

pub(super) const TABLE: Table = Table {
    name: "parity",
    about: "Compare the accuracies of native and scikit-learn, point by point",
    page: "parity.md",
    block: Block {
        begin: "<!-- parity:begin -->",
        end: "<!-- parity:end -->",
    },
    takes: Takes::Stems(|stem| stem.starts_with("parity_")),
    ranked: false, // grids of this table train some points for the comparison only
    has_baseline: false,
    markdown,
    csv: None,
};

/// The compared points, and counts of what is not compared.
struct Parity {
    /// Sorted by dataset, family and parameters.
    lines: Vec<Line>,
    /// Number of points that only one of the two engines has trained.
    alone: usize,
    /// Number of cells that are not `ok`, by status.
    not_ok: BTreeMap<Status, usize>,
}

/// One point on both engines. The engine of `point` is empty.
struct Line {
    dataset: String,
    point: Point,
    /// The kind that the row of native says.
    kind: String,
    native: Mean,
    baseline: Mean,
}

/// A mean accuracy.
#[derive(Clone, Copy)]
struct Mean {
    accuracy: f64,
    seeds: usize,
    is_unconverged: bool,
}

impl Parity {
    /// Compares the two engines; a cell in several files counts once.
    fn new<F: AsRef<[Row]>>(files: &[F]) -> Parity {
        let mut points: BTreeMap<(&str, &str, Point), BTreeMap<&str, Vec<&Row>>> = BTreeMap::new();
        let mut not_ok = BTreeMap::new();
        let cells = latest(files);
        for row in cells
            .into_iter()
            .filter(|row| [NATIVE, BASELINE].contains(&row.engine.as_str()) && is_benchmark(row))
        {
            if row.status != Status::Ok {
                *not_ok.entry(row.status).or_default() += 1;
                continue;
            }
            let point = Point::of(row).on("");
            let engines = points.entry((&row.dataset, &row.data_sha256, point)).or_default();
            engines.entry(&row.engine).or_default().push(row);
        }

        let mut parity = Parity {
            lines: Vec::new(),
            alone: 0,
            not_ok,
        };
        for ((dataset, _, point), mut engines) in points {
            engines.values_mut().for_each(keep_newest_version);
            let mean = |engine| engines.get(engine).and_then(|rows| Mean::of(rows));
            match (mean(NATIVE), mean(BASELINE)) {
                (Some(native), Some(baseline)) => parity.lines.push(Line {
                    dataset: dataset.to_owned(),
                    point,
                    kind: engines[NATIVE][0].kind.clone(),
                    native,
                    baseline,
                }),
                _ => parity.alone += 1,
            }
        }
        parity
    }
}

impl Line {
    /// The mean accuracy of native minus that of scikit-learn.
    fn difference(&self) -> f64 {
        self.native.accuracy - self.baseline.accuracy
    }

    /// The allowed difference, if the family or its kind has one.
    fn tolerance(&self) -> Option<f64> {
        tolerance(&self.point.classifier, &self.kind)
    }

    fn is_unconverged(&self) -> bool {
        self.native.is_unconverged || self.baseline.is_unconverged
    }

    /// Whether the difference is within the tolerance, if there is one.
    fn is_within(&self) -> Option<bool> {
        const ROUNDING: f64 = 1e-9; // 0.8003 - 0.8 is slightly more than 0.0003
        Some(self.difference().abs() <= self.tolerance()? + ROUNDING)
    }
}

impl Mean {
    fn of(rows: &[&Row]) -> Option<Mean> {
        let accuracies: Vec<f64> = rows.iter().filter_map(|row| row.accuracy).collect();
        Some(Mean {
            accuracy: Spread::of(&accuracies)?.mean,
            seeds: accuracies.len(),
            is_unconverged: rows.iter().any(|row| row.is_unconverged()),
        })
    }

    fn cell(self) -> String {
        cells::accuracy(self.accuracy) + unconverged_mark(self.is_unconverged)
    }
}

/// The summary by family, then the lines, what is not compared, the grids and the tolerances.
fn markdown(source: &Source<'_>) -> String {
    const GRID: &str = "parity_NAME.toml";
    if source.files.iter().all(|file| file.rows.is_empty()) {
        return no_results(GRID);
    }
    let parity = Parity::new(source.files);
    if parity.lines.is_empty() {
        return format!("{}\n{}{}", no_results(GRID), not_compared(&parity), grids(source));
    }
    format!(
        "{}\n{}\n### Every point\n\n{}\n{}{}{}\n### Tolerances\n\n{}",
        verdict(&parity.lines),
        summary_table(&parity.lines),
        lines_table(&parity.lines),
        marks_footnotes(parity.lines.iter().any(Line::is_unconverged), false),
        not_compared(&parity),
        grids(source),
        tolerances_table()
    )
}

/// How many points are within tolerance.
fn verdict(lines: &[Line]) -> String {
    let judged: Vec<bool> = lines.iter().filter_map(Line::is_within).collect();
    let within = judged.iter().filter(|is_within| **is_within).count();
    let mut text = format!(
        "**Within tolerance: {within} of {}.** Difference: mean accuracy of {NATIVE} minus mean accuracy of {BASELINE}, over \
         the seeds.",
        counted(judged.len(), "point")
    );
    let others = lines.len() - judged.len();
    if others > 0 {
        let _ = write!(
            text,
            " Without a tolerance, and compared only: {}.",
            counted(others, "point")
        );
    }
    prose::paragraph(&text)
}

/// A smaller difference is 0 in four decimals.
const SHOWN: f64 = 0.5e-4;

/// One line for each family: what was compared, and the difference of largest size.
fn summary_table(lines: &[Line]) -> String {
    let mut families: BTreeMap<&str, Vec<&Line>> = BTreeMap::new();
    for line in lines {
        families.entry(&line.point.classifier).or_default().push(line);
    }
    let titles = [
        "Classifier",
        "> Points",
        "> Within tolerance",
        "> Tolerance",
        "> Largest difference",
        "Its dataset and rows",
    ];
    let rows = families.into_iter().map(|(family, lines)| {
        let judged: Vec<bool> = lines.iter().filter_map(|line| line.is_within()).collect();
        let within = judged.iter().filter(|is_within| **is_within).count();
        let size = |line: &Line| line.difference().abs();
        // Of equal differences the first one.
        let largest = lines.iter().rev().max_by(|a, b| size(a).total_cmp(&size(b)));
        let place = largest.filter(|line| size(line) >= SHOWN);
        let tolerance = lines.iter().find_map(|line| line.tolerance());
        vec![
            escaped(family),
            lines.len().to_string(),
            if judged.is_empty() {
                cells::MISSING.to_owned()
            } else {
                format!("{within} of {}", judged.len())
            },
            optional(tolerance, cells::accuracy),
            optional(largest, |line| cells::difference(line.difference())),
            optional(place, |line| {
                format!("{}, {}", escaped(&line.dataset), cells::count(line.point.n_train))
            }),
        ]
    });
    markdown_table(&titles, rows)
}

/// The results files and the command behind them.
fn grids(source: &Source<'_>) -> String {
    let files = source.files.iter();
    let names: Vec<String> = files
        .map(|ResultsFile { stem, .. }| format!("`{}.csv`", cells::plain(stem).replace('`', "'")))
        .collect();
    prose::item(&format!(
        "Rows: {}. `cargo run -p runner -- configs/NAME.toml` makes `NAME.csv`.",
        names.join(", ")
    ))
}

fn lines_table(lines: &[Line]) -> String {
    let titles = [
        "Dataset",
        "Classifier",
        "Parameters",
        "Preprocessing",
        "> Training rows",
        &format!("> {NATIVE}"),
        "> Seeds",
        &format!("> {BASELINE}"),
        "> Seeds",
        "> Difference",
        "> Tolerance",
        "Within tolerance",
    ];
    let rows = lines.iter().map(|line| {
        vec![
            escaped(&line.dataset),
            escaped(&line.point.classifier),
            cells::parameters(&line.point.params),
            escaped(&line.point.preprocessing),
            cells::count(line.point.n_train),
            line.native.cell(),
            line.native.seeds.to_string(),
            line.baseline.cell(),
            line.baseline.seeds.to_string(),
            cells::difference(line.difference()),
            optional(line.tolerance(), cells::accuracy),
            optional(line.is_within(), |is_within| {
                if is_within { "yes" } else { "NO" }.to_owned()
            }),
        ]
    });
    markdown_table(&titles, rows)
}

fn not_compared(parity: &Parity) -> String {
    let mut out = String::new();
    if parity.alone > 0 {
        out.push_str(&prose::item(&format!(
            "Not compared: {} that only one of the two engines has trained.",
            counted(parity.alone, "point")
        )));
    }
    let not_ok = if parity.not_ok.is_empty() {
        "none".to_owned()
    } else {
        cells::statuses(&parity.not_ok)
    };
    out + &prose::item(&format!(
        "Cells not counted because their status is not ok: {not_ok}."
    ))
}

fn tolerances_table() -> String {
    let rows = TOLERANCES.iter().map(|tolerance| {
        vec![
            cells::accuracy(tolerance.accuracy),
            [tolerance.kinds, tolerance.families].concat().join(", "),
            tolerance.reason.to_owned(),
        ]
    });
    markdown_table(
        &[
            "> Tolerance",
            "Kinds and classifiers",
            "Why accuracies may differ",
        ],
        rows,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Params;

    fn line(classifier: &str, kind: &str, native: f64, baseline: f64) -> Line {
        let mean = |accuracy| Mean {
            accuracy,
            seeds: 1,
            is_unconverged: false,
        };
        Line {
            dataset: "mnist".to_owned(),
            point: Point {
                classifier: classifier.to_owned(),
                params: Params::new(""),
                engine: String::new(),
                preprocessing: "none".to_owned(),
                n_train: 60_000,
                n_test: 10_000,
            },
            kind: kind.to_owned(),
            native: mean(native),
            baseline: mean(baseline),
        }
    }

    #[test]
    fn a_difference_equal_to_the_tolerance_is_within_it() {
        for (native, is_within) in [(0.8003, true), (0.7997, true), (0.8004, false), (0.7996, false)] {
            let line = line("GaussianNB", "bayes", native, 0.8);
            assert_eq!(line.is_within(), Some(is_within), "{native}");
        }
        assert_eq!(line("NearestCentroid", "neighbors", 0.1, 0.8).is_within(), None);
    }
}
