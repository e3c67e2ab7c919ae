//! Prints the data that a command was asked for.

use comfy_table::Table;
use std::io::{self, IsTerminal};

use crate::cli::error::Exit;
use crate::run::tell::tell;

/// Writes a text to standard output; escapes replace what a terminal would obey.
pub(crate) fn print(text: &str) -> Exit {
    written(command_line::print(&command_line::visible(text)))
}

/// The width in characters of the terminal that shows standard output; `None` without a terminal, or where it does not say a width
/// that anything can be shown in.
pub(crate) fn terminal_width() -> Option<u16> {
    if !io::stdout().is_terminal() {
        return None;
    }
    Table::new().width().filter(|width| *width >= 20)
}

/// The exit code of a write to standard output. Prints the error, if there is one.
pub fn written(result: io::Result<()>) -> Exit {
    match result {
        Ok(()) => Exit::Success,
        Err(error) => {
            tell(&format!("error: cannot write to standard output: {error}"));
            Exit::Internal
        }
    }
}
