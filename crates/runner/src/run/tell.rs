//! Prints lines for people. A closed or full stream never stops a run: the rows are in the results file.

use miette::{Diagnostic, Report};

/// Writes a line to standard error; escapes replace what a terminal would obey.
pub fn tell(line: &str) {
    command_line::tell(line);
}

/// Writes an error to standard error.
pub fn tell_error(error: impl Diagnostic + Send + Sync + 'static) {
    command_line::tell_error(&Report::new(error));
}
