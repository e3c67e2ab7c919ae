//! The board of own rows as a table for a terminal of some width.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::columns::{Column, fit, wrapped};
use super::theme;
use crate::board::{
    ByClass, ClassRecall, DatasetBoard, OwnBoard, OwnLine, Preprocessings, Score, Shortfall, ranks,
};
use crate::cells::{self, counted, optional};

/// The width outside a terminal, in characters.
pub const DEFAULT_WIDTH: usize = 80;

/// The text of a board without rows.
pub(super) const NO_RESULTS: &str =
    "No results yet. `cargo run -p runner -- configs/quickstart.toml` makes some.\n";

/// At most this many points without a score are listed.
const SHORTFALLS: usize = 20;

/// The mark of a shared machine, which Markdown writes with a backslash.
const SHARED: &str = " *";

/// The board as text of at most `width` columns a line, where words allow it. It has the codes of styles.
pub fn terminal(board: &OwnBoard, width: usize) -> String {
    if board.datasets.is_empty() && board.shortfalls.is_empty() {
        return NO_RESULTS.to_owned();
    }
    let mut out = String::new();
    let mut left_out: Vec<LeftOut<'_>> = Vec::new();
    let mut shown: BTreeSet<&str> = BTreeSet::new();
    for dataset in &board.datasets {
        let fitted = fit(columns(board, dataset), width);
        let mut title = format!(
            "{}{}: {}",
            cells::plain(&dataset.dataset),
            dataset.newest(),
            counted(dataset.lines.len(), "point")
        );
        for common in &fitted.common {
            let _ = write!(title, ", {common}");
        }
        if !fitted.usual.is_empty() {
            let _ = write!(title, "; where not named: {}", fitted.usual.join(", "));
        }
        paragraph(&mut out, &title, width);
        let _ = writeln!(out, "\n{}", fitted.text);
        if let (Some(by_class), Some(best)) = (&dataset.by_class, dataset.best()) {
            let title = cells::recall_title(by_class, &cells::label(&best.point), dataset.n_best());
            classes(&mut out, by_class, &title, width);
        }
        shown.extend(fitted.shown);
        match left_out.iter_mut().find(|other| other.titles == fitted.left_out) {
            Some(other) => other.datasets.push(&dataset.dataset),
            None => left_out.push(LeftOut {
                titles: fitted.left_out,
                datasets: vec![&dataset.dataset],
            }),
        }
    }
    let mut notes = notes(board, &shown);
    notes.extend(left_out_note(&left_out));
    for note in notes {
        paragraph(&mut out, &note, width);
    }
    let (cells, by_status) = (board.origin.cells, &board.origin.by_status);
    let counts = format!("{}: {}.", counted(cells, "cell"), theme::statuses(by_status));
    paragraph(&mut out, &counts, width);
    shortfalls(&mut out, &board.shortfalls, width);
    out
}

/// Columns that the tables of some datasets lack, because the terminal is narrow.
struct LeftOut<'a> {
    titles: Vec<&'static str>,
    datasets: Vec<&'a str>,
}

/// The columns that a narrow terminal lacks, the first one first. Engine, preprocessing and rows are then said in the column of
/// the classifier, so that lines can be told apart.
const LEFT_OUT: [&str; 10] = [
    "±",
    "Fits",
    "Pub. predict",
    "Pub. fit",
    "Predict",
    "Preprocessing",
    "Rows",
    "Engine",
    "Fit",
    "Published",
];

