//! Errors of the results files.

use miette::Diagnostic;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why results cannot be read or written.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum ResultsError {
    /// A system call failed.
    #[error("cannot {doing} {}", path.display())]
    #[diagnostic(help("{}", remedy(source)))]
    Disk {
        /// The failed action, as an infinitive.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: io::Error,
    },
    /// The file has another schema, or is something else.
    #[error("{} is not a results file of this version: {difference}", path.display())]
    #[diagnostic(help("--fresh renames it and starts a new file; --results DIR writes to another folder"))]
    Header {
        /// The file.
        path: PathBuf,
        /// How it differs from a results file of this version.
        difference: String,
    },
    /// A row cannot be parsed.
    #[error("{} line {line}: not a row of results", path.display())]
    #[diagnostic(help("correct or remove the line, or start a new file with --fresh"))]
    Row {
        /// The file.
        path: PathBuf,
        /// Line number, from 1.
        line: u64,
        /// The parse error.
        #[source]
        source: csv::Error,
    },
    /// The file beside the results is no labels file of this version.
    #[error("{} is in the place of the predictions of {}", path.display(), results.display())]
    #[diagnostic(help(
        "move or rename it, and the run keeps its predictions in a new one; or --fresh renames both files, and --results DIR writes to another \
         folder; nothing was changed"
    ))]
    Labels {
        /// The file.
        path: PathBuf,
        /// The results file.
        results: PathBuf,
        /// What it is.
        #[source]
        source: io::Error,
    },
    /// The descriptions of the machines cannot be written.
    #[error("cannot write {}, which describes the machine of every row", path.display())]
    #[diagnostic(help("{help}"))]
    Machines {
        /// The file.
        path: PathBuf,
        /// The system's error, or what else the file is.
        #[source]
        source: io::Error,
        /// What to do.
        help: &'static str,
    },
    /// The labels of some cells could not be written; their rows have the warning `not-kept`.
    #[error("the labels of some cells could not be written, and no further cell started")]
    #[diagnostic(help(
        "their rows are kept, with the warning `not-kept`; make space, then --rerun TEXT trains these cells again and the same command runs the rest"
    ))]
    LostLabels,
    /// Rows could not be written for a while.
    #[error(
        "rows could not be written for a while, and no further cell started; all rows of finished cells are written now"
    )]
    #[diagnostic(help("the same command runs the cells that did not start"))]
    Stopped,
    /// The process of a cell could not be started.
    #[error("{reason}; no further cell started")]
    #[diagnostic(help(
        "a cell needs a process, some open files (ulimit -n, 64 are enough) and /proc; then the same command runs what is missing"
    ))]
    NotStarted {
        /// What could not be started, and the system's error.
        reason: String,
    },
    /// The clock of the machine is not set.
    #[error("the clock of this machine is {seconds} seconds from the start of 1970")]
    #[diagnostic(help("set it: rows say when they started, and the newest row of a cell counts"))]
    Clock {
        /// Seconds since 1970.
        seconds: i64,
    },
    /// A name that a merge must not write to.
    #[error("{} cannot hold merged rows: {reason}", path.display())]
    #[diagnostic(help("{help}"))]
    Output {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: &'static str,
        /// What to write instead.
        help: &'static str,
    },
    /// A run is writing to an input of a merge.
    #[error("a run is writing to {}{by}", path.display())]
    #[diagnostic(help("wait for it to end"))]
    Unfinished {
        /// The file.
        path: PathBuf,
        /// Which process, with what separates it from the file; empty if unknown.
        by: String,
    },
    /// Another process holds the lock.
    #[error("another run is writing to {}{by}", path.display())]
    #[diagnostic(help("wait for it to end, or write to another folder with --results DIR"))]
    Locked {
        /// The file.
        path: PathBuf,
        /// Which process, with what separates it from the file; empty if unknown.
        by: String,
    },
}

/// What helps against an error of the disk.
fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "free space on the disk, or write to another folder with --results DIR; rows already written are kept"
        }
        _ => "--results DIR writes to another folder; rows already written are kept",
    }
}

impl ResultsError {
    /// Whether a file could not be written for lack of space, and not because of a wrong name.
    pub(crate) fn is_full_disk(&self) -> bool {
        let kinds = [
            io::ErrorKind::StorageFull,
            io::ErrorKind::QuotaExceeded,
            io::ErrorKind::FileTooLarge,
        ];
        matches!(self, ResultsError::Disk { source, .. } if kinds.contains(&source.kind()))
    }

    /// For `map_err`: an error of opening or reading the labels beside a results file.
    pub(super) fn labels(
        doing: &'static str,
        path: &Path,
        results: &Path,
    ) -> impl Fn(io::Error) -> ResultsError {
        move |source| match source.kind() {
            io::ErrorKind::InvalidData => ResultsError::Labels {
                path: path.to_owned(),
                results: results.to_owned(),
                source,
            },
            _ => ResultsError::disk(doing, path)(source),
        }
    }

    /// For `map_err`: adds the failed action and the file to the system's error.
    pub(crate) fn disk(doing: &'static str, path: &Path) -> impl Fn(io::Error) -> ResultsError {
        move |source| ResultsError::Disk {
            doing,
            path: path.to_owned(),
            source,
        }
    }
}
