//! The board of own rows as flat records with unrounded numbers, for the formats that programs read.

use serde::Serialize;

use crate::board::{OwnBoard, Score};
use crate::input::Machine;

/// The columns in file order; a missing value is empty.
#[derive(Serialize)]
#[cfg_attr(feature = "parquet", derive(parquet_derive::ParquetRecordWriter))]
pub(in crate::render) struct Record<'a> {
    rank: Option<usize>,
    tier: Option<usize>,
    rank_first: Option<usize>,
    rank_last: Option<usize>,
    dataset: &'a str,
    classifier: &'a str,
    params: &'a str,
    engine: &'a str,
    preprocessing: &'a str,
    n_train: u64,
    n_test: u64,
    n: usize,
    accuracy: f64,
    accuracy_std: Option<f64>,
    accuracy_low: f64,
    accuracy_high: f64,
    macro_f1: Option<f64>,
    fit_s: Option<f64>,
    predict_s: Option<f64>,
    shared_machine: bool,
    not_converged: bool,
    machine: Option<&'a str>,
    warnings: String,
    published_n: Option<usize>,
    published_accuracy: Option<f64>,
    published_accuracy_std: Option<f64>,
    published_fit_s: Option<f64>,
    published_predict_s: Option<f64>,
    published_machine: Option<&'a str>,
}

/// One record per point and dataset.
pub(in crate::render) fn records(board: &OwnBoard) -> impl Iterator<Item = Record<'_>> {
    let lines = board
        .datasets
        .iter()
        .flat_map(|dataset| dataset.lines.iter().map(move |line| (dataset, line)));
    lines.map(|(dataset, line)| {
        let (score, published) = (&line.score, line.published.as_ref());
        Record {
            rank: line.rank,
            tier: score.tier.map(|tier| tier.tier),
            rank_first: score.tier.map(|tier| tier.first),
            rank_last: score.tier.map(|tier| tier.last),
            dataset: &dataset.dataset,
            classifier: &line.point.classifier,
            params: line.point.params.as_str(),
            engine: &line.point.engine,
            preprocessing: &line.point.preprocessing,
            n_train: line.point.n_train,
            n_test: line.point.n_test,
            n: score.n,
            accuracy: score.accuracy.mean,
            accuracy_std: score.accuracy.std,
            accuracy_low: score.interval.low,
            accuracy_high: score.interval.high,
            macro_f1: score.macro_f1,
            fit_s: score.fit_s,
            predict_s: score.predict_s,
            shared_machine: score.shared_machine,
            not_converged: score.not_converged,
            machine: timed_on(Some(score), board.machine.as_ref()),
            warnings: score.warnings.join(" | "),
            published_n: published.map(|score| score.n),
            published_accuracy: published.map(|score| score.accuracy.mean),
            published_accuracy_std: published.and_then(|score| score.accuracy.std),
            published_fit_s: published.and_then(|score| score.fit_s),
            published_predict_s: published.and_then(|score| score.predict_s),
            published_machine: timed_on(published, board.published_machine.as_ref()),
        }
    })
}

/// The machine of a score's times, if it has any.
fn timed_on<'a>(score: Option<&Score>, machine: Option<&'a Machine>) -> Option<&'a str> {
    let has_times = score.is_some_and(|score| score.fit_s.or(score.predict_s).is_some());
    machine.filter(|_| has_times).map(|machine| machine.name.as_str())
}
