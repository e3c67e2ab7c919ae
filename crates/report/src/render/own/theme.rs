//! The styles of text in a terminal: a bold header, and colours for the words of a status, which say the same without colour.
//!
//! The colours are the sixteen of the terminal's own palette, so they can be read on light and dark ones. What prints the text removes
//! them where `NO_COLOR`, `CLICOLOR` or the output ask for it.

use std::collections::BTreeMap;

use anstyle::{AnsiColor, Style};

use crate::cells;
use crate::input::Status;

/// The titles of a table.
pub(super) fn header(text: &str) -> String {
    styled(Style::new().bold(), text)
}

/// Counts by status, such as `3 ok, 1 timeout`.
pub(super) fn statuses(by_status: &BTreeMap<Status, usize>) -> String {
    let counts = by_status.iter().map(|(status, n)| {
        let colour = match status {
            Status::Ok => AnsiColor::Green,
            Status::Refused | Status::Interrupted => AnsiColor::Yellow,
            Status::Failed | Status::Timeout | Status::OutOfMemory | Status::Crashed => AnsiColor::Red,
        };
        let word = styled(colour.on_default(), status.name());
        format!("{} {word}", cells::count(*n as u64))
    });
    counts.collect::<Vec<_>>().join(", ")
}

fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}
