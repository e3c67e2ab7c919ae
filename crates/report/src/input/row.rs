//! The row of one cell: its columns, their ranges, and the two marks that a table gives it.

use jiff::Timestamp;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use super::params::Params;
use super::schema::SCHEMA;

/// The row of one cell, with the columns of `docs/results-format.md`. A value that was not measured is `None`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "docs/results-format.md describes the columns")]
pub struct Row {
    pub schema: u32,
    pub cell_id: String,
    pub dataset: String,
    pub data_sha256: String,
    pub preprocessing: String,
    pub augment: String,
    pub classifier: String,
    pub kind: String,
    pub engine: String,
    pub engine_version: String,
    pub params: Params,
    pub repeat: u32,
    pub seed: u64,
    pub n_train: u64,
    pub n_test: u64,
    pub n_features: Option<u64>,
    #[serde(deserialize_with = "status")]
    pub status: Status,
    pub accuracy: Option<f64>,
    pub macro_f1: Option<f64>,
    pub transform_s: Option<f64>,
    pub transform_cpu_s: Option<f64>,
    pub fit_s: Option<f64>,
    pub fit_cpu_s: Option<f64>,
    pub predict_s: Option<f64>,
    pub predict_cpu_s: Option<f64>,
    pub wall_s: Option<f64>,
    pub peak_rss_mib: Option<f64>,
    pub threads: Option<u32>,
    pub concurrent: Option<u32>,
    pub foreign_cores: Option<f64>,
    pub steal: Option<f64>,
    pub shared_with: String,
    pub machine: String,
    pub version: String,
    pub revision: String,
    #[serde(deserialize_with = "started_at")]
    pub started_at: Timestamp,
    pub warning: String,
    pub error: String,
    /// Whether the file says `0.000000` for a time: it has six decimals, so the time is less than a microsecond.
    #[serde(skip)]
    pub zero_is_rounded: bool,
    /// Whether the labels file beside the results has labels of this accuracy.
    #[serde(skip)]
    pub has_labels: bool,
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
    const ALL: [Self; 7] = [
        Self::Ok,
        Self::Refused,
        Self::Failed,
        Self::Timeout,
        Self::OutOfMemory,
        Self::Crashed,
        Self::Interrupted,
    ];

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

/// Parses `status`: the errors of its type do not name the column.
fn status<'de, D: Deserializer<'de>>(from: D) -> Result<Status, D::Error> {
    let text = String::deserialize(from)?;
    let found = Status::ALL.into_iter().find(|status| status.name() == text);
    found.ok_or_else(|| {
        let names = Status::ALL
            .map(|status| format!("`{}`", status.name()))
            .join(", ");
        D::Error::custom(format!("`status` is `{text}`, expected one of {names}"))
    })
}

/// Parses `started_at`: the errors of its type do not name the column.
fn started_at<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(from)?;
    let time: Timestamp = text
        .parse()
        .map_err(|error| D::Error::custom(format!("`started_at` is `{text}`: {error}")))?;
    if YEARS.contains(&time.as_second()) {
        Ok(time)
    } else {
        let problem = format!("`started_at` is `{text}`, expected a time of the years 2000 to 2199");
        Err(D::Error::custom(problem))
    }
}

/// Prefix of the id of a row whose engine version is unknown.
const UNVERSIONED: &str = "unversioned-";

/// No time of a cell is longer, in seconds: 31 years.
const MAX_SECONDS: f64 = 1e9;

/// No machine has more cores. It limits the CPU time of a cell and the cores that other processes use.
const MAX_CORES: f64 = 4096.0;

/// Seconds by which CPU time may exceed what the cores had: kernels count it in ticks.
const TICKS_S: f64 = 0.1;

/// The years of `started_at`, 2000 to 2199, in seconds since 1970.
const YEARS: std::ops::Range<i64> = 946_684_800..7_258_118_400;

/// Above this share of a core, other processes disturb a time.
const FOREIGN_CORES: f64 = 0.1;

/// Other processes disturb a time only if they used more CPU time than this while it ran, in seconds.
const FOREIGN_SECONDS: f64 = 0.05;

/// Above this share of stolen time, the host of a virtual machine disturbs a time.
const STEAL: f64 = 0.02;

/// The column `augment` of training rows as they are.
const NO_AUGMENT: &str = "none";

/// The code of a warning about a solver that did not converge.
const NOT_CONVERGED: &str = "not-converged";

impl Row {
    /// The row without the times and the memory of the larger point whose fit it shares.
    pub(super) fn with_own_times(self) -> Self {
        if self.shared_with.is_empty() {
            return self;
        }
        Self {
            transform_s: None,
            transform_cpu_s: None,
            fit_s: None,
            fit_cpu_s: None,
            predict_s: None,
            predict_cpu_s: None,
            wall_s: None,
            peak_rss_mib: None,
            ..self
        }
    }

    /// What becomes of the pixels: the preprocessing, and how the training rows are multiplied.
    pub fn input(&self) -> String {
        match self.augment.as_str() {
            NO_AUGMENT => self.preprocessing.clone(),
            augment => format!("{}, augment {augment}", self.preprocessing),
        }
    }

