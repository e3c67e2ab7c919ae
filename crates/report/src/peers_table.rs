//! Engines side by side as text: the table of the README's section on speed, and CSV.

use std::fmt::Write;

use csv::Writer;
use serde::Serialize;

use crate::peers::{PeerLine, Peers, Ratio};
use crate::text::{self, NOTHING, escaped, table};

/// The table as Markdown, with what its marks mean.
pub fn markdown(peers: &Peers) -> String {
    let baseline = escaped(&peers.baseline);
    if peers.lines.is_empty() {
        return format!(
            "No results have a point on {baseline} and on another engine: \
             `cargo run -p runner -- configs/peers.toml --jobs 1` makes them.\n"
        );
    }
    let titles = [
        "Classifier",
        "Parameters",
        "Preprocessing",
        "> Training rows",
        "Engine",
        "> Accuracy",
        &format!("> {baseline}'s"),
        "> Difference",
        "> Fit + predict",
        &format!("> {baseline}'s"),
        "> Times as fast",
    ];
    let rows = peers.lines.iter().map(|line| {
        let dataset = if line.dataset == "fashion-mnist" {
            String::new()
        } else {
            format!(" on {}", escaped(&line.dataset))
        };
        let time = |seconds: Option<f64>| seconds.map_or(NOTHING.to_owned(), text::time);
        vec![
            format!("{}{dataset}", escaped(&line.point.classifier)),
            text::parameters(&line.point.params),
            escaped(&line.point.preprocessing),
            text::count(line.point.n_train),
            escaped(&line.point.engine),
            format!("{:.4}", line.accuracy),
            format!("{:.4}", line.baseline_accuracy),
            format!("{:+.4}", line.accuracy - line.baseline_accuracy),
            time(line.seconds),
            time(line.baseline_seconds),
            ratio(line),
        ]
    });
    let mut out = table(&titles, rows);
    let threads: Vec<String> = distinct(peers.lines.iter().filter_map(|line| line.threads))
        .iter()
        .map(ToString::to_string)
        .collect();
    let _ = write!(
        out,
        "\n- Times as fast: {baseline}'s time over the engine's, fit and predict together, both measured in turn and alone; the \
         median over rounds (smallest to largest, number of rounds). Above 1 the engine is faster, below 1 slower.\n\
         - Threads: {}.\n",
        threads.join(", ")
    );
    if peers.lines.iter().any(|line| line.beside_others) {
        out.push_str("- ‡ Something else used the machine in one of the rounds.\n");
    }
    out
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
        format!(" ({} to {}, {rounds})", text::ratio(low), text::ratio(high))
    } else {
        String::new()
    };
    format!("**{}**{spread}{mark}", text::ratio(median))
}

fn distinct(values: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut values: Vec<u32> = values.collect();
    values.sort_unstable();
    values.dedup();
    values
}
