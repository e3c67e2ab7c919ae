//! The board as a LaTeX table, for a paper: `\usepackage{booktabs,longtable}`.

use std::fmt::Write;

use super::renderer::{Render, Renderer};
use crate::board::{Board, Score, ranks};
use crate::cells::{self, optional};

pub(super) const RENDERER: Renderer = Renderer {
    name: "latex",
    file: None,
    render: Render::Text(render),
};

fn render(board: &Board) -> String {
    let mut out = String::from(
        "% \\usepackage{booktabs,longtable}\n\\begin{longtable}{rlp{6cm}llrrr}\n\\toprule\nRank & Classifier & Parameters & Engine & \
         Preprocessing & Fashion-MNIST & MNIST & Fit \\\\\n\\midrule\n\\endhead\n\\bottomrule\n\\endfoot\n",
    );
    for line in &board.lines {
        let mean =
            |score: Option<&Score>| optional(score, |score| cells::mean_accuracy(score.accuracy, score.n));
        let fashion = line.fashion_mnist.as_ref();
        let seconds = fashion.and_then(|score| Some((score.fit_s?, score.zero_is_rounded)));
        let cells = [
            cells::or_missing(&ranks(line.rank, fashion.and_then(|score| score.tier))),
            line.point.classifier.clone(),
            cells::plain_parameters(&line.point.params),
            line.point.engine.clone(),
            line.point.preprocessing.clone(),
            mean(fashion),
            mean(line.mnist.as_ref()),
            optional(seconds, |(seconds, is_rounded)| cells::time(seconds, is_rounded)),
        ];
        let cells: Vec<String> = cells.iter().map(|cell| escaped(cell)).collect();
        let _ = writeln!(out, "{} \\\\", cells.join(" & "));
    }
    out + "\\end{longtable}\n"
}

/// A text that LaTeX prints as it is.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in cells::plain(text).chars() {
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
            'µ' => out.push_str("$\\mu$"),
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
