//! `Exit` and `RunError`: exit codes, and errors that stop a run.

use loader::LoadError;
use miette::Diagnostic;
use std::path::PathBuf;
use thiserror::Error;

use crate::grid::diagnostic::GridErrors;
use crate::results::error::ResultsError;

/// Exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// Every cell is `ok` or `refused`.
    Success = 0,
    /// An error of the program or of the machine.
    Internal = 1,
    /// An error of usage, grid or data; nothing was trained.
    Usage = 2,
    /// Some cells are neither `ok` nor `refused`.
    CellsFailed = 3,
    /// Ctrl-C; finished cells are kept.
    Interrupted = 130,
}

/// Errors that stop a run.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum RunError {
    /// A grid file cannot be read.
    #[error("cannot read the grid {}", path.display())]
    #[diagnostic(code(grid::unreadable), help("{help}"))]
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
    /// Two grids would write to the same results file.
    #[error("two grids are named {stem}, and both would write to {stem}.csv")]
    #[diagnostic(
        code(grid::same_name),
        help("rename one, or run them separately with different --results")
    )]
    SameName {
        /// The name without extension.
        stem: String,
    },
    /// The command line names an unknown dataset.
    #[error("unknown dataset `{name}`")]
    #[diagnostic(code(cli::unknown_dataset), help("{help}"))]
    UnknownDataset {
        /// The name.
        name: String,
        /// The known ones.
        help: String,
    },
    /// The program of an engine does not exist.
    #[error("program `{program}` of engine `{engine}` not found")]
    #[diagnostic(
        code(grid::no_program),
        help(
            "a program without a slash must be in PATH; a path is relative to the working folder; \
             scripts/engines/setup installs the engines that come with Hemline"
        )
    )]
    NoProgram {
        /// Name of the engine.
        engine: String,
        /// Name or path of the program.
        program: String,
    },
    /// `--only`, `--shard` or `--retry` selects no cell.
    #[error("no cell of {grid} is selected: {reason}")]
    #[diagnostic(code(cli::no_cell), help("--plan prints the cells"))]
    NoCell {
        /// The grid file.
        grid: String,
        /// Which option excludes every cell.
        reason: String,
    },
    /// A dataset cannot be found or read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Data(#[from] LoadError),
    /// The folder of `--keep` cannot be created.
    #[error("cannot create the folder {}", path.display())]
    #[diagnostic(code(cli::no_folder), help("give a writable folder with --keep"))]
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
