//! The pool: runs cells in parallel, each in a child process, and appends a row as each one ends.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::grid::plan::Cell;
use crate::grid::trainer::Trainer;
use crate::results::clock;
use crate::results::error::ResultsError;
use crate::results::labels_file::Predicted;
use crate::results::machine_log::MachineLog;
use crate::results::provenance::Provenance;
use crate::results::row::Row;
use crate::results::sink::Sink;
use crate::results::status::Status;
use crate::results::warning::{Warning, WarningCode};
use crate::run::admission::Admission;
use crate::run::cell_request::request;
use crate::run::cell_row::row;
use crate::run::features;
use crate::run::given_up::GivenUp;
use crate::run::halt::Halt;
use crate::run::lock::hold;
use crate::run::outcome::Ended;
use crate::run::preparation::{Making, Preparation};
use crate::run::progress::Progress;
use crate::run::protocol::{Program, Request, Response, Score};
use crate::run::record::Record;
use crate::run::repeats::Repeats;
use crate::run::system::contention::ContentionMeter;
use crate::run::system::process_tree;
use crate::run::system::scratch::{Scratch, remove_abandoned};
use crate::run::worker::{Limits, work};

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

impl Pool<'_> {
    /// Runs the cells in order and appends a row as each one ends. `plan` holds all cells of the plan, due or not: repeats of a
    /// deterministic point must agree with each other.
    ///
    /// Once a row cannot be written, no cell starts any more; those that run go on, and what is not written is tried again at the end.
    ///
    /// Returns the time that places for cells were empty at the end, over all places.
    ///
    /// # Errors
    /// Results that cannot be written; the rows are then shown on standard error.
    pub(crate) fn run(
        &self,
        cells: &[Cell],
        plan: &[Cell],
        sink: &mut Sink,
        progress: &Progress,
    ) -> Result<Duration, ResultsError> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(self.jobs)
            .build()
            .map_err(|error| ResultsError::Disk {
                doing: "start the threads for",
                path: sink.path().to_owned(),
                source: std::io::Error::other(error),
            })?;
        process_tree::adopt_orphans();
        if cells
            .iter()
            .any(|cell| matches!(cell.point.engine, Trainer::Command(_)))
        {
            remove_abandoned();
        }
        let record = Record {
            repeats: Repeats::new(plan, cells, sink),
            given_up: GivenUp::new(self.all_repeats),
            preparation: Preparation::default(),
            sink: Mutex::new(sink),
            running: Mutex::new(HashMap::new()),
            unwritten: Mutex::new(Vec::new()),
            has_lost_labels: AtomicBool::new(false),
            has_failed: AtomicBool::new(false),
            n_started: AtomicUsize::new(0),
            edited: Mutex::new(HashMap::new()),
        };
        let ends = Mutex::new(vec![Instant::now(); self.jobs]);
        pool.in_place_scope_fifo(|scope| {
            for cell in cells {
                let (record, ends) = (&record, &ends);
                scope.spawn_fifo(move |_| {
                    let _admitted = self.admission.enter(cell, self.halt, progress);
                    let is_stopped = self.halt.is_set() || record.is_failing();
                    if !is_stopped && !record.is_of_edited_engine(cell) && !record.given_up.has(cell) {
                        self.cell(cell, record, progress);
                    }
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
        let is_stopped = record.is_failing() && record.n_started.load(Ordering::SeqCst) < cells.len();
        let stopped = match (is_stopped, has_lost_labels) {
            (_, true) => Err(ResultsError::LostLabels),
            (true, false) => Err(ResultsError::Stopped),
            (false, false) => Ok(idle),
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

    fn cell(&self, cell: &Cell, record: &Record<'_>, progress: &Progress) {
        // Before the cell starts: its times and its neighbours are those of the fit.
        let prepared = self.prepared(cell, record, progress);
        let started_at = format!("{:.3}", clock::now());
        let shown = progress.start(cell);
        record.n_started.fetch_add(1, Ordering::SeqCst);
        record.enter(&cell.id);
        let meter = ContentionMeter::start();
        // The folder of its program, removed only after the row is written.
        let mut scratch = None;
        let response = match prepared {
            Ok(Some(features)) => {
                let response = self.train_or_report(cell, Some(features.clone()), record, &mut scratch);
                match response {
                    // The file was damaged, and who read it has removed it.
                    Response::Ended(Status::Interrupted, reason) if self.may_recompute(&features) => {
                        progress.message(&reason);
                        self.prepared(cell, record, progress).map_or_else(
                            |response| response,
                            |features| self.train_or_report(cell, features, record, &mut scratch),
                        )
                    }
                    response => response,
                }
            }
            Ok(None) => self.train_or_report(cell, None, record, &mut scratch),
            Err(response) => response,
        };
        let mut contention = meter.read();
        let concurrent = record.leave(&cell.id);
        if concurrent > 1 {
            // With other cells beside it, nobody can say which process did the work; the row has the number of cells.
            contention.foreign_cores = None;
        }
        let mut response = record.repeats.checked(cell, response);
        let mut sink = hold(&record.sink);
        if let Response::Scored(score) = &mut response {
            self.keep_labels(cell, score, &started_at, &mut sink, record);
        }
        let row = row(
            cell,
            &response,
            self.threads,
            self.provenance,
            concurrent,
            contention,
            &started_at,
        );
        let named = |name: &String| Row {
            params: name.clone(),
            ..row.clone()
        };
        let rows: Vec<Row> = cell.point.names.iter().map(named).collect();
        // The row first; everything after this only tells about it.
        let written = sink.append(&rows);
        let notices = sink.take_notices();
        drop(sink);
        notices.iter().for_each(|notice| progress.message(notice));
        if let Err(error) = written {
            progress.message(&format!(
                "{:?}",
                miette::Report::new(error).wrap_err(
                    "no further cell starts; the running ones go on, and their rows are tried again"
                )
            ));
            record.has_failed.store(true, Ordering::SeqCst);
            // A cell that was stopped has nothing to lose.
            if row.status != Status::Interrupted {
                hold(&record.unwritten).extend(rows);
            }
        }
        record.given_up.note(cell, row.status);
        progress.end(shown, cell, &row);
        if let Response::Scored(score) = &response {
            self.log_machine(cell, score, progress);
        }
    }

    /// The file of the cell's features, made now if need be; `None` where the cell computes them itself. A refused cell has neither.
    fn prepared(
        &self,
        cell: &Cell,
        record: &Record<'_>,
        progress: &Progress,
    ) -> Result<Option<PathBuf>, Response> {
        let point = &cell.point;
        if let Some(reason) = &point.refused {
            return Err(Response::Ended(Status::Refused, reason.clone()));
        }
        if !point.preprocessing.is_costly() || matches!(point.engine, Trainer::Command(_)) {
            return Ok(None);
        }
        let path = features::file_of(point, &mut |line| progress.message(line))
            .map_err(|Ended(status, reason)| Response::Ended(status, reason))?;
        let request = Request {
            features: Some(path.clone()),
            ..request(cell, self.threads, self.keep)
        };
        let announce = |making: Making| {
            let doing = match making {
                Making::Here => "computing",
                Making::ByAnotherRun => "waiting for another run that computes",
            };
            progress.message(&format!("{}: {doing} {}", point.data.name, point.input()));
        };
        let preparation = &record.preparation;
        preparation.prepare(&path, &request, Limits::of(point), self.halt, announce)?;
        Ok(Some(path))
    }

    /// Whether a cell that has ended without a score lacks only the file of its features.
    fn may_recompute(&self, features: &Path) -> bool {
        !self.halt.is_set() && !features.exists()
    }

    /// Trains a cell; a panic of this program is a failed cell, so that its row is written.
    fn train_or_report(
        &self,
        cell: &Cell,
        features: Option<PathBuf>,
        record: &Record<'_>,
        scratch: &mut Option<Scratch>,
    ) -> Response {
        let train = || self.train(cell, features, record, scratch);
        catch_unwind(AssertUnwindSafe(train)).unwrap_or_else(|_| {
            let reason = "internal error of the runner; standard error has its message";
            Response::Ended(Status::Failed, reason.into())
        })
    }

    /// Keeps what a cell predicted beside the results; a failure becomes a warning of the row.
    fn keep_labels(
        &self,
        cell: &Cell,
        score: &mut Score,
        started_at: &str,
        sink: &mut Sink,
        record: &Record<'_>,
    ) {
        if !self.keeps_all_labels && cell.repeat > 0 {
            return;
        }
        let data = &cell.point.data;
        let predicted = Predicted {
            data_sha256: &data.sha256,
            n_classes: data.n_classes,
            labels: &score.labels,
            truth: &data.truth[..cell.point.n_test.min(data.truth.len())],
        };
        if let Err(error) = sink.append_labels(&cell.id.0, started_at, predicted) {
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
            let text = format!("{error}{}", cause.unwrap_or_default());
            record.has_lost_labels.store(true, Ordering::SeqCst);
            score.warnings.push(Warning::new(WarningCode::NotKept, text));
        }
    }

    fn train(
        &self,
        cell: &Cell,
        features: Option<PathBuf>,
        record: &Record<'_>,
        scratch: &mut Option<Scratch>,
    ) -> Response {
        let limits = Limits::of(&cell.point);
        let mut request = Request {
            features,
            ..request(cell, self.threads, self.keep)
        };
        let Trainer::Command(engine) = &cell.point.engine else {
            return work(&request, limits, self.halt);
        };
        let scratch = match Scratch::create() {
            Ok(folder) => scratch.insert(folder),
            Err(error) => {
                let reason = format!("cannot create a temporary folder for the program: {error}");
                return Response::Ended(Status::Failed, reason);
            }
        };
        let command = match engine.resolved() {
            Ok(command) => command,
            Err(program) => {
                return Response::Ended(
                    Status::Failed,
                    format!("program `{program}` of engine `{}` not found", engine.name),
                );
            }
        };
        let changed = || {
            hold(&record.edited).entry(engine.name.clone()).or_default();
            let reason = format!(
                "the files of engine `{}` changed during the run; the same command trains its cells with the new files",
                engine.name
            );
            Response::Ended(Status::Interrupted, reason)
        };
        let unplanned = || match engine.identity() {
            Ok(identity) if identity == engine.version() => None,
            Ok(_) => Some(changed()),
            Err(error) => {
                let path = error.path.display();
                let reason = format!("cannot read {path} of engine `{}`: {}", engine.name, error.source);
                Some(Response::Ended(Status::Interrupted, reason))
            }
        };
        if let Some(response) = unplanned() {
            return response;
        }
        request.program = cell.point.data.exported.clone().map(|files| Program {
            command,
            scratch: scratch.path().to_owned(),
            files,
        });
        let response = work(&request, limits, self.halt);
        unplanned().unwrap_or(response)
    }

    /// Logs the machine and the engine; a failure to log never loses a cell.
    fn log_machine(&self, cell: &Cell, score: &Score, progress: &Progress) {
        let engine = cell.point.engine.name();
        let libraries = cell.point.engine.libraries(&score.libraries);
        if let Err(error) = self.machines.record(engine, &libraries) {
            progress.message(&format!("cannot write machines.csv: {error}"));
        }
    }
}
