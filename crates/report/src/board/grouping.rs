//! Groups the cells that count by point and dataset.

use std::collections::{BTreeMap, HashMap};

use super::aliases::Aliases;
use super::current;
use super::dataset::Dataset;
use super::point::Point;
use crate::input::Row;

/// The cells that count, by point and dataset, in the order of their repeats.
pub(super) fn by_point<'a>(cells: &[&'a Row]) -> BTreeMap<(Point, Dataset), Vec<&'a Row>> {
    let aliases = Aliases::of(cells);
    let mut points: BTreeMap<(Point, Dataset), HashMap<&str, &Row>> = BTreeMap::new();
    for &cell in cells {
        let of_point = points
            .entry((aliases.point(cell), Dataset::of(cell)))
            .or_default();
        // The same cell may be there under another parameter text.
        let kept = of_point.entry(&cell.cell_id).or_insert(cell);
        if cell.started_at >= kept.started_at {
            *kept = cell;
        }
    }
    let sorted = |cells: HashMap<&str, &'a Row>| {
        let mut cells: Vec<&Row> = cells.into_values().collect();
        current::sort(&mut cells);
        current::keep_newest_version(&mut cells);
        cells
    };
    points
        .into_iter()
        .map(|(point, cells)| (point, sorted(cells)))
        .collect()
}
