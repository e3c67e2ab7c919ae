//! The leaderboard as a Markdown page: its conclusion, the best points, all points, warnings and cells without a score.

use std::fmt::Write;

use super::submitted::{CLAIMS, submitted_table};
use super::summary::{NO_RESULTS, answer};
use super::warnings::warnings;
use crate::board::{ALL_TEST, ALL_TRAIN, Board, Line, Origin, Point, Score, Shortfall, ranks};
use crate::cells::{self, counted, escaped, markdown_table, optional};
use crate::input::Machine;
use crate::prose;

/// The file of the page, in the results folder.
pub const FILE: &str = "leaderboard.md";

/// What the ranks of points mean.
pub(super) const RANKS_MEAN: &str = "Rank: the points of a range are a tie: on the same test rows, McNemar's mid-p test with Holm's \
    correction (5 %) tells none of them from the best one. It compares one fit of each and knows nothing of other seeds, and a tie is \
    not transitive: a range may lie between points of another one. A point without stored predictions can't be tested; it shares the \
    range of points that enclose its accuracy, or has a rank of its own.";

/// The page of a board.
pub(super) fn markdown(board: &Board) -> String {
    let mut out = String::from("# Leaderboard\n\n");
    if board.lines.is_empty() {
        out.push_str(NO_RESULTS);
    } else {
        out.push_str(&conclusion(board));
        let best = board.best();
        let machine = board.machine.as_ref();
        section(
            &mut out,
            "Best point of each family and engine",
            &format!(
                "{}\n{}",
                best_table(&best),
                legend(
                    &best,
                    "on Fashion-MNIST, or on MNIST if there is no score on Fashion-MNIST",
                    machine
                )
            ),
        );
        section(
            &mut out,
            "All points",
            &format!(
                "{}\n{}",
                full_table(&board.lines),
                legend(&board.lines, "on the dataset in the column to the left", machine)
            ),
        );
    }
    let warnings = warnings(board);
    if !warnings.is_empty() {
        section(&mut out, "Warnings", &warnings);
    }
    section(
        &mut out,
        "Submitted scores of other models, not run by Hemline",
        &format!("{}\n{}", prose::paragraph(CLAIMS), submitted_table()),
    );
    if !board.others.is_empty() {
        section(&mut out, "Other datasets", &others_table(board));
    }
    if !board.shortfalls.is_empty() {
        section(
            &mut out,
            "Cells without a score",
            &shortfalls_table(&board.shortfalls),
        );
    }
    let origin = format!(
        "`cargo run -p report` makes this page from the CSV files of this folder. {}",
        origin(&board.origin)
    );
    section(&mut out, "Rows behind this page", &prose::paragraph(&origin));
    out
}

/// What a reader wants to know first.
fn conclusion(board: &Board) -> String {
    let ranked = || board.lines.iter().filter(|line| line.rank.is_some());
    let mut out = String::new();
    let mut say = |what: &str, line: Option<&Line>| {
        let Some(line) = line else { return };
        let mean = |score: Option<&Score>| optional(score, |score| cells::accuracy(score.accuracy.mean));
        out.push_str(&prose::item(&format!(
            "**{what}**: {}: {} on Fashion-MNIST, {} on MNIST.",
            escaped(&cells::label(&line.point)),
            mean(line.fashion_mnist.as_ref()),
            mean(line.mnist.as_ref())
        )));
    };
    let best = ranked().next();
    say("Best point", best);
    let on_pixels = ranked().find(|line| line.point.is_on_pixels());
    say("Best on pixels", on_pixels.filter(|line| Some(*line) != best));
    say("A plain SVM", answer(board));
    let (n_ranked, n_all) = (ranked().count(), board.lines.len());
    let others = n_all - n_ranked;
    let mut counts = format!("{} below", counted(n_ranked, "ranked point"));
    if others > 0 {
        let _ = write!(
            counts,
            ", and {} without a rank: on fewer rows, or without a score on Fashion-MNIST",
            counted(others, "point")
        );
    }
    out + &prose::item(&format!("{counts}. By accuracy on Fashion-MNIST, then on MNIST."))
}

pub(super) fn section(out: &mut String, title: &str, body: &str) {
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
        let mut cells = point_cells(line);
        cells.extend([accuracy(fashion), accuracy(mnist)]);
        cells.extend(times(fashion.or(mnist)));
        cells.push(paper(line));
        cells
    });
    markdown_table(&titles, rows)
}

