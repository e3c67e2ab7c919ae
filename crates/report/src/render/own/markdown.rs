//! The board of own rows as Markdown, with every column.

use std::fmt::Write;

use super::terminal::NO_RESULTS;
use crate::board::{ByClass, DatasetBoard, OwnBoard, OwnLine, ranks};
use crate::cells::{self, escaped, markdown_table};
use crate::prose;
use crate::render::leaderboard::{
    RANKS_MEAN, accuracy, named, origin, score_notes, section, shortfalls_table, times,
};

/// The board as Markdown.
pub fn markdown(board: &OwnBoard) -> String {
    let mut out = String::from("# Board of own results\n");
    if board.datasets.is_empty() && board.shortfalls.is_empty() {
        let _ = write!(out, "\n{NO_RESULTS}");
        return out;
    }
    for dataset in &board.datasets {
        let title = escaped(&dataset.dataset) + dataset.newest();
        section(&mut out, &title, &table(board, dataset));
        if let (Some(by_class), Some(best)) = (&dataset.by_class, dataset.best()) {
            let title = cells::recall_title(by_class, &cells::label(&best.point), dataset.n_best());
            let _ = write!(
                out,
                "\n{}\n{}\n{}",
                prose::paragraph(&escaped(&title)),
                classes_table(by_class),
                prose::paragraph(&escaped(&cells::most_confused(by_class)))
            );
            if let Some(note) = cells::nameless(by_class) {
                let _ = write!(out, "\n{}", prose::paragraph(&escaped(&note)));
            }
        }
    }
    let _ = write!(out, "\n{}\n{}\n", legend(board), origin(&board.origin));
    if !board.shortfalls.is_empty() {
        section(
            &mut out,
            "Cells without a score",
            &shortfalls_table(&board.shortfalls),
        );
    }
    out
}

fn classes_table(by_class: &ByClass) -> String {
    let rows = by_class.shown().into_iter().map(|class| {
        vec![
            escaped(&class.class),
            cells::accuracy(class.recall()),
            cells::correct(class),
        ]
    });
    markdown_table(&["Class", "> Recall", "> Correct"], rows)
}

fn table(board: &OwnBoard, dataset: &DatasetBoard) -> String {
    let mut titles = vec![
        "> Rank",
        "Classifier",
        "Parameters",
        "Engine",
        "Preprocessing",
        "> Training rows",
        "> Accuracy",
        "> Fit",
        "> Predict",
    ];
    if board.with_published {
        titles.extend(["> Published", "> Fit", "> Predict"]);
    }
    let rows = dataset.lines.iter().map(|line| {
        let mut cells = vec![cells::or_missing(&ranks(line.rank, line.score.tier))];
        cells.extend(named(&line.point));
        cells.push(rows(dataset, line));
        cells.push(accuracy(Some(&line.score)));
        cells.extend(times(Some(&line.score)));
        if board.with_published {
            cells.push(accuracy(line.published.as_ref()));
            cells.extend(times(line.published.as_ref()));
        }
        cells
    });
    markdown_table(&titles, rows)
}

fn rows(dataset: &DatasetBoard, line: &OwnLine) -> String {
    let part = |n: u64, all: u64| {
        let of = if dataset.is_whole() {
            format!(" of {}", cells::count(all))
        } else {
            String::new()
        };
        format!("**{}{of}**", cells::count(n))
    };
    let (n_train, n_test) = dataset.full_size;
    let mut text = if line.point.n_train == n_train {
        cells::count(n_train)
    } else {
        part(line.point.n_train, n_train)
    };
    if line.point.n_test != n_test {
        let _ = write!(text, ", tested on {}", part(line.point.n_test, n_test));
    }
    text
}

fn legend(board: &OwnBoard) -> String {
    let lines = || board.datasets.iter().flat_map(|dataset| &dataset.lines);
    let scores = || {
        lines()
            .flat_map(|line| [Some(&line.score), line.published.as_ref()])
            .flatten()
    };
    let mut out = String::new();
    if lines().any(|line| line.rank.is_some()) {
        out.push_str(&prose::item(RANKS_MEAN));
    }
    out.push_str(&score_notes(scores(), "", board.machine.as_ref()));
    if board.with_published {
        let machine = board
            .other_published_machine()
            .filter(|_| board.has_published_times());
        let times = machine.map_or(String::new(), |machine| {
            format!("; its times are of machine {}", cells::escaped_machine(machine))
        });
        out.push_str(&prose::item(&format!(
            "Published, Fit, Predict: the committed rows of the same point{times}."
        )));
    }
    if board.lacks_published() {
        out.push_str(&prose::item(&format!("{}.", cells::UNPUBLISHED_MEANS)));
    }
    if board.lacks_published_times() {
        out.push_str(&prose::item(&format!("{}.", cells::UNTIMED_MEANS)));
    }
    if lines().any(|line| line.rank.is_none()) {
        out.push_str("- Bold rows: other numbers of rows than the ranked points. Sorted by accuracy, but without a rank.\n");
    }
    out
}
