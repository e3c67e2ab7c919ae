//! What training a cell returns.

use std::collections::BTreeMap;
use std::error::Error;

use loader::Label;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};

use crate::estimator::classifier::Attributes;
use crate::results::status::Status;
use crate::results::warning::Warning;

/// Time and memory of one cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Measured {
    /// Wall seconds of fitting the preprocessing and of computing the features of training and test rows; `None` if a program does it.
    pub(crate) transform_s: Option<f64>,
    /// Processor seconds of the same.
    pub(crate) transform_cpu_s: Option<f64>,
    /// Wall seconds of the fit.
    pub(crate) fit_s: f64,
    /// Processor seconds of the fit.
    pub(crate) fit_cpu_s: Option<f64>,
    /// Wall seconds of predicting all test rows.
    pub(crate) predict_s: f64,
    /// Processor seconds of predicting all test rows.
    pub(crate) predict_cpu_s: Option<f64>,
    /// Wall seconds of a command engine's whole run, beside the times that it claims.
    pub(crate) wall_s: Option<f64>,
    /// Peak memory of the process, in MiB.
    pub(crate) peak_rss_mib: Option<f64>,
}

/// A fit and its predictions.
pub(crate) struct Trained {
    /// One label per test row.
    pub(crate) predicted: Vec<Label>,
    /// The true labels of the test rows.
    pub(crate) truth: Vec<Label>,
    pub(crate) n_classes: usize,
    pub(crate) measured: Measured,
    /// Features per row after preprocessing.
    pub(crate) n_features: Option<usize>,
    pub(crate) warnings: Vec<Warning>,
    /// Versions of the libraries that trained, by name.
    pub(crate) libraries: BTreeMap<String, String>,
    /// Fitted attributes; empty unless the run keeps them.
    pub(crate) attributes: Attributes,
    /// What smaller points predict, in the order of the request.
    pub(crate) parts: Vec<TrainedPart>,
}

/// A smaller point that a fit contains.
pub(crate) struct TrainedPart {
    /// One label per test row.
    pub(crate) predicted: Vec<Label>,
    pub(crate) warnings: Vec<Warning>,
}

/// Why a cell has no score.
pub(crate) struct Ended(pub(crate) Status, pub(crate) String);

impl Ended {
    pub(crate) fn failed(reason: impl Into<String>) -> Ended {
        Ended(Status::Failed, reason.into())
    }
}

/// The text of an error and of what caused it.
pub(crate) fn with_sources(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

/// The order in which a cell sees the first `n_rows` training rows.
pub(crate) fn shuffled(n_rows: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n_rows).collect();
    order.shuffle(&mut Xoshiro256PlusPlus::seed_from_u64(seed));
    order
}
