//! Merges points that are the same problem under two parameter texts.
//!
//! One text may state a default that the other leaves out. Both then have the same cell, and the longer text names the point.
//! Texts that contradict each other stay separate points, for example two values of a parameter without effect.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use super::point::Point;
use crate::input::Params;
use crate::input::Row;

/// The longer parameter text of every point that has one.
pub(super) struct Aliases(HashMap<Point, Params>);

/// A parameter text and its pairs.
struct Text<'a> {
    params: &'a Params,
    pairs: BTreeSet<&'a str>,
}

impl Aliases {
    /// Finds the points that share a cell.
    pub(super) fn of(rows: &[&Row]) -> Self {
        let mut cells: HashMap<&str, Vec<&Row>> = HashMap::new();
        for &row in rows {
            cells.entry(&row.cell_id).or_default().push(row);
        }
        let mut longer: HashMap<Point, Params> = HashMap::new();
        for same in cells.into_values().filter(|same| same.len() > 1) {
            let texts: BTreeSet<&Params> = same.iter().map(|row| &row.params).collect();
            let found = longest_wholes(&texts);
            for row in same {
                let Some(whole) = found.get(&row.params) else {
                    continue;
                };
                let kept = longer.entry(Point::of(row)).or_insert_with(|| (*whole).clone());
                let length = |params: &Params| (params.pieces().count(), params.as_str().to_owned());
                if length(whole) > length(kept) {
                    *kept = (*whole).clone();
                }
            }
        }
        Aliases(longer)
    }

    /// The point of a row under its longest parameter text.
    pub(super) fn point(&self, row: &Row) -> Point {
        let mut point = Point::of(row);
        while let Some(longer) = self.0.get(&point) {
            point.params = longer.clone();
        }
        point
    }
}

/// For each text the longest one that contains all its pairs and more; of equally long ones the last. A text is looked up by
/// its rarest pair, so that thousands of names of one cell take no quadratic time.
fn longest_wholes<'a>(texts: &BTreeSet<&'a Params>) -> HashMap<&'a Params, &'a Params> {
    let mut sorted: Vec<Text<'a>> = texts
        .iter()
        .map(|&params| Text {
            params,
            pairs: params.pieces().collect(),
        })
        .collect();
    sorted.sort_by_key(|text| Reverse((text.pairs.len(), text.params)));
    let all: Vec<usize> = (0..sorted.len()).collect();
    let mut having: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, text) in sorted.iter().enumerate() {
        for pair in &text.pairs {
            having.entry(pair).or_default().push(at);
        }
    }
    let whole = |part: &Text<'a>| {
        let lists = part.pairs.iter().map(|pair| &having[pair]);
        let candidates = lists.min_by_key(|list| list.len()).unwrap_or(&all);
        let longer = candidates
            .iter()
            .map(|at| &sorted[*at])
            .take_while(|text| text.pairs.len() > part.pairs.len());
        longer.into_iter().find(|text| part.pairs.is_subset(&text.pairs))
    };
    sorted
        .iter()
        .filter_map(|part| Some((part.params, whole(part)?.params)))
        .collect()
}
