//! Standard output and standard error, either of which may be closed or full.

use std::io::{self, Write};

use miette::Diagnostic;
use thiserror::Error;

/// Standard output cannot be written.
#[derive(Debug, Error, Diagnostic)]
#[error("cannot write to standard output")]
#[diagnostic(help("check the free disk space, and the limit on file sizes (`ulimit -f`)"))]
pub(crate) struct OutputError {
    source: io::Error,
}

/// Prints text. A closed pipe (`| head`) is not an error.
pub(crate) fn write_out(text: &str) -> Result<(), OutputError> {
    written(io::stdout().lock().write_all(text.as_bytes()))
}

/// The result of a write to standard output, whose buffer is flushed.
pub(crate) fn written(result: io::Result<()>) -> Result<(), OutputError> {
    match result.and_then(|()| io::stdout().flush()) {
        Err(source) if source.kind() != io::ErrorKind::BrokenPipe => Err(OutputError { source }),
        _ => Ok(()),
    }
}

/// Prints a line to standard error. Where that is not possible, there is nobody to tell.
pub(crate) fn tell(line: &str) {
    writeln!(io::stderr().lock(), "{line}").ok();
}
