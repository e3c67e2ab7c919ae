//! What can go wrong between the CSV and the leaderboard; every case is the user's to mend.

use std::io;
use std::path::PathBuf;

use miette::Diagnostic;
use thiserror::Error;

/// Why no report could be made. Nothing has been written when one of these is returned, save for
/// [`Write`](ReportError::Write), which leaves the file it names as it was.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum ReportError {
    /// The results folder cannot be listed.
    #[error("cannot read the results folder `{}`", path.display())]
    #[diagnostic(
        code(report::folder),
        help(
            "train something first, `cargo run -p runner -- configs/quickstart.toml`, or name the folder with `--results DIR`"
        )
    )]
    Folder {
        /// The folder asked for.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },

    /// A file exists and cannot be read.
    #[error("cannot read `{}`", path.display())]
    #[diagnostic(code(report::read))]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },

    /// A file cannot be written; what was there before is untouched.
    #[error("cannot write `{}`", path.display())]
    #[diagnostic(
        code(report::write),
        help("its old content is untouched; mend the cause and run the same command again")
    )]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },

    /// A results file whose columns are not those of this schema.
    #[error("the columns of `{}` are not those of results schema {schema}: {difference}", path.display())]
    #[diagnostic(
        code(report::header),
        help(
            "docs/results-format.md lists the columns; move the file out of the results folder, or run its grid again"
        )
    )]
    Header {
        /// The file.
        path: PathBuf,
        /// The version of the results format that this program reads.
        schema: u32,
        /// Which columns are missing, unknown or out of order.
        difference: String,
    },

    /// A row that breaks the results format.
    #[error("`{}`, line {line}: {problem}", path.display())]
    #[diagnostic(
        code(report::row),
        help("docs/results-format.md says what each column holds; mend or delete that line")
    )]
    Row {
        /// The file.
        path: PathBuf,
        /// Line that the row starts on, from 1.
        line: u64,
        /// What is wrong, naming the column.
        problem: String,
    },

    /// There is no README to rewrite.
    #[error("there is no file `{}` to put the leaderboard into", path.display())]
    #[diagnostic(
        code(report::readme),
        help("name it with `--readme FILE`, or print the board with `--format markdown`")
    )]
    NoReadme {
        /// The file asked for.
        path: PathBuf,
    },

    /// There is no page to put a table into.
    #[error("there is no file `{}` to put a table into", path.display())]
    #[diagnostic(
        code(report::page),
        help(
            "name its folder with `--docs DIR`, or make it with these two lines in it:\n{}\n{}",
            block.begin,
            block.end
        )
    )]
    NoPage {
        /// The file.
        path: PathBuf,
        /// The markers that it needs.
        block: crate::splice::Block,
    },

    /// A file's markers do not enclose one block.
    #[error("cannot place a table in `{}`", path.display())]
    #[diagnostic(
        code(report::markers),
        help(
            "the file needs these two lines, once each and in this order:\n{}\n{}",
            block.begin,
            block.end
        )
    )]
    Markers {
        /// The file.
        path: PathBuf,
        /// The markers.
        block: crate::splice::Block,
        /// What is wrong with the markers.
        #[source]
        source: crate::splice::SpliceError,
    },
}
