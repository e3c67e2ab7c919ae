//! The pool: runs fits in parallel, each in a child process.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::grid::plan::Cell;
use crate::grid::trainer::Trainer;
use crate::results::error::ResultsError;
use crate::results::machine_log::MachineLog;
use crate::results::provenance::Provenance;
use crate::results::sink::Sink;
use crate::run::admission::Admission;
use crate::run::given_up::GivenUp;
use crate::run::halt::Halt;
use crate::run::lock::hold;
use crate::run::preparation::Preparation;
use crate::run::progress::Progress;
use crate::run::record::Record;
use crate::run::repeats::Repeats;
use crate::run::sharing::SharedFit;
use crate::run::system::process_tree;
use crate::run::system::scratch::remove_abandoned;

/// How many cells run in parallel, and with how many threads each.
pub(crate) struct Pool<'a> {
    /// Cells that run in parallel.
    pub jobs: usize,
    /// Threads per cell.
    pub threads: usize,
    /// Origin of the rows: machine, version, revision.
    pub provenance: &'a Provenance,
    /// Log of machines and engines.
    pub machines: &'a MachineLog,
    /// The folder for labels and attributes, if the run keeps them.
    pub keep: Option<&'a Path>,
    /// Whether the labels of every repeat are kept beside the rows, or those of the first alone.
    pub keeps_all_labels: bool,
    /// Whether every repeat of a point runs, even after one has reached a limit.
    pub all_repeats: bool,
    /// Decides when a cell may start.
    pub admission: &'a Admission,
    /// The flag that stops the run.
    pub halt: &'a Halt,
}

/// What became of cells that have all ended, beside their rows.
pub(crate) struct AllEnded {
    /// The time that places for cells were empty at the end, over all places.
    pub(crate) idle: Duration,
    /// Files of `--keep` that could not be written.
    pub(crate) n_lost_files: usize,
}

impl Pool<'_> {
    /// Runs the fits in order and appends the rows of their cells as each one ends. `plan` holds all cells of the plan, due or not: repeats of a
    /// deterministic point must agree with each other.
    ///
    /// Once a row cannot be written, no fit starts any more; those that run go on, and what is not written is tried again at the end.
    ///
    /// Returns the time that places for cells were empty at the end, over all places.
    ///
    /// # Errors
    /// Results that cannot be written; the rows are then shown on standard error.
    pub(crate) fn run(
        &self,
        fits: &[SharedFit],
        plan: &[Cell],
        sink: &mut Sink,
        progress: &Progress,
    ) -> Result<AllEnded, ResultsError> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(self.jobs)
            .build()
            .map_err(|error| ResultsError::Disk {
                doing: "start the threads for",
                path: sink.path().to_owned(),
                source: std::io::Error::other(error),
            })?;
        process_tree::adopt_orphans();
        let is_program = |fit: &SharedFit| matches!(fit.cell.point.engine, Trainer::Command(_));
        if fits.iter().any(is_program) {
            remove_abandoned();
        }
        let record = Record {
            repeats: Repeats::new(plan, fits.iter().flat_map(SharedFit::cells), sink),
            given_up: GivenUp::new(self.all_repeats),
            preparation: Preparation::default(),
            sink: Mutex::new(sink),
            running: Mutex::new(HashMap::new()),
            unwritten: Mutex::new(Vec::new()),
            has_lost_labels: AtomicBool::new(false),
            n_lost_files: AtomicUsize::new(0),
            has_failed: AtomicBool::new(false),
            cannot_start: Mutex::new(None),
            n_started: AtomicUsize::new(0),
            edited: Mutex::new(HashMap::new()),
        };
        let ends = Mutex::new(vec![Instant::now(); self.jobs]);
        pool.in_place_scope_fifo(|scope| {
            for fit in fits {
                let (record, ends) = (&record, &ends);
                scope.spawn_fifo(move |_| {
                    let _admitted = self.admission.enter(&fit.cell, self.halt, progress);
                    self.fit(fit, record, progress);
                    if let Some(place) = rayon::current_thread_index() {
                        hold(ends)[place] = Instant::now();
                    }
                });
            }
        });
        let idle = hold(&ends).iter().map(Instant::elapsed).sum();
        for (engine, n_cells) in hold(&record.edited).iter().filter(|(_, n_cells)| **n_cells > 0) {
            let cells = if *n_cells == 1 { "cell" } else { "cells" };
            progress.message(&format!(
                "the files of engine `{engine}` changed during the run; {n_cells} further {cells} of it did not start; \
                 the same command trains them with the new files"
            ));
        }
        record.given_up.tell(progress);
        let has_lost_labels = record.has_lost_labels.load(Ordering::SeqCst);
        let is_stopped = record.is_failing() && record.n_started.load(Ordering::SeqCst) < fits.len();
        let cannot_start = hold(&record.cannot_start).take();
        let stopped = match (cannot_start, is_stopped, has_lost_labels) {
            (_, _, true) => Err(ResultsError::LostLabels),
            (Some(reason), ..) => Err(ResultsError::NotStarted { reason }),
            (None, true, false) => Err(ResultsError::Stopped),
            (None, false, false) => Ok(AllEnded {
                idle,
                n_lost_files: record.n_lost_files.load(Ordering::SeqCst),
            }),
        };
        let rows = std::mem::take(&mut *hold(&record.unwritten));
        if rows.is_empty() {
            return stopped;
        }
        let written = hold(&record.sink).append(&rows);
        if written.is_err() {
            progress.message("these rows could not be written; append them to the results file by hand:");
            for line in rows.iter().filter_map(|row| row.to_line().ok()) {
                progress.message(String::from_utf8_lossy(&line).trim_end());
            }
        }
        written.and(stopped)
    }
}
