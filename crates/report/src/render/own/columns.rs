//! Fits the columns of a table into the width of a terminal: says equal cells once, leaves columns out, wraps between words.
//!
//! What identifies a line is never left out: where its column has no room, the value moves into the first column that wraps, unless
//! it is the usual one, which is said once above the table.

use std::collections::BTreeMap;

use anstream::adapter::strip_str;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use super::theme;

/// The spaces between two columns.
const GAP: usize = 2;

/// A column that is not yet fitted.
pub(in crate::render) struct Column {
    pub(in crate::render) title: &'static str,
    pub(in crate::render) cells: Vec<String>,
    pub(in crate::render) is_right: bool,
    /// Whether its cells may wrap between words.
    pub(in crate::render) wraps: bool,
    /// Columns with a smaller number are left out, or moved, first; `None` stays.
    pub(in crate::render) leave_out: Option<usize>,
    /// The words before its value above the table and the unit after it in another column, where it has no column of its own. Such a
    /// column identifies a line. `None` is never said so.
    pub(in crate::render) said_as: Option<(&'static str, &'static str)>,
}

/// A table that fits.
pub(in crate::render) struct Fitted {
    /// What all lines have in common: `engine native`.
    pub(in crate::render) common: Vec<String>,
    /// What holds for the lines that say nothing else: `preprocessing standard`.
    pub(in crate::render) usual: Vec<String>,
    /// The titles of the table.
    pub(in crate::render) shown: Vec<&'static str>,
    /// The titles of the columns that are left out.
    pub(in crate::render) left_out: Vec<&'static str>,
    /// The table.
    pub(in crate::render) text: String,
}

/// Fits columns into `width` characters.
pub(in crate::render) fn fit(mut columns: Vec<Column>, width: usize) -> Fitted {
    let mut common = Vec::new();
    let mut usual = Vec::new();
    let mut left_out = Vec::new();
    while least(&columns) > width {
        if let Some(at) = columns.iter().position(|column| column.common().is_some()) {
            common.extend(columns.remove(at).common());
            continue;
        }
        let next = columns.iter().filter_map(|column| column.leave_out).min();
        let Some(at) = columns
            .iter()
            .position(|column| next.is_some() && column.leave_out == next)
        else {
            break;
        };
        let column = columns.remove(at);
        match (columns.iter_mut().find(|other| other.wraps), column.said_as) {
            (Some(other), Some((words, unit))) => {
                let most = column.most_frequent();
                usual.push(format!("{words} {most}").trim().to_owned());
                other.append(&column, most, unit);
            }
            _ => left_out.push(column.title),
        }
    }
    let mut spare = width.saturating_sub(least(&columns));
    let mut over = least(&columns).saturating_sub(width);
    for column in columns.iter_mut().filter(|column| column.wraps) {
        let more = spare.min(column.widest() - column.least());
        let less = over.min(column.least() / 2);
        let own = column.least() + more - less;
        (spare, over) = (spare - more, over - less);
        for cell in &mut column.cells {
            *cell = wrapped(cell, own).join("\n");
        }
    }
    Fitted {
        common,
        usual,
        shown: columns.iter().map(|column| column.title).collect(),
        left_out,
        text: text(&columns),
    }
}

impl Column {
    /// What is said instead of the column if all its cells are equal.
    fn common(&self) -> Option<String> {
        let ((words, _), first) = (self.said_as?, self.cells.first()?);
        let are_equal = self.cells.iter().all(|cell| cell == first);
        are_equal.then(|| format!("{words} {first}").trim().to_owned())
    }

    /// The cell that most lines have; of equally frequent ones the least.
    fn most_frequent(&self) -> &str {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for cell in &self.cells {
            *counts.entry(cell).or_default() += 1;
        }
        let most = counts.into_iter().rev().max_by_key(|(_, count)| *count);
        most.map_or("", |(cell, _)| cell)
    }

    /// Says the cells of another column after its own, but not those that are `usual`.
    fn append(&mut self, other: &Self, usual: &str, unit: &str) {
        let cells = self.cells.iter_mut().zip(&other.cells);
        for (cell, value) in cells.filter(|(_, value)| *value != usual) {
            *cell = format!("{cell}, {value}{unit}");
        }
    }

    fn widest(&self) -> usize {
        let cells = self.cells.iter().map(|cell| columns_of(cell));
        cells.max().unwrap_or(0).max(columns_of(self.title))
    }

    fn least(&self) -> usize {
        if !self.wraps {
            return self.widest();
        }
        let words = self.cells.iter().flat_map(|cell| cell.split(' '));
        words
            .map(columns_of)
            .max()
            .unwrap_or(0)
            .max(columns_of(self.title))
    }
}

fn least(columns: &[Column]) -> usize {
    columns.iter().map(Column::least).sum::<usize>() + GAP * columns.len().saturating_sub(1)
}

/// The columns that a text takes at most: two for every letter that may be wide, none for the codes of a style.
fn columns_of(text: &str) -> usize {
    let plain = strip_str(text);
    plain
        .into_iter()
        .flat_map(str::chars)
        .map(|c| if c < '\u{1100}' || c == '…' { 1 } else { 2 })
        .sum()
}

/// The lines of a text. No word is broken; one that is wider than the line is cut and ends in `…`.
pub(in crate::render) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let word = shortened(word, width);
        match lines.last_mut() {
            Some(line) if columns_of(line) + 1 + columns_of(&word) <= width => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

fn shortened(word: &str, width: usize) -> String {
    if columns_of(word) <= width {
        return word.to_owned();
    }
    let mut kept = String::new();
    for c in word.chars() {
        kept.push(c);
        if columns_of(&kept) >= width.max(2) {
            kept.pop();
            break;
        }
    }
    kept + "…"
}

fn text(columns: &[Column]) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(columns.iter().map(|column| column.title));
    for line in 0..columns.first().map_or(0, |column| column.cells.len()) {
        table.add_row(columns.iter().map(|column| column.cells[line].as_str()));
    }
    for (at, column) in columns.iter().enumerate() {
        if let Some(shown) = table.column_mut(at) {
            let gap = if at + 1 < columns.len() { 2 } else { 0 };
            shown.set_padding((0, gap));
            if column.is_right {
                shown.set_cell_alignment(CellAlignment::Right);
            }
        }
    }
    let text = table.trim_fmt();
    let (header, lines) = text.split_once('\n').unwrap_or((&text, ""));
    format!("{}\n{lines}\n", theme::header(header))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_only_too_wide_words_are_cut() {
        assert_eq!(
            wrapped("C=10; gamma=auto; kernel=rbf", 17),
            ["C=10; gamma=auto;", "kernel=rbf"]
        );
        assert_eq!(wrapped("a bcdefgh i", 4), ["a", "bcd…", "i"]);
        assert!(wrapped("", 4).is_empty());
    }
}
