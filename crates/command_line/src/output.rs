//! Standard output and standard error, either of which may be closed or full.

use std::io::{self, ErrorKind, Write};

use anstream::AutoStream;
use terminal_size::{Width, terminal_size_of};

use crate::text::visible;
use crate::wrap::wrapped;

/// A terminal that says it is narrower than this does not know its width.
const LEAST_WIDTH: usize = 20;

/// Writes text to standard output as it is. A closed pipe is a success: its reader has enough.
///
/// # Errors
/// Standard output cannot be written, for example because the disk is full.
pub fn print(text: &str) -> io::Result<()> {
    write(io::stdout(), text.as_bytes())
}

/// Writes text to standard output, without its styles where `NO_COLOR`, `CLICOLOR` or a pipe ask for that.
///
/// # Errors
/// As for [`print()`].
pub fn print_styled(text: &str) -> io::Result<()> {
    write(AutoStream::auto(io::stdout()), text.as_bytes())
}

/// Writes bytes to standard output.
///
/// # Errors
/// As for [`print()`].
pub fn print_bytes(bytes: &[u8]) -> io::Result<()> {
    write(io::stdout(), bytes)
}

fn write(mut out: impl Write, bytes: &[u8]) -> io::Result<()> {
    finished(out.write_all(bytes).and_then(|()| out.flush()))
}

/// The result of a write to standard output, for which a closed pipe is a success.
pub(crate) fn finished(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Prints an error to standard error. [`show_errors`](crate::show_errors) makes its text safe and gives it colours.
pub fn tell_error(error: &miette::Report) {
    writeln!(io::stderr().lock(), "{error:?}").ok();
}

/// Prints a line to standard error with its unprintable characters as escapes; on a terminal, a long line is broken between words.
/// Where printing is not possible, there is nobody to tell.
pub fn tell(line: &str) {
    writeln!(io::stderr().lock(), "{}", fitted(&visible(line))).ok();
}

/// The text, each line of it broken between words where it is longer than the terminal on standard error is wide.
fn fitted(text: &str) -> String {
    let width = terminal_size_of(io::stderr()).map(|(Width(width), _)| usize::from(width));
    let width = width.filter(|width| *width >= LEAST_WIDTH);
    let lines = text.lines().map(|line| match width {
        Some(width) if line.chars().count() > width => wrapped(line, width, "", "  "),
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}
