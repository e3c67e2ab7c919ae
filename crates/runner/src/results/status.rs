//! How a cell ends.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How a cell ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Trained, predicted, scored.
    Ok,
    /// The family has no such point, or the engine cannot honour it.
    Refused,
    /// The engine returned an error, panicked, or gave no answer.
    Failed,
    /// It reached its limit of time.
    Timeout,
    /// It reached its limit of memory, or there was no more.
    OutOfMemory,
    /// Its process was ended by a signal.
    Crashed,
    /// Ctrl-C reached it.
    Interrupted,
}

impl Status {
    /// All of them.
    pub const ALL: [Status; 7] = [
        Status::Ok,
        Status::Refused,
        Status::Failed,
        Status::Timeout,
        Status::OutOfMemory,
        Status::Crashed,
        Status::Interrupted,
    ];

    /// Whether a run with such a row is as it should be.
    pub fn is_fine(self) -> bool {
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
            let known: Vec<String> = Status::ALL.iter().map(ToString::to_string).collect();
            format!("no status `{text}`; known: {}", known.join(", "))
        })
    }
}
