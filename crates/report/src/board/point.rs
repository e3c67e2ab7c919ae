//! A point: what was trained, and on how many rows.

use serde::Serialize;

use crate::input::{Params, Row};

/// Training rows of Fashion-MNIST and of MNIST.
pub const ALL_TRAIN: u64 = 60_000;

/// Test rows of Fashion-MNIST and of MNIST.
pub const ALL_TEST: u64 = 10_000;

/// What was trained, on how many rows; all but the dataset.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[expect(missing_docs, reason = "the columns of the results format")]
pub struct Point {
    pub classifier: String,
    pub params: Params,
    pub engine: String,
    pub preprocessing: String,
    pub n_train: u64,
    pub n_test: u64,
}

impl Point {
    /// Whether it was trained or scored on fewer rows than Fashion-MNIST and MNIST have.
    pub fn is_reduced(&self) -> bool {
        self.n_train != ALL_TRAIN || self.n_test != ALL_TEST
    }

    pub(crate) fn of(row: &Row) -> Self {
        Self {
            classifier: row.classifier.clone(),
            params: row.params.clone(),
            engine: row.engine.clone(),
            preprocessing: row.preprocessing.clone(),
            n_train: row.n_train,
            n_test: row.n_test,
        }
    }
}
