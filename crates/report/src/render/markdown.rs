//! The board as Markdown: every point as a page, and the best ones as the README's block.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::renderer::Renderer;
use crate::board::reference::{Submitted, submitted};
use crate::board::{ALL_TEST, ALL_TRAIN, Board, Line, Point, Score};
use crate::cells::{self, NOTHING, counted, escaped, table};
use crate::input::Status;

/// The page's file in the results folder.
pub const FILE: &str = "leaderboard.md";

pub(super) const RENDERER: Renderer = Renderer {
    name: "markdown",
    file: Some(FILE),
    render,
};

/// The README's block: the best point of each family on each engine; `full` is the address of the whole page.
pub fn summary(board: &Board, full: &str) -> String {
    let lines = board.best();
    let mut out = String::from("\n");
    if lines.is_empty() {
        out.push_str(NO_RESULTS);
    } else {
        let _ = write!(
            out,
            "The best point of each family on each engine, by accuracy on the 10,000 test images of Fashion-MNIST. Every \
             point, with its times on MNIST: [{full}]({full}).\n\n{}\n{}",
            best_table(&lines),
            legend(
                &lines,
                ", on Fashion-MNIST, or on MNIST where that is all there is"
            )
        );
    }
    let _ = write!(out, "\n{}\n\n", origin(board));
    let _ = write!(
        out,
        "<details>\n<summary>{} scores of other people's models, as submitted, not run by Hemline</summary>\n\n{}\n\
         {}\n</details>\n\n",
        submitted().len(),
        CLAIMS,
        submitted_table()
    );
    out
}

const NO_RESULTS: &str = "There are no results on Fashion-MNIST or MNIST yet: \
    `cargo run -p runner -- configs/quickstart.toml` makes the first ones, and `cargo run -p report` puts them here.\n";

const CLAIMS: &str = "Claims: each was sent to the Fashion-MNIST repository by the person named, and nobody here has run \
    any of them. They are not ranked against the table of measured points.\n";

fn render(board: &Board) -> String {
    let mut out = String::from(
        "# Leaderboard\n\nWritten by `cargo run -p report` from the CSV files in this folder.\n\n",
    );
    if board.lines.is_empty() {
        out.push_str(NO_RESULTS);
    } else {
        let _ = write!(
            out,
            "{}\n{}",
            full_table(&board.lines),
            legend(&board.lines, ", on the dataset to their left")
        );
    }
    let _ = write!(out, "\n{}\n", origin(board));
    let warnings = warnings(board);
    if !warnings.is_empty() {
        section(&mut out, "Warnings", &warnings);
    }
    section(
        &mut out,
        "Scores of other people's models, as submitted, not run by Hemline",
        &format!("{CLAIMS}\n{}", submitted_table()),
    );
    if !board.others.is_empty() {
        section(&mut out, "Other datasets", &others_table(board));
    }
    if !board.shortfalls.is_empty() {
        section(&mut out, "Cells without a result", &shortfalls_table(board));
    }
    out
}

fn section(out: &mut String, title: &str, body: &str) {
    let _ = write!(out, "\n## {title}\n\n{body}");
}

const POINT_TITLES: [&str; 6] = [
    "> Rank",
    "Classifier",
    "Parameters",
    "Engine",
    "Preprocessing",
    "> Training rows",
];

const NAMED_TITLES: [&str; 5] = ["Dataset", "Classifier", "Parameters", "Engine", "Preprocessing"];

fn best_table(lines: &[Line]) -> String {
    let titles = [
        &POINT_TITLES[..],
        &["> Fashion-MNIST", "> MNIST", "> Fit", "> Predict", "> Paper"],
    ]
    .concat();
    let rows = lines.iter().map(|line| {
        let (fashion, mnist) = (line.fashion_mnist.as_ref(), line.mnist.as_ref());
        let mut cells = point_cells(line.rank, &line.point);
        cells.extend([accuracy(fashion), accuracy(mnist)]);
        cells.extend(times(fashion.or(mnist)));
        cells.push(paper(line));
        cells
    });
    table(&titles, rows)
}

fn full_table(lines: &[Line]) -> String {
    let fashion_titles = ["> Fashion-MNIST", "> Fit", "> Predict"];
    let mnist_titles = ["> MNIST", "> Fit", "> Predict", "> Paper"];
    let rows = lines.iter().map(|line| {
        let mut cells = point_cells(line.rank, &line.point);
        for score in [line.fashion_mnist.as_ref(), line.mnist.as_ref()] {
            cells.push(accuracy(score));
            cells.extend(times(score));
        }
        cells.push(paper(line));
        cells
    });
    table(
        &[&POINT_TITLES[..], &fashion_titles, &mnist_titles].concat(),
        rows,
    )
}

