//! `Status`: how a cell ended.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How a cell ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Trained, predicted, scored.
    Ok,
    /// Not trained: scikit-learn does not define the point, or the engine does not support it.
    Refused,
    /// The engine returned an error, panicked, or gave no valid response.
    Failed,
    /// The cell reached its time limit.
    Timeout,
    /// The cell reached its memory limit, or the machine ran out of memory.
    OutOfMemory,
    /// A signal ended the cell's process.
    Crashed,
    /// Ctrl-C stopped the cell.
    Interrupted,
}

impl Status {
    /// Every status.
    pub(crate) const ALL: [Status; 7] = [
        Status::Ok,
        Status::Refused,
        Status::Failed,
        Status::Timeout,
        Status::OutOfMemory,
        Status::Crashed,
        Status::Interrupted,
    ];

    /// Whether the cell reached a limit, which every other repeat of its point would reach too.
    pub(crate) fn is_limit(self) -> bool {
        matches!(self, Status::Timeout | Status::OutOfMemory)
    }

    /// Whether the status is `ok` or `refused`: a run in which every cell is so exits with code 0.
    pub(crate) fn is_success(self) -> bool {
        matches!(self, Status::Ok | Status::Refused)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Status::Ok => "ok",
            Status::Refused => "refused",
            Status::Failed => "failed",
            Status::Timeout => "timeout",
            Status::OutOfMemory => "out-of-memory",
            Status::Crashed => "crashed",
            Status::Interrupted => "interrupted",
        })
    }
}

impl FromStr for Status {
    type Err = String;

    fn from_str(text: &str) -> Result<Status, String> {
        let found = Status::ALL.into_iter().find(|status| status.to_string() == text);
        found.ok_or_else(|| {
            // A cell with status ok has nothing to try again.
            let known = Status::ALL.iter().filter(|status| **status != Status::Ok);
            let known: Vec<String> = known.map(ToString::to_string).collect();
            format!("unknown status `{text}`; known: {}", known.join(", "))
        })
    }
}
