//! What goes to standard output: texts for people, and paths for other programs.

use std::io::{self, IsTerminal, stdout};
use std::path::Path;

use command_line::{print, visible};
use miette::Diagnostic;
use thiserror::Error;

/// Standard output cannot be written.
#[derive(Debug, Error, Diagnostic)]
#[error("cannot write to standard output")]
#[diagnostic(help("check the free disk space, and the limit on file sizes (`ulimit -f`)"))]
pub(crate) struct OutputError {
    source: io::Error,
}

/// Prints a text for people; escapes replace what a terminal would obey.
pub(super) fn print_text(text: &str) -> Result<(), OutputError> {
    written(print(&visible(text)))
}

/// Prints a path on a line of its own; in a terminal, escapes replace what it would obey.
pub(super) fn print_path(path: &Path) -> Result<(), OutputError> {
    if stdout().is_terminal() {
        return print_text(&format!("{}\n", path.display()));
    }
    written(print(&format!("{}\n", path.display())))
}

/// The result of a write to standard output.
pub(crate) fn written(result: io::Result<()>) -> Result<(), OutputError> {
    result.map_err(|source| OutputError { source })
}
