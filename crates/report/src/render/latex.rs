//! LaTeX tables, for a paper: `\usepackage{booktabs,longtable}`.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::leaderboard::RANKS_MEAN;
use super::renderer::{Render, Renderer};
use super::{changes, own};
use crate::board::{Board, Changes, DatasetBoard, OwnBoard, Point, Score, ranks};
use crate::cells::{self, optional};

pub(super) const RENDERER: Renderer = Renderer {
    name: "latex",
    file: None,
    full: Some(Render::Text(full)),
    own: Some(Render::Text(own_board)),
    changes: Some(Render::Text(comparison)),
};

const PACKAGES: &str = "% \\usepackage{booktabs,longtable}\n";

/// The columns of a rank and a point.
const POINT: &str = "rlp{5cm}lp{4cm}";
const POINT_TITLES: [&str; 5] = ["Rank", "Classifier", "Parameters", "Engine", "Preprocessing"];

fn full(board: &Board) -> String {
    let rows = board.lines.iter().map(|line| {
        let (fashion, mnist) = (line.fashion_mnist.as_ref(), line.mnist.as_ref());
        let mut cells = point(line.rank, fashion, &line.point);
        cells.extend([accuracy(fashion), accuracy(mnist), times(fashion)[0].clone()]);
        cells
    });
    let titles = [&POINT_TITLES[..], &["Fashion-MNIST", "MNIST", "Fit"]].concat();
    let scores = board.lines.iter();
    let scores = scores.flat_map(|line| line.fashion_mnist.iter().chain(&line.mnist));
    let table = table(&format!("{POINT}rrr"), &titles, rows);
    PACKAGES.to_owned()
        + &table
        + &notes(&[&[RANKS_MEAN.to_owned()], &own::mark_notes(scores, true)[..]].concat())
}

fn own_board(board: &OwnBoard) -> String {
    let mut out = PACKAGES.to_owned();
    for dataset in &board.datasets {
        let title = cells::plain(&dataset.dataset) + dataset.newest();
        let _ = write!(
            out,
            "\n\\section*{{{}}}\n{}",
            escaped(&title),
            own_table(board, dataset)
        );
    }
    let shown = BTreeSet::from(["Fit", "Predict"]);
    let published = ["Published", "Pub. fit", "Pub. predict"];
    let shown = &shown | &published.into_iter().filter(|_| board.with_published).collect();
    let mut said = vec![RANKS_MEAN.to_owned()];
    said.extend(own::notes(board, &shown));
    out + &notes(&said)
}

fn own_table(board: &OwnBoard, dataset: &DatasetBoard) -> String {
    let mut titles = POINT_TITLES.to_vec();
    titles.extend(["Training rows", "Test rows", "Accuracy", "Fit", "Predict"]);
    if board.with_published {
        titles.extend(["Published", "Pub. fit", "Pub. predict"]);
    }
    let rows = dataset.lines.iter().map(|line| {
        let mut cells = point(line.rank, Some(&line.score), &line.point);
        cells.extend([cells::count(line.point.n_train), cells::count(line.point.n_test)]);
        let published = board.with_published.then_some(line.published.as_ref());
        for score in [Some(Some(&line.score)), published].into_iter().flatten() {
            cells.push(accuracy(score));
            cells.extend(times(score));
        }
        cells
    });
    let numbers = "r".repeat(titles.len() - POINT_TITLES.len());
    table(&format!("{POINT}{numbers}"), &titles, rows)
}

fn comparison(all: &Changes) -> String {
    let titles = [&["Dataset", "Point"], &changes::TITLES[..]].concat();
    let rows = all.lines.iter().map(|line| {
        let mut cells = vec![cells::plain(&line.dataset), cells::label(&line.point)];
        cells.extend(changes::numbers(all, line));
        cells
    });
    let numbers = "r".repeat(changes::TITLES.len());
    PACKAGES.to_owned() + &table(&format!("lp{{8cm}}{numbers}"), &titles, rows) + &notes(&changes::notes(all))
}

/// A table of any length. `columns` says how each is aligned.
fn table(columns: &str, titles: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let row = |cells: Vec<String>| format!("{} \\\\\n", cells.join(" & "));
    let mut out = format!(
        "\\begin{{longtable}}{{{columns}}}\n\\toprule\n{}\\midrule\n\\endhead\n\\bottomrule\n\\endfoot\n",
        row(titles.iter().map(|title| escaped(title)).collect())
    );
    for cells in rows {
        out.push_str(&row(cells.iter().map(|cell| escaped(cell)).collect()));
    }
    out + "\\end{longtable}\n"
}

/// Paragraphs below a table.
fn notes(notes: &[String]) -> String {
    let notes = notes.iter();
    notes
        .map(|note| format!("\n\\noindent {}\n", escaped(note)))
        .collect()
}

fn point(rank: Option<usize>, score: Option<&Score>, point: &Point) -> Vec<String> {
    vec![
        cells::or_missing(&ranks(rank, score.and_then(|score| score.tier))),
        cells::plain(&point.classifier),
        cells::plain_parameters(&point.params),
        cells::plain(&point.engine),
        cells::plain(&point.preprocessing),
    ]
}

fn accuracy(score: Option<&Score>) -> String {
    optional(score, |score| {
        let mark = if score.not_converged {
            cells::UNCONVERGED
        } else {
            ""
        };
        cells::mean_accuracy(score.accuracy, score.n) + mark
    })
}

/// The times of fit and predict.
fn times(score: Option<&Score>) -> [String; 2] {
    let times = |score: &Score| [score.fit_s, score.predict_s].map(|seconds| own::time(score, seconds));
    score.map_or([(); 2].map(|()| cells::MISSING.to_owned()), times)
}

/// A text that LaTeX prints as it is.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => {
                out.push('\\');
                out.push(c);
            }
            '\\' => out.push_str("\\textbackslash{}"),
            '~' => out.push_str("\\textasciitilde{}"),
            '^' => out.push_str("\\textasciicircum{}"),
            '<' => out.push_str("\\textless{}"),
            '>' => out.push_str("\\textgreater{}"),
            '|' => out.push_str("\\textbar{}"),
            '"' => out.push_str("\\textquotedbl{}"),
            '±' => out.push_str("$\\pm$"),
            '–' => out.push_str("--"),
            '—' => out.push_str("---"),
            'µ' => out.push_str("$\\mu$"),
            '×' => out.push_str("$\\times$"),
            '†' => out.push_str("$\\dagger$"),
            '§' => out.push_str("\\S{}"),
            '…' => out.push_str("\\dots{}"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_special_character_is_printed_as_it_is() {
        assert_eq!(
            escaped(r"a_b & 50% \x{} ~^<>|"),
            r"a\_b \& 50\% \textbackslash{}x\{\} \textasciitilde{}\textasciicircum{}\textless{}\textgreater{}\textbar{}"
        );
        assert_eq!(escaped("0.9 ± 0.1, 2–5"), "0.9 $\\pm$ 0.1, 2--5");
    }
}
