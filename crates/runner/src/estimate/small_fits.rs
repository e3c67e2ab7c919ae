//! Fits on few rows, which tell what a point will take on all of them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use crate::estimate::growth::{grown, increased};
use crate::grid::plan::Cell;
use crate::grid::trainer::Trainer;
use crate::results::row::Row;
use crate::results::status::Status;

/// The largest number of training rows of a small fit; smaller ones have a third and a ninth of it.
const MOST_ROWS: usize = 4_500;

/// A point of fewer training rows has no small fits.
pub(crate) const LEAST_ROWS: usize = 180;

/// Their test rows.
const N_TEST: usize = 1_000;

/// A small fit that takes longer is ended; two of the three are enough for an estimate.
const LONGEST: Duration = Duration::from_secs(120);

/// Training rows of the small fits of a point: at most half of its rows.
fn sizes(n_train: usize) -> [usize; 3] {
    let most = MOST_ROWS.min(n_train / 2);
    [most / 9, most / 3, most]
}

/// The small fits of a point, fewest rows first.
fn of_point(cell: &Cell) -> Vec<Cell> {
    let point = &cell.point;
    if point.refused.is_some() || point.n_train < LEAST_ROWS {
        return Vec::new();
    }
    let small = sizes(point.n_train)
        .into_iter()
        .map(|size| Arc::new(point.on_few_rows(size, N_TEST, LONGEST)));
    // Fewer rows may be too few for a preprocessing.
    let trained = small.filter(|point| point.refused.is_none());
    trained.map(|point| Cell::new(&point, 0, 0)).collect()
}

/// The cells to train, each once, for an estimate of these.
pub(crate) fn small_fits<'c>(cells: impl IntoIterator<Item = &'c Cell>) -> Vec<Cell> {
    let mut points = HashSet::new();
    let mut ids = HashSet::new();
    let mut small = Vec::new();
    for cell in cells {
        if points.insert(cell.point.problem()) {
            small.extend(
                of_point(cell)
                    .into_iter()
                    .filter(|cell| ids.insert(cell.id.clone())),
            );
        }
    }
    small
}

/// Small fits that have been trained.
#[derive(Default)]
pub(crate) struct SmallFits(HashMap<String, Row>);

impl SmallFits {
    /// Those on this machine among the rows.
    pub(crate) fn new(rows: impl IntoIterator<Item = Row>, machine: &str) -> SmallFits {
        let rows = rows.into_iter();
        let of_machine = rows.filter(|row| row.status == Status::Ok && row.machine == machine);
        SmallFits(of_machine.map(|row| (row.cell_id.clone(), row)).collect())
    }

    /// The wall seconds with this number of threads and the peak memory in MiB that a cell is expected to take; `None` where two sizes have not been trained with
    /// this version of its engine.
    pub(crate) fn cost(&self, cell: &Cell, threads: usize) -> Option<(f64, Option<f64>)> {
        let rows = of_point(cell).into_iter().filter_map(|small| {
            let row = self.0.get(&small.id.0)?;
            is_of_version(row, cell).then_some(row)
        });
        let rows: Vec<&Row> = rows.collect();
        let n_train = cell.point.n_train;
        let points = |of: &dyn Fn(&Row) -> Option<f64>| -> Vec<(usize, f64)> {
            rows.iter()
                .filter_map(|row| Some((row.n_train, of(row)?)))
                .collect()
        };
        let fit = points(&|row| {
            let transform = wall(row, row.transform_s, row.transform_cpu_s, threads);
            Some(transform.unwrap_or_default() + wall(row, row.fit_s, row.fit_cpu_s, threads)?)
        });
        let tests = share(cell.point.n_test, N_TEST.min(cell.point.n_test));
        let predict = points(&|row| Some(wall(row, row.predict_s, row.predict_cpu_s, threads)? * tests));
        let growth = cell.point.engine.growth(&cell.point.settings);
        let seconds = grown(&fit, n_train, growth.fit)? + grown(&predict, n_train, growth.predict)?;
        let memory = points(&|row| row.peak_rss_mib);
        let mib = increased(
            &memory,
            n_train,
            growth.memory,
            growth.bytes_per_pixel * image_mib(cell),
        );
        let tests = cell.point.n_test.saturating_sub(N_TEST);
        let mib = mib.map(|mib| mib + share(tests, 1) * image_mib(cell));
        Some((seconds, mib))
    }
}

/// The pixels of an image, in MiB.
fn image_mib(cell: &Cell) -> f64 {
    let [height, width] = cell.point.data.size;
    share(height * width, 1 << 20)
}

/// Whether a row was trained with the version of the engine that would train the cell.
fn is_of_version(row: &Row, cell: &Cell) -> bool {
    match &cell.point.engine {
        // The version of a program is part of the identity.
        Trainer::Command(_) => true,
        engine @ Trainer::BuiltIn(_) => row.engine_version == engine.version(),
    }
}

/// The wall time of a part with another number of threads, if all of them share the work evenly.
#[expect(clippy::cast_precision_loss, reason = "at most 1,024 threads")]
fn wall(row: &Row, seconds: Option<f64>, cpu_s: Option<f64>, threads: usize) -> Option<f64> {
    match cpu_s {
        Some(cpu_s) if row.threads != threads => Some(cpu_s / threads.max(1) as f64),
        _ => seconds,
    }
}

#[expect(clippy::cast_precision_loss, reason = "numbers of rows are far below 2^53")]
fn share(n: usize, of: usize) -> f64 {
    n as f64 / of.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_grow_by_the_same_factor() {
        assert_eq!(sizes(60_000), [500, 1_500, 4_500]);
        assert_eq!(sizes(1_000), [55, 166, 500]);
        assert!((share(10_000, N_TEST) - 10.0).abs() < 1e-12);
    }
}
