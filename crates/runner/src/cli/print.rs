//! Prints the data that a command was asked for.

use std::io::{ErrorKind, Write, stdout};

use crate::cli::error::Exit;
use crate::run::tell::tell;

/// Writes a text to standard output. A closed pipe is a success: its reader has enough.
pub(crate) fn print(text: &str) -> Exit {
    let mut out = stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            tell(&format!("error: cannot write to standard output: {error}"));
            Exit::Internal
        }
        _ => Exit::Success,
    }
}
