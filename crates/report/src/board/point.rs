//! A point: what was trained, and on how many rows.

use serde::Serialize;

use crate::input::{Params, Row};

/// Training rows of Fashion-MNIST and of MNIST.
pub const ALL_TRAIN: u64 = 60_000;

/// Test rows of Fashion-MNIST and of MNIST.
pub const ALL_TEST: u64 = 10_000;

/// Preprocessings whose features are single pixels.
const PIXELS: [&str; 3] = ["none", "unit", "standard"];

/// Classifier, engine, preprocessing and numbers of rows; the dataset is not part of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[expect(missing_docs, reason = "docs/results-format.md describes the columns")]
pub struct Point {
    pub classifier: String,
    pub params: Params,
    pub engine: String,
    /// With the way in which the training rows are multiplied, if they are.
    pub preprocessing: String,
    pub n_train: u64,
    pub n_test: u64,
}

impl Point {
    /// Whether it was trained or tested on fewer rows than Fashion-MNIST and MNIST have.
    pub fn is_reduced(&self) -> bool {
        self.n_train != ALL_TRAIN || self.n_test != ALL_TEST
    }

    /// Whether its features are single pixels.
    pub fn is_on_pixels(&self) -> bool {
        PIXELS.contains(&self.preprocessing.as_str())
    }

    /// The point of a row.
    pub(crate) fn of(row: &Row) -> Self {
        Self {
            classifier: row.classifier.clone(),
            params: row.params.clone(),
            engine: row.engine.clone(),
            preprocessing: row.input(),
            n_train: row.n_train,
            n_test: row.n_test,
        }
    }
    /// The same point on another engine.
    pub(crate) fn on(&self, engine: &str) -> Self {
        Self {
            engine: engine.to_owned(),
            ..self.clone()
        }
    }
}
