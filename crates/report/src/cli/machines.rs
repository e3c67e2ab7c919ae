//! The error of a machine that no row is from.

use std::collections::BTreeSet;
use std::path::Path;

use crate::board::UnknownMachine;
use crate::error::ReportError;

/// The error of a machine that no row is from; `boards` know the machines of theirs.
pub(super) fn unknown(machine: Option<&str>, boards: &[UnknownMachine]) -> ReportError {
    error(String::new(), machine, boards)
}

/// The error of a machine that no row of a file is from.
pub(super) fn unknown_in(file: &Path, machine: Option<&str>, board: UnknownMachine) -> ReportError {
    error(format!("of `{}` ", file.display()), machine, &[board])
}

fn error(of: String, machine: Option<&str>, boards: &[UnknownMachine]) -> ReportError {
    let known: BTreeSet<&str> = boards
        .iter()
        .flat_map(|board| &board.known)
        .map(String::as_str)
        .collect();
    ReportError::UnknownMachine {
        of,
        name: machine.unwrap_or_default().to_owned(),
        known: if known.is_empty() {
            "none".to_owned()
        } else {
            known.into_iter().collect::<Vec<_>>().join(", ")
        },
    }
}
