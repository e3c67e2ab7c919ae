//! Parses one results file into typed rows.
//!
//! `docs/results-format.md` describes the format. Two cases are skipped with a note: an incomplete last line, as a power cut
//! leaves it, and a CSV file that is not a results file. Any other error in the format stops the report with the file, line
//! and column.

use std::path::Path;

use csv::{ReaderBuilder, StringRecord};
use jiff::Timestamp;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use super::params::Params;
use super::schema::{COLUMNS, SCHEMA};
use crate::error::ReportError;

/// The row of one cell, with the columns of `docs/results-format.md`. A value that was not measured is `None`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "docs/results-format.md describes the columns")]
pub struct Row {
    pub schema: u32,
    pub cell_id: String,
    pub dataset: String,
    pub data_sha256: String,
    pub preprocessing: String,
    pub classifier: String,
    pub engine: String,
    pub params: Params,
    pub repeat: u32,
    pub seed: u64,
    pub n_train: u64,
    pub n_test: u64,
    pub status: Status,
    pub accuracy: Option<f64>,
    pub macro_f1: Option<f64>,
    pub fit_s: Option<f64>,
    pub fit_cpu_s: Option<f64>,
    pub predict_s: Option<f64>,
    pub predict_cpu_s: Option<f64>,
    pub peak_rss_mib: Option<f64>,
    pub threads: Option<u32>,
    pub concurrent: Option<u32>,
    pub machine: String,
    pub version: String,
    pub revision: String,
    #[serde(deserialize_with = "started_at")]
    pub started_at: Timestamp,
    pub error: String,
}

/// How a cell ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Trained, predicted and scored.
    Ok,
    /// The family or the engine does not support this combination.
    Refused,
    /// The engine returned an error, panicked, or sent an invalid response.
    Failed,
    /// It exceeded the time limit.
    Timeout,
    /// It exceeded the memory limit.
    OutOfMemory,
    /// A signal ended its process.
    Crashed,
    /// The user stopped the run.
    Interrupted,
}

impl Status {
    /// The name in the CSV file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Timeout => "timeout",
            Self::OutOfMemory => "out-of-memory",
            Self::Crashed => "crashed",
            Self::Interrupted => "interrupted",
        }
    }
}

/// Parses the bytes of one results file; `path` is for messages. Returns `None` if the first column is not `schema`: then it
/// is not a results file. `notes` receives a message for such a file and for an incomplete last line.
///
/// # Errors
/// [`ReportError::Header`] if the columns differ, [`ReportError::Row`] if a row breaks the format.
pub fn parse(path: &Path, bytes: &[u8], notes: &mut Vec<String>) -> Result<Option<Vec<Row>>, ReportError> {
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(bytes);
    let header = reader
        .headers()
        .map_err(|error| unreadable(path, &error))?
        .clone();
    if header.get(0) != Some("schema") {
        let first = header.get(0).map_or("it is empty".to_owned(), |name| {
            format!("the first column is `{name}`, expected `schema`")
        });
        notes.push(format!(
            "{}: skipped because it is not a results file: {first}",
            path.display()
        ));
        return Ok(None);
    }
    if header != COLUMNS[..] {
        if !bytes.contains(&b'\n') {
            notes.push(format!(
                "{}: skipped because its header line is incomplete",
                path.display()
            ));
            return Ok(None);
        }
        return Err(ReportError::Header {
            path: path.to_owned(),
            schema: SCHEMA,
            difference: difference(&header),
        });
    }

    let mut rows = Vec::new();
    let mut record = StringRecord::new();
    loop {
        let start = reader.position().clone();
        let read = reader.read_record(&mut record);
        let end = usize::try_from(reader.position().byte())
            .unwrap_or(usize::MAX)
            .min(bytes.len());
        let line = record.position().map_or(start.line(), csv::Position::line);
        if matches!(read, Ok(false)) {
            return Ok(Some(rows));
        }
        let start = usize::try_from(start.byte()).unwrap_or(usize::MAX).min(end);
        if end == bytes.len() && is_incomplete(&bytes[start..]) {
            notes.push(format!(
                "{}: line {line} skipped because it is incomplete",
                path.display()
            ));
            return Ok(Some(rows));
        }
        read.map_err(|error| unreadable(path, &error))?;
        let row = row(&record, &header).map_err(|problem| ReportError::Row {
            path: path.to_owned(),
            line,
            problem,
        })?;
        rows.push(row);
    }
}

