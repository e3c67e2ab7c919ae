//! The board as CSV, one line a point and dataset, for a spreadsheet or a data frame.

use ::csv::Writer;
use serde::Serialize;

use super::renderer::Renderer;
use crate::board::{Board, Point, Score};

pub(super) const RENDERER: Renderer = Renderer {
    name: "csv",
    file: None,
    render,
};

/// The columns, in their order; what is not there is empty.
#[derive(Serialize)]
struct Record<'a> {
    rank: Option<usize>,
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
    macro_f1: Option<f64>,
    fit_s: Option<f64>,
    predict_s: Option<f64>,
    beside_others: bool,
    published_accuracy: Option<f64>,
    warnings: String,
}

fn render(board: &Board) -> String {
    let mut writer = Writer::from_writer(Vec::new());
    let mut write = |record: Record<'_>| writer.serialize(record).expect("a Vec takes every flat record");
    for line in &board.lines {
        if let Some(score) = &line.fashion_mnist {
            let published_accuracy = line.published.map(|row| row.fashion_accuracy);
            write(Record {
                rank: line.rank,
                published_accuracy,
                ..record("fashion-mnist", &line.point, score)
            });
        }
        if let Some(score) = &line.mnist {
            let published_accuracy = line.published.map(|row| row.mnist_accuracy);
            write(Record {
                rank: line.rank,
                published_accuracy,
                ..record("mnist", &line.point, score)
            });
        }
    }
    for line in &board.others {
        write(record(&line.dataset, &line.point, &line.score));
    }
    let bytes = writer.into_inner().expect("a Vec flushes");
    String::from_utf8(bytes).expect("only strings were written")
}

fn record<'a>(dataset: &'a str, point: &'a Point, score: &Score) -> Record<'a> {
    Record {
        rank: None,
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
        macro_f1: score.macro_f1,
        fit_s: score.fit_s,
        predict_s: score.predict_s,
        beside_others: score.beside_others,
        published_accuracy: None,
        warnings: score.warnings.join(" | "),
    }
}
