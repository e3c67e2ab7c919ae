//! The document: its parts, the table for browsers without scripts, the charts, and the data for the script.

use std::collections::HashMap;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::claims;
use super::classes;
use super::data::Data;
use super::fallback;
use crate::board::{DatasetBoard, FASHION_MNIST, MNIST, OwnBoard};
use crate::cells;
use crate::charts::{self, Chart, Styles, THEMES, Theme, Which};
use crate::input::{Machine, ResultsFile};

const SCRIPT: &str = include_str!("script.js");
const STYLE: &str = include_str!("style.css");

/// What the page is made of.
pub struct Source<'a> {
    /// The ranked points of each dataset, with their predictions.
    pub board: &'a OwnBoard,
    /// The files of the comparisons with other engines.
    pub comparisons: &'a [&'a ResultsFile],
    /// The files of the speed table.
    pub speed: &'a [&'a ResultsFile],
    /// The files of the scaling.
    pub scaling: &'a [&'a ResultsFile],
    /// What is known of each machine.
    pub machines: &'a HashMap<String, Machine>,
    /// The names of the classes of each dataset, by the label of the board.
    pub class_names: &'a HashMap<String, Vec<String>>,
    /// The pictures of the images that most of the best get wrong, beside the page, by the label of the board.
    pub hardest: &'a HashMap<String, String>,
    /// The pictures of all images as points of a plane, beside the page: for a light and for a dark ground.
    pub embeddings: Option<[String; 2]>,
}

/// The whole page.
pub fn page(source: &Source<'_>) -> String {
    let board = source.board;
    let styles = Styles::of(board);
    let names = |dataset: &DatasetBoard| {
        source
            .class_names
            .get(&dataset.dataset)
            .cloned()
            .unwrap_or_default()
    };
    let data = Data::of(board, &styles, source.machines, names);
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Hemline: classic classifiers on Fashion-MNIST and MNIST" }
                // No request leaves the page: an icon that is there already is not asked for.
                link rel="icon" href="data:,";
                style { (PreEscaped(style())) }
            }
            body {
                a.skip href="#board" { "Skip to the board" }
                (head(board, source.embeddings.is_some()))
                main {
                    (board_section(board))
                    (charts_section(source, &styles))
                    (classes::section(board, names, |dataset| source.hardest.get(&dataset.dataset).cloned()))
                    @if let Some(pictures) = &source.embeddings { (data_section(pictures)) }
                    @if has_claims(board) { (claims::section(board)) }
                }
                footer {
                    p.muted { (origin(board)) }
                }
                script type="application/json" id="data" { (PreEscaped(data.json())) }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    let mut text = markup.into_string();
    text.push('\n');
    text
}

/// The style sheet: the colours of both themes as variables, then the rules.
fn style() -> String {
    let [light, dark] = &THEMES;
    let variables = |theme: &Theme| {
        let own = theme
            .colours()
            .into_iter()
            .map(|(name, colour)| format!("--{name}:{colour};"));
        format!("--name:{};{}", theme.name, own.collect::<String>())
    };
    let rules = charts::rules(|name| format!("var(--{name})"));
    format!(
        ":root{{{}}}\n@media (prefers-color-scheme: dark){{:root:not([data-theme=light]){{{}}}}}\n\
         :root[data-theme=dark]{{{};color-scheme:dark}}\n:root[data-theme=light]{{color-scheme:light}}\n\
         @media print{{:root:root:root{{{};color-scheme:light}}}}\n{rules}{STYLE}",
        variables(light),
        variables(dark),
        variables(dark),
        variables(light)
    )
}

/// Whether others have published scores of one of the datasets.
fn has_claims(board: &OwnBoard) -> bool {
    board.datasets.iter().any(DatasetBoard::is_benchmark)
}

/// What the points were trained on: the datasets, if they are few.
fn on(board: &OwnBoard) -> String {
    let names: Vec<String> = (board.datasets.iter())
        .map(|dataset| match dataset.dataset.as_str() {
            FASHION_MNIST => "Fashion-MNIST".to_owned(),
            MNIST => "MNIST".to_owned(),
            name => cells::plain(name),
        })
        .collect();
    match names.len() {
        0 => String::new(),
        1..=3 => format!(" on {}", names.join(" and ")),
        n => format!(" on {n} datasets"),
    }
}

