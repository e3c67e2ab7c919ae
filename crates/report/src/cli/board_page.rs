//! The board as one page, and the two pictures of the README.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::board::{Board, FASHION_MNIST, FASHION_MNIST_CLASSES, OwnBoard};
use crate::charts::{self, Styles, THEMES, Which};
use crate::input::Results;
use crate::page::{Source, page};
use crate::tables::{TABLES, ranked};

/// The file of the page, in the docs folder.
const PAGE: &str = "index.html";

/// The folder of the pictures, in the docs folder.
const CHARTS: &str = "charts";

/// The page and the pictures of a board, with their paths.
pub(super) fn files(docs: &Path, results: &Results, board: &Board) -> Vec<(PathBuf, String)> {
    let board = OwnBoard::new(board.clone(), None);
    let comparisons = ranked(results, TABLES);
    let [speed, scaling] = ["speed", "scaling"].map(|name| -> Vec<_> {
        let table = TABLES.iter().filter(|table| table.name == name);
        table.flat_map(|table| table.files(results, TABLES)).collect()
    });
    let source = Source {
        board: &board,
        comparisons: &comparisons,
        speed: &speed,
        scaling: &scaling,
        machines: &results.machines,
        class_names: &HashMap::from([known_classes()]),
        hardest: &board
            .datasets
            .iter()
            .filter(|dataset| docs.join(hardest_file(&dataset.dataset)).is_file())
            .map(|dataset| (dataset.dataset.clone(), hardest_file(&dataset.dataset)))
            .collect(),
        embeddings: pictures(docs),
    };
    let mut files = vec![(docs.join(PAGE), page(&source))];
    let styles = Styles::of(&board);
    let fashion = board
        .datasets
        .iter()
        .position(|dataset| dataset.dataset == FASHION_MNIST);
    let against = fashion.and_then(|at| {
        charts::accuracy_time(
            (&board.datasets[at], at),
            board.machine.as_ref(),
            &styles,
            Which::Fit,
        )
    });
    for (name, chart) in [("accuracy-time", against), ("speed", charts::speed(&speed))] {
        for theme in &THEMES {
            let path = docs.join(CHARTS).join(format!("{name}-{}.svg", theme.name));
            files.extend(chart.as_ref().map(|chart| (path, chart.file(theme))));
        }
    }
    files
}

/// The pictures of all images that lie beside the page, light and dark.
fn pictures(docs: &Path) -> Option<[String; 2]> {
    let names = THEMES.map(|theme| format!("embeddings-{}.svg", theme.name));
    names
        .iter()
        .all(|name| docs.join(name).is_file())
        .then_some(names)
}

/// The picture of the images of a dataset that most of the best get wrong, beside the page.
fn hardest_file(dataset: &str) -> String {
    format!("hardest-{dataset}.png")
}

/// The page of somebody's own rows. `names` gives the class names of a dataset.
pub(super) fn own(board: &OwnBoard, results: &Results, mut names: impl FnMut(&str) -> Vec<String>) -> String {
    let mut class_names = HashMap::from([known_classes()]);
    for dataset in &board.datasets {
        let name = dataset
            .lines
            .iter()
            .flat_map(|line| &line.score.repeats)
            .map(|row| &row.dataset)
            .next();
        if let Some(name) = name.filter(|_| !class_names.contains_key(&dataset.dataset)) {
            class_names.insert(dataset.dataset.clone(), names(name));
        }
    }
    let files: Vec<_> = results.files.iter().collect();
    page(&Source {
        board,
        comparisons: &files,
        speed: &files,
        scaling: &files,
        machines: &results.machines,
        class_names: &class_names,
        hardest: &HashMap::new(),
        embeddings: None,
    })
}

/// The classes of Fashion-MNIST; those of MNIST are called by their labels.
pub(super) fn known_classes() -> (String, Vec<String>) {
    (
        FASHION_MNIST.to_owned(),
        FASHION_MNIST_CLASSES.map(str::to_owned).to_vec(),
    )
}
