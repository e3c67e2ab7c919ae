//! One fit of the pool: trains it in a child process and appends the rows of its cells.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use crate::grid::plan::Cell;
use crate::grid::trainer::Trainer;
use crate::results::clock;
use crate::results::labels_file::Predicted;
use crate::results::row::Row;
use crate::results::sink::Sink;
use crate::results::status::Status;
use crate::results::warning::{Warning, WarningCode};
use crate::run::cell_request::request;
use crate::run::cell_row::row;
use crate::run::features;
use crate::run::lock::hold;
use crate::run::outcome::Ended;
use crate::run::pool::Pool;
use crate::run::preparation::Making;
use crate::run::progress::Progress;
use crate::run::protocol::{Program, Request, Response, Score};
use crate::run::record::Record;
use crate::run::sharing::{SharedFit, shared_fits};
use crate::run::system::contention::ContentionMeter;
use crate::run::system::scratch::Scratch;
use crate::run::worker::{Limits, work};

impl Pool<'_> {
    /// Runs a fit, unless the run stops. Where it gives nothing for the smaller cells, they are trained by themselves: a limit that the
    /// largest reaches is none for them.
    pub(super) fn fit(&self, fit: &SharedFit, record: &Record<'_>, progress: &Progress) {
        let SharedFit { cell, others } = fit;
        if self.halt.is_set() || record.is_failing() {
            return;
        }
        record.n_started.fetch_add(1, Ordering::SeqCst);
        let may_run = !record.is_of_edited_engine(cell) && !record.given_up.has(cell);
        let has_run = may_run && self.cell(fit, record, progress);
        if !has_run {
            let fits = shared_fits(others.clone());
            fits.iter().for_each(|fit| self.fit(fit, record, progress));
        }
    }

    /// Trains the cell of a fit and appends its row and those of the other cells; whether these have one.
    fn cell(&self, fit: &SharedFit, record: &Record<'_>, progress: &Progress) -> bool {
        let SharedFit { cell, others } = fit;
        // Before the cell starts: its times and its neighbours are those of the fit.
        let prepared = self.prepared(cell, record, progress);
        let started_at = format!("{:.3}", clock::now());
        let shown = progress.start(cell);
        record.enter(&cell.id);
        let meter = ContentionMeter::start();
        // The folder of its program, removed only after the row is written.
        let mut scratch = None;
        let response = match prepared {
            Ok(Some(features)) => {
                let response = self.train_or_report(fit, Some(features.clone()), record, &mut scratch);
                match response {
                    // The file was damaged, and who read it has removed it.
                    Response::Ended(Status::Interrupted, reason) if self.may_recompute(&features) => {
                        progress.message(&reason);
                        self.prepared(cell, record, progress).map_or_else(
                            |response| response,
                            |features| self.train_or_report(fit, features, record, &mut scratch),
                        )
                    }
                    response => response,
                }
            }
            Ok(None) => self.train_or_report(fit, None, record, &mut scratch),
            Err(response) => response,
        };
        let mut contention = meter.read();
        let concurrent = record.leave(&cell.id);
        if concurrent > 1 {
            // With other cells beside it, nobody can say which process did the work; the row has the number of cells.
            contention.foreign_cores = None;
        }
        let ended = ended(fit, response);
        let has_others = ended.len() > others.len();
        let mut sink = hold(&record.sink);
        let ended = ended.into_iter().map(|(of, response)| {
            let mut response = record.repeats.checked(of, response);
            if let Response::Scored(score) = &mut response {
                if score
                    .warnings
                    .iter()
                    .any(|warning| warning.code() == WarningCode::NotKept)
                {
                    record.n_lost_files.fetch_add(1, Ordering::SeqCst);
                }
                self.keep_labels(of, score, &started_at, &mut sink, record);
            }
            let is_shared = of.id != cell.id;
            let row = Row {
                shared_with: if is_shared {
                    cell.id.0.clone()
                } else {
                    String::new()
                },
                ..row(
                    of,
                    &response,
                    self.threads,
                    self.provenance,
                    concurrent,
                    contention,
                    &started_at,
                )
            };
            (of, response, row)
        });
        let ended: Vec<(&Cell, Response, Row)> = ended.collect();
        let named = |(of, _, row): &(&Cell, Response, Row)| {
            let named = |name: &String| Row {
                params: name.clone(),
                ..row.clone()
            };
            of.point.names.iter().map(named).collect::<Vec<Row>>()
        };
        let rows: Vec<Row> = ended.iter().flat_map(named).collect();
        // The rows first; everything after this only tells about them.
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
            let lost = rows.into_iter().filter(|row| row.status != Status::Interrupted);
            hold(&record.unwritten).extend(lost);
        }
        if let Some((_, Response::NotStarted(reason), _)) = ended.first() {
            hold(&record.cannot_start).get_or_insert_with(|| reason.clone());
        }
        let mut shown = shown;
        for (of, _, row) in &ended {
            record.given_up.note(of, row.status);
            progress.end(shown.take(), of, row);
        }
        if let Some((cell, Response::Scored(score), _)) = ended.first() {
            self.log_machine(cell, score, progress);
        }
        has_others
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
        fit: &SharedFit,
        features: Option<PathBuf>,
        record: &Record<'_>,
        scratch: &mut Option<Scratch>,
    ) -> Response {
        let train = || self.train(fit, features, record, scratch);
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
        SharedFit { cell, others }: &SharedFit,
        features: Option<PathBuf>,
        record: &Record<'_>,
        scratch: &mut Option<Scratch>,
    ) -> Response {
        let limits = Limits::of(&cell.point);
        let mut request = Request {
            features,
            parts: others.iter().map(|other| other.point.settings.clone()).collect(),
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
        request.program = cell.point.data.exported.as_deref().map(|exported| Program {
            command,
            scratch: scratch.path().to_owned(),
            files: exported.files(),
        });
        let response = work(&request, limits, self.halt);
        unplanned().unwrap_or(response)
    }

    /// Logs the machine and the engine; a failure to log never loses a cell, and is tried again at the end.
    fn log_machine(&self, cell: &Cell, score: &Score, progress: &Progress) {
        let engine = cell.point.engine.name();
        let libraries = cell.point.engine.libraries(&score.libraries);
        if let Err(error) = self.machines.record(engine, &libraries) {
            progress.message(&format!("{:?}", miette::Report::new(error)));
        }
    }
}

/// How each cell of a fit ended, the one that was trained first. Without its score the others have not ended.
fn ended(SharedFit { cell, others }: &SharedFit, mut response: Response) -> Vec<(&Cell, Response)> {
    let parts = match &mut response {
        Response::Scored(score) => std::mem::take(&mut score.parts),
        Response::Ended(..) | Response::NotStarted(_) | Response::MadeFeatures => Vec::new(),
    };
    let parts = others.iter().zip(parts);
    let parts = parts.map(|(other, score)| (other, Response::Scored(Box::new(score))));
    [(cell, response)].into_iter().chain(parts).collect()
}
