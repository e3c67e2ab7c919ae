//! Speed at full size: every engine against scikit-learn, and the boosting libraries beside each other.

use super::peers::Peers;
use super::rounds::{Key, Rounds, alone, by_point, is_unconverged, mean, peak_rss_mib, zero_is_rounded};
use super::table::{
    Source, Table, Takes, marks_footnotes, no_results, shared_mark, threads_footnote, unconverged_mark,
};
use crate::board::{Point, is_benchmark};
use crate::cells::{self, escaped, markdown_table, optional};
use crate::input::engines::BASELINE;
use crate::input::{Row, families};
use crate::prose;
use crate::splice::Block;

pub(super) const TABLE: Table = Table {
    name: "speed",
    about: "Compare times with scikit-learn and boosting libraries",
    page: "speed.md",
    block: Block {
        begin: "<!-- speed:begin -->",
        end: "<!-- speed:end -->",
    },
    takes: Takes::Stems(|stem| stem == "speed"),
    ranked: true,
    has_baseline: false,
    markdown,
    csv: None,
};

/// Boosted trees on one engine: means over the rounds.
struct Boosted {
    dataset: String,
    point: Point,
    threads: Option<u32>,
    accuracy: f64,
    /// Times in seconds, only of rounds that ran alone.
    fit_s: Option<f64>,
    fit_cpu_s: Option<f64>,
    predict_s: Option<f64>,
    /// Whether a time of 0 stands for less than a microsecond.
    zero_is_rounded: bool,
    peak_rss_mib: Option<f64>,
    shared_machine: bool,
    not_converged: bool,
}

impl Boosted {
    /// The boosted trees of some results files, with comparable lines next to each other.
    fn all<F: AsRef<[Row]>>(files: &[F]) -> Vec<Boosted> {
        let mut lines: Vec<Boosted> = Vec::new();
        for (key, engines) in files
            .iter()
            .flat_map(|file| by_point(file.as_ref(), is_benchmark))
        {
            if families::BOOSTED.contains(&key.point.classifier.as_str()) {
                let engines = engines.iter();
                lines.extend(engines.filter_map(|(engine, rounds)| Boosted::of(&key, engine, rounds)));
            }
        }
        lines.sort_by(|a, b| a.data().cmp(&b.data()).then_with(|| a.point.cmp(&b.point)));
        lines
    }

    fn of(key: &Key, engine: &str, rounds: &Rounds<'_>) -> Option<Boosted> {
        let alone = alone(rounds);
        let time = |of: fn(&Row) -> Option<f64>| mean(alone.iter().filter_map(|row| of(row)));
        Some(Boosted {
            dataset: key.dataset.clone(),
            point: key.point.on(engine),
            threads: key.threads,
            accuracy: mean(rounds.values().filter_map(|row| row.accuracy))?,
            fit_s: time(|row| row.fit_s),
            fit_cpu_s: time(|row| row.fit_cpu_s),
            predict_s: time(|row| row.predict_s),
            zero_is_rounded: zero_is_rounded(&alone),
            peak_rss_mib: peak_rss_mib(rounds),
            shared_machine: alone.iter().any(|row| row.is_shared()),
            not_converged: is_unconverged(rounds),
        })
    }

    /// Only lines with the same data are comparable.
    fn data(&self) -> (&str, &str, u64, u64) {
        let point = &self.point;
        (&self.dataset, &point.preprocessing, point.n_train, point.n_test)
    }
}

fn markdown(source: &Source<'_>) -> String {
    let peers = Peers::new(source.files, BASELINE);
    let boosted = Boosted::all(source.files);
    let mut parts = Vec::new();
    if !peers.lines.is_empty() {
        parts.push(peers.table(true));
    }
    if !boosted.is_empty() {
        parts.push(boosted_table(&boosted));
    }
    if parts.is_empty() {
        parts.push(no_results("speed.toml --jobs 1"));
    }
    parts.join("\n")
}

fn boosted_table(lines: &[Boosted]) -> String {
    let titles = [
        "Dataset",
        "Preprocessing",
        "> Training rows",
        "Classifier",
        "Engine",
        "Parameters",
        "> Accuracy",
        "> Fit",
        "> Fit, CPU time",
        "> Predict",
        "> Peak MiB",
    ];
    let rows = lines.iter().map(|line| {
        let time = |seconds| optional(seconds, |seconds| cells::time(seconds, line.zero_is_rounded));
        vec![
            escaped(&line.dataset),
            escaped(&line.point.preprocessing),
            cells::count(line.point.n_train),
            escaped(&line.point.classifier),
            escaped(&line.point.engine),
            cells::parameters(&line.point.params),
            cells::accuracy(line.accuracy) + unconverged_mark(line.not_converged),
            time(line.fit_s) + shared_mark(line.shared_machine),
            time(line.fit_cpu_s),
            time(line.predict_s),
            optional(line.peak_rss_mib, cells::mib),
        ]
    });
    format!(
        "### Boosting libraries\n\n{}\n\
         {}{}{}",
        markdown_table(&titles, rows),
        prose::item(
            "Means over the rounds; every cell ran alone. The libraries name their parameters differently, so compare accuracy \
             and time together, on equal training rows."
        ),
        threads_footnote(lines.iter().filter_map(|line| line.threads)),
        marks_footnotes(
            lines.iter().any(|line| line.not_converged),
            lines.iter().any(|line| line.shared_machine)
        )
    )
}