fn full_table(lines: &[Line]) -> String {
    let fashion_titles = ["> Fashion-MNIST", "> Fit", "> Predict"];
    let mnist_titles = ["> MNIST", "> Fit", "> Predict", "> Paper"];
    let rows = lines.iter().map(|line| {
        let mut cells = point_cells(line);
        for score in [line.fashion_mnist.as_ref(), line.mnist.as_ref()] {
            cells.push(accuracy(score));
            cells.extend(times(score));
        }
        cells.push(paper(line));
        cells
    });
    markdown_table(
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
    markdown_table(&[&NAMED_TITLES[..], &titles].concat(), rows)
}

pub(super) fn shortfalls_table(shortfalls: &[Shortfall]) -> String {
    let titles = ["> Training rows", "> Cells ok", "Other statuses", "Reason"];
    let rows = shortfalls.iter().map(|shortfall| {
        let not_ok: usize = shortfall.by_status.values().sum();
        let reasons: Vec<String> = shortfall.reasons.iter().map(|reason| escaped(reason)).collect();
        let mut cells = vec![escaped(&shortfall.dataset)];
        cells.extend(named(&shortfall.point));
        cells.push(cells::count(shortfall.point.n_train));
        cells.push(format!("{} of {}", shortfall.ok, shortfall.ok + not_ok));
        cells.extend([
            cells::statuses(&shortfall.by_status),
            cells::or_missing(&reasons.join("; ")),
        ]);
        cells
    });
    markdown_table(&[&NAMED_TITLES[..], &titles].concat(), rows)
}

/// Explains the columns, and the marks that the lines contain. `dataset` says which dataset the times belong to.
fn legend(lines: &[Line], dataset: &str, machine: Option<&Machine>) -> String {
    let scores = || {
        lines
            .iter()
            .flat_map(|line| line.fashion_mnist.iter().chain(&line.mnist))
    };
    let mut out = String::new();
    if lines.iter().any(|line| line.rank.is_some()) {
        out.push_str(&prose::item(&format!(
            "{} Ranks are those on Fashion-MNIST.",
            RANKS_MEAN
        )));
    }
    out.push_str(&score_notes(scores(), &format!(", {dataset}"), machine));
    if lines.iter().any(|line| line.point.is_reduced()) {
        out.push_str(&prose::item(&format!(
            "Bold training rows: fewer rows than the whole dataset ({} for training, {} for testing). Sorted by accuracy, but \
             without a rank.",
            cells::count(ALL_TRAIN),
            cells::count(ALL_TEST)
        )));
    }
    if lines.iter().any(|line| line.published.is_some()) {
        out.push_str(&prose::item(
            "Paper: accuracy in the Fashion-MNIST paper (2017), Fashion-MNIST / MNIST, from scikit-learn 0.19 on all rows. Its \
             Fashion-MNIST results predate a corrected release of the data.",
        ));
    }
    out
}

/// Explains the columns of accuracy and time, and the marks that some scores have. `of` says more of the times.
pub(super) fn score_notes<'a>(
    scores: impl Iterator<Item = &'a Score>,
    of: &str,
    machine: Option<&Machine>,
) -> String {
    let scores: Vec<&Score> = scores.collect();
    let mut out = String::new();
    if scores.iter().any(|score| score.n > 1) {
        out.push_str(&prose::item(
            "Accuracy: mean ± standard deviation over repeats (number of repeats). Without ±: one fit.",
        ));
    }
    out.push_str(&prose::item(&format!(
        "Fit, Predict: mean wall time of one fit and of the prediction of all test rows{of}. {}",
        times_of(machine)
    )));
    if scores.iter().any(|score| score.not_converged) {
        out.push_str(&prose::item(&format!(
            "{} {}",
            cells::UNCONVERGED.trim(),
            cells::UNCONVERGED_MEANS
        )));
    }
    let has_time = |score: &Score| score.fit_s.or(score.predict_s).is_some();
    if scores.iter().any(|score| score.shared_machine && has_time(score)) {
        out.push_str(&prose::item(&format!(
            "{} {}",
            cells::SHARED.trim(),
            cells::SHARED_MEANS
        )));
    }
    out
}

/// Whose times a board shows.
pub(super) fn times_of(machine: Option<&Machine>) -> String {
    match machine {
        Some(machine) => format!(
            "Times are from machine {}; scores from other machines have none.",
            cells::escaped_machine(machine)
        ),
        None => "No times: the rows name no machine.".to_owned(),
    }
}

/// The rows, files, cells, machines and revisions behind a board.
pub(super) fn origin(origin: &Origin) -> String {
    let mut out = format!(
        "From {} in {}: {}",
        counted(origin.rows, "row"),
        counted(origin.files, "results file"),
        counted(origin.cells, "cell")
    );
    if origin.cells > 0 {
        let _ = write!(out, ", {}", cells::statuses(&origin.by_status));
    }
    for (noun, names) in [("machine", &origin.machines), ("revision", &origin.revisions)] {
        if !names.is_empty() {
            let noun = cells::plural(names.len(), noun);
            let names: Vec<String> = names.iter().map(|name| escaped(name)).collect();
            let _ = write!(out, "; {noun} {}", names.join(", "));
        }
    }
    out.push('.');
    out
}

fn point_cells(line: &Line) -> Vec<String> {
    let mut cells = vec![cells::or_missing(&ranks(
        line.rank,
        line.fashion_mnist.as_ref().and_then(|score| score.tier),
    ))];
    cells.extend(named(&line.point));
    cells.push(rows(&line.point));
    cells
}

pub(super) fn named(point: &Point) -> [String; 4] {
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
        parts.join(", ")
    }
}

pub(super) fn accuracy(score: Option<&Score>) -> String {
    optional(score, |score| {
        let mark = if score.not_converged {
            cells::UNCONVERGED
        } else {
            ""
        };
        format!("{}{mark}", cells::mean_accuracy(score.accuracy, score.n))
    })
}

/// The times of fit and predict.
pub(super) fn times(score: Option<&Score>) -> [String; 2] {
    [
        score.and_then(|score| score.fit_s),
        score.and_then(|score| score.predict_s),
    ]
    .map(|seconds| {
        let is_shared = score.is_some_and(|score| score.shared_machine);
        let zero_is_rounded = score.is_some_and(|score| score.zero_is_rounded);
        let mark = if is_shared { cells::SHARED } else { "" };
        optional(seconds, |seconds| cells::time(seconds, zero_is_rounded) + mark)
    })
}

fn paper(line: &Line) -> String {
    optional(line.published, |row| {
        let [fashion_mnist, mnist] =
            [row.fashion_accuracy, row.mnist_accuracy].map(|accuracy| cells::decimals(accuracy, 3));
        format!("{fashion_mnist} / {mnist}")
    })
}
