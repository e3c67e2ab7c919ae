//! Replaces the block between two marker lines of a text and keeps every other byte.

use thiserror::Error;

/// The two lines that a block stands between. Only a line that holds nothing else is a marker, so prose may mention it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// The line that the block follows.
    pub begin: &'static str,
    /// The line that ends the block.
    pub end: &'static str,
}

/// The best points.
pub const LEADERBOARD: Block = Block {
    begin: "<!-- leaderboard:begin -->",
    end: "<!-- leaderboard:end -->",
};

/// Engines side by side.
pub const PEERS: Block = Block {
    begin: "<!-- peers:begin -->",
    end: "<!-- peers:end -->",
};

/// Accuracies of two engines.
pub const PARITY: Block = Block {
    begin: "<!-- parity:begin -->",
    end: "<!-- parity:end -->",
};

/// Times against rows.
pub const SCALING: Block = Block {
    begin: "<!-- scaling:begin -->",
    end: "<!-- scaling:end -->",
};

/// Times at full size.
pub const SPEED: Block = Block {
    begin: "<!-- speed:begin -->",
    end: "<!-- speed:end -->",
};

impl Block {
    /// Whether a text has either of the two lines.
    pub fn is_in(&self, text: &str) -> bool {
        text.lines()
            .any(|line| [self.begin, self.end].contains(&line.trim()))
    }
}

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
        /// Line of [`Block::begin`].
        begin: usize,
        /// Line of [`Block::end`].
        end: usize,
    },
}

/// Returns `text` with `content` between the marker lines of `block`. The content gets the line ends of the begin marker's line, and a
/// last line end if it has none.
///
/// # Errors
/// Markers that are missing, doubled or in the wrong order.
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
