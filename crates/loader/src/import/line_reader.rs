//! A file as lines of limited length, each of which ends with `\n` alone, so that lines can be counted.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read};
use std::rc::Rc;

/// Longest line, in bytes.
const MOST_LINE_BYTES: u64 = 16 << 20;

/// A file of lines.
pub(super) struct LineReader {
    file: File,
    left: Rc<Cell<u64>>,
    /// The last byte that was passed on; a `\r` is held back until the next byte is known.
    last: u8,
    is_held: bool,
}

/// How much of the file may be read until the next line is asked for.
pub(super) struct LineBudget {
    left: Rc<Cell<u64>>,
}

impl LineBudget {
    /// Allows as much as for one line.
    pub(super) fn renew(&self) {
        self.left.set(MOST_LINE_BYTES);
    }
}

impl LineReader {
    pub(super) fn new(file: File) -> (LineReader, LineBudget) {
        let left = Rc::new(Cell::new(MOST_LINE_BYTES));
        let reader = LineReader {
            file,
            left: left.clone(),
            last: b'\n',
            is_held: false,
        };
        (reader, LineBudget { left })
    }

    /// Passes on what the file has, without each `\r` before `\n`, and a line end at the end of the file.
    fn read_lines(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // One byte is left for what was held back.
        let Some(most) = buffer.len().checked_sub(1).filter(|&most| most > 0) else {
            return Err(io::Error::other("the buffer is too small"));
        };
        let n_read = self.file.read(&mut buffer[1..=most])?;
        let mut n = 0;
        for i in 1..=n_read {
            let byte = buffer[i];
            if self.is_held && byte != b'\n' {
                buffer[n] = b'\r';
                n += 1;
            }
            self.is_held = byte == b'\r';
            if !self.is_held {
                buffer[n] = byte;
                n += 1;
            }
        }
        if n_read == 0 && (self.is_held || self.last != b'\n') {
            buffer[0] = b'\n';
            n = 1;
            self.is_held = false;
        }
        if n > 0 {
            self.last = buffer[n - 1];
        }
        Ok(n)
    }
}

impl Read for LineReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = loop {
            let n = self.read_lines(buffer)?;
            // Nothing but a `\r` that is held back is not the end.
            if n > 0 || !self.is_held {
                break n;
            }
        };
        let left = self.left.get().checked_sub(n as u64);
        self.left.set(left.ok_or_else(|| {
            io::Error::other(format!("a line is longer than {} MiB", MOST_LINE_BYTES >> 20))
        })?);
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Seek, Write};

    use proptest::prelude::*;

    use super::*;

    /// What a reader gives in pieces of at most `size` bytes.
    fn read(text: &[u8], size: usize) -> Vec<u8> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text).unwrap();
        file.rewind().unwrap();
        let (mut reader, _) = LineReader::new(file);
        let (mut all, mut buffer) = (Vec::new(), vec![0; size]);
        loop {
            match reader.read(&mut buffer).unwrap() {
                0 => return all,
                n => all.extend_from_slice(&buffer[..n]),
            }
        }
    }

    proptest! {
        #[test]
        fn every_line_ends_with_a_line_feed(text in "[ab\r\n]{0,40}", size in 2_usize..9) {
            let mut expected = text.replace("\r\n", "\n");
            if expected.ends_with('\r') {
                expected.pop();
            }
            if !expected.is_empty() && !expected.ends_with('\n') || text.ends_with('\r') {
                expected.push('\n');
            }
            prop_assert_eq!(read(text.as_bytes(), size), expected.as_bytes());
        }
    }
}
