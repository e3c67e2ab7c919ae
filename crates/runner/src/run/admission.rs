//! Admission by memory: a cell starts only while what the running ones are expected to take leaves room for it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::grid::identity::CellId;
use crate::grid::plan::Cell;
use crate::run::halt::Halt;
use crate::run::lock::hold;
use crate::run::progress::Progress;
use crate::run::system::memory_room::MemoryRoom;

/// How often the memory that is free is read again while a cell waits.
const INTERVAL: Duration = Duration::from_millis(500);

/// Decides when cells start. A cell of which nothing is known always starts.
pub(crate) struct Admission {
    /// Expected peak memory in bytes.
    needs: HashMap<CellId, u64>,
    /// All memory, in bytes; `None` where the system does not say.
    total: Option<u64>,
    running: Mutex<Running>,
    /// A cell has started or ended.
    changed: Condvar,
    has_waited: AtomicBool,
}

#[derive(Default)]
struct Running {
    n_cells: usize,
    /// What they are expected to take, in bytes.
    promised: u64,
    /// The most that was free for all of them, in bytes.
    room: u64,
    /// Cells that came so far, and those that have entered.
    n_came: usize,
    n_entered: usize,
}

impl Admission {
    /// For cells with these expected peaks, in bytes.
    pub(crate) fn new(needs: HashMap<CellId, u64>) -> Admission {
        let room = MemoryRoom::now();
        Admission {
            needs,
            total: room.map(|room| room.total),
            running: Mutex::new(Running {
                room: room.map_or(0, |room| room.free),
                ..Running::default()
            }),
            changed: Condvar::new(),
            has_waited: AtomicBool::new(false),
        }
    }

    /// What a cell is expected to take, within its own limit.
    fn need(&self, cell: &Cell) -> u64 {
        let need = self.needs.get(&cell.id).copied().unwrap_or_default();
        cell.point.memory.map_or(need, |limit| need.min(limit))
    }

    /// Why a cell can never run here; `None` if it can.
    pub(crate) fn misfit(&self, cell: &Cell) -> Option<String> {
        let total = self.total?;
        let need = self.need(cell);
        (need > total).then(|| {
            format!(
                "it is expected to take {} of memory, and this machine has {}; with a lower limit, --memory SIZE, it is tried all the same",
                gib(need),
                gib(total)
            )
        })
    }

    /// Waits until there is room for the cell, no other cell runs, or the run stops. Cells enter in the order in which they came.
    pub(super) fn enter(&self, cell: &Cell, halt: &Halt, progress: &Progress) -> Admitted<'_> {
        let need = self.need(cell);
        let mut running = hold(&self.running);
        let place = running.n_came;
        running.n_came += 1;
        while !halt.is_set() && (running.n_entered != place || !self.has_room(need, &mut running)) {
            if running.n_entered == place && !self.has_waited.swap(true, Ordering::SeqCst) {
                progress
                    .message("fewer cells run in parallel where the memory that is free does not hold more");
            }
            let waited = self.changed.wait_timeout(running, INTERVAL);
            running = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        running.n_entered = running.n_entered.max(place + 1);
        running.n_cells += 1;
        running.promised = running.promised.saturating_add(need);
        self.changed.notify_all();
        Admitted { of: self, need }
    }

    fn has_room(&self, need: u64, running: &mut Running) -> bool {
        if running.n_cells == 0 || need == 0 {
            return true;
        }
        let Some(now) = MemoryRoom::now() else {
            return true;
        };
        // What runs may not have taken yet all that it will. What is free beside it is at least free for all.
        running.room = running.room.max(now.free);
        running.promised.saturating_add(need) <= running.room && need <= now.free
    }
}

/// A cell that may run; its memory is free again when this is dropped.
pub(super) struct Admitted<'a> {
    of: &'a Admission,
    need: u64,
}

impl Drop for Admitted<'_> {
    fn drop(&mut self) {
        let mut running = hold(&self.of.running);
        running.n_cells -= 1;
        running.promised -= self.need;
        self.of.changed.notify_all();
    }
}

#[expect(clippy::cast_precision_loss, reason = "a size in bytes")]
fn gib(bytes: u64) -> String {
    format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30))
}
