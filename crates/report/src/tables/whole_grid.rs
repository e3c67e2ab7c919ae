//! The whole grid of 2017 on engine native: what each family costs, what was refused, what did not converge.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::table::{Source, Table, Takes, no_full_results};
use crate::board::reference;
use crate::board::{ALL_TEST, ALL_TRAIN, FASHION_MNIST, MNIST, Point, is_benchmark, latest};
use crate::cells::{self, counted, escaped, markdown_table, optional};
use crate::input::engines::{BASELINE, NATIVE};
use crate::input::{Machine, ResultsFile, Row, Status};
use crate::prose;
use crate::splice::Block;

pub(super) const TABLE: Table = Table {
    name: "whole-grid",
    about: "Show what the whole grid of 2017 costs, family by family",
    page: "whole-grid.md",
    block: Block {
        begin: "<!-- whole-grid:begin -->",
        end: "<!-- whole-grid:end -->",
    },
    takes: Takes::Shared(|stem| matches!(stem, GRID | GRID_OF_BASELINE | IN_TURN)),
    ranked: true,
    has_baseline: false,
    markdown,
    csv: None,
};

/// The results of the whole grid on native, and on scikit-learn.
const GRID: &str = "seed";
const GRID_OF_BASELINE: &str = "seed_scikit_learn";
/// The results in which both engines have trained some of its points in turn.
const IN_TURN: &str = "speed";

/// A pause between two cells that still counts as time of the run, in seconds: rows state the start in whole seconds.
const MAX_PAUSE_S: f64 = 2.0;

fn markdown(source: &Source<'_>) -> String {
    let files = |stem: &str| -> Vec<&ResultsFile> {
        let files = source.files.iter().copied();
        files.filter(|file| file.stem == stem).collect()
    };
    let (of_grid, of_baseline, in_turn) = (files(GRID), files(GRID_OF_BASELINE), files(IN_TURN));
    let rows = first_repeats(&of_grid, NATIVE);
    let mut pairs = Pairs::default();
    pairs.add(
        &first_repeats(&in_turn, NATIVE),
        &first_repeats(&in_turn, BASELINE),
        &rows,
    );
    pairs.add(&rows, &first_repeats(&of_baseline, BASELINE), &rows);
    let grid = WholeGrid { rows, pairs };
    if grid.rows.is_empty() {
        return no_full_results("seed.toml");
    }
    grid.markdown()
}

/// The points of the grid of 2017.
const POINTS: usize = 143;

/// What the whole grid costs, in one sentence, once every point has run on both datasets on one machine. `machines` describes it, `page`
/// is the address of the table.
pub(crate) fn headline(
    files: &[&ResultsFile],
    machines: &HashMap<String, Machine>,
    page: &str,
) -> Option<String> {
    let of_grid: Vec<&ResultsFile> = files.iter().copied().filter(|file| file.stem == GRID).collect();
    let rows = first_repeats(&of_grid, NATIVE);
    let on = |dataset: &str| points(rows.iter().filter(|row| row.dataset == dataset)).len();
    let names: BTreeSet<&str> = rows.iter().map(|row| row.machine.as_str()).collect();
    let (Some(name), true) = (names.first(), names.len() == 1) else {
        return None;
    };
    let machine = machines
        .get(*name)
        .cloned()
        .unwrap_or_else(|| Machine::named(name));
    (on(FASHION_MNIST) == POINTS && on(MNIST) == POINTS).then(|| {
        format!(
            "The whole benchmark of 2017, its {POINTS} points on both datasets, takes **{}** on machine {}: [what it costs]({page}).",
            cells::duration(busy_s(&rows)),
            cells::escaped_machine(&machine)
        )
    })
}

/// The first repeats of an engine on all rows of both datasets.
fn first_repeats<'a>(files: &'a [&ResultsFile], engine: &str) -> Vec<&'a Row> {
    let mut rows = latest(files);
    rows.retain(|row| {
        let is_whole = row.n_train == ALL_TRAIN && row.n_test == ALL_TEST;
        row.repeat == 0 && row.engine == engine && is_whole && is_benchmark(row)
    });
    rows
}

/// The first repeat of every point.
struct WholeGrid<'a> {
    rows: Vec<&'a Row>,
    pairs: Pairs<'a>,
}

/// Processor times of scikit-learn and of native, in seconds, by cell of the grid.
#[derive(Default)]
struct Pairs<'a>(BTreeMap<&'a str, (f64, f64)>);

