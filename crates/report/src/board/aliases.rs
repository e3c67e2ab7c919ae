//! Merges points that are the same problem under two parameter texts.
//!
//! One text may state a default that the other leaves out. Both then have the same cell, and the longer text names the point.
//! Texts that contradict each other stay separate points, for example two values of a parameter without effect.

use std::collections::HashMap;

use super::point::Point;
use crate::input::Params;
use crate::input::Row;

/// The longer parameter text of every point that has one.
pub(super) struct Aliases(HashMap<Point, Params>);

impl Aliases {
    /// Finds the points that share a cell.
    pub(super) fn of(rows: &[&Row]) -> Self {
        let mut cells: HashMap<&str, Vec<&Row>> = HashMap::new();
        for &row in rows {
            cells.entry(&row.cell_id).or_default().push(row);
        }
        let mut longer: HashMap<Point, Params> = HashMap::new();
        for same in cells.values() {
            for row in same {
                let texts = same.iter().map(|other| &other.params);
                let own = longer.get(&Point::of(row));
                let longest = texts
                    .filter(|text| row.params.is_part_of(text))
                    .chain(own)
                    .max_by_key(|text| (text.pairs().count(), *text));
                if let Some(longest) = longest.cloned() {
                    longer.insert(Point::of(row), longest);
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