fn columns(board: &OwnBoard, dataset: &DatasetBoard) -> Vec<Column> {
    let lines = &dataset.lines;
    let number = |title, of: &dyn Fn(&OwnLine) -> String| Column {
        title,
        cells: lines.iter().map(of).collect(),
        is_right: true,
        wraps: false,
        leave_out: LEFT_OUT.iter().position(|name| *name == title),
        said_as: None,
    };
    let text = |title, said_as, of: &dyn Fn(&OwnLine) -> String| Column {
        is_right: false,
        wraps: true,
        said_as,
        ..number(title, of)
    };
    let point = |line: &OwnLine| {
        let (classifier, params) = (cells::plain(&line.point.classifier), &line.point.params);
        format!("{classifier} ({})", cells::plain_parameters(params))
    };
    let preprocessings = preprocessings(board);
    let is_tested_on_fewer = lines.iter().any(|line| line.point.n_test != dataset.full_size.1);
    let rows_are = if is_tested_on_fewer {
        "rows"
    } else {
        "training rows"
    };
    let mut columns = vec![
        number("#", &|line| cells::or_missing(&ranks(line.rank, line.score.tier))),
        text("Classifier", None, &point),
        text("Engine", Some(("engine", "")), &|line| {
            cells::plain(&line.point.engine)
        }),
        text("Preprocessing", Some(("preprocessing", "")), &|line| {
            cells::plain(&preprocessings.brief(&line.point.preprocessing))
        }),
        Column {
            said_as: Some((rows_are, " rows")),
            ..number("Rows", &|line| rows(dataset, line))
        },
        number("Accuracy", &|line| accuracy(&line.score)),
        number("±", &|line| optional(line.score.accuracy.std, cells::accuracy)),
        number("Fits", &|line| line.score.n.to_string()),
        number("Fit", &|line| time(&line.score, line.score.fit_s)),
        number("Predict", &|line| time(&line.score, line.score.predict_s)),
    ];
    if board.with_published {
        let published = |title, of: &dyn Fn(&Score) -> String| {
            number(title, &|line| optional(line.published.as_ref(), of))
        };
        columns.extend([
            published("Published", &accuracy),
            published("Pub. fit", &|score| time(score, score.fit_s)),
            published("Pub. predict", &|score| time(score, score.predict_s)),
        ]);
    }
    columns
}

/// Those of all points: a narrow table says what all of one name have in a note.
fn preprocessings(board: &OwnBoard) -> Preprocessings<'_> {
    let lines = board.datasets.iter().flat_map(|dataset| &dataset.lines);
    Preprocessings::of(lines.map(|line| line.point.preprocessing.as_str()))
}

/// What the best point does on each class.
fn classes(out: &mut String, by_class: &ByClass, title: &str, width: usize) {
    paragraph(out, title, width);
    let shown = by_class.shown();
    let column = |title, is_right: bool, of: &dyn Fn(&ClassRecall) -> String| Column {
        title,
        cells: shown.iter().map(|class| of(class)).collect(),
        is_right,
        wraps: !is_right,
        leave_out: None,
        said_as: None,
    };
    let columns = vec![
        column("Class", false, &|class| cells::plain(&class.class)),
        column("Recall", true, &|class| cells::accuracy(class.recall())),
        column("Correct", true, &cells::correct),
    ];
    let _ = writeln!(out, "\n{}", fit(columns, width).text);
    paragraph(out, &cells::plain(&cells::most_confused(by_class)), width);
    if let Some(note) = cells::nameless(by_class) {
        paragraph(out, &cells::plain(&note), width);
    }
    out.push('\n');
}

/// The rows of a point; those of the test only if they are not those of the ranked points.
fn rows(dataset: &DatasetBoard, line: &OwnLine) -> String {
    let n_train = cells::count(line.point.n_train);
    if line.point.n_test == dataset.full_size.1 {
        n_train
    } else {
        format!("{n_train} train, {} test", cells::count(line.point.n_test))
    }
}

fn accuracy(score: &Score) -> String {
    let mark = if score.not_converged {
        cells::UNCONVERGED
    } else {
        ""
    };
    cells::accuracy(score.accuracy.mean) + mark
}

pub(in crate::render) fn time(score: &Score, seconds: Option<f64>) -> String {
    let mark = if score.shared_machine { SHARED } else { "" };
    optional(seconds, |seconds| {
        cells::time(seconds, score.zero_is_rounded) + mark
    })
}

