//! What was wrong with the input, and what was skipped.

use std::path::Path;

use super::text::visible;

/// At most this many bad rows of a file are named; the others are counted.
const NAMED_ROWS: usize = 20;

/// At most this many characters of a finding are shown: a field may be very long.
const MAX_TEXT: usize = 1000;

/// Problems and notes about results files. A problem makes the exit code 1, a note does not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// Rows, records and files that are wrong and left out, each with its place and what to do.
    pub problems: Vec<String>,
    /// Skipped input that is not wrong, such as a line that another program is about to finish.
    pub notes: Vec<String>,
}

impl Findings {
    /// Adds a problem with a file.
    pub(crate) fn problem_in(&mut self, path: &Path, problem: &str) {
        self.problems.push(place(path, problem));
    }

    /// Adds a note about a file.
    pub(crate) fn note_in(&mut self, path: &Path, note: &str) {
        self.notes.push(short(&format!("{}: {note}", path.display())));
    }

    /// Adds other findings after these.
    pub(crate) fn extend(&mut self, other: Findings) {
        self.problems.extend(other.problems);
        self.notes.extend(other.notes);
    }

    /// Collects the bad rows of a file.
    pub(super) fn rows_of<'a>(&'a mut self, path: &'a Path) -> BadRows<'a> {
        BadRows {
            findings: self,
            path,
            count: 0,
        }
    }
}

/// The bad rows of one file. Dropping it says how many rows it did not name.
pub(super) struct BadRows<'a> {
    findings: &'a mut Findings,
    path: &'a Path,
    count: usize,
}

impl BadRows<'_> {
    pub(super) fn note(&mut self, note: &str) {
        self.findings.note_in(self.path, note);
    }

    pub(super) fn row(&mut self, line: u64, problem: &str) {
        self.count += 1;
        if self.count <= NAMED_ROWS {
            let path = self.path.display();
            let problem = short(problem);
            let text = format!(
                "`{path}`, line {line}: {problem}; the row is left out (docs/results-format.md describes each column)"
            );
            self.findings.problems.push(visible(&text));
        }
    }
}

impl Drop for BadRows<'_> {
    fn drop(&mut self) {
        if self.count > NAMED_ROWS {
            let more = format!("{} more rows are left out", self.count - NAMED_ROWS);
            self.findings.problem_in(self.path, &more);
        }
    }
}

fn place(path: &Path, problem: &str) -> String {
    short(&format!("`{}`: {problem}", path.display()))
}

/// The text without control characters, cut if it is long.
fn short(text: &str) -> String {
    let mut shown: String = visible(text).chars().take(MAX_TEXT).collect();
    if shown.chars().count() == MAX_TEXT {
        shown.push('…');
    }
    shown
}
