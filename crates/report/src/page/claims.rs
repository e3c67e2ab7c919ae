//! The scores that others published, beside those of the same points here.

use std::collections::HashMap;
use std::ptr;

use maud::{Markup, html};

use super::data::id;
use crate::board::reference::{Published, Submitted, find, published, submitted};
use crate::board::{DatasetBoard, FASHION_MNIST, MNIST, OwnBoard, OwnLine, Point, preprocessing_name};
use crate::cells::{self, MISSING, optional};
use crate::input::engines::NATIVE;
use crate::input::families::{SUBMITTED_MODELS, SubmittedModel};
use crate::input::params::same_value;

/// A printed score is confirmed if ours differs by at most this much.
const CONFIRMED: f64 = 0.01;

/// The 126 printed and the 38 submitted scores.
pub(super) fn section(board: &OwnBoard) -> Markup {
    html! {
        section aria-labelledby="claims-title" {
            h2 #claims { span #claims-title { "Claims" } }
            p {
                "What others published. The paper of 2017 printed 126 rows; each is a point that Hemline trains too, so the row says \
                 what came out. docs/paper.md explains the differences. The submitted scores are claims, except where Hemline has the \
                 same kind of model: then our best point of it stands beside the claim. Its author's settings are not known."
            }
            details {
                summary { "The paper: " (cells::counted(published().len(), "row")) }
                (printed(board))
            }
            details {
                summary { "Submitted to the repository of Fashion-MNIST: " (cells::counted(submitted().len(), "score")) }
                (claimed(board))
            }
        }
    }
}

fn printed(board: &OwnBoard) -> Markup {
    let dataset = |name: &&str| {
        let dataset = board.datasets.iter().find(|dataset| dataset.dataset == *name);
        dataset.map(lines_of).unwrap_or_default()
    };
    let [fashion, mnist] = [FASHION_MNIST, MNIST].each_ref().map(dataset);
    html! {
        div.scroll tabindex="0" role="region" aria-label="Scores of the paper" {
            table {
                thead {
                    tr {
                        @for title in ["Classifier", "Parameters", "Fashion-MNIST, paper", "here", "what it is", "MNIST, paper", "here", "what it is"] {
                            th scope="col" { (title) }
                        }
                    }
                }
                tbody {
                    @for row in published() {
                        tr {
                            th scope="row" { (row.classifier) }
                            td.text { (cells::plain_parameters(&row.parameters)) }
                            @for (name, claim, lines) in [(FASHION_MNIST, row.fashion_accuracy, &fashion), (MNIST, row.mnist_accuracy, &mnist)] {
                                @let own = lines.get(&ptr::from_ref(row)).copied();
                                td.number { (cells::decimals(claim, 3)) }
                                td.number { (optional(own, |line| cells::accuracy(line.score.accuracy.mean))) }
                                td {
                                    @if let Some(line) = own { a href=(link(name, line)) { (verdict(claim, own)) } } @else { (verdict(claim, own)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The best line of a dataset for each printed row, of the native engine where it has one, as in docs/paper.md.
fn lines_of(dataset: &DatasetBoard) -> HashMap<*const Published, &OwnLine> {
    let mut lines = HashMap::new();
    let is_native = |line: &&OwnLine| line.point.engine == NATIVE;
    let ranked = || dataset.lines.iter().filter(|line| line.rank.is_some());
    let others = ranked().filter(|line| !is_native(line));
    for line in ranked().filter(is_native).chain(others) {
        let point = &line.point;
        if let Some(row) = find(&point.classifier, &point.preprocessing, &point.params) {
            lines.entry(ptr::from_ref(row)).or_insert(line);
        }
    }
    lines
}

/// The address of the row of a line, opened, among those of its family.
fn link(dataset: &str, line: &OwnLine) -> String {
    format!(
        "#view={dataset}&family={}&open={}",
        line.point.classifier,
        id(dataset, line)
    )
}

fn verdict(claim: f64, own: Option<&OwnLine>) -> String {
    match own.map(|line| line.score.accuracy.mean - claim) {
        None => "claimed".to_owned(),
        Some(difference) if difference.abs() <= CONFIRMED => "run again, confirmed".to_owned(),
        Some(difference) => format!("run again, {} from it", cells::difference(difference)),
    }
}

fn claimed(board: &OwnBoard) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Submitted scores" {
            table {
                thead {
                    tr {
                        @for title in ["Model", "Preprocessing", "Fashion-MNIST", "MNIST", "Submitter", "what it is"] {
                            th scope="col" { (title) }
                        }
                    }
                }
                tbody { @for row in submitted() { (claim(board, row)) } }
            }
        }
    }
}

fn claim(board: &OwnBoard, row: &Submitted) -> Markup {
    let or_missing = |text: &str| {
        if text.is_empty() {
            MISSING.to_owned()
        } else {
            text.to_owned()
        }
    };
    html! {
        tr {
            th scope="row" { (row.classifier) }
            td.text { (or_missing(&row.preprocessing)) }
            td.number { (or_missing(&row.fashion_accuracy)) }
            td.number { (or_missing(&row.mnist_accuracy)) }
            td.text { (row.submitter) }
            td {
                @let runs = runs(board, row);
                @if runs.is_empty() { "claimed" }
                @for run in runs { div { (run) } }
            }
        }
    }
}

/// What came out where a submitted model was run again, a line for each dataset with a claim.
fn runs(board: &OwnBoard, row: &Submitted) -> Vec<String> {
    let Some(model) = SUBMITTED_MODELS.iter().find(|model| model.name == row.classifier) else {
        return Vec::new();
    };
    let claims = [
        (FASHION_MNIST, &row.fashion_accuracy),
        (MNIST, &row.mnist_accuracy),
    ];
    let runs = claims.into_iter().filter_map(|(name, claim)| {
        let dataset = board.datasets.iter().find(|dataset| dataset.dataset == name)?;
        let lines = dataset.lines.iter().filter(|line| line.rank.is_some());
        let own = lines.filter(|line| is_of(model, &line.point)).max_by(|a, b| {
            let [a, b] = [a, b].map(|line| line.score.accuracy.mean);
            a.total_cmp(&b)
        })?;
        Some(format!(
            "{name}: {}, {}, {}",
            verdict(claim.parse().ok()?, Some(own)),
            cells::accuracy(own.score.accuracy.mean),
            cells::label(&own.point)
        ))
    });
    runs.collect()
}

fn is_of(model: &SubmittedModel, point: &Point) -> bool {
    let method = preprocessing_name(&point.preprocessing);
    let has = |(key, wanted): (&str, &str)| {
        let value = point.params.get(key);
        value.is_some_and(|value| same_value(&value, wanted))
    };
    model.families.contains(&point.classifier.as_str())
        && model.preprocessing.is_none_or(|wanted| method == wanted)
        && model.parameter.is_none_or(has)
}
