//! Prints lines for people. A closed or full stream never stops a run: the rows are in the results file.

use std::io::{Write, stderr};

/// Writes a line to standard error.
pub fn tell(line: &str) {
    // Nobody is left who could be told.
    let _ = writeln!(stderr(), "{line}");
}
