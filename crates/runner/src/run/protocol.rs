//! The request that a cell's process reads from standard input and the response that it writes: one JSON object each.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::params::spec::Settings;
use crate::results::status::Status;
use crate::run::outcome::Measured;

/// The task of one cell.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    /// The decompressed dataset.
    pub(crate) data: PathBuf,
    /// Training rows, from the start of the file.
    pub(crate) n_train: usize,
    /// Test rows, from the start of the file.
    pub(crate) n_test: usize,
    /// In the form of `docs/results-format.md`.
    pub(crate) preprocessing: String,
    /// Name of the family.
    pub(crate) classifier: String,
    /// Name of the engine.
    pub(crate) engine: String,
    /// The parameters that the grid sets.
    pub(crate) settings: Settings,
    /// Seed for the order of the rows and for the fit.
    pub(crate) seed: u64,
    /// Threads that the cell may use.
    pub(crate) threads: usize,
    /// Bytes that the process may hold, if there is a limit.
    pub(crate) memory: Option<u64>,
    /// The program that trains, if the engine is a command.
    pub(crate) program: Option<Program>,
    /// The file for labels and attributes, if the run keeps them.
    pub(crate) kept_in: Option<PathBuf>,
}

/// A command engine, ready to start.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Program {
    /// The program and its arguments, with absolute paths.
    pub(crate) command: Vec<String>,
    /// An empty folder for this cell alone.
    pub(crate) scratch: PathBuf,
    /// The IDX files: training images, training labels, test images.
    pub(crate) files: [PathBuf; 3],
}

/// How a cell ended.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Response {
    /// Trained, predicted, scored.
    Scored(Score),
    /// It has no score, for this reason.
    Ended(Status, String),
}

/// Score and measurements of a cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Score {
    /// Share of correct labels.
    pub(crate) accuracy: f64,
    /// Unweighted mean of F1 over the classes.
    pub macro_f1: f64,
    /// SHA-256 of the predicted labels, to compare predictions.
    pub(crate) predictions: String,
    /// Time and memory.
    pub(crate) measured: Measured,
    /// What a reader of the score must know.
    pub(crate) warning: Option<String>,
    /// Versions of the libraries that trained, by name, if the engine reports them.
    pub(crate) libraries: BTreeMap<String, String>,
}
