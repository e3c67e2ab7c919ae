//! Which rows count: the last row of each cell, and of each point only the rows of the engine's newest version.

use std::collections::HashMap;

use crate::input::{Params, Row, Status};

/// The valid row of each cell and parameter text: the last row within a file; among files, the row that started last. Sorted
/// by repeat, so that the order of the rows never changes a mean.
pub(crate) fn latest<F: AsRef<[Row]>>(files: &[F]) -> Vec<&Row> {
    let mut latest: HashMap<(&str, &Params), &Row> = HashMap::new();
    for file in files {
        let mut last: HashMap<(&str, &Params), &Row> = HashMap::new();
        for row in file.as_ref() {
            last.insert((&row.cell_id, &row.params), row);
        }
        for (key, row) in last {
            let kept = latest.entry(key).or_insert(row);
            if row.started_at >= kept.started_at {
                *kept = row;
            }
        }
    }
    let mut cells: Vec<&Row> = latest.into_values().collect();
    sort(&mut cells);
    cells
}

/// Sorts cells by repeat; the rest of the key only makes the order unique.
pub(super) fn sort(cells: &mut [&Row]) {
    cells.sort_by(|a, b| {
        (a.repeat, a.seed, &a.cell_id, &a.params).cmp(&(b.repeat, b.seed, &b.cell_id, &b.params))
    });
}

/// Removes the `ok` rows of a point that another version of its engine made than its newest: the version of the `ok` row that
/// started last. A mean over two versions would describe neither.
pub(crate) fn keep_newest_version(cells: &mut Vec<&Row>) {
    let ok = cells.iter().filter(|cell| cell.status == Status::Ok);
    let newest = ok.max_by_key(|cell| (cell.started_at, &cell.engine_version));
    if let Some(version) = newest.map(|cell| cell.engine_version.clone()) {
        cells.retain(|cell| cell.status != Status::Ok || cell.engine_version == version);
    }
}
