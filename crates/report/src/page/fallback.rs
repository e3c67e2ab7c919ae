//! The tables for browsers without scripts.

use maud::{Markup, html};

use crate::board::{DatasetBoard, OwnBoard, ranks};
use crate::cells::{self, optional};

/// One table for each dataset, best points first.
pub(super) fn tables(board: &OwnBoard) -> Markup {
    html! {
        p { "Without scripts the tables can't be sorted or filtered." }
        @for dataset in &board.datasets { (table(dataset)) }
    }
}

fn table(dataset: &DatasetBoard) -> Markup {
    html! {
        div.scroll {
            table {
                caption { (cells::plain(&dataset.dataset)) ": " (cells::counted(dataset.lines.len(), "point")) }
                thead {
                    tr {
                        @for title in ["Rank", "Classifier", "Parameters", "Engine", "Preprocessing", "Rows", "Accuracy", "Fit", "Predict"] {
                            th scope="col" { (title) }
                        }
                    }
                }
                tbody {
                    @for line in &dataset.lines {
                        tr {
                            td.number { (cells::or_missing(&ranks(line.rank, line.score.tier))) }
                            th scope="row" { (cells::plain(&line.point.classifier)) }
                            td { (cells::plain_parameters(&line.point.params)) }
                            td { (cells::plain(&line.point.engine)) }
                            td { (cells::plain(&line.point.preprocessing)) }
                            td.number { (cells::count(line.point.n_train)) }
                            td.number {
                                (cells::mean_accuracy(line.score.accuracy, line.score.n))
                                @if line.score.not_converged { (cells::UNCONVERGED) }
                            }
                            @for seconds in [line.score.fit_s, line.score.predict_s] {
                                td.number { (optional(seconds, |seconds| cells::time(seconds, line.score.zero_is_rounded))) }
                            }
                        }
                    }
                }
            }
        }
    }
}
