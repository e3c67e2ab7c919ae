//! Scaling: how time and memory grow with the training rows, and the speedup with more threads.

use std::collections::{BTreeMap, BTreeSet};

use super::rounds::{alone, by_point, mean, peak_rss_mib, zero_is_rounded};
use super::table::{Source, Table, Takes, marks_footnotes, no_results, shared_mark};
use crate::board::{FASHION_MNIST, MNIST, Point, is_benchmark};
use crate::cells::{self, escaped, markdown_table, optional};
use crate::input::{ResultsFile, Row};
use crate::prose;
use crate::splice::Block;

pub(super) const TABLE: Table = Table {
    name: "scaling",
    about: "Show how time grows with rows, and the speedup with threads",
    page: "scaling.md",
    block: Block {
        begin: "<!-- scaling:begin -->",
        end: "<!-- scaling:end -->",
    },
    takes: Takes::Stems(|stem| stem.starts_with("scaling")),
    ranked: false, // most rows are of generated data or of a part of the dataset
    has_baseline: false,
    markdown,
    csv: None,
};

/// One line for every point and number of threads, one column for every number of rows.
struct Scaling {
    /// Numbers of training rows, ascending.
    sizes: Vec<u64>,
    /// Sorted by dataset, family, parameters, engine and threads.
    lines: Vec<Line>,
}

/// A point at several numbers of rows. The number of training rows of `point` is 0.
struct Line {
    dataset: String,
    point: Point,
    threads: Option<u32>,
    machine: String,
    /// Measurements by number of training rows.
    sizes: BTreeMap<u64, Size>,
    /// The exponent b in time ~ rows^b, from a least-squares line through the logarithms.
    exponent: Option<f64>,
    /// Fit time with one thread divided by the fit time of this line, at the largest size of both. `None` for one thread.
    speedup: Option<f64>,
    shared_machine: bool,
}

/// Means over the rounds that ran alone.
#[derive(Clone, Copy)]
struct Size {
    /// Wall time of a fit, in seconds.
    fit_s: f64,
    /// Whether a time of 0 stands for less than a microsecond.
    zero_is_rounded: bool,
    /// Largest peak memory of all rounds, in MiB.
    peak_rss_mib: Option<f64>,
}

/// What identifies a line: the name and the checksum of the dataset, point, threads and machine.
type Key = (String, String, Point, Option<u32>, String);

impl Scaling {
    /// Measures every point of some results files, of the rows that `is_counted`.
    fn new<F: AsRef<[Row]>>(files: &[F], is_counted: fn(&Row) -> bool) -> Scaling {
        let mut lines: BTreeMap<Key, Line> = BTreeMap::new();
        for (key, engines) in files.iter().flat_map(|file| by_point(file.as_ref(), is_counted)) {
            for (engine, rounds) in engines {
                let alone = alone(&rounds);
                let Some(fit_s) = mean(alone.iter().filter_map(|row| row.fit_s)) else {
                    continue;
                };
                let n_train = key.point.n_train;
                let point = Point {
                    n_train: 0,
                    ..key.point.on(engine)
                };
                let of_line = (
                    key.dataset.clone(),
                    key.data_sha256.clone(),
                    point.clone(),
                    key.threads,
                    key.machine.clone(),
                );
                let line = lines.entry(of_line).or_insert_with(|| Line {
                    dataset: key.dataset.clone(),
                    point,
                    threads: key.threads,
                    machine: key.machine.clone(),
                    sizes: BTreeMap::new(),
                    exponent: None,
                    speedup: None,
                    shared_machine: false,
                });
                let peak_rss_mib = peak_rss_mib(&rounds);
                let size = Size {
                    fit_s,
                    zero_is_rounded: zero_is_rounded(&alone),
                    peak_rss_mib,
                };
                line.sizes.insert(n_train, size);
                line.shared_machine |= alone.iter().any(|row| row.is_shared());
            }
        }
        let one_thread = |key: &Key| {
            let mut key = key.clone();
            key.3 = Some(1);
            lines.get(&key).map(|line| line.sizes.clone())
        };
        let speedups: Vec<Option<f64>> = lines
            .iter()
            .map(|(key, line)| match line.threads {
                Some(2..) => speedup(&one_thread(key)?, &line.sizes),
                _ => None,
            })
            .collect();
        let lines: Vec<Line> = lines
            .into_values()
            .zip(speedups)
            .map(|(line, speedup)| Line {
                exponent: exponent(&line.sizes),
                speedup,
                ..line
            })
            .collect();
        let sizes: BTreeSet<u64> = lines.iter().flat_map(|line| line.sizes.keys().copied()).collect();
        Scaling {
            sizes: sizes.into_iter().collect(),
            lines,
        }
    }
}

/// How the time of a fit grows with the training rows, for a picture.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Curve {
    pub(crate) dataset: String,
    /// The number of training rows is 0.
    pub(crate) point: Point,
    pub(crate) threads: Option<u32>,
    pub(crate) machine: String,
    /// Training rows and seconds, by rows.
    pub(crate) sizes: Vec<(u64, f64)>,
}

/// The curves of all points of Fashion-MNIST and MNIST that have several sizes.
pub(crate) fn curves(files: &[&ResultsFile]) -> Vec<Curve> {
    let lines = Scaling::new(files, is_benchmark).lines.into_iter();
    let curves = lines.map(|line| Curve {
        dataset: line.dataset,
        point: line.point,
        threads: line.threads,
        machine: line.machine,
        sizes: line.sizes.iter().map(|(n, size)| (*n, size.fit_s)).collect(),
    });
    curves.filter(|curve| curve.sizes.len() > 1).collect()
}

