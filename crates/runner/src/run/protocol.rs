//! The request that a cell's process reads from standard input and the response that it writes: one JSON object each.

use loader::{Dataset, ExportedFiles, FileStamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::params::spec::Settings;
use crate::results::status::Status;
use crate::results::warning::Warning;
use crate::run::outcome::{Ended, Measured, with_sources};
use crate::run::printable::printable;

/// The task of one cell.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    /// The decompressed dataset.
    pub(crate) data: PathBuf,
    /// Its stamp when it was verified.
    pub(crate) stamp: FileStamp,
    /// The SHA-256 that identifies the data.
    pub(crate) sha256: String,
    /// Training rows, from the start of the file.
    pub(crate) n_train: usize,
    /// Test rows, from the start of the file.
    pub(crate) n_test: usize,
    /// In the form of `docs/results-format.md`.
    pub(crate) preprocessing: String,
    /// Which copies of the training rows are trained on, in the form of `docs/results-format.md`.
    pub(crate) augment: String,
    /// The file of the features, where the preprocessing is costly.
    pub(crate) features: Option<PathBuf>,
    /// Whether the task is to make this file, instead of to train.
    pub(crate) makes_features: bool,
    /// Name of the family.
    pub(crate) classifier: String,
    /// Name of the engine.
    pub(crate) engine: String,
    /// The parameters that the grid sets.
    pub(crate) settings: Settings,
    /// The settings of smaller points whose predictions are wanted too.
    pub(crate) parts: Vec<Settings>,
    /// Whether accuracy at chance level is expected, as of a baseline.
    pub(crate) is_baseline: bool,
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

impl Request {
    /// Reads the first `n_train` training rows and the test rows, as they were when the data were verified.
    pub(super) fn read_data(&self, n_train: usize) -> Result<Dataset, Ended> {
        loader::read_cached_checked(&self.data, n_train, self.n_test, &self.stamp, &self.sha256)
            .map_err(|error| Ended::failed(with_sources(&error)))
    }
}

/// A command engine, ready to start.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Program {
    /// The program and its arguments, with absolute paths.
    pub(crate) command: Vec<String>,
    /// An empty folder for this cell alone.
    pub(crate) scratch: PathBuf,
    /// The data.
    pub(crate) files: ExportedFiles,
}

/// How a cell ended.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Response {
    /// Trained, predicted, scored.
    Scored(Box<Score>),
    /// It has no score, for this reason.
    Ended(Status, String),
    /// Its process could not be started, for this reason, which says nothing about the cell.
    NotStarted(String),
    /// The file of the features is made.
    MadeFeatures,
}

impl Response {
    /// The same with texts that a terminal and a CSV field can show. Whatever a cell says passes through here.
    pub(crate) fn printable(self) -> Response {
        match self {
            Response::MadeFeatures => Response::MadeFeatures,
            Response::Ended(status, reason) => Response::Ended(status, printable(&reason)),
            Response::NotStarted(reason) => Response::NotStarted(printable(&reason)),
            Response::Scored(score) => Response::Scored(Box::new(score.printable())),
        }
    }
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
    /// The predicted label of every test row.
    pub(crate) labels: Vec<u8>,
    /// Features per row after preprocessing.
    pub(crate) n_features: Option<usize>,
    /// Time and memory.
    pub(crate) measured: Measured,
    /// What a reader of the score must know.
    pub(crate) warnings: Vec<Warning>,
    /// Versions of the libraries that trained, by name, if the engine reports them.
    pub(crate) libraries: BTreeMap<String, String>,
    /// The scores of the smaller points that were asked for; their time and memory are those of this one.
    pub(crate) parts: Vec<Score>,
}

impl Score {
    fn printable(self) -> Score {
        let warnings = self.warnings.into_iter();
        let libraries = self.libraries.iter();
        Score {
            warnings: warnings.map(|warning| warning.map(printable)).collect(),
            libraries: libraries
                .map(|(name, version)| (printable(name), printable(version)))
                .collect(),
            parts: self.parts.into_iter().map(Score::printable).collect(),
            ..self
        }
    }
}
