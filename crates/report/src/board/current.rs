//! Which rows count: the last row of each cell, and of each point only the rows of the engine's newest version.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::input::{Params, Row, Status};

/// The valid row of each cell and parameter text: the last row within a file; among files, the row that started last. An
/// `interrupted` row says nothing about its cell and hides no `ok` or `refused` row. Sorted by repeat, so that the order of the rows
/// never changes a mean.
pub(crate) fn latest<F: AsRef<[Row]>>(files: &[F]) -> Vec<&Row> {
    let files: Vec<Vec<&Row>> = files.iter().map(|file| file.as_ref().iter().collect()).collect();
    latest_among(&files)
}

fn latest_among<'a>(files: &[Vec<&'a Row>]) -> Vec<&'a Row> {
    let mut of_cells: HashMap<(&str, &Params), Vec<&Row>> = HashMap::new();
    for file in files {
        let mut of_file: HashMap<(&str, &Params), Vec<&Row>> = HashMap::new();
        for row in file {
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

/// The fit of each cell whose times count: a fit on another machine takes no time away that was measured on this one, nor does one of the
/// same revision that had other work beside it, nor one with fewer threads.
pub(super) struct Fits<'a>(HashMap<&'a str, Vec<&'a Row>>);

impl<'a> Fits<'a> {
    /// Of each machine, for each cell whose row that [`latest`] chooses there is `ok`, the row that [`best_measured`] chooses.
    pub(super) fn new<F: AsRef<[Row]>>(files: &'a [F]) -> Self {
        let rows = files.iter().flat_map(AsRef::as_ref);
        let machines: BTreeSet<&str> = rows.map(|row| row.machine.as_str()).collect();
        let mut of_cells: HashMap<&str, Vec<&Row>> = HashMap::new();
        for machine in machines {
            let of_machine = |file: &'a F| {
                file.as_ref()
                    .iter()
                    // A later row that shares the fit of another does not take its own times away.
                    .filter(|row| row.machine == machine && row.shared_with.is_empty())
                    .collect()
            };
            let files: Vec<Vec<&Row>> = files.iter().map(of_machine).collect();
            let mut cells = latest_among(&files);
            cells.retain(|row| row.status == Status::Ok);
            // The same cell may be there under another parameter text.
            cells.sort_by_key(|row| std::cmp::Reverse(row.started_at));
            let mut seen = HashSet::new();
            cells.retain(|row| seen.insert(row.cell_id.as_str()));
            let mut all: HashMap<&str, Vec<&Row>> = HashMap::new();
            // Within a file the last row of a cell counts.
            for row in files
                .iter()
                .flat_map(|file| latest_among(std::slice::from_ref(file)))
            {
                if row.status == Status::Ok {
                    all.entry(&row.cell_id).or_default().push(row);
                }
            }
            for newest in cells {
                let same = all.get(newest.cell_id.as_str());
                let row = same.map_or(newest, |rows| best_measured(newest, rows));
                of_cells.entry(&row.cell_id).or_default().push(row);
            }
        }
        Self(of_cells)
    }

    /// Those of some cells with the engine's version that made their scores, in the order of the cells.
    pub(super) fn of(&self, cells: &[&Row]) -> Vec<&'a Row> {
        let fits = cells.iter().flat_map(|cell| {
            let fits = self.0.get(cell.cell_id.as_str()).into_iter().flatten();
            fits.filter(|row| row.engine_version == cell.engine_version)
        });
        fits.copied().collect()
    }
}

/// Of the rows with the version of `newest`, which is one of them, and its revision: the best [`measured`]; where other work disturbed all of
/// them, one without another cell beside it, then with most threads; then the newest. Where `newest` ran without another cell, rows of earlier
/// revisions count too if they ran alone with more threads: a comparison with one thread takes no time away that the board has of several.
fn best_measured<'a>(newest: &'a Row, rows: &[&'a Row]) -> &'a Row {
    let counts = |row: &&Row| {
        let is_comparison = newest.concurrent == Some(1) && measured(row).0 && row.threads > newest.threads;
        row.engine_version == newest.engine_version && (row.revision == newest.revision || is_comparison)
    };
    let rows = rows.iter().copied().filter(counts);
    rows.max_by_key(|row| {
        let is_alone = row.concurrent == Some(1);
        (measured(row), is_alone, row.threads, row.started_at)
    })
    .unwrap_or(newest)
}

/// How well the times of a row were measured, the best last: without other work on the machine or not, and without it, with how many threads.
pub(super) fn measured(row: &Row) -> (bool, Option<u32>) {
    let ran_alone = row.concurrent == Some(1) && !row.is_shared();
    (ran_alone, row.threads.filter(|_| ran_alone))
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
