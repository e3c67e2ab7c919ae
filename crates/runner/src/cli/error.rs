//! `Exit` and `RunError`: exit codes, and errors that stop a run.

use command_line::ManualError;
use loader::LoadError;
use miette::Diagnostic;
use std::io;
use std::path::PathBuf;
use thiserror::Error;

use crate::grid::diagnostic::GridErrors;
use crate::results::error::ResultsError;

/// Exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Every cell is `ok` or `refused`.
    Success = 0,
    /// Rows or output could not be written as asked, or no cell could start.
    Internal = 1,
    /// An error of usage, grid or data; nothing was trained.
    Usage = 2,
    /// Some cells are neither `ok` nor `refused`, or did not run.
    CellsFailed = 3,
    /// Ctrl-C; finished cells are kept.
    Interrupted = 130,
}

impl Exit {
    /// The more serious of two: an error of the machine, then an interruption, then failed cells.
    pub(crate) fn max_of(self, other: Exit) -> Exit {
        let rank = |exit: Exit| match exit {
            Exit::Success => 0,
            Exit::CellsFailed => 1,
            Exit::Interrupted => 2,
            Exit::Usage => 3,
            Exit::Internal => 4,
        };
        if rank(other) > rank(self) { other } else { self }
    }
}

/// Errors that stop a run.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum RunError {
    /// A grid file cannot be read.
    #[error("cannot read the grid {}", path.display())]
    #[diagnostic(help("{help}"))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// How to correct it.
        help: String,
        /// The system's error.
        #[source]
        source: std::io::Error,
    },
    /// A grid file has errors.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Grid(#[from] GridErrors),
    /// A JSON file is not the grid of the benchmark of 2017.
    #[error("{}: {reason}", path.display())]
    #[diagnostic(help(
        "of JSON, only the baselines.json of the benchmark that came with Fashion-MNIST is read; a grid is a TOML file"
    ))]
    Baselines {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Two grids would write to the same results file.
    #[error("two grids are named {stem}, and both would write to {stem}.csv")]
    #[diagnostic(help("rename one, or run them separately with different --results"))]
    SameName {
        /// The name without extension.
        stem: String,
    },
    /// A grid would write to a file that has another purpose.
    #[error("a grid must not be named {stem}: {stem}.csv beside the results describes the machines")]
    #[diagnostic(help("rename the grid file"))]
    ReservedName {
        /// The name without extension.
        stem: String,
    },
    /// A grid has more cells than a run can hold.
    #[error("{} describes {n_cells} cells; the limit is {limit}", path.display())]
    #[diagnostic(help(
        "cells are datasets x preprocessings x engines x the lengths of all lists x repeats: shorten a list or `repeats`, or write several grids"
    ))]
    TooManyCells {
        /// The grid file.
        path: PathBuf,
        /// The number of cells.
        n_cells: String,
        /// The largest number.
        limit: String,
    },
    /// A file of a command engine cannot be read.
    #[error("cannot read {} of engine `{engine}`", path.display())]
    #[diagnostic(help(
        "the files that `command` and `files` name identify the engine; `version = \"…\"` replaces them"
    ))]
    EngineFile {
        /// Name of the engine.
        engine: String,
        /// The file.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: std::io::Error,
    },
    /// Rows would be published whose code nobody can look up.
    #[error("cannot publish: {reason}")]
    #[diagnostic(help(
        "results/published holds rows of committed code only; commit the changes and build again, or use another folder with --results"
    ))]
    NotPublishable {
        /// What is missing.
        reason: String,
    },
    /// The command line names an unknown dataset.
    #[error("unknown dataset `{name}`")]
    #[diagnostic(help("{help}"))]
    UnknownDataset {
        /// The name.
        name: String,
        /// The known ones.
        help: String,
    },
    /// A dataset has fewer images than a method of embedding needs.
    #[error("dataset `{name}` has {n_rows} images; {method} needs at least {least}")]
    #[diagnostic(help("choose another method with --method"))]
    TooFewImages {
        /// The dataset.
        name: String,
        /// Its images.
        n_rows: usize,
        /// The method.
        method: &'static str,
        /// The fewest images that it embeds.
        least: usize,
    },
    /// The coordinates of an embedding cannot be written.
    #[error("cannot write {}", path.display())]
    #[diagnostic(help("free space or correct the permissions, or choose another folder with --results"))]
    EmbeddingNotWritten {
        /// The file.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: std::io::Error,
    },
    /// A file of coordinates cannot be judged.
    #[error("cannot use the coordinates of {}: {reason}", path.display())]
    #[diagnostic(help("a CSV file with columns x and y, one line for each image, training images first"))]
    NoCoordinates {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The system starts no threads.
    #[error("cannot start threads: {reason}")]
    #[diagnostic(help("ask for fewer with --threads"))]
    NoThreads {
        /// What the system said.
        reason: String,
    },
    /// The program of an engine does not exist.
    #[error("program `{program}` of engine `{engine}` not found")]
    #[diagnostic(help(
        "a program without a slash must be in PATH; a path is relative to the working folder; \
             scripts/engines/setup installs the engines that come with Hemline"
    ))]
    NoProgram {
        /// Name of the engine.
        engine: String,
        /// Name or path of the program.
        program: String,
    },
    /// The script that an engine's program should run does not exist.
    #[error("file `{script}` of engine `{engine}` not found")]
    #[diagnostic(help("a path in `command` is relative to the working folder"))]
    NoScript {
        /// Name of the engine.
        engine: String,
        /// The file.
        script: String,
    },
    /// A command names a folder, so that nobody knows which files make up the engine.
    #[error("`{folder}` in the command of engine `{engine}` is a folder")]
    #[diagnostic(help(
        "list the engine's files with files = [\"…\"], or state a version = \"…\": an edited engine must train its cells anew"
    ))]
    UnlistedFolder {
        /// Name of the engine.
        engine: String,
        /// The folder.
        folder: String,
    },
    /// The file of the small fits cannot be written.
    #[error("no small fits can be trained for estimates")]
    #[diagnostic(help(
        "wait for the other run, or name a cache folder that can be written: HEMLINE_CACHE=DIR; plan without --estimate needs none"
    ))]
    Estimates {
        /// The cause.
        #[source]
        source: ResultsError,
    },
    /// A merge failed.
    #[error("cannot merge")]
    #[diagnostic(help("{help}"))]
    Merge {
        /// The cause.
        #[source]
        source: ResultsError,
        /// What to do.
        help: &'static str,
    },
    /// `--only`, `--shard`, `--retry` or `--rerun` selects no cell.
    #[error("no cell of {grid} is selected: {reason}")]
    #[diagnostic(help("--plan prints the cells"))]
    NoCell {
        /// The grid file.
        grid: String,
        /// Which option excludes every cell.
        reason: String,
    },
    /// A file of shards does not fit the run, or is none.
    #[error("cannot use the shards of {}: {reason}", path.display())]
    #[diagnostic(help(
        "`runner plan-shards` writes the file; every run of a shard has its grids and its options: --only, --datasets, rows, repeats, seed"
    ))]
    Shards {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        reason: String,
    },
    /// The file for the shards is there already.
    #[error("cannot write the shards to {}: the file already exists", path.display())]
    #[diagnostic(help(
        "runs of its shards may have begun, and must all read the same file; remove it if none has, or write another one with --output"
    ))]
    ShardsExist {
        /// The file.
        path: PathBuf,
    },
    /// The file of the shards cannot be written.
    #[error("cannot write the shards")]
    #[diagnostic(help("choose another file with --output"))]
    ShardsNotWritten {
        /// The cause.
        #[source]
        source: ResultsError,
    },
    /// More shards than there is something to divide.
    #[error("{n_shards} shards, but there are only {n_parts} cells to divide")]
    #[diagnostic(help(
        "ask for fewer --shards; the repeats of a fit that depends on no seed count as one cell, because a run compares them"
    ))]
    FewParts {
        /// The shards.
        n_shards: usize,
        /// Cells; those that stay together count once.
        n_parts: usize,
    },
    /// A dataset cannot be found or read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Data(#[from] LoadError),
    /// The manual pages cannot be written.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Manual(#[from] ManualError),
    /// A family that does not exist.
    #[error("unknown classifier `{name}`")]
    #[diagnostic(help("{help}"))]
    UnknownFamily {
        /// The name.
        name: String,
        /// The nearest known name, and all known names.
        help: String,
    },
    /// An argument of `try` that is no parameter.
    #[error("{problem}")]
    #[diagnostic(help("{help}"))]
    NoParameter {
        /// What is wrong with it.
        problem: String,
        /// What to write instead.
        help: String,
    },
    /// The folder of `--keep` cannot be created.
    #[error("cannot create the folder {}", path.display())]
    #[diagnostic(help("give a writable folder with --keep"))]
    NoFolder {
        /// The folder.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: std::io::Error,
    },
    /// Results cannot be read or written.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Results(#[from] ResultsError),
}

impl RunError {
    /// A merge that failed, with what helps against this cause.
    pub(crate) fn merge(source: ResultsError) -> RunError {
        let help = match &source {
            ResultsError::Unfinished { .. } => {
                "wait for that run to end, then merge again; nothing was written"
            }
            ResultsError::Labels { .. } => {
                "move or rename it, and the rows are merged without predictions; nothing was written"
            }
            ResultsError::Header { path, .. } if path.extension().is_some_and(|end| end == "labels") => {
                "give the .csv file of the same name: the labels beside it are merged too"
            }
            _ if source.is_full_disk() => {
                "free space on the disk, or write OUT.csv to another folder; the inputs are as they were"
            }
            ResultsError::Disk { source: cause, .. }
                if matches!(
                    cause.kind(),
                    io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
                ) =>
            {
                "the folder of OUT.csv must be writable and every IN.csv readable; the inputs are as they were"
            }
            _ => {
                "runner merge OUT.csv IN.csv…: OUT.csv is a new file, and every IN.csv is a results file of this version"
            }
        };
        RunError::Merge { source, help }
    }
}
