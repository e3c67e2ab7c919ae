//! The warnings of a board in words: one line for every kind of warning, family and engine, with one example.

use std::collections::BTreeMap;

use crate::board::{Board, Point, Score};
use crate::cells::{self, counted, escaped};
use crate::prose;

/// The codes of warnings and what each means, after a count of scores. docs/results-format.md lists them.
const CODES: [(&str, &str); 5] = [
    ("not-converged", "a solver did not converge"),
    ("chance", "no better than the share of the majority class"),
    (
        "claimed-times",
        "the engine claims less than half of the wall time",
    ),
    ("not-kept", "labels or attributes could not be written"),
    ("engine", "the engine says something"),
];

/// The scores of a family on an engine that have a warning of one kind.
struct Group<'a> {
    count: usize,
    dataset: &'a str,
    point: &'a Point,
    message: &'a str,
}

/// The warnings of a board; empty without warnings.
pub(super) fn warnings(board: &Board) -> String {
    let mut totals: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut groups: BTreeMap<(usize, &str, &str), Group<'_>> = BTreeMap::new();
    for (dataset, point, score) in board.scores() {
        let (family, engine) = (point.classifier.as_str(), point.engine.as_str());
        *totals.entry((family, engine)).or_default() += 1;
        for (code, message) in first_of_each_code(score) {
            let group = groups.entry((code, family, engine)).or_insert(Group {
                count: 0,
                dataset,
                point,
                message,
            });
            group.count += 1;
        }
    }
    if groups.is_empty() {
        return String::new();
    }
    let mut out = prose::paragraph(
        "A score is one point on one dataset. Each line counts the scores of a family on an engine and has one example.",
    );
    out.push('\n');
    for ((code, family, engine), group) in groups {
        out.push_str(&prose::item(&format!(
            "**{}, {}**: {} of {}: {}. For example {} on {}, {} training rows: {}.",
            escaped(family),
            escaped(engine),
            cells::count(group.count as u64),
            counted(totals[&(family, engine)], "score"),
            CODES.get(code).map_or("another warning", |(_, meaning)| meaning),
            cells::parameters(&group.point.params),
            escaped(group.dataset),
            cells::count(group.point.n_train),
            escaped(group.message.trim_end_matches(['.', ':']))
        )));
    }
    out
}

/// The kinds of the warnings of a score, each with its first message. A kind is a place in [`CODES`]; what has no known code comes last.
fn first_of_each_code(score: &Score) -> BTreeMap<usize, &str> {
    let mut found = BTreeMap::new();
    for (code, message) in score.warnings.iter().flat_map(|warning| entries(warning)) {
        found.entry(code).or_insert(message);
    }
    found
}

/// The entries of a warning. Only a known code begins a new one, because a message may contain the separator.
fn entries(warning: &str) -> Vec<(usize, &str)> {
    let mut starts: Vec<(usize, usize, usize)> = Vec::new();
    let mut at = 0;
    for part in warning.split("; ") {
        let (code, message) = part.split_once(": ").unwrap_or((part, ""));
        match CODES.iter().position(|(known, _)| *known == code) {
            Some(kind) => starts.push((kind, at, at + part.len() - message.len())),
            None if at == 0 => starts.push((CODES.len(), 0, 0)),
            None => {}
        }
        at += part.len() + "; ".len();
    }
    let ends = starts.iter().skip(1).map(|(_, begin, _)| begin - "; ".len());
    let ends: Vec<usize> = ends.chain([warning.len()]).collect();
    let whole = starts.into_iter().zip(ends);
    whole
        .map(|((kind, _, text), end)| (kind, &warning[text..end]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_is_split_at_known_codes_only() {
        assert_eq!(
            entries("not-converged: tol 1e-4; at 10 steps; chance: 0.1; engine: a; b"),
            [(0, "tol 1e-4; at 10 steps"), (1, "0.1"), (4, "a; b")]
        );
        assert_eq!(entries("new-code: x; chance: y"), [(5, "new-code: x"), (1, "y")]);
        assert_eq!(entries("not-converged"), [(0, "")]);
        assert_eq!(entries(""), [(5, "")]);
    }
}
