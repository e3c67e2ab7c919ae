//! Points whose time or memory ran out: their other repeats are not run, because they would end the same way.

use std::collections::HashMap;
use std::sync::Mutex;

use crate::grid::plan::Cell;
use crate::results::status::Status;
use crate::run::lock::hold;
use crate::run::progress::Progress;

/// The points of a run that are given up.
pub(super) struct GivenUp {
    /// `--all-repeats`: no point is given up.
    all_repeats: bool,
    /// Point → its cells that were not run because of that.
    points: Mutex<HashMap<String, usize>>,
}

impl GivenUp {
    pub(super) fn new(all_repeats: bool) -> GivenUp {
        GivenUp {
            all_repeats,
            points: Mutex::default(),
        }
    }

    /// Gives the point of a cell up if it ended at one of its limits.
    pub(super) fn note(&self, cell: &Cell, status: Status) {
        if status.is_limit() && !self.all_repeats {
            hold(&self.points)
                .entry(cell.point.problem().to_owned())
                .or_default();
        }
    }

    /// Whether the point of a cell is given up; counts the cell then.
    pub(super) fn has(&self, cell: &Cell) -> bool {
        let mut points = hold(&self.points);
        let n_cells = points.get_mut(cell.point.problem());
        n_cells.map(|n_cells| *n_cells += 1).is_some()
    }

    /// Says how many cells were not run.
    pub(super) fn tell(&self, progress: &Progress) {
        match hold(&self.points).values().sum() {
            0 => {}
            n_cells => progress.message(&not_run(n_cells)),
        }
    }
}

/// What is said of cells that are not run because their points are given up.
pub(crate) fn not_run(n_cells: usize) -> String {
    let cells = match n_cells {
        1 => "1 cell does".to_owned(),
        n => format!("{n} cells do"),
    };
    format!("{cells} not run, because another repeat of the point reached its limit; --all-repeats runs them")
}
