//! A line of the board as a flat record, one per point and dataset, for the formats that programs read.

use serde::Serialize;

use crate::board::{Board, FASHION_MNIST, MNIST, Point, Score};

/// The columns in file order; a missing value is empty.
#[derive(Serialize)]
#[cfg_attr(feature = "parquet", derive(parquet_derive::ParquetRecordWriter))]
pub(super) struct Record<'a> {
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
    published_accuracy: Option<f64>,
    warnings: String,
}

/// Every point on every dataset: the ranked ones first, then those of datasets of the user's own and with fewer rows.
pub(super) fn records(board: &Board) -> impl Iterator<Item = Record<'_>> {
    let ranked = board.lines.iter().flat_map(|line| {
        let published = line.published;
        let fashion_mnist = line.fashion_mnist.as_ref().map(|score| Record {
            rank: line.rank,
            published_accuracy: published.map(|row| row.fashion_accuracy),
            ..record(FASHION_MNIST, &line.point, score)
        });
        let mnist = line.mnist.as_ref().map(|score| Record {
            rank: line.rank,
            published_accuracy: published.map(|row| row.mnist_accuracy),
            ..record(MNIST, &line.point, score)
        });
        fashion_mnist.into_iter().chain(mnist)
    });
    let others = board
        .others
        .iter()
        .map(|line| record(&line.dataset, &line.point, &line.score));
    ranked.chain(others)
}

fn record<'a>(dataset: &'a str, point: &'a Point, score: &Score) -> Record<'a> {
    Record {
        rank: None,
        tier: score.tier.map(|tier| tier.tier),
        rank_first: score.tier.map(|tier| tier.first),
        rank_last: score.tier.map(|tier| tier.last),
        dataset,
        classifier: &point.classifier,
        params: point.params.as_str(),
        engine: &point.engine,
        preprocessing: &point.preprocessing,
        n_train: point.n_train,
        n_test: point.n_test,
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
        published_accuracy: None,
        warnings: score.warnings.join(" | "),
    }
}
