//! Engines side by side as text: the table of the README's section on speed, and CSV.

use std::collections::BTreeSet;
use std::fmt::Write;

use csv::Writer;
use serde::Serialize;

use super::peers::{PeerLine, Peers, Ratio};
use crate::cells::{self, NOTHING, escaped, table};

/// What the mark of a busy machine means.
pub(crate) const BUSY: &str = "- ‡ Something else used the machine in one of the rounds.\n";

/// The table as Markdown, with what its marks mean.
pub fn markdown(peers: &Peers) -> String {
    if peers.lines.is_empty() {
        return format!(
            "No results have a point on {} and on another engine: \
             `cargo run -p runner -- configs/peers.toml --jobs 1` makes them.\n",
            escaped(&peers.baseline)
        );
    }
    lines(peers, false)
}

/// The table of some lines; with a column for the engine's peak memory where that is asked for.
pub(crate) fn lines(peers: &Peers, memory: bool) -> String {
    let baseline = escaped(&peers.baseline);
    let theirs = format!("> {baseline}'s");
    let mut titles = vec![
        "Classifier",
        "Parameters",
        "Preprocessing",
        "> Training rows",
        "Engine",
        "> Accuracy",
        &theirs,
        "> Difference",
        "> Fit + predict",
        &theirs,
        "> Times as fast",
    ];
    if memory {
        titles.push("> Peak MiB");
    }
    let rows = peers.lines.iter().map(|line| {
        let mut cells = cells(line);
        if memory {
            cells.push(line.peak_rss_mib.map_or(NOTHING.to_owned(), cells::mib));
        }
        cells
    });
    let mut out = table(&titles, rows);
    let _ = write!(
        out,
        "\n- Times as fast: {baseline}'s time over the engine's, fit and predict together, both measured in turn and alone; the \
         median over rounds (smallest to largest, number of rounds). Above 1 the engine is faster, below 1 slower.\n"
    );
    if memory {
        out.push_str(
            "- Peak MiB: most memory that the engine's process held in a round, the data included.\n",
        );
    }
    out.push_str(&threads(peers.lines.iter().filter_map(|line| line.threads)));
    if peers.lines.iter().any(|line| line.beside_others) {
        out.push_str(BUSY);
    }
    out
}

/// The line that says how many threads there were.
pub(crate) fn threads(threads: impl Iterator<Item = u32>) -> String {
    let distinct: BTreeSet<u32> = threads.collect();
    let distinct: Vec<String> = distinct.iter().map(ToString::to_string).collect();
    format!("- Threads: {}.\n", distinct.join(", "))
}

fn cells(line: &PeerLine) -> Vec<String> {
    let dataset = if line.dataset == "fashion-mnist" {
        String::new()
    } else {
        format!(" on {}", escaped(&line.dataset))
    };
    let time = |seconds: Option<f64>| seconds.map_or(NOTHING.to_owned(), cells::time);
    vec![
        format!("{}{dataset}", escaped(&line.point.classifier)),
        cells::parameters(&line.point.params),
        escaped(&line.point.preprocessing),
        cells::count(line.point.n_train),
        escaped(&line.point.engine),
        format!("{:.4}", line.accuracy),
        format!("{:.4}", line.baseline_accuracy),
        cells::difference(line.accuracy - line.baseline_accuracy),
        time(line.seconds),
        time(line.baseline_seconds),
        ratio(line),
    ]
}

/// One line of the table.
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
    beside_others: bool,
}

/// The same as CSV, numbers as measured.
pub fn csv(peers: &Peers) -> String {
    let mut writer = Writer::from_writer(Vec::new());
    for line in &peers.lines {
        let record = Record {
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
            times_as_fast: line.ratio.map(|ratio| ratio.median),
            times_as_fast_low: line.ratio.map(|ratio| ratio.low),
            times_as_fast_high: line.ratio.map(|ratio| ratio.high),
            rounds: line.ratio.map_or(0, |ratio| ratio.rounds),
            beside_others: line.beside_others,
        };
        writer.serialize(record).expect("a Vec takes every flat record");
    }
    let bytes = writer.into_inner().expect("a Vec flushes");
    String::from_utf8(bytes).expect("only strings were written")
}

fn ratio(line: &PeerLine) -> String {
    let Some(Ratio {
        median,
        low,
        high,
        rounds,
    }) = line.ratio
    else {
        return NOTHING.to_owned();
    };
    let mark = if line.beside_others { " ‡" } else { "" };
    let spread = if rounds > 1 {
        format!(" ({} to {}, {rounds})", cells::ratio(low), cells::ratio(high))
    } else {
        String::new()
    };
    format!("**{}**{spread}{mark}", cells::ratio(median))
}
