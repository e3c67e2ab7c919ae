//! Which rows count: the last row of each cell, and of each point only the rows of the engine's newest version.

use std::collections::HashMap;

use crate::input::{Params, Row, Status};

/// The valid row of each cell and parameter text: the last row within a file; among files, the row that started last. An
/// `interrupted` row says nothing about its cell and hides no `ok` or `refused` row. Sorted by repeat, so that the order of the rows
/// never changes a mean.
pub(crate) fn latest<F: AsRef<[Row]>>(files: &[F]) -> Vec<&Row> {
    let mut of_cells: HashMap<(&str, &Params), Vec<&Row>> = HashMap::new();
    for file in files {
        let mut of_file: HashMap<(&str, &Params), Vec<&Row>> = HashMap::new();
        for row in file.as_ref() {
            of_file.entry((&row.cell_id, &row.params)).or_default().push(row);
        }
        for (key, rows) in of_file {
            of_cells.entry(key).or_default().extend(telling(&rows).last());
        }
    }
    let newest = of_cells.values().filter_map(|rows| {
        // Of equal maxima, `max_by_key` returns the last one.
        telling(rows).max_by_key(|row| row.started_at)
    });
    let mut cells: Vec<&Row> = newest.collect();
    sort(&mut cells);
    cells
}

/// The rows without the `interrupted` ones, if an `ok` or `refused` one is among them.
fn telling<'a>(rows: &[&'a Row]) -> impl Iterator<Item = &'a Row> {
    let is_success = |row: &&Row| matches!(row.status, Status::Ok | Status::Refused);
    let has_success = rows.iter().any(is_success);
    let rows = rows.iter().copied();
    rows.filter(move |row| !has_success || row.status != Status::Interrupted)
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