/// The notes below the tables; each explains a mark or a column that is among the `shown`.
pub(in crate::render) fn notes(board: &OwnBoard, shown: &BTreeSet<&str>) -> Vec<String> {
    let titles = |all: &[&'static str]| -> String {
        let there: Vec<&str> = all
            .iter()
            .copied()
            .filter(|title| shown.contains(title))
            .collect();
        there.join(", ")
    };
    let lines = || board.datasets.iter().flat_map(|dataset| &dataset.lines);
    let scores = || {
        lines()
            .flat_map(|line| [Some(&line.score), line.published.as_ref()])
            .flatten()
    };
    let mut notes = Vec::new();
    let constant = preprocessings(board);
    let constant = constant.shared();
    notes.extend(constant.map(|(name, parameters)| cells::plain(&format!("{name}: {parameters}."))));
    let times = titles(&["Fit", "Predict"]);
    if let Some(machine) = board.machine.as_ref().filter(|_| !times.is_empty()) {
        let others = if board.origin.machines.len() > 1 {
            " Scores from other machines have no time."
        } else {
            ""
        };
        notes.push(format!(
            "{times}: mean wall time on machine {}.{others}",
            cells::machine(machine)
        ));
    }
    let published = titles(&["Published", "Pub. fit", "Pub. predict"]);
    if !published.is_empty() {
        let has_times = shown.contains("Pub. fit") && board.has_published_times();
        let machine = board.other_published_machine().filter(|_| has_times);
        let times = machine.map_or(String::new(), |machine| {
            format!("; times of machine {}", cells::machine(machine))
        });
        notes.push(format!(
            "{published}: the committed rows of the same point{times}."
        ));
    }
    if board.lacks_published() {
        notes.push(format!("{}.", cells::UNPUBLISHED_MEANS));
    }
    if shown.contains("Pub. fit") && board.lacks_published_times() {
        notes.push(format!("{}.", cells::UNTIMED_MEANS));
    }
    if lines().any(|line| line.rank.is_none()) {
        notes.push("Without a rank: other numbers of rows than the ranked points.".to_owned());
    }
    notes.extend(mark_notes(scores(), !times.is_empty()));
    notes
}

/// What the marks of some scores mean, and with times those of the times.
pub(in crate::render) fn mark_notes<'a>(
    scores: impl Iterator<Item = &'a Score>,
    with_times: bool,
) -> Vec<String> {
    let scores: Vec<&Score> = scores.collect();
    let any = |of: fn(&Score) -> bool| scores.iter().any(|score| of(score));
    let unconverged = any(|score| score.not_converged);
    let shared = with_times && any(|score| score.shared_machine);
    let marks = [
        (unconverged, cells::UNCONVERGED, cells::UNCONVERGED_MEANS),
        (shared, SHARED, cells::SHARED_MEANS),
    ];
    let marks = marks.into_iter().filter(|(is_there, ..)| *is_there);
    marks
        .map(|(_, mark, means)| format!("{} {means}", mark.trim()))
        .collect()
}

/// Which columns are left out of which tables.
fn left_out_note(left_out: &[LeftOut<'_>]) -> Option<String> {
    let cut: Vec<&LeftOut<'_>> = left_out.iter().filter(|of| !of.titles.is_empty()).collect();
    let narrow = match (&cut[..], left_out) {
        ([], _) => return None,
        ([all], [_]) => format!(
            "Left out, because the terminal is narrow: {}",
            all.titles.join(", ")
        ),
        _ => {
            let tables = cut.iter().map(|of| {
                let datasets = cells::plain(&of.datasets.join(", "));
                format!("{datasets}: {}", of.titles.join(", "))
            });
            let tables = tables.collect::<Vec<_>>().join("; ");
            format!("Left out, because the terminal is narrow, for {tables}")
        }
    };
    Some(format!("{narrow}. `--format markdown` has all columns."))
}

fn shortfalls(out: &mut String, shortfalls: &[Shortfall], width: usize) {
    if shortfalls.is_empty() {
        return;
    }
    let _ = writeln!(out, "\nCells without a score:");
    for shortfall in shortfalls.iter().take(SHORTFALLS) {
        let mut line = format!(
            "{}, {}, {} training rows: {}",
            cells::label(&shortfall.point),
            cells::plain(&shortfall.dataset),
            cells::count(shortfall.point.n_train),
            theme::statuses(&shortfall.by_status)
        );
        for reason in shortfall.reasons.iter().take(3) {
            let _ = write!(line, ": {}", cells::plain(reason));
        }
        item(out, &line, width);
    }
    if shortfalls.len() > SHORTFALLS {
        let _ = writeln!(
            out,
            "- and {}",
            counted(shortfalls.len() - SHORTFALLS, "more point")
        );
    }
}

/// An item of a list; its other lines are indented.
fn item(out: &mut String, text: &str, width: usize) {
    for (at, line) in wrapped(text, width.saturating_sub(2)).iter().enumerate() {
        out.push_str(if at == 0 { "- " } else { "  " });
        out.push_str(line);
        out.push('\n');
    }
}

fn paragraph(out: &mut String, text: &str, width: usize) {
    for line in wrapped(text, width) {
        out.push_str(&line);
        out.push('\n');
    }
}
