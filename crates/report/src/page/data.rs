//! The data of the page's table, as JSON that its script reads.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use command_line::is_unprintable;
use serde::Serialize;

use super::command::command;
use crate::board::{DatasetBoard, OwnBoard, OwnLine, Predictions, Score, Times, reference};
use crate::charts::Styles;
use crate::input::{Machine, Row};

/// Confusion matrices of more classes are left out; what is confused most often is there.
const CLASSES: usize = 12;

/// Of more classes, this many confusions are listed, most frequent first.
const CONFUSIONS: usize = 20;

/// Everything that the script shows.
#[derive(Debug, Serialize)]
pub(super) struct Data<'a> {
    kinds: &'a [String],
    /// What is known of each machine, by its name.
    machines: BTreeMap<&'a str, String>,
    /// The machine whose times are shown first, and which the charts show.
    machine: Option<&'a str>,
    datasets: Vec<DatasetData<'a>>,
}

#[derive(Debug, Serialize)]
struct DatasetData<'a> {
    name: &'a str,
    /// The names of the classes, by label.
    classes: Vec<String>,
    n_train: u64,
    n_test: u64,
    /// Whether the ranked points have all rows of Fashion-MNIST or MNIST.
    is_whole: bool,
    lines: Vec<LineData<'a>>,
}

/// A point. Names are short because the page has thousands of them.
#[derive(Debug, Serialize)]
struct LineData<'a> {
    id: String,
    classifier: &'a str,
    params: Vec<(String, String)>,
    engine: &'a str,
    preprocessing: &'a str,
    kind: usize,
    n_train: u64,
    n_test: u64,
    rank: Option<usize>,
    tier: Option<(usize, usize, usize)>,
    accuracy: f64,
    std: Option<f64>,
    low: f64,
    high: f64,
    macro_f1: Option<f64>,
    n: usize,
    not_converged: bool,
    warnings: &'a [String],
    claimed: Option<f64>,
    /// By machine.
    times: BTreeMap<&'a str, Times>,
    command: String,
    repeats: Vec<RepeatData<'a>>,
    /// The bits of the correct predictions of one fit, and the repeat of that fit.
    correct: Option<(String, u32)>,
    /// Rows of each true class that got each class: true class by true class.
    confusion: Option<Vec<Vec<u64>>>,
    /// Where there are too many classes for a matrix.
    confused: Vec<Confused>,
}

/// One fit.
#[derive(Debug, Serialize)]
struct RepeatData<'a> {
    repeat: u32,
    seed: u64,
    accuracy: Option<f64>,
    fit_s: Option<f64>,
    predict_s: Option<f64>,
    machine: &'a str,
    revision: &'a str,
    started_at: String,
    concurrent: Option<u32>,
    threads: Option<u32>,
}

impl<'a> Data<'a> {
    /// The data of a board. `machines` describes machines, `names` gives the class names of a dataset.
    pub(super) fn of(
        board: &'a OwnBoard,
        styles: &'a Styles,
        machines: &HashMap<String, Machine>,
        names: impl Fn(&DatasetBoard) -> Vec<String>,
    ) -> Self {
        let rows = || {
            let lines = board.datasets.iter().flat_map(|dataset| &dataset.lines);
            lines.flat_map(|line| &line.score.fits)
        };
        let named = rows()
            .filter(|row| !row.machine.is_empty())
            .map(|row| row.machine.as_str());
        let described = named.map(|name| (name, machines.get(name).map_or(String::new(), describe)));
        let datasets = board.datasets.iter().map(|dataset| DatasetData {
            name: &dataset.dataset,
            classes: names(dataset),
            n_train: dataset.full_size.0,
            n_test: dataset.full_size.1,
            is_whole: dataset.is_whole(),
            lines: dataset
                .lines
                .iter()
                .map(|line| LineData::of(dataset, line, styles))
                .collect(),
        });
        Self {
            kinds: styles.names(),
            machines: described.collect(),
            machine: board.machine.as_ref().map(|machine| machine.name.as_str()),
            datasets: datasets.collect(),
        }
    }

    /// The JSON, safe inside an element of a page: no text in it can end that, and no letter of it is obeyed.
    pub(super) fn json(&self) -> String {
        let json = serde_json::to_string(self).expect("all keys are text and all numbers are finite");
        let mut text = String::with_capacity(json.len());
        for letter in json.chars() {
            // Outside strings, JSON has none of these letters.
            if matches!(letter, '<' | '>' | '&' | '\u{2028}' | '\u{2029}') || is_unprintable(letter) {
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    let _ = write!(text, "\\u{unit:04x}");
                }
            } else {
                text.push(letter);
            }
        }
        text
    }
}

/// Processor, cores and vector instructions of a machine, as far as known.
fn describe(machine: &Machine) -> String {
    let cores = match machine.cores.as_str() {
        "" => String::new(),
        "1" => "1 core".to_owned(),
        n => format!("{n} cores"),
    };
    let parts = [machine.cpu.clone(), cores, machine.simd.clone()];
    let known: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    known.join(", ")
}

