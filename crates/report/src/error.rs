//! Errors of the report; the user can correct each of them.

use std::io;
use std::path::PathBuf;

use command_line::ManualError;
use miette::Diagnostic;
use thiserror::Error;

use crate::splice::{Block, SpliceError};

/// Why the report failed. No file has been written, except with [`Write`](ReportError::Write): then the named file is
/// unchanged, but files before it may be new.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum ReportError {
    /// The results folder cannot be listed.
    #[error("cannot read the results folder `{}`", path.display())]
    #[diagnostic(help(
        "run a grid first, `cargo run -p runner -- configs/quickstart.toml`, and print its board with `report show`, or choose \
             the folder with `--results DIR`"
    ))]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },

    /// The results folder has no results file, and a page has a table that would be lost.
    #[error("no results file is in the folder `{}`, and the table in `{}` would be lost", folder.display(), page.display())]
    #[diagnostic(help(
        "choose the folder with `--results DIR`; to empty the pages, delete the lines between their markers first"
    ))]
    NoResultsFiles {
        /// The results folder.
        folder: PathBuf,
        /// The page with a table.
        page: PathBuf,
    },

    /// The folder of the published results, which are shown beside others, cannot be listed.
    #[error("cannot read the folder `{}` of the published results", path.display())]
    #[diagnostic(help("choose the folder with `--published=DIR`"))]
    PublishedFolder {
        /// The folder.
        path: PathBuf,
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },

    /// The folder of datasets is none.
    #[error("there is no folder `{}`", path.display())]
    #[diagnostic(help(
        "choose a folder that contains datasets, so that `--data-dir DIR` finds DIR/NAME/labels.txt, or leave the option out"
    ))]
    DataFolder {
        /// The folder.
        path: PathBuf,
    },

    /// A file exists but cannot be read.
    #[error("cannot read `{}`", path.display())]
    #[diagnostic(help(
        "choose the README with `--readme FILE`, and the folder of the pages with `--docs DIR`"
    ))]
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },

    /// A file cannot be written; its old content is unchanged.
    #[error("cannot write `{}`", path.display())]
    #[diagnostic(help("the old content is unchanged; fix the cause and run the command again"))]
    Write {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },

    /// A results file where a command is expected.
    #[error("`{word}` is no command")]
    #[diagnostic(help("did you mean `report show {word}`? the commands are in `report --help`"))]
    NoCommand {
        /// What the command line has.
        word: String,
    },

    /// The format is not built in.
    #[error("the format {format} is not built into this program")]
    #[diagnostic(help(
        "run the command with `cargo run -p report --features {format} -- ... --format {format}`; built in: {others}"
    ))]
    NotBuiltIn {
        /// The format, and the feature that builds it in.
        format: String,
        /// The formats that are built in.
        others: String,
    },

    /// The manual pages cannot be written.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Manual(#[from] ManualError),

    /// No row is from the machine that was asked for.
    #[error("no row {of}is from machine `{name}`")]
    #[diagnostic(help("known machines: {known}"))]
    UnknownMachine {
        /// Which file, with a space after it: "of `a.csv` "; empty for all.
        of: String,
        /// The name that was asked for.
        name: String,
        /// The machines of the rows.
        known: String,
    },

    /// The predictions of several classifiers on a dataset are not known.
    #[error("the predictions of two classifiers on dataset `{name}` are not known")]
    #[diagnostic(help("choose the folder with `--results DIR`; labels files lie beside the results files"))]
    NoPredictions {
        /// The dataset.
        name: String,
    },

    /// The README does not exist.
    #[error("cannot update the leaderboard: there is no file `{}`", path.display())]
    #[diagnostic(help(
        "choose the file with `--readme FILE`, or print the leaderboard with `--format markdown`"
    ))]
    NoReadme {
        /// The file.
        path: PathBuf,
    },

    /// The page of a table does not exist.
    #[error("cannot update a table: there is no file `{}`", path.display())]
    #[diagnostic(
        help(
            "choose its folder with `--docs DIR`, or create the file with these two lines:\n{}\n{}",
            block.begin,
            block.end
        )
    )]
    NoPage {
        /// The file.
        path: PathBuf,
        /// The markers that the file needs.
        block: Block,
    },

    /// The marker lines of a file do not enclose one block.
    #[error("cannot update a table in `{}`", path.display())]
    #[diagnostic(
        help(
            "the file must contain these two lines, each once and in this order:\n{}\n{}",
            block.begin,
            block.end
        )
    )]
    Markers {
        /// The file.
        path: PathBuf,
        /// The markers.
        block: Block,
        /// The problem with the markers.
        #[source]
        source: SpliceError,
    },
}
