//! Replaces the block between two marker lines of a text and keeps every other byte.

use thiserror::Error;

/// The line that the block follows. Only a line that holds nothing else is a marker, so prose may mention it.
pub const BEGIN: &str = "<!-- leaderboard:begin -->";

/// The line that ends the block.
pub const END: &str = "<!-- leaderboard:end -->";

/// Why a text has no block to replace. Lines count from 1.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpliceError {
    /// A marker is not there.
    #[error("it has no line `{marker}`")]
    Missing {
        /// The marker.
        marker: &'static str,
    },
    /// A marker is there more than once.
    #[error("it has the line `{marker}` more than once, on lines {first} and {second}")]
    Doubled {
        /// The marker.
        marker: &'static str,
        /// Line of the first.
        first: usize,
        /// Line of the second.
        second: usize,
    },
    /// The end comes before the begin.
    #[error("its end marker, on line {end}, comes before its begin marker, on line {begin}")]
    Swapped {
        /// Line of [`BEGIN`].
        begin: usize,
        /// Line of [`END`].
        end: usize,
    },
}

/// Returns `text` with `block` between its marker lines. The block gets the line ends of the begin marker's line, and a
/// last line end if it has none.
///
/// # Errors
/// Markers that are missing, doubled or in the wrong order.
pub fn splice(text: &str, block: &str) -> Result<String, SpliceError> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let begin = only(&lines, BEGIN)?;
    let end = only(&lines, END)?;
    if end < begin {
        return Err(SpliceError::Swapped {
            begin: begin + 1,
            end: end + 1,
        });
    }

    let newline = if lines[begin].ends_with("\r\n") {
        "\r\n"
    } else {
        "\n"
    };
    let mut spliced = lines[..=begin].concat();
    for line in block.lines() {
        spliced.push_str(line);
        spliced.push_str(newline);
    }
    spliced.extend(lines[end..].iter().copied());
    Ok(spliced)
}

fn only(lines: &[&str], marker: &'static str) -> Result<usize, SpliceError> {
    let mut found = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| line.trim() == marker)
        .map(|(at, _)| at);
    let first = found.next().ok_or(SpliceError::Missing { marker })?;
    match found.next() {
        None => Ok(first),
        Some(second) => Err(SpliceError::Doubled {
            marker,
            first: first + 1,
            second: second + 1,
        }),
    }
}