fn speedup(one: &BTreeMap<u64, Size>, several: &BTreeMap<u64, Size>) -> Option<f64> {
    let mut both = several
        .iter()
        .filter_map(|(n, size)| Some((one.get(n)?.fit_s, size.fit_s)));
    both.next_back()
        .map(|(one, several)| one / several)
        .filter(|speedup| speedup.is_finite())
}

#[expect(clippy::cast_precision_loss, reason = "row counts are small")]
fn exponent(sizes: &BTreeMap<u64, Size>) -> Option<f64> {
    let points: Vec<(f64, f64)> = sizes
        .iter()
        .map(|(&n, size)| ((n as f64).ln(), size.fit_s.ln()))
        .collect();
    let n = points.len() as f64;
    let center = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / n;
    let (x, y) = (center(|point| point.0), center(|point| point.1));
    let both: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    let spread: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    (points.len() >= 2 && both.is_finite()).then_some(both / spread)
}

/// Fashion-MNIST and MNIST, then a table of all other data.
fn markdown(source: &Source<'_>) -> String {
    let benchmarks = Scaling::new(source.files, is_benchmark);
    let others = Scaling::new(source.files, |row| !is_benchmark(row));
    let mut parts = Vec::new();
    if !benchmarks.lines.is_empty() {
        parts.push(benchmarks.table(str::to_owned));
    }
    if !others.lines.is_empty() {
        let is_reserved = |name: &str| [FASHION_MNIST, MNIST].contains(&name);
        let shown = |name: &str| match is_reserved(name) {
            true => format!("{name} (other data)"),
            false => name.to_owned(),
        };
        parts.push(format!("### Other data\n\n{}", others.table(shown)));
    }
    if parts.is_empty() {
        return no_results("scaling.toml --jobs 1");
    }
    let mut lines = benchmarks.lines.iter().chain(&others.lines);
    let notes = [
        "Each column of rows: wall time of a fit and peak memory of its process. Times are means over the rounds; every cell ran \
         alone.",
        "Exponent: b in time ~ rows^b, from a least-squares line through the logarithms.",
        "Speedup: fit time with one thread divided by the fit time of this line, at the largest number of rows that both have.",
    ];
    format!(
        "{}\n{}{}",
        parts.join("\n"),
        notes.map(prose::item).concat(),
        marks_footnotes(false, lines.any(|line| line.shared_machine))
    )
}

impl Scaling {
    /// The table; `shown` gives the name of a dataset.
    fn table(&self, shown: impl Fn(&str) -> String) -> String {
        let sizes: Vec<String> = self
            .sizes
            .iter()
            .map(|&n| format!("> {} rows", cells::count(n)))
            .collect();
        let mut titles = vec!["Dataset", "Classifier", "Parameters", "Engine", "> Threads"];
        titles.extend(sizes.iter().map(String::as_str));
        titles.extend(["> Exponent", "> Speedup"]);
        let rows = self.lines.iter().map(|line| {
            let mut cells = vec![escaped(&shown(&line.dataset))];
            cells.extend(line.cells(&self.sizes));
            cells
        });
        markdown_table(&titles, rows)
    }
}

impl Line {
    fn cells(&self, sizes: &[u64]) -> Vec<String> {
        let mut cells = vec![
            escaped(&self.point.classifier),
            cells::parameters(&self.point.params),
            escaped(&self.point.engine),
            optional(self.threads, |n| n.to_string()),
        ];
        cells.extend(sizes.iter().map(|n| optional(self.sizes.get(n), Size::cell)));
        let mark = shared_mark(self.shared_machine);
        cells.push(optional(self.exponent, |exponent| {
            format!("{}{mark}", cells::decimals(exponent, 2))
        }));
        cells.push(optional(self.speedup, |speedup| {
            format!("{}×", cells::decimals(speedup, 2))
        }));
        cells
    }
}

impl Size {
    fn cell(&self) -> String {
        let memory = self
            .peak_rss_mib
            .map_or(String::new(), |peak| format!(", {} MiB", cells::mib(peak)));
        format!("{}{memory}", cells::time(self.fit_s, self.zero_is_rounded))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(times: &[(u64, f64)]) -> BTreeMap<u64, Size> {
        let size = |fit_s| Size {
            fit_s,
            zero_is_rounded: false,
            peak_rss_mib: None,
        };
        times.iter().map(|&(n, fit_s)| (n, size(fit_s))).collect()
    }

    #[test]
    fn the_exponent_is_the_power_of_the_rows() {
        let square = exponent(&sizes(&[(10, 3.0), (20, 12.0), (40, 48.0)])).unwrap();
        assert!((square - 2.0).abs() < 1e-12);
        // numpy.polyfit(log([1, 2, 4]), log([1, 3, 4]), 1)[0]
        let other = exponent(&sizes(&[(1, 1.0), (2, 3.0), (4, 4.0)])).unwrap();
        assert!((other - 1.0).abs() < 1e-12);
        assert_eq!(exponent(&sizes(&[(10, 3.0)])), None);
    }

    #[test]
    fn the_speedup_is_taken_at_the_largest_size_of_both() {
        let one = sizes(&[(10, 2.0), (20, 6.0), (40, 9.0)]);
        assert_eq!(speedup(&one, &sizes(&[(10, 1.0), (20, 4.0)])), Some(1.5));
        assert_eq!(speedup(&one, &sizes(&[(80, 1.0)])), None);
    }
}
