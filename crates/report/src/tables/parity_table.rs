//! Parity as text: the table of `docs/parity.md`.

use std::fmt::Write;

use super::parity::{NATIVE, Parity, ParityLine};
use super::peers::BASELINE;
use super::tolerances::TOLERANCES;
use crate::cells::{self, NOTHING, counted, escaped, table};

/// The table as Markdown, what was left out of it, which grids made it, and the tolerances. `stems` are the names of the
/// results files without `.csv`.
pub fn markdown(parity: &Parity, stems: &[&str]) -> String {
    let mut out = if parity.lines.is_empty() {
        format!(
            "No results yet: `cargo run -p runner -- configs/parity_NAME.toml` makes them, for points that both {NATIVE} \
             and {BASELINE} have trained.\n"
        )
    } else {
        points(&parity.lines)
    };
    out.push('\n');
    if !parity.lines.is_empty() {
        out.push_str(&verdict(&parity.lines));
    }
    out.push_str(&left_out(parity));
    for stem in stems {
        let _ = writeln!(
            out,
            "- `{stem}.csv` is of the grid `configs/{stem}.toml`: `cargo run -p runner -- configs/{stem}.toml`."
        );
    }
    let _ = write!(out, "\n{}", tolerances());
    out
}

fn points(lines: &[ParityLine]) -> String {
    let titles = [
        "Dataset",
        "Classifier",
        "Parameters",
        "Preprocessing",
        "> Training rows",
        &format!("> {NATIVE}"),
        "> Seeds",
        &format!("> {BASELINE}"),
        "> Seeds",
        "> Difference",
        "> Tolerance",
        "Holds",
    ];
    let rows = lines.iter().map(|line| {
        let holds = match line.holds() {
            Some(true) => "yes",
            Some(false) => "NO",
            None => NOTHING,
        };
        vec![
            escaped(&line.dataset),
            escaped(&line.point.classifier),
            cells::parameters(&line.point.params),
            escaped(&line.point.preprocessing),
            cells::count(line.point.n_train),
            format!("{:.4}", line.native.accuracy),
            line.native.seeds.to_string(),
            format!("{:.4}", line.baseline.accuracy),
            line.baseline.seeds.to_string(),
            cells::difference(line.difference()),
            line.tolerance().map_or(NOTHING.to_owned(), |t| format!("{t:.4}")),
            holds.to_owned(),
        ]
    });
    table(&titles, rows)
}

fn verdict(lines: &[ParityLine]) -> String {
    let judged: Vec<bool> = lines.iter().filter_map(ParityLine::holds).collect();
    let hold = judged.iter().filter(|holds| **holds).count();
    format!(
        "- Within tolerance: {hold} of {}. Difference: {NATIVE} - {BASELINE}, of mean accuracies over the seeds.\n",
        counted(judged.len(), "point")
    )
}

fn left_out(parity: &Parity) -> String {
    let mut out = String::new();
    if parity.alone > 0 {
        let _ = writeln!(
            out,
            "- Left out: {} that only one of the two engines has.",
            counted(parity.alone, "point")
        );
    }
    let ends: Vec<String> = parity
        .not_ok
        .iter()
        .map(|(status, n)| format!("{n} {}", status.name()))
        .collect();
    let ends = if ends.is_empty() {
        "there are none".to_owned()
    } else {
        ends.join(", ")
    };
    let _ = writeln!(out, "- Rows that ended otherwise than ok do not count: {ends}.");
    out
}

fn tolerances() -> String {
    let rows = TOLERANCES.iter().map(|tolerance| {
        vec![
            format!("{:.4}", tolerance.accuracy),
            tolerance.classifiers.join(", "),
            tolerance.reason.to_owned(),
        ]
    });
    table(&["> Tolerance", "Classifiers", "What is left to differ"], rows)
}
