//! The pool: runs cells in parallel, each in a child process, and appends a row as each one ends.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::families::method_kind::MethodKind;
use crate::grid::plan::{Cell, CellId};
use crate::grid::trainer::Trainer;
use crate::results::error::ResultsError;
use crate::results::machine_log::MachineLog;
use crate::results::provenance::Provenance;
use crate::results::row::{Row, SCHEMA};
use crate::results::sink::Sink;
use crate::results::status::Status;
use crate::results::warning::Warning;
use crate::run::contention::{Contention, ContentionMeter};
use crate::run::halt::Halt;
use crate::run::progress::Progress;
use crate::run::protocol::{Program, Request, Response, Score};
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
    /// The flag that stops the run.
    pub halt: &'a Halt,
}

impl Pool<'_> {
    /// Runs the cells in order and appends a row as each one ends. `plan` holds all cells of the plan, due or not: repeats of a
    /// deterministic point must agree with each other.
    ///
    /// # Errors
    /// Results that cannot be written; the cells that run at that moment are lost.
    pub(crate) fn run(
        &self,
        cells: &[Cell],
        plan: &[Cell],
        sink: &mut Sink,
        progress: &Progress,
    ) -> Result<(), ResultsError> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(self.jobs)
            .build()
            .map_err(|error| ResultsError::Disk {
                doing: "start the threads for",
                path: sink.path().to_owned(),
                source: std::io::Error::other(error),
            })?;
        let record = Record {
            first: Mutex::new(first_scores(plan, sink)),
            sink: Mutex::new(sink),
            running: Mutex::new(HashMap::new()),
            failure: Mutex::new(None),
        };
        pool.in_place_scope_fifo(|scope| {
            for cell in cells {
                let record = &record;
                scope.spawn_fifo(move |_| {
                    if !self.halt.is_set() {
                        self.cell(cell, record, progress);
                    }
                });
            }
        });
        match hold(&record.failure).take() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    fn cell(&self, cell: &Cell, record: &Record<'_>, progress: &Progress) {
        let started_at = jiff::Timestamp::now()
            .round(jiff::Unit::Second)
            .unwrap_or_else(|_| jiff::Timestamp::now());
        let shown = progress.start(cell);
        record.enter(&cell.id);
        let meter = ContentionMeter::start();
        let response = match &cell.point.refused {
            Some(reason) => Response::Ended(Status::Refused, reason.clone()),
            None => self.train(cell),
        };
        let mut contention = meter.read();
        let concurrent = record.leave(&cell.id);
        if concurrent > 1 {
            // With other cells beside it, nobody can say which process did the work; the row has the number of cells.
            contention.foreign_cores = None;
        }
        if let Response::Scored(score) = &response {
            self.log_machine(cell, score, progress);
        }
        let response = record.checked(cell, response);
        let row = self.row(cell, &response, concurrent, contention, &started_at.to_string());
        progress.end(shown, cell, &row);
        let named = |name: &String| Row {
            params: name.clone(),
            ..row.clone()
        };
        let rows: Vec<Row> = cell.point.names.iter().map(named).collect();
        if let Err(error) = hold(&record.sink).append(&rows) {
            hold(&record.failure).get_or_insert(error);
            self.halt.set();
        }
    }

    fn train(&self, cell: &Cell) -> Response {
        let limits = Limits {
            timeout: cell.point.timeout,
            memory: cell.point.memory,
        };
        let mut request = self.request(cell);
        let Trainer::Command(engine) = &cell.point.engine else {
            return work(&request, limits, self.halt);
        };
        let scratch = match tempfile::Builder::new().prefix("hemline-cell-").tempdir() {
            Ok(scratch) => scratch,
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
        request.program = cell.point.data.exported.clone().map(|files| Program {
            command,
            scratch: scratch.path().to_owned(),
            files,
        });
        // The folder is removed after every process of the cell has ended.
        work(&request, limits, self.halt)
    }

    /// Logs the machine and the engine; a failure to log never loses a cell.
    fn log_machine(&self, cell: &Cell, score: &Score, progress: &Progress) {
        let engine = cell.point.engine.name();
        let libraries = cell.point.engine.libraries(&score.libraries);
        if let Err(error) = self.machines.record(engine, &libraries) {
            progress.message(&format!("cannot write machines.csv: {error}"));
        }
    }

    fn request(&self, cell: &Cell) -> Request {
        let point = &cell.point;
        Request {
            data: point.data.cache.clone(),
            stamp: point.data.stamp,
            sha256: point.data.sha256.clone(),
            n_train: point.n_train,
            n_test: point.n_test,
            preprocessing: point.preprocessing.to_string(),
            classifier: point.family.name().into(),
            engine: point.engine.name().into(),
            settings: point.settings.clone(),
            is_baseline: point.family.kind() == MethodKind::Baseline,
            seed: cell.seed,
            threads: self.threads,
            memory: point.memory,
            program: None,
            kept_in: self.keep.map(|folder| folder.join(format!("{}.json", cell.id.0))),
        }
    }

    fn row(
        &self,
        cell: &Cell,
        response: &Response,
        concurrent: usize,
        contention: Contention,
        started_at: &str,
    ) -> Row {
        let point = &cell.point;
        let score = match response {
            Response::Scored(score) => Some(score),
            Response::Ended(..) => None,
        };
        let measured = score.map(|score| &score.measured);
        let (status, error) = match response {
            Response::Scored(_) => (Status::Ok, String::new()),
            Response::Ended(status, reason) => (*status, reason.clone()),
        };
        Row {
            schema: SCHEMA,
            cell_id: cell.id.0.clone(),
            dataset: point.data.name.clone(),
            data_sha256: point.data.sha256.clone(),
            preprocessing: point.preprocessing.to_string(),
            classifier: point.family.name().into(),
            kind: point.family.kind().word().into(),
            engine: point.engine.name().into(),
            engine_version: point.engine.version().into(),
            params: point.names[0].clone(),
            repeat: cell.repeat,
            seed: cell.seed,
            n_train: point.n_train,
            n_test: point.n_test,
            n_features: score.and_then(|score| score.n_features),
            status,
            accuracy: score.map(|score| score.accuracy),
            macro_f1: score.map(|score| score.macro_f1),
            fit_s: measured.map(|measured| measured.fit_s),
            fit_cpu_s: measured.and_then(|measured| measured.fit_cpu_s),
            predict_s: measured.map(|measured| measured.predict_s),
            predict_cpu_s: measured.and_then(|measured| measured.predict_cpu_s),
            wall_s: measured.and_then(|measured| measured.wall_s),
            peak_rss_mib: measured.and_then(|measured| measured.peak_rss_mib),
            threads: self.threads,
            concurrent,
            foreign_cores: contention.foreign_cores,
            steal: contention.steal,
            shared_with: String::new(),
            machine: self.provenance.machine.clone(),
            version: self.provenance.version.clone(),
            revision: self.provenance.revision.clone(),
            started_at: started_at.into(),
            warning: score
                .map(|score| Warning::column(&score.warnings))
                .unwrap_or_default(),
            error,
        }
    }
}

