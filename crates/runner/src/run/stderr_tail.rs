//! The last bytes that a process writes to standard error. The stream is read to its end, so that the process never blocks.

use std::io;
use std::io::Read;
use std::process::ChildStderr;
use std::sync::mpsc;
use std::sync::mpsc::Receiver;
use std::thread;

use crate::run::printable::printable_end;

/// Number of bytes kept.
const TAIL: usize = 4096;

/// Number of characters shown: they leave room for what happened before them.
const MAX_SHOWN: usize = 400;

/// What Rust writes below the message of a program that ends: advice for its author.
const BACKTRACE_HINT: &str = "note: run with `RUST_BACKTRACE=1`";

/// Sends the tail when the stream closes.
///
/// # Errors
/// No thread could be started.
pub(crate) fn tail_of(stream: Option<ChildStderr>) -> io::Result<Receiver<String>> {
    let (send, receive) = mpsc::channel();
    if let Some(mut stream) = stream {
        thread::Builder::new().spawn(move || {
            let mut tail = Vec::new();
            let mut block = [0; 64 * 1024];
            while let Ok(read @ 1..) = stream.read(&mut block) {
                tail.extend_from_slice(&block[..read]);
                let surplus = tail.len().saturating_sub(TAIL);
                tail.drain(..surplus);
            }
            // The receiver may have stopped waiting.
            let _ = send.send(String::from_utf8_lossy(&tail).into_owned());
        })?;
    }
    Ok(receive)
}

/// The last three lines after a colon; empty if there are none. If they are long, their end is kept.
pub(crate) fn last_lines(tail: &str) -> String {
    let shown = |line: &str| printable_end(line, MAX_SHOWN);
    let is_told = |line: &String| !line.is_empty() && !line.starts_with(BACKTRACE_HINT);
    let lines: Vec<String> = tail.lines().map(shown).filter(is_told).collect();
    let last = lines[lines.len().saturating_sub(3)..].join(" | ");
    if last.is_empty() {
        String::new()
    } else {
        format!(": {}", printable_end(&last, MAX_SHOWN))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_three_lines_have_no_control_characters() {
        assert_eq!(last_lines("a\nb\n\nc\u{1b}[0m\nd\n"), ": b | c [0m | d");
        assert_eq!(last_lines("\n \0\0\n"), "");
        let out_of_memory = "memory allocation failed\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n";
        assert_eq!(last_lines(out_of_memory), ": memory allocation failed");
    }

    #[test]
    fn the_end_of_a_long_line_is_kept() {
        let shown = last_lines(&format!("{} the end\n", "x".repeat(4000)));
        assert!(
            shown.starts_with(": …x") && shown.ends_with(" the end"),
            "{shown}"
        );
        assert_eq!(shown.chars().count(), 2 + MAX_SHOWN);
    }
}
