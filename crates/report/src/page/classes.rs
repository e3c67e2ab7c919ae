//! What the best classifier of each dataset does on each class, and the images that most of the best get wrong.

use maud::{Markup, html};

use crate::board::{DatasetBoard, Hard, OwnBoard, OwnLine, PerClass, Predictions, per_class};
use crate::cells::{self, optional};

/// The confusion matrix of more classes is left out.
const CLASSES: usize = 20;

/// The side of a thumbnail in its picture, in pixels.
pub const THUMBNAIL: usize = 84;
/// How many thumbnails are in a row of their picture.
pub const ACROSS: usize = 8;

/// One part for each dataset whose best predictions are known. `names` gives its class names, `pictures` the file of its hardest images.
pub(super) fn section(
    board: &OwnBoard,
    names: impl Fn(&DatasetBoard) -> Vec<String>,
    pictures: impl Fn(&DatasetBoard) -> Option<String>,
) -> Markup {
    let with_predictions = |dataset: &&DatasetBoard| best(dataset).is_some();
    html! {
        section aria-labelledby="classes-title" {
            h2 #classes { span #classes-title { "Classes" } }
            @for dataset in board.datasets.iter().filter(with_predictions) {
                (of_dataset(dataset, &names(dataset), pictures(dataset).as_deref()))
            }
        }
    }
}

/// The best line with predictions.
fn best(dataset: &DatasetBoard) -> Option<(&OwnLine, &Predictions)> {
    let mut lines = dataset.lines.iter().filter(|line| line.rank.is_some());
    lines.find_map(|line| Some((line, line.score.predictions.as_deref()?)))
}

fn of_dataset(dataset: &DatasetBoard, names: &[String], picture: Option<&str>) -> Markup {
    let Some((line, predictions)) = best(dataset) else {
        return html! {};
    };
    let counts = predictions.counts();
    let classes = per_class(&counts);
    let name = |label: u64| class_name(names, label);
    let largest = counts
        .iter()
        .filter(|((a, b), _)| a != b)
        .map(|(_, n)| *n)
        .max()
        .unwrap_or(1);
    let hardest = dataset.hardest();
    html! {
        h3 { (cells::plain(&dataset.dataset)) }
        p { "Predictions of " (cells::label(&line.point)) ", repeat " (predictions.repeat) ", the best point of the board." }
        @if classes.len() <= CLASSES {
            div.scroll tabindex="0" role="region" aria-label=(format!("Confusion matrix on {}", cells::plain(&dataset.dataset))) {
                table.matrix {
                    caption { "Test rows of each true class (rows) by predicted class (columns); darker: more rows are confused." }
                    thead {
                        tr {
                            th scope="col" { "True \\ predicted" }
                            @for class in &classes { th.column scope="col" { (name(class.label)) } }
                            @for title in ["Recall", "Precision", "F1"] { th scope="col" { (title) } }
                        }
                    }
                    tbody {
                        @for class in &classes {
                            tr {
                                th scope="row" { (name(class.label)) }
                                @for other in &classes {
                                    @let n = counts.get(&(class.label, other.label)).copied().unwrap_or(0);
                                    (cell(n, class.label == other.label, largest))
                                }
                                (figures(class))
                            }
                        }
                    }
                }
            }
        }
        @if !hardest.is_empty() {
            h4 { "Images that most of the " (hardest[0].asked) " best classifiers get wrong" }
            p.muted { "The best point of each classifier and preprocessing is asked. Under each image: its class, and what most take it for." }
            ol.hardest {
                @for (at, hard) in hardest.iter().enumerate() {
                    li { (thumbnail(at, hard, names, picture)) }
                }
            }
        }
    }
}

fn cell(n: u64, is_right: bool, largest: u64) -> Markup {
    let shade = if is_right { 0 } else { 45 * n / largest.max(1) };
    let style =
        (shade > 0).then(|| format!("background: color-mix(in srgb, var(--s1) {shade}%, var(--ground))"));
    let text = if n == 0 { "·".to_owned() } else { cells::count(n) };
    html! { td.right[is_right] style=[style] { (text) } }
}

fn figures(class: &PerClass) -> Markup {
    html! {
        @for value in [class.recall, class.precision, class.f1] { td { (optional(value, cells::accuracy)) } }
    }
}

fn thumbnail(at: usize, hard: &Hard, names: &[String], picture: Option<&str>) -> Markup {
    let name = |label: u32| class_name(names, u64::from(label));
    let style = picture.map(|file| {
        let (x, y) = (at % ACROSS * THUMBNAIL, at / ACROSS * THUMBNAIL);
        format!("background-image: url({file}); background-position: -{x}px -{y}px")
    });
    html! {
        @if let Some(style) = style {
            div.thumbnail role="img" aria-label=(format!("test image {}", hard.row)) style=(style) {}
        }
        span { strong { (name(hard.truth)) } br; "taken for " (name(hard.taken_for)) br; span.muted { "row " (hard.row) ", wrong " (hard.wrong) " of " (hard.asked) } }
    }
}

/// The name of a class, or its label.
fn class_name(names: &[String], label: u64) -> String {
    let name = usize::try_from(label)
        .ok()
        .and_then(|at| names.get(at))
        .filter(|name| !name.is_empty());
    name.map_or_else(|| label.to_string(), |name| cells::plain(name))
}