/// The score that every other repeat of a deterministic point must equal.
#[derive(Clone)]
struct Seen {
    accuracy: f64,
    macro_f1: f64,
    predictions: Option<String>,
}

impl Seen {
    fn agrees(&self, score: &Score) -> bool {
        let close = |a: f64, b: f64| (a - b).abs() < 1e-6;
        close(self.accuracy, score.accuracy)
            && close(self.macro_f1, score.macro_f1)
            && self
                .predictions
                .as_ref()
                .is_none_or(|predictions| *predictions == score.predictions)
    }
}

/// State that the cells of a run share.
struct Record<'a> {
    sink: Mutex<&'a mut Sink>,
    /// Cell → the maximum number of cells that ran in parallel with it, itself included.
    running: Mutex<HashMap<CellId, usize>>,
    /// Point → the score of its first repeat.
    first: Mutex<HashMap<String, Seen>>,
    failure: Mutex<Option<ResultsError>>,
}

impl Record<'_> {
    fn enter(&self, id: &CellId) {
        let mut running = hold(&self.running);
        let n = running.len() + 1;
        running.insert(id.clone(), n);
        for most in running.values_mut() {
            *most = n.max(*most);
        }
    }

    fn leave(&self, id: &CellId) -> usize {
        hold(&self.running).remove(id).unwrap_or(1)
    }

    /// A repeat of a deterministic point fails if its predictions differ from those of another repeat.
    fn checked(&self, cell: &Cell, response: Response) -> Response {
        let Response::Scored(score) = &response else {
            return response;
        };
        if cell.point.engine.is_stochastic() {
            return response;
        }
        let mut first = hold(&self.first);
        match first.get(cell.point.problem()) {
            Some(seen) if !seen.agrees(score) => Response::Ended(
                Status::Failed,
                format!(
                    "predictions differ from those of another repeat (accuracy {:.6} and {:.6}), although this point is deterministic",
                    score.accuracy, seen.accuracy
                ),
            ),
            Some(_) => response,
            None => {
                let seen = Seen {
                    accuracy: score.accuracy,
                    macro_f1: score.macro_f1,
                    predictions: Some(score.predictions.clone()),
                };
                first.insert(cell.point.problem().to_owned(), seen);
                response
            }
        }
    }
}

/// The scores of earlier runs.
fn first_scores(plan: &[Cell], sink: &Sink) -> HashMap<String, Seen> {
    let score = |cell: &Cell| {
        let row = sink.ok_row(&cell.id.0)?;
        let seen = Seen {
            accuracy: row.accuracy?,
            macro_f1: row.macro_f1?,
            predictions: None,
        };
        Some((cell.point.problem().to_owned(), seen))
    };
    plan.iter().filter_map(score).collect()
}

pub(crate) fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