    /// Whether other work used the machine while the cell ran, so that its times are upper bounds.
    pub fn is_shared(&self) -> bool {
        let seconds = self.fit_s.unwrap_or(0.0) + self.predict_s.unwrap_or(0.0);
        let foreign = self.foreign_cores.unwrap_or(0.0);
        self.concurrent.is_some_and(|cells| cells > 1)
            || (foreign > FOREIGN_CORES && foreign * seconds > FOREIGN_SECONDS)
            || self.steal.is_some_and(|steal| steal > STEAL)
    }

    /// Whether a solver of the fit did not converge.
    pub fn is_unconverged(&self) -> bool {
        let codes = self
            .warning
            .split("; ")
            .filter_map(|entry| entry.split(": ").next());
        codes.into_iter().any(|code| code == NOT_CONVERGED)
    }

    /// Checks what the types do not: ranges, the form of texts, and the values that an `ok` row must have. `runner` holds rows to
    /// the same rules; `tests/fixtures/bad_rows.csv` compares the two programs.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.schema != SCHEMA {
            return Err(format!(
                "`schema` is {}; this program reads {SCHEMA}",
                self.schema
            ));
        }
        self.check_texts()?;
        self.check_numbers()?;
        if let Some(piece) = self.params.malformed() {
            return Err(format!("`params` contains `{piece}`, expected `key=value`"));
        }
        let measured = [
            ("accuracy", self.accuracy),
            ("macro_f1", self.macro_f1),
            ("fit_s", self.fit_s),
            ("predict_s", self.predict_s),
        ];
        if self.status != Status::Ok {
            return Ok(());
        }
        for (name, rows) in [("n_train", self.n_train), ("n_test", self.n_test)] {
            if rows == 0 {
                return Err(format!("`status` is `ok`, but `{name}` is 0"));
            }
        }
        match measured.iter().find(|(_, value)| value.is_none()) {
            Some((name, _)) => Err(format!("`status` is `ok`, but `{name}` is empty")),
            None => Ok(()),
        }
    }

    fn check_texts(&self) -> Result<(), String> {
        for (name, text) in [
            ("cell_id", &self.cell_id),
            ("dataset", &self.dataset),
            ("augment", &self.augment),
            ("classifier", &self.classifier),
            ("engine", &self.engine),
        ] {
            if text.is_empty() {
                return Err(format!("`{name}` is empty"));
            }
        }
        let id = self.cell_id.strip_prefix(UNVERSIONED).unwrap_or(&self.cell_id);
        if !is_hex(id, 16) {
            return Err(format!(
                "`cell_id` is `{}`, expected 16 hex digits, or `{UNVERSIONED}` and 16 hex digits",
                self.cell_id
            ));
        }
        if !self.data_sha256.is_empty() && !is_hex(&self.data_sha256, 64) {
            return Err(format!(
                "`data_sha256` is `{}`, expected 64 hex digits",
                self.data_sha256
            ));
        }
        let is_word = |c: char| c.is_ascii_lowercase() || c == '-';
        if !self.kind.starts_with(|c: char| c.is_ascii_lowercase()) || !self.kind.chars().all(is_word) {
            return Err(format!(
                "`kind` is `{}`, expected lower-case letters and hyphens",
                self.kind
            ));
        }
        Ok(())
    }

    fn check_numbers(&self) -> Result<(), String> {
        for (name, value, most) in [
            ("accuracy", self.accuracy, 1.0),
            ("macro_f1", self.macro_f1, 1.0),
            ("steal", self.steal, 1.0),
            ("transform_s", self.transform_s, MAX_SECONDS),
            ("fit_s", self.fit_s, MAX_SECONDS),
            ("predict_s", self.predict_s, MAX_SECONDS),
            ("wall_s", self.wall_s, MAX_SECONDS),
            ("transform_cpu_s", self.transform_cpu_s, f64::MAX),
            ("fit_cpu_s", self.fit_cpu_s, f64::MAX),
            ("predict_cpu_s", self.predict_cpu_s, f64::MAX),
            ("peak_rss_mib", self.peak_rss_mib, f64::MAX),
            ("foreign_cores", self.foreign_cores, MAX_CORES),
        ] {
            if let Some(value) = value.filter(|value| !(0.0..=most).contains(value)) {
                let range = if most == f64::MAX {
                    "a finite number of at least 0".to_owned()
                } else {
                    format!("a number from 0 to {most}")
                };
                return Err(format!("`{name}` is {value}, expected {range}"));
            }
        }
        for (name, cpu, wall) in [
            ("transform_cpu_s", self.transform_cpu_s, self.transform_s),
            ("fit_cpu_s", self.fit_cpu_s, self.fit_s),
            ("predict_cpu_s", self.predict_cpu_s, self.predict_s),
        ] {
            let most = wall.unwrap_or(MAX_SECONDS) * MAX_CORES + TICKS_S;
            if let Some(cpu) = cpu.filter(|cpu| *cpu > most) {
                return Err(format!(
                    "`{name}` is {cpu}, more than {MAX_CORES} cores give in the wall time"
                ));
            }
        }
        for (name, value) in [("threads", self.threads), ("concurrent", self.concurrent)] {
            match value {
                None => return Err(format!("`{name}` is empty")),
                Some(0) => return Err(format!("`{name}` is 0, expected at least 1")),
                Some(_) => {}
            }
        }
        Ok(())
    }
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
