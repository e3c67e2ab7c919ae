//! The command line, and the steps from it to finished files.

use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use clap::{Args as ClapArgs, Parser, Subcommand};

use crate::atomic_file;
use crate::board::Board;
use crate::error::ReportError;
use crate::input::{Results, ResultsFile};
use crate::render::{self, RENDERERS, markdown};
use crate::splice::{Block, LEADERBOARD, PARITY, PEERS, SCALING, SPEED, splice};
use crate::tables::parity::Parity;
use crate::tables::parity_table;
use crate::tables::peers::{BASELINE, Peers};
use crate::tables::peers_table;
use crate::tables::scaling::Scaling;
use crate::tables::scaling_table;
use crate::tables::speed::Speed;
use crate::tables::speed_table;

/// Rewrites the leaderboard in the README and in the results folder, and the tables of docs/parity.md, docs/scaling.md and
/// docs/speed.md, from the results CSV files.
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
    /// Print the accuracies of engine native beside scikit-learn's, on the same points and rows.
    Parity(TableArgs),
    /// Print the times of engine native beside scikit-learn's, and of boosted trees by library.
    Speed(TableArgs),
    /// Print how the time of a fit grows with the rows, and what threads gain.
    Scaling(TableArgs),
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

/// `report parity`, `report speed` and `report scaling`.
#[derive(Debug, Clone, ClapArgs)]
struct TableArgs {
    /// Results files, instead of those in the folder whose names say that they are for this table.
    files: Vec<PathBuf>,

    /// Folder with the CSV files that runs wrote.
    #[arg(long, value_name = "DIR", default_value = "results", conflicts_with = "files")]
    results: PathBuf,
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

    /// Folder of parity.md, scaling.md and speed.md, whose tables between their marker lines are rewritten.
    #[arg(long, value_name = "DIR", default_value = "docs")]
    pub docs: PathBuf,

    /// Write nothing; exit with 1 if a file is out of date.
    #[arg(long, conflicts_with = "format")]
    pub check: bool,

    /// Print the whole board to standard output instead, and write nothing.
    #[arg(long, conflicts_with_all = ["readme", "docs"], value_name = "FORMAT",
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
    /// The board or table in the format asked for, to be printed.
    Printed(String),
    /// The files that were rewritten; those that were right already are not among them.
    Written(Vec<PathBuf>),
    /// `--check`: the files that are out of date.
    Stale(Vec<PathBuf>),
}

/// Does what the command line asks. All texts are made before the first file is touched.
///
/// # Errors
/// A results folder or file that cannot be read or is no results file, and a README or a page that is not there or lacks
/// its two markers.
pub fn run(args: &Args) -> Result<Report, ReportError> {
    match &args.command {
        Some(Command::Peers(args)) => side_by_side(args),
        Some(Command::Parity(args)) => table(args, Results::for_parity, parity_text),
        Some(Command::Speed(args)) => table(args, Results::for_speed, speed_text),
        Some(Command::Scaling(args)) => table(args, Results::for_scaling, scaling_text),
        None => leaderboard(&args.board),
    }
}

fn side_by_side(args: &PeersArgs) -> Result<Report, ReportError> {
    let results = Results::of_folder(&args.results)?;
    let peers = Peers::new(&results.for_peers(), &args.baseline);
    let print = if args.format == "csv" {
        peers_table::csv
    } else {
        peers_table::markdown
    };
    Ok(Report {
        done: Done::Printed(print(&peers)),
        notes: results.notes,
    })
}

/// Prints the table of the files asked for, or of those that `pick` takes from the folder.
fn table(
    args: &TableArgs,
    pick: fn(&Results) -> Vec<&ResultsFile>,
    print: fn(&[&ResultsFile]) -> String,
) -> Result<Report, ReportError> {
    let (results, pick) = if args.files.is_empty() {
        (Results::of_folder(&args.results)?, pick)
    } else {
        (Results::of_files(&args.files)?, Results::all as _)
    };
    Ok(Report {
        done: Done::Printed(print(&pick(&results))),
        notes: results.notes,
    })
}

fn parity_text(files: &[&ResultsFile]) -> String {
    let stems: Vec<&str> = files.iter().map(|file| file.stem.as_str()).collect();
    parity_table::markdown(&Parity::new(files), &stems)
}

fn speed_text(files: &[&ResultsFile]) -> String {
    speed_table::markdown(&Speed::new(files))
}

fn scaling_text(files: &[&ResultsFile]) -> String {
    scaling_table::markdown(&Scaling::new(files))
}

fn leaderboard(args: &BoardArgs) -> Result<Report, ReportError> {
    let results = Results::of_folder(&args.results)?;
    let board = Board::new(&results.for_board());
    if let Some(renderer) = args.format.as_deref().and_then(render::find) {
        return Ok(Report {
            done: Done::Printed((renderer.render)(&board)),
            notes: results.notes,
        });
    }

    let readme = atomic_file::read(&args.readme)?.ok_or_else(|| ReportError::NoReadme {
        path: args.readme.clone(),
    })?;
    let full = link(&args.readme, &args.results.join(markdown::FILE));
    let summary = markdown::summary(&board, &full);
    let mut spliced = place(&args.readme, &readme, LEADERBOARD, &summary)?;
    if PEERS.is_in(&spliced) {
        let peers = Peers::new(&results.for_peers(), BASELINE);
        let text = format!("\n{}\n", peers_table::markdown(&peers));
        spliced = place(&args.readme, &spliced, PEERS, &text)?;
    }
    let mut wanted = vec![(args.readme.clone(), spliced)];
    for (name, block, text) in [
        ("parity.md", PARITY, parity_text(&results.for_parity())),
        ("speed.md", SPEED, speed_text(&results.for_speed())),
        ("scaling.md", SCALING, scaling_text(&results.for_scaling())),
    ] {
        wanted.push(page(args.docs.join(name), block, &text)?);
    }
    for renderer in RENDERERS {
        if let Some(name) = renderer.file {
            wanted.push((args.results.join(name), (renderer.render)(&board)));
        }
    }

    let mut stale = Vec::new();
    for (path, text) in wanted {
        if atomic_file::read(&path)?.as_deref() != Some(text.as_str()) {
            stale.push((path, text));
        }
    }
    if !args.check {
        for (path, text) in &stale {
            atomic_file::replace(path, text)?;
        }
    }
    let paths = stale.into_iter().map(|(path, _)| path).collect();
    Ok(Report {
        done: if args.check {
            Done::Stale(paths)
        } else {
            Done::Written(paths)
        },
        notes: results.notes,
    })
}

/// A page of the documents with its table between its markers.
fn page(path: PathBuf, block: Block, table: &str) -> Result<(PathBuf, String), ReportError> {
    let Some(text) = atomic_file::read(&path)? else {
        return Err(ReportError::NoPage { path, block });
    };
    let spliced = place(&path, &text, block, &format!("\n{table}\n"))?;
    Ok((path, spliced))
}

/// The text of the file `path` with a block's new content.
fn place(path: &Path, text: &str, block: Block, content: &str) -> Result<String, ReportError> {
    splice(text, block, content).map_err(|source| ReportError::Markers {
        path: path.to_owned(),
        block,
        source,
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