impl<'a> Pairs<'a> {
    /// Adds the points of the grid that both engines have trained on one machine. A point that is there stays.
    fn add(&mut self, ours: &[&'a Row], baseline: &[&Row], grid: &[&Row]) {
        let problem = |row: &Row| (row.dataset.clone(), Point::of(row).on(""), row.machine.clone());
        let baseline: HashMap<_, f64> = baseline
            .iter()
            .filter_map(|row| Some((problem(row), timed_cpu_s(row)?)))
            .collect();
        let of_grid: BTreeSet<&str> = grid.iter().map(|row| row.cell_id.as_str()).collect();
        for row in ours.iter().filter(|row| of_grid.contains(row.cell_id.as_str())) {
            if let (Some(theirs), Some(ours)) = (baseline.get(&problem(row)), timed_cpu_s(row)) {
                self.0.entry(&row.cell_id).or_insert((*theirs, ours));
            }
        }
    }

    /// Those of the cells of these rows.
    fn of(&self, rows: &[&Row]) -> Vec<(f64, f64)> {
        let cells: BTreeSet<&str> = rows.iter().map(|row| row.cell_id.as_str()).collect();
        cells
            .into_iter()
            .filter_map(|cell| self.0.get(cell).copied())
            .collect()
    }
}

/// Processor time of fit and prediction, where both were measured.
fn timed_cpu_s(row: &Row) -> Option<f64> {
    Some(row.fit_cpu_s? + row.predict_cpu_s?)
}

impl WholeGrid<'_> {
    fn markdown(&self) -> String {
        format!(
            "{}\n{}\n{}{}{}",
            self.headline(),
            self.table(),
            self.footnotes(),
            self.not_trained(),
            self.unconverged()
        )
    }

    /// The time of the whole grid, and where and when it was measured.
    fn headline(&self) -> String {
        let n_points = |dataset: &str| points(self.rows.iter().filter(|row| row.dataset == dataset)).len();
        let points: Vec<String> = [FASHION_MNIST, MNIST]
            .into_iter()
            .filter(|dataset| n_points(dataset) > 0)
            .map(|dataset| format!("{dataset} ({})", counted(n_points(dataset), "point")))
            .collect();
        let of =
            |text: fn(&Row) -> &str| -> BTreeSet<&str> { self.rows.iter().map(|row| text(row)).collect() };
        let (machines, revisions) = (of(|row| &row.machine), of(|row| &row.revision));
        let listed = |names: &BTreeSet<&str>| {
            names
                .iter()
                .map(|name| escaped(name))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let days = || self.rows.iter().map(|row| row.started_at);
        let day = |time: Option<jiff::Timestamp>| {
            time.map_or_else(String::new, |time| time.strftime("%Y-%m-%d").to_string())
        };
        let (first, last) = (day(days().min()), day(days().max()));
        let span = if first == last {
            first
        } else {
            format!("{first} to {last}")
        };
        let time = match busy_s(&self.rows) {
            busy if machines.len() == 1 => format!("**{} of wall time**", cells::duration(busy)),
            _ => "No common wall time: the rows are of several machines".to_owned(),
        };
        prose::paragraph(&format!(
            "{time} for {}, every point once. Processor time of fits and predictions {}, at most {} MiB of memory per point. \
             Machine {} (see machines.csv), revision {}, {}, at most {} at the same time.",
            points.join(" and "),
            cells::duration(cpu_s(&self.rows)),
            optional(peak_rss_mib(&self.rows), cells::mib),
            listed(&machines),
            listed(&revisions),
            span,
            counted(
                self.rows
                    .iter()
                    .filter_map(|row| row.concurrent)
                    .max()
                    .unwrap_or(1) as usize,
                "cell"
            ),
        ))
    }

    fn table(&self) -> String {
        let titles = [
            "Classifier",
            "> Points",
            "> Refused",
            "> Not converged",
            "> Processor time, Fashion-MNIST",
            "> Processor time, MNIST",
            "> Peak memory (MiB)",
            "> Authors, 2017 / here",
            "> scikit-learn / here",
        ];
        let families: BTreeSet<&str> = self.rows.iter().map(|row| row.classifier.as_str()).collect();
        let family = |name: &&str| {
            let rows: Vec<&Row> = (self.rows.iter().copied())
                .filter(|row| row.classifier == **name)
                .collect();
            self.line(escaped(name), &rows)
        };
        let mut lines: Vec<Vec<String>> = families.iter().map(family).collect();
        lines.push(self.line("**all**".to_owned(), &self.rows));
        markdown_table(&titles, lines.into_iter())
    }

    fn line(&self, name: String, rows: &[&Row]) -> Vec<String> {
        let with = |is: fn(&Row) -> bool| points(rows.iter().filter(|row| is(row))).len().to_string();
        let on = |dataset: &str| -> Vec<&Row> {
            rows.iter()
                .copied()
                .filter(|row| row.dataset == dataset)
                .collect()
        };
        vec![
            name,
            points(rows.iter()).len().to_string(),
            with(|row| row.status == Status::Refused),
            with(Row::is_unconverged),
            cells::duration(cpu_s(&on(FASHION_MNIST))),
            cells::duration(cpu_s(&on(MNIST))),
            optional(peak_rss_mib(rows), cells::mib),
            beside(authors(rows)),
            beside(self.pairs.of(rows)),
        ]
    }

    fn footnotes(&self) -> String {
        [
            "Points: parameter settings, each trained once per dataset. A point whose problem is that of another one is trained \
             with it, and its time counts once.",
            "Authors: the fit times that the authors' web page gives for some points of Fashion-MNIST, and ours of the same points.",
            "scikit-learn: processor time of fits and predictions of the points that both engines have trained on one machine: in turn \
             (`configs/speed.toml`), or scikit-learn alone (`configs/seed_scikit_learn.toml`).",
        ]
        .map(prose::item)
        .concat()
    }

    /// The points without an accuracy, by status and reason.
    fn not_trained(&self) -> String {
        let mut reasons: BTreeMap<(Status, &str), Vec<&Row>> = BTreeMap::new();
        for row in self.rows.iter().filter(|row| row.status != Status::Ok) {
            reasons.entry((row.status, &row.error)).or_default().push(row);
        }
        if reasons.is_empty() {
            return String::new();
        }
        let items: String = reasons
            .into_iter()
            .map(|((status, reason), rows)| {
                let names: Vec<String> = points(rows.iter())
                    .into_iter()
                    .map(|point| name(&point))
                    .collect();
                prose::item(&format!(
                    "{}: {}: {}",
                    names.join(", "),
                    status.name(),
                    escaped(reason)
                ))
            })
            .collect();
        format!("\n### Without an accuracy\n\n{items}")
    }

    /// What stopped before it converged: points that stopped alike together.
    fn unconverged(&self) -> String {
        let mut warnings: BTreeMap<Point, BTreeMap<&str, &str>> = BTreeMap::new();
        for row in self.rows.iter().filter(|row| row.is_unconverged()) {
            let of_point = warnings.entry(Point::of(row)).or_default();
            of_point.insert(&row.dataset, &row.warning);
        }
        let mut alike: BTreeMap<BTreeMap<&str, &str>, Vec<String>> = BTreeMap::new();
        for (point, of_datasets) in warnings {
            alike.entry(of_datasets).or_default().push(name(&point));
        }
        if alike.is_empty() {
            return String::new();
        }
        let items: String = alike
            .into_iter()
            .map(|(of_datasets, names)| {
                let stops: Vec<String> = of_datasets
                    .into_iter()
                    .map(|(dataset, warning)| format!("{dataset}: {}", escaped(warning)))
                    .collect();
                prose::item(&format!("{}: {}", names.join(", "), stops.join("; ")))
            })
            .collect();
        format!("\n### Not converged\n\n{items}")
    }
}

/// The distinct points of these rows.
fn points<'a, 'r: 'a>(rows: impl Iterator<Item = &'a &'r Row>) -> BTreeSet<Point> {
    rows.map(|row| Point::of(row)).collect()
}

