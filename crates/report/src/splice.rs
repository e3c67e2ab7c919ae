//! Replaces the block between two marker lines of a text and keeps every other byte.

use thiserror::Error;

/// The two marker lines around a block. A line is a marker only if it contains nothing else, so prose may mention it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// The line before the block.
    pub begin: &'static str,
    /// The line after the block.
    pub end: &'static str,
}

impl Block {
    /// Whether a text contains at least one of the two lines.
    pub fn is_in(&self, text: &str) -> bool {
        text.lines()
            .any(|line| [self.begin, self.end].contains(&line.trim()))
    }

    /// Whether a Markdown table is between the two lines.
    pub fn has_table_in(&self, text: &str) -> bool {
        let lines = text.lines().map(str::trim);
        let mut inside = lines
            .skip_while(|line| *line != self.begin)
            .take_while(|line| *line != self.end);
        inside.any(|line| line.starts_with('|'))
    }
}

/// Why the block cannot be replaced. Lines count from 1.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpliceError {
    /// A marker is missing.
    #[error("the line `{marker}` is missing")]
    Missing {
        /// The marker.
        marker: &'static str,
    },
    /// A marker occurs more than once.
    #[error("the line `{marker}` occurs more than once, on lines {first} and {second}")]
    Doubled {
        /// The marker.
        marker: &'static str,
        /// Line of the first occurrence.
        first: usize,
        /// Line of the second occurrence.
        second: usize,
    },
    /// The end marker comes before the begin marker.
    #[error("the end marker on line {end} comes before the begin marker on line {begin}")]
    Swapped {
        /// Line of [`Block::begin`].
        begin: usize,
        /// Line of [`Block::end`].
        end: usize,
    },
}

/// Returns `text` with `content` between the marker lines of `block`. Every line of the content gets the line ending of the
/// begin marker.
///
/// # Errors
/// A marker is missing or repeated, or the markers are in the wrong order.
pub fn splice(text: &str, block: Block, content: &str) -> Result<String, SpliceError> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let begin = only(&lines, block.begin)?;
    let end = only(&lines, block.end)?;
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
    for line in content.lines() {
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
