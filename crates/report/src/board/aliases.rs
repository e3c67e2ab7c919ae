//! Points that are the same problem under two names, one of which states a default that the other leaves out: they are one point, under the name
//! that says most.
//!
//! Aliases that contradict each other, such as the losses of a family that has no use for a loss there, stay points of their own.

use std::collections::HashMap;

use super::point::Point;
use crate::input::Params;
use crate::input::Row;

/// What points are called by that have a fuller name.
pub(super) struct Aliases(HashMap<Point, Params>);

impl Aliases {
    /// Of these rows: two names are of the same problem where they share a cell.
    pub(super) fn of(rows: &[&Row]) -> Self {
        let mut cells: HashMap<&str, Vec<&Row>> = HashMap::new();
        for &row in rows {
            cells.entry(&row.cell_id).or_default().push(row);
        }
        let mut fuller: HashMap<Point, Params> = HashMap::new();
        for same in cells.values() {
            for row in same {
                let names = same.iter().map(|other| &other.params);
                let own = fuller.get(&Point::of(row));
                let fullest = names
                    .filter(|name| row.params.is_part_of(name))
                    .chain(own)
                    .max_by_key(|name| (name.pairs().count(), *name));
                if let Some(fullest) = fullest.cloned() {
                    fuller.insert(Point::of(row), fullest);
                }
            }
        }
        Aliases(fuller)
    }

    /// The point of a row by its fullest name.
    pub(super) fn point(&self, row: &Row) -> Point {
        let mut point = Point::of(row);
        while let Some(fuller) = self.0.get(&point) {
            point.params = fuller.clone();
        }
        point
    }
}
