//! What the program needs to know of a table, and the text that several tables share.

use std::collections::BTreeSet;

use crate::cells;
use crate::input::{Results, ResultsFile};
use crate::prose;
use crate::splice::Block;

/// A table: the results files it reads, the page that shows it and its renderers.
#[derive(Debug)]
pub struct Table {
    /// Name of the subcommand that prints it.
    pub name: &'static str,
    /// Its line in `--help`, without a full stop.
    pub about: &'static str,
    /// The file of the docs folder that shows it; it must exist and have the markers.
    pub page: &'static str,
    /// The marker lines around it in that file.
    pub block: Block,
    /// The results files it reads.
    pub takes: Takes,
    /// Whether the leaderboard also ranks the rows of these files.
    pub ranked: bool,
    /// Whether `--baseline` chooses the engine to compare with.
    pub has_baseline: bool,
    /// Renders it as Markdown.
    pub markdown: fn(&Source<'_>) -> String,
    /// Renders it as CSV, if it can.
    pub csv: Option<fn(&Source<'_>) -> String>,
}

/// The results files that a table reads.
#[derive(Debug, Clone, Copy)]
pub enum Takes {
    /// Files whose stem (the name without `.csv`) the function accepts. They are no longer among the [`Takes::Rest`] of other tables.
    Stems(fn(&str) -> bool),
    /// Files whose stem the function accepts, which other tables read too.
    Shared(fn(&str) -> bool),
    /// Every ranked file that no other table takes by its stem.
    Rest,
}

/// The input of a table.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The results files.
    pub files: &'a [&'a ResultsFile],
    /// The engine to compare with.
    pub baseline: &'a str,
}

impl Table {
    /// The results files for this table, which is one of `tables`.
    pub fn files<'a>(&self, results: &'a Results, tables: &[Table]) -> Vec<&'a ResultsFile> {
        let takes = |file: &&ResultsFile| match self.takes {
            Takes::Stems(accepts) | Takes::Shared(accepts) => accepts(&file.stem),
            Takes::Rest => is_ranked(file, tables) && !tables.iter().any(|table| table.takes_stem(file)),
        };
        results.files.iter().filter(takes).collect()
    }

    fn takes_stem(&self, file: &ResultsFile) -> bool {
        matches!(self.takes, Takes::Stems(accepts) if accepts(&file.stem))
    }
}

/// The results files that the leaderboard ranks.
pub fn ranked<'a>(results: &'a Results, tables: &[Table]) -> Vec<&'a ResultsFile> {
    let files = results.files.iter();
    files.filter(|file| is_ranked(file, tables)).collect()
}

fn is_ranked(file: &ResultsFile, tables: &[Table]) -> bool {
    !file.is_choice() && tables.iter().all(|table| table.ranked || !table.takes_stem(file))
}

/// The mark after a time if other work used the machine meanwhile.
pub(super) fn shared_mark(is_shared: bool) -> &'static str {
    if is_shared { cells::SHARED } else { "" }
}

/// The mark after a score if a solver did not converge.
pub(super) fn unconverged_mark(is_unconverged: bool) -> &'static str {
    if is_unconverged { cells::UNCONVERGED } else { "" }
}

/// The footnote on threads.
pub(super) fn threads_footnote(threads: impl Iterator<Item = u32>) -> String {
    let distinct: BTreeSet<u32> = threads.collect();
    let distinct: Vec<String> = distinct.iter().map(ToString::to_string).collect();
    format!("- Threads: {}.\n", distinct.join(", "))
}

/// The footnotes on the marks that a table contains.
pub(super) fn marks_footnotes(any_unconverged: bool, any_shared: bool) -> String {
    let marks = [
        (any_unconverged, cells::UNCONVERGED, cells::UNCONVERGED_MEANS),
        (any_shared, cells::SHARED, cells::SHARED_MEANS),
    ];
    let notes = marks.iter().filter(|(is_there, ..)| *is_there);
    notes
        .map(|(_, mark, means)| prose::item(&format!("{mark} {means}")))
        .collect()
}

/// [`no_results`] of a table of fits on all rows.
pub(super) fn no_full_results(grid: &str) -> String {
    no_results(grid) + "Fits on all training and test rows count here, those with a limit on rows do not.\n"
}

/// The text of a table without lines; `grid` is the grid file that produces its results.
pub(super) fn no_results(grid: &str) -> String {
    let stem = grid.split('.').next().unwrap_or(grid);
    // One line, for a terminal too.
    format!(
        "No results yet. `cargo run -p runner -- configs/{grid}` makes `results/{stem}.csv`, which `--results results` reads.\n"
    )
}
