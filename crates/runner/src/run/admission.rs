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
    /// At the start of the run; `None` where the system does not say.
    room: Option<MemoryRoom>,
    running: Mutex<Running>,
    /// A cell has ended.
    ended: Condvar,
    has_waited: AtomicBool,
}

#[derive(Default)]
struct Running {
    n_cells: usize,
    /// What they are expected to take, in bytes.
    promised: u64,
}

impl Admission {
    /// For cells with these expected peaks, in bytes.
    pub(crate) fn new(needs: HashMap<CellId, u64>) -> Admission {
        Admission {
            needs,
            room: MemoryRoom::now(),
            running: Mutex::default(),
            ended: Condvar::new(),
            has_waited: AtomicBool::new(false),
        }
    }

    /// What a cell is expected to take, within its own limit.
    fn need(&self, cell: &Cell) -> u64 {
        let need = self.needs.get(&cell.id).copied().unwrap_or_default();
        cell.point.memory.map_or(need, |limit| need.min(limit))
    }

    /// Why a cell can never run here; `None` if it can.
    pub(super) fn refusal(&self, cell: &Cell) -> Option<String> {
        let total = self.room?.total;
        let need = self.need(cell);
        (need > total).then(|| {
            format!(
                "it takes about {} of memory, as earlier rows of its point say, and this machine has {}; --memory with a lower limit \
                 tries it all the same",
                gib(need),
                gib(total)
            )
        })
    }

    /// Waits until there is room for the cell, no other cell runs, or the run stops.
    pub(super) fn enter(&self, cell: &Cell, halt: &Halt, progress: &Progress) -> Admitted<'_> {
        let need = self.need(cell);
        let mut running = hold(&self.running);
        while running.n_cells > 0 && !self.has_room(need, running.promised) && !halt.is_set() {
            if !self.has_waited.swap(true, Ordering::SeqCst) {
                progress
                    .message("fewer cells run in parallel where the memory that is free does not hold more");
            }
            let waited = self.ended.wait_timeout(running, INTERVAL);
            running = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        running.n_cells += 1;
        running.promised = running.promised.saturating_add(need);
        Admitted { of: self, need }
    }

    fn has_room(&self, need: u64, promised: u64) -> bool {
        let Some(at_start) = self.room.filter(|_| need > 0) else {
            return true;
        };
        // What runs may not have taken all that it will.
        let is_promised = promised.saturating_add(need) <= at_start.free;
        is_promised && MemoryRoom::now().is_none_or(|now| need <= now.free)
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
        self.of.ended.notify_all();
    }
}

#[expect(clippy::cast_precision_loss, reason = "a size in bytes")]
fn gib(bytes: u64) -> String {
    format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30))
}
