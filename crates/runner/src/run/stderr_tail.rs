//! The last bytes that a process writes to standard error. The stream is read to its end, so that the process never blocks.

use std::io::Read;
use std::process::ChildStderr;
use std::sync::mpsc;
use std::sync::mpsc::Receiver;

/// Number of bytes kept.
const TAIL: usize = 4096;

/// Sends the tail when the stream closes.
pub(crate) fn tail_of(stream: Option<ChildStderr>) -> Receiver<String> {
    let (send, receive) = mpsc::channel();
    if let Some(mut stream) = stream {
        std::thread::spawn(move || {
            let mut tail = Vec::new();
            let mut block = [0; 64 * 1024];
            while let Ok(read @ 1..) = stream.read(&mut block) {
                tail.extend_from_slice(&block[..read]);
                let surplus = tail.len().saturating_sub(TAIL);
                tail.drain(..surplus);
            }
            // The receiver may have stopped waiting.
            let _ = send.send(String::from_utf8_lossy(&tail).into_owned());
        });
    }
    receive
}

/// The last three lines after a colon; empty if there are none.
pub(crate) fn last_lines(tail: &str) -> String {
    let printable = |letter: &char| !letter.is_control() || letter.is_whitespace();
    let text: String = tail.chars().filter(printable).collect();
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = lines[lines.len().saturating_sub(3)..].join(" | ");
    if last.is_empty() {
        String::new()
    } else {
        format!(": {last}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_three_lines_have_no_control_characters() {
        assert_eq!(last_lines("a\nb\n\nc\u{1b}[0m\nd\n"), ": b | c[0m | d");
        assert_eq!(last_lines("\n \0\0\n"), "");
    }
}
