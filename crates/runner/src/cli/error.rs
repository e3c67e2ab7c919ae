//! What ends a run early, and the exit codes.

use loader::LoadError;
use miette::Diagnostic;
use std::path::PathBuf;
use thiserror::Error;

use crate::grid::diagnostic::GridErrors;
use crate::results::sink::SinkError;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// Every cell ended `ok` or `refused`.
    Fine = 0,
    /// A fault of the program or of the machine.
    Internal = 1,
    /// Usage, grid or data error; nothing was trained.
    Usage = 2,
    /// Some cells did not end `ok`.
    CellsFailed = 3,
    /// Ctrl-C; everything finished is kept.
    Interrupted = 130,
}

/// Why nothing was trained, or why it stopped.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum RunError {
    /// A grid file cannot be read.
    #[error("cannot read the grid {}", path.display())]
    #[diagnostic(code(grid::unreadable), help("{help}"))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What to try.
        help: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A grid file has mistakes.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Grid(#[from] GridErrors),
    /// Two grids would write to one results file.
    #[error("two grids are named {stem}, and both would be written to {stem}.csv")]
    #[diagnostic(
        code(grid::same_name),
        help("rename one, or run them one by one with different --results")
    )]
    SameName {
        /// The name.
        stem: String,
    },
    /// A name on the command line.
    #[error("unknown dataset `{name}`")]
    #[diagnostic(code(cli::unknown_dataset), help("{help}"))]
    UnknownDataset {
        /// The name.
        name: String,
        /// The known ones.
        help: String,
    },
    /// An engine by command whose program is not there.
    #[error("engine `{engine}` is to run `{program}`, and there is no such program")]
    #[diagnostic(
        code(grid::no_program),
        help(
            "a program without a slash is looked for in PATH, any other from the working folder; \
             scripts/engines/setup makes the engines that come with Hemline ready"
        )
    )]
    NoProgram {
        /// The engine.
        engine: String,
        /// The program.
        program: String,
    },
    /// `--only`, `--shard` or `--retry` left nothing.
    #[error("no cell of {grid} is left: {why}")]
    #[diagnostic(code(cli::nothing_left), help("--plan shows the cells"))]
    NothingLeft {
        /// The grid.
        grid: String,
        /// What took them all away.
        why: String,
    },
    /// A dataset cannot be had.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Data(#[from] LoadError),
    /// The folder of `--keep` cannot be made.
    #[error("cannot make the folder {}", path.display())]
    #[diagnostic(code(cli::no_folder), help("--keep takes a folder that can be written to"))]
    NoFolder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The results cannot be kept.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Results(#[from] SinkError),
}