fn others_table(board: &Board) -> String {
    let titles = [
        "> Training rows",
        "> Test rows",
        "> Accuracy",
        "> Fit",
        "> Predict",
    ];
    let rows = board.others.iter().map(|line| {
        let mut cells = vec![escaped(&line.dataset)];
        cells.extend(named(&line.point));
        cells.extend([cells::count(line.point.n_train), cells::count(line.point.n_test)]);
        cells.push(accuracy(Some(&line.score)));
        cells.extend(times(Some(&line.score)));
        cells
    });
    table(&[&NAMED_TITLES[..], &titles].concat(), rows)
}

fn shortfalls_table(board: &Board) -> String {
    let titles = ["> Training rows", "> Cells ok", "Other cells", "Reason"];
    let rows = board.shortfalls.iter().map(|shortfall| {
        let not_ok: usize = shortfall.by_status.values().sum();
        let reasons: Vec<String> = shortfall.reasons.iter().map(|reason| escaped(reason)).collect();
        let mut cells = vec![escaped(&shortfall.dataset)];
        cells.extend(named(&shortfall.point));
        cells.push(cells::count(shortfall.point.n_train));
        cells.push(format!("{} of {}", shortfall.ok, shortfall.ok + not_ok));
        cells.extend([statuses(&shortfall.by_status), or_nothing(&reasons.join("; "))]);
        cells
    });
    table(&[&NAMED_TITLES[..], &titles].concat(), rows)
}

fn submitted_table() -> String {
    let mut claims: Vec<&Submitted> = submitted().iter().collect();
    claims.sort_by(|a, b| b.fashion_accuracy.cmp(&a.fashion_accuracy)); // text sorts: all are `0.` and decimals
    let rows = claims.into_iter().map(|claim| {
        let links: Vec<String> = claim.code_url.split_whitespace().map(cells::link).collect();
        let preprocessing = claim.preprocessing.trim_end_matches('.');
        vec![
            escaped(&claim.classifier),
            if matches!(preprocessing, "None" | "-") {
                "none".to_owned()
            } else {
                escaped(preprocessing)
            },
            or_nothing(&claim.fashion_accuracy),
            or_nothing(&claim.mnist_accuracy),
            escaped(&claim.submitter),
            or_nothing(&links.join("<br>")),
        ]
    });
    table(
        &[
            "Classifier",
            "Preprocessing",
            "> Fashion-MNIST",
            "> MNIST",
            "Submitter",
            "Code",
        ],
        rows,
    )
}

/// The warnings of scores that count, by what they say, each with the points it is about.
fn warnings(board: &Board) -> String {
    let mut points: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let fashion = board
        .lines
        .iter()
        .map(|line| ("fashion-mnist", &line.point, line.fashion_mnist.as_ref()));
    let mnist = board
        .lines
        .iter()
        .map(|line| ("mnist", &line.point, line.mnist.as_ref()));
    let others = board
        .others
        .iter()
        .map(|line| (line.dataset.as_str(), &line.point, Some(&line.score)));
    for (dataset, point, score) in fashion.chain(mnist).chain(others) {
        for warning in score.iter().flat_map(|score| &score.warnings) {
            points.entry(warning).or_default().push(format!(
                "{} ({}) on {}, {}, {} training rows",
                escaped(&point.classifier),
                cells::parameters(&point.params),
                escaped(&point.engine),
                escaped(dataset),
                cells::count(point.n_train)
            ));
        }
    }
    let mut out = String::new();
    for (warning, points) in points {
        let _ = writeln!(out, "- ‡ {}", escaped(warning));
        for point in points {
            let _ = writeln!(out, "  - {point}");
        }
    }
    out
}

