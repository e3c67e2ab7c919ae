//! What the program did.

use std::path::PathBuf;

/// What a command did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// The text to print.
    Printed(String),
    /// The bytes to print, for a file and not for a terminal.
    Bytes(Vec<u8>),
    /// What a line for standard error says.
    Told(String),
    /// The files that were rewritten, without those that were up to date.
    Written(Vec<PathBuf>),
    /// The files that are out of date (`--check`).
    Stale(Vec<PathBuf>),
    /// Nothing: no row can be used, and the findings say why.
    Unusable,
}
