//! Repeats of a deterministic point: each must predict exactly what the first did.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

use crate::grid::identity::CellId;
use crate::grid::plan::Cell;
use crate::results::sink::Sink;
use crate::results::status::Status;
use crate::run::lock::hold;
use crate::run::protocol::{Response, Score};

/// Point → the score of its first repeat.
pub(super) struct Repeats(Mutex<HashMap<String, Seen>>);

/// The score that every other repeat of a deterministic point must equal.
#[derive(Clone)]
struct Seen {
    accuracy: f64,
    macro_f1: f64,
    predictions: Option<String>,
}

impl Seen {
    fn agrees(&self, score: &Score) -> bool {
        let close = |a: f64, b: f64| (a - b).abs() < 1e-6;
        close(self.accuracy, score.accuracy)
            && close(self.macro_f1, score.macro_f1)
            && self
                .predictions
                .as_ref()
                .is_none_or(|predictions| *predictions == score.predictions)
    }
}

impl Repeats {
    /// With the scores of earlier runs, but without those of the cells that run again.
    pub(super) fn new<'c>(plan: &[Cell], pending: impl Iterator<Item = &'c Cell>, sink: &Sink) -> Repeats {
        let pending: HashSet<&CellId> = pending.map(|cell| &cell.id).collect();
        let score = |cell: &Cell| {
            if pending.contains(&cell.id) {
                return None;
            }
            let row = sink.ok_row(&cell.id.0)?;
            let seen = Seen {
                accuracy: row.accuracy?,
                macro_f1: row.macro_f1?,
                predictions: None,
            };
            Some((cell.point.problem().to_owned(), seen))
        };
        Repeats(Mutex::new(plan.iter().filter_map(score).collect()))
    }

    /// A repeat of a deterministic point fails if its predictions differ from those of another repeat.
    pub(super) fn checked(&self, cell: &Cell, response: Response) -> Response {
        let Response::Scored(score) = &response else {
            return response;
        };
        if cell.point.engine.is_stochastic() {
            return response;
        }
        let mut first = hold(&self.0);
        match first.get(cell.point.problem()) {
            Some(seen) if !seen.agrees(score) => Response::Ended(
                Status::Failed,
                format!(
                    "predictions differ from those of another repeat (accuracy {:.6} and {:.6}), although this point is deterministic",
                    score.accuracy, seen.accuracy
                ),
            ),
            Some(_) => response,
            None => {
                let seen = Seen {
                    accuracy: score.accuracy,
                    macro_f1: score.macro_f1,
                    predictions: Some(score.predictions.clone()),
                };
                first.insert(cell.point.problem().to_owned(), seen);
                response
            }
        }
    }
}
