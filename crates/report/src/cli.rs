//! The command line, and the steps from it to finished files.

use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use clap::{Args as ClapArgs, Parser, Subcommand};

use crate::board::Board;
use crate::error::ReportError;
use crate::files;
use crate::peers::{BASELINE, Peers};
use crate::peers_table;
use crate::render::{self, RENDERERS, markdown};
use crate::rows;
use crate::splice::{Block, LEADERBOARD, PEERS, splice};

/// Rewrites the leaderboard in the README and in the results folder from the results CSV files.
#[derive(Debug, Clone, Parser)]
#[command(name = "report", version, args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,

    /// What the plain program does.
    #[command(flatten)]
    pub board: BoardArgs,
}

#[derive(Debug, Clone, Subcommand)]
enum Command {
    /// Print engines side by side: accuracy and time of each point that several have trained.
    Peers(PeersArgs),
}

/// `report peers`.
#[derive(Debug, Clone, ClapArgs)]
struct PeersArgs {
    /// Folder with the CSV files that runs wrote.
    #[arg(long, value_name = "DIR", default_value = "results")]
    results: PathBuf,

    /// The engine that the others are compared with.
    #[arg(long, value_name = "ENGINE", default_value = BASELINE)]
    baseline: String,

    /// How to print it.
    #[arg(long, value_name = "FORMAT", default_value = "markdown", value_parser = ["markdown", "csv"])]
    format: String,
}

/// `report` without a subcommand.
#[derive(Debug, Clone, ClapArgs)]
pub struct BoardArgs {
    /// Folder with the CSV files that runs wrote; leaderboard.md is written beside them.
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub results: PathBuf,

    /// File whose tables, between their marker lines, are rewritten: the leaderboard, and engines side by side where it has
    /// the markers for them.
    #[arg(long, value_name = "FILE", default_value = "README.md")]
    pub readme: PathBuf,

    /// Write nothing; exit with 1 if a file is out of date.
    #[arg(long, conflicts_with = "format")]
    pub check: bool,

    /// Print the whole board to standard output instead, and write nothing.
    #[arg(long, conflicts_with = "readme", value_name = "FORMAT",
          value_parser = PossibleValuesParser::new(RENDERERS.iter().map(|r| r.name)))]
    pub format: Option<String>,
}

/// What [`run`] did, and what it noticed on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What was done.
    pub done: Done,
    /// Files and lines that were left out, for standard error.
    pub notes: Vec<String>,
}

/// What [`run`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// The board in the format asked for, to be printed.
    Printed(String),
    /// The files that were rewritten; those that were right already are not among them.
    Written(Vec<PathBuf>),
    /// `--check`: the files that are out of date.
    Stale(Vec<PathBuf>),
}

/// Does what the command line asks. All texts are made before the first file is touched.
///
/// # Errors
/// A results folder or file that cannot be read or is no results file, and a README without its two markers.
pub fn run(args: &Args) -> Result<Report, ReportError> {
    match &args.command {
        Some(Command::Peers(args)) => side_by_side(args),
        None => leaderboard(&args.board),
    }
}

fn side_by_side(args: &PeersArgs) -> Result<Report, ReportError> {
    let loaded = rows::load(&args.results)?;
    let peers = Peers::new(&loaded.files, &args.baseline);
    let print = if args.format == "csv" {
        peers_table::csv
    } else {
        peers_table::markdown
    };
    Ok(Report {
        done: Done::Printed(print(&peers)),
        notes: loaded.notes,
    })
}

fn leaderboard(args: &BoardArgs) -> Result<Report, ReportError> {
    let loaded = rows::load(&args.results)?;
    let board = Board::new(&loaded.files);
    let notes = loaded.notes;
    if let Some(renderer) = args.format.as_deref().and_then(render::find) {
        return Ok(Report {
            done: Done::Printed((renderer.render)(&board)),
            notes,
        });
    }

    let readme = files::read(&args.readme)?.ok_or_else(|| ReportError::NoReadme {
        path: args.readme.clone(),
    })?;
    let full = link(&args.readme, &args.results.join(markdown::FILE));
    let place = |text: &str, block: Block, content: &str| {
        splice(text, block, content).map_err(|source| ReportError::Markers {
            path: args.readme.clone(),
            block,
            source,
        })
    };
    let mut spliced = place(&readme, LEADERBOARD, &markdown::summary(&board, &full))?;
    if PEERS.is_in(&spliced) {
        let peers = Peers::new(&loaded.files, BASELINE);
        spliced = place(&spliced, PEERS, &format!("\n{}\n", peers_table::markdown(&peers)))?;
    }
    let mut wanted = vec![(args.readme.clone(), spliced)];
    for renderer in RENDERERS {
        if let Some(name) = renderer.file {
            wanted.push((args.results.join(name), (renderer.render)(&board)));
        }
    }

    let mut stale = Vec::new();
    for (path, text) in wanted {
        if files::read(&path)?.as_deref() != Some(text.as_str()) {
            stale.push((path, text));
        }
    }
    if !args.check {
        for (path, text) in &stale {
            files::replace(path, text)?;
        }
    }
    let paths = stale.into_iter().map(|(path, _)| path).collect();
    Ok(Report {
        done: if args.check {
            Done::Stale(paths)
        } else {
            Done::Written(paths)
        },
        notes,
    })
}

/// The address of `target` as written in the file `from`.
fn link(from: &Path, target: &Path) -> String {
    let folder = from.parent().unwrap_or(Path::new(""));
    target
        .strip_prefix(folder)
        .unwrap_or(target)
        .display()
        .to_string()
}
