//! What the first fit of each point predicted.

use std::collections::{HashMap, HashSet};
use std::ptr;
use std::sync::Arc;

use super::current::latest;
use super::grouping::by_point;
use super::point::Point;
use crate::input::labels::{self, Counts};
use crate::input::{ResultsFile, Row, Status};

/// The predictions of one fit on the test rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Predictions {
    /// The true labels.
    pub truth: Arc<[u32]>,
    /// The predicted labels.
    pub labels: Arc<[u32]>,
    /// A bit for each test row, set where the prediction is correct; the first row is the lowest bit of the first word.
    pub correct: Arc<[u64]>,
    /// The repeat of the fit.
    pub repeat: u32,
}

impl Predictions {
    /// How often each true label got each predicted one.
    pub fn counts(&self) -> Counts {
        labels::count(&self.truth, &self.labels)
    }
}

/// The predictions of the first `ok` cell with labels of each point and dataset label.
pub(super) fn first(files: &[&ResultsFile]) -> HashMap<(Point, String), Arc<Predictions>> {
    let cells = latest(files);
    let mut points: HashMap<*const Row, (Point, String)> = HashMap::new();
    for ((point, dataset), cells) in by_point(&cells) {
        let first = cells
            .iter()
            .find(|cell| cell.status == Status::Ok && cell.has_labels);
        if let Some(row) = first {
            points.insert(ptr::from_ref(*row), (point, dataset.label().to_owned()));
        }
    }
    let wanted: HashSet<*const Row> = points.keys().copied().collect();
    let mut found = HashMap::new();
    for file in files {
        let of_file = labels::predictions(&file.path, &file.rows, |row| wanted.contains(&ptr::from_ref(row)));
        for (at, predictions) in of_file {
            let row = &file.rows[at];
            let Some(key) = points.remove(&ptr::from_ref(row)) else {
                continue;
            };
            let correct = predictions.correct().into();
            let predictions = Predictions {
                truth: predictions.truth,
                labels: predictions.labels,
                correct,
                repeat: row.repeat,
            };
            found.insert(key, Arc::new(predictions));
        }
    }
    found
}