impl<'a> LineData<'a> {
    fn of(dataset: &DatasetBoard, line: &'a OwnLine, styles: &Styles) -> Self {
        let (point, score) = (&line.point, &line.score);
        let machines = score
            .repeats
            .iter()
            .map(|row| row.machine.as_str())
            .filter(|name| !name.is_empty());
        let times = machines.filter_map(|name| Some((name, score.times(name)?)));
        let params = point
            .params
            .pairs()
            .map(|(key, value)| (key.into_owned(), value.into_owned()));
        let predictions = score.predictions.as_deref();
        let (confusion, confused) = predictions.map_or((None, Vec::new()), confusions);
        let kind = styles
            .names()
            .iter()
            .position(|kind| kind == score.kind())
            .unwrap_or(0);
        Self {
            id: id(&dataset.dataset, line),
            classifier: &point.classifier,
            params: params.collect(),
            engine: &point.engine,
            preprocessing: &point.preprocessing,
            kind,
            n_train: point.n_train,
            n_test: point.n_test,
            rank: line.rank,
            tier: score.tier.map(|tier| (tier.tier, tier.first, tier.last)),
            accuracy: score.accuracy.mean,
            std: score.accuracy.std,
            low: score.interval.low,
            high: score.interval.high,
            macro_f1: score.macro_f1,
            n: score.n,
            not_converged: score.not_converged,
            warnings: &score.warnings,
            claimed: claimed(dataset, line),
            times: times.collect(),
            command: command(dataset, line),
            repeats: fits(score),
            correct: predictions.map(|own| (packed(&own.correct), own.repeat)),
            confusion,
            confused,
        }
    }
}

/// The little-endian bytes of some words, in base64.
fn packed(words: &[u64]) -> String {
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    STANDARD.encode(bytes)
}

/// What identifies a line in the address of the page, whatever else is on it.
pub(super) fn id(dataset: &str, line: &OwnLine) -> String {
    let point = &line.point;
    let text = format!(
        "{dataset}\n{}\n{}\n{}\n{}\n{}\n{}",
        point.classifier,
        point.params.as_str(),
        point.engine,
        point.preprocessing,
        point.n_train,
        point.n_test
    );
    // FNV-1a, 64 bits.
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

/// What the paper printed for a point on this dataset.
fn claimed(dataset: &DatasetBoard, line: &OwnLine) -> Option<f64> {
    line.rank?;
    let point = &line.point;
    let row = reference::find(&point.classifier, &point.preprocessing, &point.params)?;
    match dataset.dataset.as_str() {
        crate::board::FASHION_MNIST => Some(row.fashion_accuracy),
        crate::board::MNIST => Some(row.mnist_accuracy),
        _ => None,
    }
}

/// True class, predicted class, rows.
type Confused = (u64, u64, u64);

/// The confusion matrix of few classes, or the most frequent confusions of many.
fn confusions(predictions: &Predictions) -> (Option<Vec<Vec<u64>>>, Vec<Confused>) {
    let counts = predictions.counts();
    let largest = counts
        .keys()
        .map(|(truth, label)| *truth.max(label))
        .max()
        .unwrap_or(0);
    let n_classes = usize::try_from(largest).unwrap_or(usize::MAX).saturating_add(1);
    if n_classes <= CLASSES {
        let matrix = (0..n_classes as u64).map(|truth| {
            let row = (0..n_classes as u64).map(|label| counts.get(&(truth, label)).copied().unwrap_or(0));
            row.collect()
        });
        return (Some(matrix.collect()), Vec::new());
    }
    let wrong = counts.into_iter().filter(|((truth, label), _)| truth != label);
    let mut wrong: Vec<Confused> = wrong.map(|((truth, label), n)| (truth, label, n)).collect();
    wrong.sort_by_key(|(truth, label, n)| (std::cmp::Reverse(*n), *truth, *label));
    wrong.truncate(CONFUSIONS);
    (None, wrong)
}

/// The fits of each repeat: those of the accuracies, and those of the times where these are others.
fn fits(score: &Score) -> Vec<RepeatData<'_>> {
    let mut rows: Vec<&Row> = score.repeats.iter().collect();
    for fit in &score.fits {
        let is_same = |row: &&Row| {
            (&row.cell_id, row.started_at, &row.machine) == (&fit.cell_id, fit.started_at, &fit.machine)
        };
        if !rows.iter().any(is_same) {
            rows.push(fit);
        }
    }
    rows.sort_by_key(|row| (row.repeat, row.started_at));
    rows.into_iter().map(RepeatData::of).collect()
}

impl<'a> RepeatData<'a> {
    fn of(row: &'a Row) -> Self {
        Self {
            repeat: row.repeat,
            seed: row.seed,
            accuracy: row.accuracy,
            fit_s: row.fit_s,
            predict_s: row.predict_s,
            machine: &row.machine,
            revision: &row.revision,
            started_at: row.started_at.to_string(),
            concurrent: row.concurrent,
            threads: row.threads,
        }
    }
}
