//! `Record`: the state that the cells of a run share.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::grid::identity::CellId;
use crate::grid::plan::Cell;
use crate::results::row::Row;
use crate::results::sink::Sink;
use crate::run::given_up::GivenUp;
use crate::run::lock::hold;
use crate::run::preparation::Preparation;
use crate::run::repeats::Repeats;

/// State that the cells of a run share.
pub(super) struct Record<'a> {
    pub(super) sink: Mutex<&'a mut Sink>,
    /// Cell → the maximum number of cells that ran in parallel with it, itself included.
    pub(super) running: Mutex<HashMap<CellId, usize>>,
    pub(super) repeats: Repeats,
    pub(super) given_up: GivenUp,
    /// The files of features that were made.
    pub(super) preparation: Preparation,
    /// Rows that could not be written yet.
    pub(super) unwritten: Mutex<Vec<Row>>,
    /// Whether the labels of a cell could not be written.
    pub(super) has_lost_labels: AtomicBool,
    /// Files of `--keep` that could not be written.
    pub(super) n_lost_files: AtomicUsize,
    /// Whether a row could not be written at first.
    pub(super) has_failed: AtomicBool,
    /// Why no process of a cell can be started.
    pub(super) cannot_start: Mutex<Option<String>>,
    /// Cells that started.
    pub(super) n_started: AtomicUsize,
    /// Command engines whose files changed during the run → the number of their cells that did not start after that.
    pub(super) edited: Mutex<HashMap<String, usize>>,
}

impl Record<'_> {
    /// Whether something could not be written or started, so that no further cell should start.
    pub(super) fn is_failing(&self) -> bool {
        self.has_lost_labels.load(Ordering::SeqCst)
            || self.has_failed.load(Ordering::SeqCst)
            || hold(&self.cannot_start).is_some()
    }

    /// Whether the files of the cell's engine changed during the run; counts the cell then.
    pub(super) fn is_of_edited_engine(&self, cell: &Cell) -> bool {
        let mut edited = hold(&self.edited);
        let n_cells = edited.get_mut(cell.point.engine.name());
        n_cells.map(|n_cells| *n_cells += 1).is_some()
    }

    pub(super) fn enter(&self, id: &CellId) {
        let mut running = hold(&self.running);
        let n = running.len() + 1;
        running.insert(id.clone(), n);
        for most in running.values_mut() {
            *most = n.max(*most);
        }
    }

    pub(super) fn leave(&self, id: &CellId) -> usize {
        hold(&self.running).remove(id).unwrap_or(1)
    }
}