fn name(point: &Point) -> String {
    format!(
        "{} {}",
        escaped(&point.classifier),
        cells::parameters(&point.params)
    )
}

/// Processor time of fits and predictions. Rows of one cell under several names count once.
fn cpu_s(rows: &[&Row]) -> f64 {
    let of_cells: BTreeMap<&str, &Row> = rows.iter().map(|row| (row.cell_id.as_str(), *row)).collect();
    of_cells
        .values()
        .flat_map(|row| [row.fit_cpu_s, row.predict_cpu_s])
        .flatten()
        .sum()
}

fn peak_rss_mib(rows: &[&Row]) -> Option<f64> {
    rows.iter().filter_map(|row| row.peak_rss_mib).reduce(f64::max)
}

/// The time during which some cell ran: the union of the fits and predictions, short pauses included.
fn busy_s(rows: &[&Row]) -> f64 {
    let mut times: Vec<(f64, f64)> = rows
        .iter()
        .map(|row| {
            let start = row.started_at.as_second() as f64;
            let timed = row.fit_s.unwrap_or_default() + row.predict_s.unwrap_or_default();
            (start, start + timed.max(row.wall_s.unwrap_or_default()))
        })
        .collect();
    times.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (mut sum, mut reached) = (0.0, f64::NEG_INFINITY);
    for (start, end) in times {
        let from = if start - reached <= MAX_PAUSE_S {
            reached
        } else {
            start
        };
        sum += f64::max(end - from, 0.0);
        reached = f64::max(reached, end);
    }
    sum
}

/// The fit times that the authors' web page gives, and ours of the same points of Fashion-MNIST.
fn authors(rows: &[&Row]) -> Vec<(f64, f64)> {
    let both = |row: &&Row| {
        let printed = reference::find(&row.classifier, &row.input(), &row.params)?;
        Some((printed.time_s?, row.fit_s?))
    };
    rows.iter()
        .filter(|row| row.dataset == FASHION_MNIST)
        .filter_map(both)
        .collect()
}

/// The sums of both times, and their number.
fn beside(times: Vec<(f64, f64)>) -> String {
    if times.is_empty() {
        return cells::MISSING.to_owned();
    }
    let sum = |side: fn(&(f64, f64)) -> f64| cells::duration(times.iter().map(side).sum());
    format!(
        "{} / {} ({})",
        sum(|times| times.0),
        sum(|times| times.1),
        counted(times.len(), "fit")
    )
}
