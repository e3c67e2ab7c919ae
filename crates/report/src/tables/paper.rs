//! The accuracies of the Fashion-MNIST paper (2017) beside ours, and why some differ.

use std::collections::BTreeMap;

use super::rounds::mean;
use super::table::{Source, Table, Takes, marks_footnotes, no_full_results, unconverged_mark};
use crate::board::reference::{self, Published};
use crate::board::{FASHION_MNIST, MNIST, Point, is_benchmark, latest};
use crate::cells::{self, counted, escaped, markdown_table, optional};
use crate::input::engines::NATIVE;
use crate::input::families::{FIVE_EPOCHS, UNCONVERGED_IN_THE_PAPER};
use crate::input::{Row, Status};
use crate::prose;
use crate::splice::Block;

pub(super) const TABLE: Table = Table {
    name: "paper",
    about: "Compare native with the scores that the Fashion-MNIST paper printed",
    page: "paper.md",
    block: Block {
        begin: "<!-- paper:begin -->",
        end: "<!-- paper:end -->",
    },
    takes: Takes::Rest,
    ranked: true,
    has_baseline: false,
    markdown,
    csv: None,
};

/// A larger difference from the paper has a cause in words.
const LARGE: f64 = 0.01;

fn markdown(source: &Source<'_>) -> String {
    let mut rows = latest(source.files);
    rows.retain(|row| is_benchmark(row) && row.engine == NATIVE && row.status == Status::Ok);
    let comparison = Comparison::new(&rows);
    if comparison.n_matched() == 0 {
        return no_full_results("seed.toml");
    }
    comparison.markdown()
}

/// The rows of the paper beside ours.
struct Comparison {
    lines: Vec<Line>,
}

struct Line {
    printed: &'static Published,
    /// The accuracies of all repeats on Fashion-MNIST and on MNIST.
    ours: [Vec<f64>; 2],
    is_unconverged: bool,
}

/// Why an accuracy differs from the paper's by more than [`LARGE`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Cause {
    Data,
    Solver,
    Epochs,
    Unknown,
}

impl Cause {
    const ALL: [Cause; 4] = [Cause::Data, Cause::Solver, Cause::Epochs, Cause::Unknown];

    fn name(self) -> &'static str {
        match self {
            Cause::Data => "data",
            Cause::Solver => "solver",
            Cause::Epochs => "epochs",
            Cause::Unknown => "unexplained",
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            Cause::Data => {
                "the same point agrees on MNIST to 0.01, so the data differ and not the method. Fashion-MNIST was corrected on 31 August 2017 (https://github.com/zalandoresearch/fashion-mnist/issues/44)."
            }
            Cause::Solver => {
                "liblinear's fits of 2017 end far from the optimum, most of all where C is large; ours go on to it, or with crammer_singer to a primal search on a smoothed loss, on both datasets."
            }
            Cause::Epochs => {
                "five passes in one random order, without a tolerance: single seeds differ by up to 0.04, on both engines."
            }
            Cause::Unknown => "none of these causes fits.",
        }
    }
}

impl Comparison {
    fn new(rows: &[&Row]) -> Comparison {
        let mut lines: Vec<Line> = reference::published()
            .iter()
            .map(|printed| Line {
                printed,
                ours: [Vec::new(), Vec::new()],
                is_unconverged: false,
            })
            .collect();
        for row in rows {
            let is_whole = !Point::of(row).is_reduced();
            let Some(printed) =
                reference::find(&row.classifier, &row.input(), &row.params).filter(|_| is_whole)
            else {
                continue;
            };
            let line = lines.iter_mut().find(|line| std::ptr::eq(line.printed, printed));
            let dataset = [FASHION_MNIST, MNIST]
                .iter()
                .position(|name| row.dataset == *name);
            if let (Some(line), Some(dataset)) = (line, dataset) {
                line.ours[dataset].extend(row.accuracy);
                line.is_unconverged |= row.is_unconverged();
            }
        }
        Comparison { lines }
    }

    /// The printed rows that have a point here.
    fn n_matched(&self) -> usize {
        let is_matched = |line: &&Line| line.ours.iter().any(|ours| !ours.is_empty());
        self.lines.iter().filter(is_matched).count()
    }

    fn markdown(&self) -> String {
        let mut by_cause: BTreeMap<Cause, usize> = BTreeMap::new();
        for cause in self.lines.iter().filter_map(Line::cause) {
            *by_cause.entry(cause).or_default() += 1;
        }
        let causes: String = Cause::ALL
            .iter()
            .filter_map(|cause| by_cause.get(cause).map(|n| (cause, n)))
            .map(|(cause, n)| {
                prose::item(&format!(
                    "**{}**, {}: {}",
                    cause.name(),
                    counted(*n, "row"),
                    cause.in_words()
                ))
            })
            .collect();
        let titles = [
            "Classifier",
            "Parameters",
            "> Fashion-MNIST, paper",
            "> Here",
            "> Difference",
            "> MNIST, paper",
            "> Here",
            "> Difference",
            "Cause",
        ];
        let rows = self.lines.iter().map(|line| {
            let mark = unconverged_mark(line.is_unconverged);
            let mut cells = vec![
                escaped(&line.printed.classifier),
                cells::parameters(&line.printed.parameters),
            ];
            for (printed, ours, difference) in line.datasets() {
                cells.push(cells::decimals(printed, 3));
                cells.push(optional(ours, |ours| cells::accuracy(ours) + mark));
                cells.push(optional(difference, cells::difference));
            }
            cells.push(
                line.cause()
                    .map_or_else(String::new, |cause| cause.name().to_owned()),
            );
            cells
        });
        let matched = match self.n_matched() {
            n if n == self.lines.len() => format!("All {n}"),
            n => format!("{n} of the {}", self.lines.len()),
        };
        format!(
            "{}\n{causes}\n{}\n{}{}",
            prose::paragraph(&format!(
                "{matched} printed rows have a point here. {} differ by more than {LARGE}, for these causes:",
                by_cause.values().sum::<usize>(),
            )),
            markdown_table(&titles, rows),
            prose::item("Here: engine native, mean over the repeats, all rows, preprocessing standard."),
            marks_footnotes(self.lines.iter().any(|line| line.is_unconverged), false),
        )
    }
}

impl Line {
    /// Printed accuracy, ours and the difference, on both datasets.
    fn datasets(&self) -> [(f64, Option<f64>, Option<f64>); 2] {
        let printed = [self.printed.fashion_accuracy, self.printed.mnist_accuracy];
        [0, 1].map(|i| {
            let ours = mean(self.ours[i].iter().copied());
            (printed[i], ours, ours.map(|ours| ours - printed[i]))
        })
    }

    /// `None` if no difference is larger than [`LARGE`].
    fn cause(&self) -> Option<Cause> {
        let [fashion, mnist] = self.datasets().map(|(_, _, difference)| difference);
        let is_large =
            |difference: Option<f64>| difference.is_some_and(|difference| difference.abs() > LARGE);
        if !is_large(fashion) && !is_large(mnist) {
            return None;
        }
        let is_up = [fashion, mnist]
            .into_iter()
            .flatten()
            .all(|difference| difference > -LARGE);
        let is_of = |families: &[&str]| families.contains(&self.printed.classifier.as_str());
        Some(if is_up && is_of(UNCONVERGED_IN_THE_PAPER) {
            Cause::Solver
        } else if is_of(FIVE_EPOCHS) {
            Cause::Epochs
        } else if is_up && mnist.is_some() && !is_large(mnist) {
            Cause::Data
        } else {
            Cause::Unknown
        })
    }
}
