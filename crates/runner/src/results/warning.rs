//! `Warning`: what a reader of a score must know, for the column `warning` of the results.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The code that begins an entry of the column, so that no program has to search its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum WarningCode {
    /// A solver did not converge.
    NotConverged,
    /// The accuracy is no better than the share of the majority class.
    Chance,
    /// A command engine claims much less time than it ran.
    ClaimedTimes,
    /// Labels or attributes could not be written.
    NotKept,
    /// Anything else that an engine reports.
    Engine,
}

/// One entry of the column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Warning {
    code: WarningCode,
    text: String,
}

impl Warning {
    /// An entry; control characters and line breaks of the text become blanks when the row is written.
    pub(crate) fn new(code: WarningCode, text: impl Into<String>) -> Warning {
        Warning {
            code,
            text: text.into(),
        }
    }

    /// Its code.
    pub(crate) fn code(&self) -> WarningCode {
        self.code
    }

    /// The same with its text changed.
    pub(crate) fn map(self, change: impl FnOnce(&str) -> String) -> Warning {
        Warning {
            text: change(&self.text),
            ..self
        }
    }

    /// The column: all entries, joined by `; `.
    pub(crate) fn column(warnings: &[Warning]) -> String {
        let texts: Vec<String> = warnings.iter().map(ToString::to_string).collect();
        texts.join("; ")
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = match self.code {
            WarningCode::NotConverged => "not-converged",
            WarningCode::Chance => "chance",
            WarningCode::ClaimedTimes => "claimed-times",
            WarningCode::NotKept => "not-kept",
            WarningCode::Engine => "engine",
        };
        // `; ` separates entries.
        write!(f, "{code}: {}", self.text.replace("; ", ", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_look_like_a_second_entry() {
        let warnings = [
            Warning::new(WarningCode::Engine, "odd; not-converged: x"),
            Warning::new(WarningCode::Chance, "low"),
        ];
        assert_eq!(
            Warning::column(&warnings),
            "engine: odd, not-converged: x; chance: low"
        );
    }
}
