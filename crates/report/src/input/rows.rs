//! Results CSV files → typed rows, or a message that names file, line and column.
//!
//! The format is `docs/results-format.md`. A line that a power cut tore off is left out with a note, and so is a CSV file
//! that is no results file; anything else that breaks the format stops the report.

use std::path::Path;

use csv::{ReaderBuilder, StringRecord};
use jiff::Timestamp;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use super::params::Params;
use super::schema::{COLUMNS, SCHEMA};
use crate::error::ReportError;

/// One cell's row. Fields are the columns of `docs/results-format.md`; what was not measured is `None`.
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
    /// A combination that the family or the engine does not define.
    Refused,
    /// The engine returned an error, panicked, or its answer was no answer.
    Failed,
    /// It took longer than it was given.
    Timeout,
    /// It needed more memory than it was given.
    OutOfMemory,
    /// A signal ended its process.
    Crashed,
    /// The user stopped the run.
    Interrupted,
}

impl Status {
    /// The status as the CSV writes it.
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

/// Reads the bytes of one results file; `path` is for messages. `None` where the first column is not `schema`, so that
/// this is no results file; that and a torn last line are added to `notes`.
///
/// # Errors
/// Other columns, or a row that breaks the format.
pub fn parse(path: &Path, bytes: &[u8], notes: &mut Vec<String>) -> Result<Option<Vec<Row>>, ReportError> {
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(bytes);
    let header = reader
        .headers()
        .map_err(|error| unreadable(path, &error))?
        .clone();
    if header.get(0) != Some("schema") {
        let first = header.get(0).map_or("it is empty".to_owned(), |name| {
            format!("its first column is `{name}`")
        });
        notes.push(format!(
            "{}: skipped, not a results file: {first}, not `schema`",
            path.display()
        ));
        return Ok(None);
    }
    if header != COLUMNS[..] {
        if !bytes.contains(&b'\n') {
            notes.push(format!("{}: skipped, its header line is torn", path.display()));
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
        if end == bytes.len() && torn(&bytes[start..]) {
            notes.push(format!(
                "{}: line {line} skipped, it is torn (the last line, not ended)",
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

/// Whether a file's last record has no line end, or one that an open quote has swallowed.
fn torn(record: &[u8]) -> bool {
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
            (Some(found), Some(wanted)) => format!("`{found}` stands where `{wanted}` should"),
            _ => "a column is there twice".to_owned(),
        });
    }
    parts.join("; ")
}

fn row(record: &StringRecord, header: &StringRecord) -> Result<Row, String> {
    if record.len() != COLUMNS.len() {
        return Err(format!("{} fields, not {}", record.len(), COLUMNS.len()));
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

/// Reads the one column whose type does not name itself in its errors.
fn started_at<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(from)?;
    text.parse()
        .map_err(|error| D::Error::custom(format!("`started_at` is `{text}`: {error}")))
}

impl Row {
    /// What the types do not say: ranges, and what an `ok` row must have.
    fn check(&self) -> Result<(), String> {
        if self.schema != SCHEMA {
            return Err(format!(
                "`schema` is {}; this program reads {SCHEMA}",
                self.schema
            ));
        }
        for (name, value) in [("accuracy", self.accuracy), ("macro_f1", self.macro_f1)] {
            if let Some(value) = value.filter(|value| !(0.0..=1.0).contains(value)) {
                return Err(format!("`{name}` is {value}, not within 0 to 1"));
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
                return Err(format!("`{name}` is {value}, not a number from 0 up"));
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
            return Err(format!("`params` has `{piece}`, which is no `key=value`"));
        }
        if self.status == Status::Ok && self.accuracy.is_none() {
            return Err("`status` is `ok` and `accuracy` is empty".to_owned());
        }
        Ok(())
    }
}
