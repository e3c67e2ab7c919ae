//! What a cell's process is asked, and what it answers: one JSON object on its standard input, one on its standard output.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::params::Settings;

/// The task of one cell.
#[derive(Debug, Serialize, Deserialize)]
pub struct Request {
    /// The decompressed dataset.
    pub data: PathBuf,
    /// Training rows, from the start of the file.
    pub n_train: usize,
    /// Test rows, from the start of the file.
    pub n_test: usize,
    /// `none`, `unit`, `standard`.
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
}

/// What came of it.
#[derive(Debug, Serialize, Deserialize)]
pub enum Answer {
    /// Trained, predicted, scored.
    Scored(Score),
    /// The engine's own reason why not.
    Failed(String),
}

/// The measurements of a cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Share of right labels.
    pub accuracy: f64,
    /// Unweighted mean of F1 over the classes.
    pub macro_f1: f64,
    /// SHA-256 over the predicted labels, to tell equal predictions.
    pub predictions: String,
    /// Wall seconds of the fit.
    pub fit_s: f64,
    /// Processor seconds of the fit.
    pub fit_cpu_s: f64,
    /// Wall seconds of predicting all test rows.
    pub predict_s: f64,
    /// Processor seconds of the same.
    pub predict_cpu_s: f64,
    /// Most memory that the process held, in MiB.
    pub peak_rss_mib: Option<f64>,
    /// What a reader of the score must know.
    pub warning: Option<String>,
}
