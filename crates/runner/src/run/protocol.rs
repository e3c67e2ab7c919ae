//! What a cell's process is asked, and what it answers: one JSON object on its standard input, one on its standard output.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::params::spec::Settings;
use crate::results::status::Status;

/// The task of one cell.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    /// The decompressed dataset.
    pub data: PathBuf,
    /// Training rows, from the start of the file.
    pub n_train: usize,
    /// Test rows, from the start of the file.
    pub n_test: usize,
    /// As `docs/results-format.md` has it.
    pub preprocessing: String,
    /// Family.
    pub classifier: String,
    /// Engine.
    pub engine: String,
    /// What the grid set.
    pub settings: Settings,
    /// Seed of the order of the rows and of the fit.
    pub seed: u64,
    /// Threads it may use.
    pub threads: usize,
    /// Bytes that its process may hold, where there is a limit.
    pub memory: Option<u64>,
    /// The program that trains, where the engine is one.
    pub program: Option<Program>,
    /// The file in which labels and attributes are kept, where they are.
    pub kept_in: Option<PathBuf>,
}

/// An engine by command, ready to be started.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Program {
    /// The program and its arguments, relative files made absolute.
    pub command: Vec<String>,
    /// An empty folder of its own.
    pub scratch: PathBuf,
    /// The IDX files: training images and labels, test images and labels.
    pub files: [PathBuf; 4],
}

/// What came of it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Response {
    /// Trained, predicted, scored.
    Scored(Score),
    /// It ended otherwise, for this reason.
    Ended(Status, String),
}

/// The measurements of a cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Score {
    /// Share of right labels.
    pub accuracy: f64,
    /// Unweighted mean of F1 over the classes.
    pub macro_f1: f64,
    /// SHA-256 over the predicted labels, to tell equal predictions.
    pub predictions: String,
    /// Wall seconds of the fit.
    pub fit_s: f64,
    /// Processor seconds of the fit.
    pub fit_cpu_s: Option<f64>,
    /// Wall seconds of predicting all test rows.
    pub predict_s: f64,
    /// Processor seconds of the same.
    pub predict_cpu_s: Option<f64>,
    /// Most memory that the process held, in MiB.
    pub peak_rss_mib: Option<f64>,
    /// What a reader of the score must know.
    pub warning: Option<String>,
    /// Versions of the libraries that trained, by name, where the engine says.
    pub libraries: BTreeMap<String, String>,
}