/// What the marks mean, only those that the lines show; `of_which` says whose times the two columns are.
fn legend(lines: &[Line], of_which: &str) -> String {
    let scores = || {
        lines
            .iter()
            .flat_map(|line| line.fashion_mnist.iter().chain(&line.mnist))
    };
    let mut out = String::new();
    if scores().any(|score| score.n > 1) {
        out.push_str(
            "- Accuracy ± standard deviation over repeats (number of repeats); without ±, a single fit.\n",
        );
    }
    let _ = writeln!(
        out,
        "- Fit and predict: mean wall time of one fit, and of predicting all test rows{of_which}."
    );
    if lines.iter().any(|line| line.point.is_reduced()) {
        let _ = writeln!(
            out,
            "- † Fewer rows than the whole dataset ({} for training, {} for testing): placed by accuracy, and without a rank.",
            cells::count(ALL_TRAIN),
            cells::count(ALL_TEST)
        );
    }
    if scores().any(|score| score.beside_others) {
        out.push_str("- \\* Measured while other cells ran on the same machine: alone it is faster.\n");
    }
    if scores().any(|score| !score.warnings.is_empty()) {
        out.push_str("- ‡ Ended with a warning, such as a solver that did not converge; listed under *Warnings* in leaderboard.md.\n");
    }
    if lines.iter().any(|line| line.published.is_some()) {
        out.push_str(
            "- Paper: accuracy that the Fashion-MNIST paper (2017) printed for this point, Fashion-MNIST / MNIST, with \
             scikit-learn 0.19 on all rows. Its Fashion-MNIST column predates a corrected release of the data.\n",
        );
    }
    out
}

fn origin(board: &Board) -> String {
    let origin = &board.origin;
    let mut out = format!(
        "From {} in {}: {}",
        counted(origin.rows, "row"),
        counted(origin.files, "results file"),
        counted(origin.cells, "cell")
    );
    if origin.cells > 0 {
        let _ = write!(out, ", {}", statuses(&origin.by_status));
    }
    for (noun, names) in [("machine", &origin.machines), ("revision", &origin.revisions)] {
        if !names.is_empty() {
            let plural = if names.len() == 1 { "" } else { "s" };
            let names: Vec<String> = names.iter().map(|name| escaped(name)).collect();
            let _ = write!(out, "; {noun}{plural} {}", names.join(", "));
        }
    }
    out.push('.');
    out
}

fn statuses(by_status: &BTreeMap<Status, usize>) -> String {
    by_status
        .iter()
        .map(|(status, n)| format!("{n} {}", status.name()))
        .collect::<Vec<_>>()
        .join(", ")
}

fn point_cells(rank: Option<usize>, point: &Point) -> Vec<String> {
    let mut cells = vec![rank.map_or(NOTHING.to_owned(), |rank| rank.to_string())];
    cells.extend(named(point));
    cells.push(rows(point));
    cells
}

fn named(point: &Point) -> [String; 4] {
    [
        escaped(&point.classifier),
        cells::parameters(&point.params),
        escaped(&point.engine),
        escaped(&point.preprocessing),
    ]
}

fn rows(point: &Point) -> String {
    let mut parts = Vec::new();
    if point.n_train != ALL_TRAIN {
        parts.push(format!(
            "**{} of {}**",
            cells::count(point.n_train),
            cells::count(ALL_TRAIN)
        ));
    }
    if point.n_test != ALL_TEST {
        parts.push(format!(
            "**tested on {} of {}**",
            cells::count(point.n_test),
            cells::count(ALL_TEST)
        ));
    }
    if parts.is_empty() {
        "all".to_owned()
    } else {
        format!("{} †", parts.join(", "))
    }
}

fn accuracy(score: Option<&Score>) -> String {
    score.map_or(NOTHING.to_owned(), |score| {
        let mark = if score.warnings.is_empty() { "" } else { " ‡" };
        format!("{}{mark}", cells::accuracy(score.accuracy, score.n))
    })
}

/// Fit and predict.
fn times(score: Option<&Score>) -> [String; 2] {
    [
        score.and_then(|score| score.fit_s),
        score.and_then(|score| score.predict_s),
    ]
    .map(|seconds| {
        let mark = if score.is_some_and(|score| score.beside_others) {
            " \\*"
        } else {
            ""
        };
        seconds.map_or(NOTHING.to_owned(), |seconds| {
            format!("{}{mark}", cells::time(seconds))
        })
    })
}

fn paper(line: &Line) -> String {
    line.published.map_or(NOTHING.to_owned(), |row| {
        format!("{:.3} / {:.3}", row.fashion_accuracy, row.mnist_accuracy)
    })
}

fn or_nothing(cell: &str) -> String {
    if cell.is_empty() {
        NOTHING.to_owned()
    } else {
        cell.to_owned()
    }
}