/// Whether the last record of a file lacks its line end, or an open quote contains it.
fn is_incomplete(record: &[u8]) -> bool {
    !record.ends_with(b"\n") || record.iter().filter(|&&byte| byte == b'"').count() % 2 == 1
}

fn unreadable(path: &Path, error: &csv::Error) -> ReportError {
    let line = error.position().map_or(1, csv::Position::line);
    let problem = match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "the text is not UTF-8".to_owned(),
        _ => error.to_string(),
    };
    ReportError::Row {
        path: path.to_owned(),
        line,
        problem,
    }
}

fn difference(header: &StringRecord) -> String {
    let quoted = |names: Vec<&str>| {
        names
            .iter()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let missing: Vec<&str> = COLUMNS
        .into_iter()
        .filter(|name| !header.iter().any(|h| h == *name))
        .collect();
    let unknown: Vec<&str> = header.iter().filter(|name| !COLUMNS.contains(name)).collect();
    let mut parts = Vec::new();
    if !missing.is_empty() {
        parts.push(format!("missing {}", quoted(missing)));
    }
    if !unknown.is_empty() {
        parts.push(format!("unknown {}", quoted(unknown)));
    }
    if parts.is_empty() {
        let at = header
            .iter()
            .zip(COLUMNS)
            .position(|(found, wanted)| found != wanted)
            .unwrap_or(COLUMNS.len());
        parts.push(match (header.get(at), COLUMNS.get(at)) {
            (Some(found), Some(wanted)) => format!("expected `{wanted}`, found `{found}`"),
            _ => "a column is repeated".to_owned(),
        });
    }
    parts.join("; ")
}

fn row(record: &StringRecord, header: &StringRecord) -> Result<Row, String> {
    if record.len() != COLUMNS.len() {
        return Err(format!(
            "expected {} fields, found {}",
            COLUMNS.len(),
            record.len()
        ));
    }
    let row: Row = record
        .deserialize(Some(header))
        .map_err(|error| match error.kind() {
            csv::ErrorKind::Deserialize { err, .. } => {
                match err.field().and_then(|at| usize::try_from(at).ok()) {
                    Some(at) if at < COLUMNS.len() => {
                        format!(
                            "`{}` is `{}`: {}",
                            COLUMNS[at],
                            record.get(at).unwrap_or_default(),
                            err.kind()
                        )
                    }
                    _ => err.kind().to_string(),
                }
            }
            _ => error.to_string(),
        })?;
    row.check()?;
    Ok(row)
}

/// Parses `started_at`: the errors of its type do not name the column.
fn started_at<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(from)?;
    text.parse()
        .map_err(|error| D::Error::custom(format!("`started_at` is `{text}`: {error}")))
}

impl Row {
    /// Checks what the types do not: ranges, and the values that an `ok` row must have.
    fn check(&self) -> Result<(), String> {
        if self.schema != SCHEMA {
            return Err(format!(
                "`schema` is {}; this program reads {SCHEMA}",
                self.schema
            ));
        }
        for (name, value) in [("accuracy", self.accuracy), ("macro_f1", self.macro_f1)] {
            if let Some(value) = value.filter(|value| !(0.0..=1.0).contains(value)) {
                return Err(format!("`{name}` is {value}, expected a number from 0 to 1"));
            }
        }
        for (name, value) in [
            ("fit_s", self.fit_s),
            ("fit_cpu_s", self.fit_cpu_s),
            ("predict_s", self.predict_s),
            ("predict_cpu_s", self.predict_cpu_s),
            ("peak_rss_mib", self.peak_rss_mib),
        ] {
            if let Some(value) = value.filter(|value| !value.is_finite() || *value < 0.0) {
                return Err(format!(
                    "`{name}` is {value}, expected a finite number of at least 0"
                ));
            }
        }
        for (name, text) in [
            ("cell_id", &self.cell_id),
            ("dataset", &self.dataset),
            ("classifier", &self.classifier),
            ("engine", &self.engine),
        ] {
            if text.is_empty() {
                return Err(format!("`{name}` is empty"));
            }
        }
        if let Some(piece) = self.params.malformed() {
            return Err(format!("`params` contains `{piece}`, expected `key=value`"));
        }
        if self.status == Status::Ok && self.accuracy.is_none() {
            return Err("`status` is `ok`, but `accuracy` is empty".to_owned());
        }
        Ok(())
    }
}