fn head(board: &OwnBoard, has_pictures: bool) -> Markup {
    let points: usize = board.datasets.iter().map(|dataset| dataset.lines.len()).sum();
    let most = board.datasets.iter().map(|dataset| dataset.lines.len()).max();
    // A dataset with a handful of points is not what the page is about.
    let large = (board.datasets.iter()).filter(|dataset| Some(dataset.lines.len() * 10) >= most);
    let best = large.filter_map(|dataset| {
        let best = dataset.best()?;
        Some(format!(
            "{} on {}",
            cells::accuracy(best.score.accuracy.mean),
            cells::plain(&dataset.dataset)
        ))
    });
    let best: Vec<String> = best.collect();
    html! {
        header {
            h1 { "Hemline" }
            p {
                "Classic machine-learning classifiers" (on(board)) ": "
                (cells::counted(points, "score")) ", every one from a fit; its row says how to repeat it."
                @if !best.is_empty() { " Best accuracy: " (best.join(", ")) "." }
            }
            nav aria-label="Sections" {
                a href="#board" { "Board" }
                a href="#charts" { "Charts" }
                a href="#classes" { "Classes" }
                @if has_pictures { a href="#pictures" { "Data" } }
                @if has_claims(board) { a href="#claims" { "Claims" } }
                button.no-print #theme type="button" hidden { "Light or dark" }
            }
        }
    }
}

fn board_section(board: &OwnBoard) -> Markup {
    html! {
        section aria-labelledby="board-title" {
            h2 #board { span #board-title { "Board" } }
            div #board-live hidden {
                div.controls #controls role="search" aria-label="Filter the board" {}
                p #times .muted {}
                div #compare aria-live="polite" {}
                p #status role="status" {}
                div.scroll tabindex="0" role="region" aria-label="The table of the board" {
                    table {
                        thead #head {}
                        tbody #rows {}
                    }
                }
                p { button #more type="button" hidden { "Show more rows" } }
            }
            noscript { (fallback::tables(board)) }
            p {
                "A range of ranks is a tie: McNemar's mid-p test on the same test rows, with Holm's correction at 5 %, tells none of \
                 its points from the best of them. The test compares one fit of each point, so it knows the uncertainty of the test \
                 rows and not that of the seed; a tie is not transitive, so a range may lie between points of another one. A point without \
                 stored predictions can't be tested; it shares the range of points that enclose its accuracy, or has a rank of its own. \
                 The 95 % interval is Wilson's, for the number of test rows."
            }
            p { "† A solver did not converge. * " (cells::SHARED_MEANS) }
        }
    }
}

fn charts_section(source: &Source<'_>, styles: &Styles) -> Markup {
    let board = source.board;
    let machine = board.machine.as_ref();
    let datasets = || {
        board
            .datasets
            .iter()
            .enumerate()
            .map(|(at, dataset)| (dataset, at))
    };
    let against =
        |which| datasets().filter_map(move |dataset| charts::accuracy_time(dataset, machine, styles, which));
    let general: Vec<Chart> = against(Which::Fit)
        .chain(against(Which::Predict))
        .chain(charts::speed(source.speed))
        .chain(charts::engines(source.comparisons))
        .chain(charts::scaling(source.scaling))
        .collect();
    html! {
        section aria-labelledby="charts-title" {
            h2 #charts { span #charts-title { "Charts" } }
            p.muted {
                "The marks of points follow the filters of the board. Times are those of "
                @match machine {
                    Some(machine) => { "machine " (cells::plain(&machine.name)) "." },
                    None => { "no machine." },
                }
            }
            div.charts { @for chart in &general { (figure(chart)) } }
            h3 { "The effect of each parameter" }
            @for (dataset, at) in datasets() {
                @let parameters = charts::parameters((dataset, at));
                @if !parameters.is_empty() {
                    details {
                        summary { (cells::plain(&dataset.dataset)) ": " (cells::counted(parameters.len(), "classifier")) }
                        div.charts { @for chart in &parameters { (figure(chart)) } }
                    }
                }
            }
        }
    }
}

fn data_section([light, dark]: &[String; 2]) -> Markup {
    html! {
        section aria-labelledby="data-title" {
            h2 #pictures { span #data-title { "Data" } }
            p {
                "All images of each dataset as points of a plane, by class. Trustworthiness and the share of neighbours preserved say how \
                 much of the neighbourhoods a picture keeps."
            }
            figure.pictures tabindex="0" {
                picture {
                    source media="(prefers-color-scheme: dark)" srcset=(dark);
                    img src=(light) alt="Fashion-MNIST and MNIST by PCA, t-SNE and UMAP, coloured by class" loading="lazy";
                }
            }
        }
    }
}

fn figure(chart: &Chart) -> Markup {
    html! {
        figure tabindex="0" {
            (PreEscaped(chart.inline()))
            figcaption { (chart.description) }
        }
    }
}

fn origin(board: &OwnBoard) -> String {
    let origin = &board.origin;
    let named = |noun: &str, names: &std::collections::BTreeSet<String>| match names.len() {
        0 => String::new(),
        n => {
            let names: Vec<String> = names.iter().map(|name| cells::plain(name)).collect();
            format!("; {} {}", cells::plural(n, noun), names.join(", "))
        }
    };
    format!(
        "From {} in {}{}{}. `cargo run -p report` makes this page from them.",
        cells::counted(origin.rows, "row"),
        cells::counted(origin.files, "results file"),
        named("machine", &origin.machines),
        named("revision", &origin.revisions)
    )
}
