//! The command line, and the steps from the results files to the generated text.

use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use clap::error::ErrorKind;
use clap::{ArgMatches, Args as ClapArgs, Command, FromArgMatches, Parser, Subcommand};

use crate::atomic_file;
use crate::board::Board;
use crate::error::ReportError;
use crate::input::Results;
use crate::input::engines::BASELINE;
use crate::render::{RENDERERS, markdown};
use crate::splice::{Block, splice};
use crate::tables::{Page, Source, TABLES, Table, ranked};

/// Update the leaderboard and the tables from the results CSV files: the blocks between marker lines in the README and in the
/// docs folder, and leaderboard.md in the results folder. A subcommand prints one table instead.
#[derive(Debug, Clone, Parser)]
#[command(name = "report", version, args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    table: Option<TableCommand>,

    /// The options without a subcommand.
    #[command(flatten)]
    pub board: BoardArgs,
}

/// `report` without a subcommand.
#[derive(Debug, Clone, ClapArgs)]
pub struct BoardArgs {
    /// Folder with the results CSV files; leaderboard.md is written there too
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub results: PathBuf,

    /// File with the leaderboard between its marker lines, and with other tables if it has their markers
    #[arg(long, value_name = "FILE", default_value = "README.md")]
    pub readme: PathBuf,

    /// Folder with the pages of the other tables
    #[arg(long, value_name = "DIR", default_value = "docs")]
    pub docs: PathBuf,

    /// Write nothing; exit with code 1 if a file is out of date
    #[arg(long, conflicts_with = "format")]
    pub check: bool,

    /// Print the full leaderboard in this format and write no file
    #[arg(long, conflicts_with_all = ["readme", "docs"], value_name = "FORMAT",
          value_parser = PossibleValuesParser::new(RENDERERS.iter().map(|renderer| renderer.name)))]
    pub format: Option<String>,
}

/// A subcommand: one table of the registry and its options.
#[derive(Debug, Clone)]
struct TableCommand {
    table: &'static Table,
    input: InputArgs,
    baseline: String,
    csv: bool,
}

/// The results files of a subcommand.
#[derive(Debug, Clone, ClapArgs)]
struct InputArgs {
    /// Results files to read, instead of the files in the folder that belong to this table
    files: Vec<PathBuf>,

    /// Folder with the results CSV files
    #[arg(long, value_name = "DIR", default_value = "results", conflicts_with = "files")]
    results: PathBuf,
}

/// The option of a table with a free choice of the baseline.
#[derive(Debug, Clone, ClapArgs)]
struct BaselineArgs {
    /// Engine to compare the others with
    #[arg(long, value_name = "ENGINE", default_value = BASELINE)]
    baseline: String,
}

/// The option of a table that can be printed as CSV.
#[derive(Debug, Clone, ClapArgs)]
struct FormatArgs {
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "markdown", value_parser = ["markdown", "csv"])]
    format: String,
}

impl Subcommand for TableCommand {
    fn augment_subcommands(command: Command) -> Command {
        command.subcommands(TABLES.iter().map(|table| {
            let mut command = InputArgs::augment_args(Command::new(table.name));
            if table.has_baseline {
                command = BaselineArgs::augment_args(command);
            }
            if table.csv.is_some() {
                command = FormatArgs::augment_args(command);
            }
            command.about(table.about) // last: each of the calls above sets one too
        }))
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        TABLES.iter().any(|table| table.name == name)
    }
}

impl FromArgMatches for TableCommand {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let (table, matches) = matches
            .subcommand()
            .and_then(|(name, matches)| Some((TABLES.iter().find(|table| table.name == name)?, matches)))
            .ok_or_else(|| clap::Error::new(ErrorKind::MissingSubcommand))?;
        Ok(Self {
            table,
            input: InputArgs::from_arg_matches(matches)?,
            baseline: if table.has_baseline {
                BaselineArgs::from_arg_matches(matches)?.baseline
            } else {
                BASELINE.to_owned()
            },
            csv: table.csv.is_some() && FormatArgs::from_arg_matches(matches)?.format == "csv",
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// What [`run`] did and what it skipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What was done.
    pub done: Done,
    /// Skipped files and lines, for standard error.
    pub notes: Vec<String>,
}

/// What [`run`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// The text to print.
    Printed(String),
    /// The files that were rewritten, without those that were up to date.
    Written(Vec<PathBuf>),
    /// The files that are out of date (`--check`).
    Stale(Vec<PathBuf>),
}

/// Runs the command line. Renders every text before it writes the first file.
///
/// # Errors
/// The results folder or a results file cannot be read or is invalid; the README or a page is missing or lacks its markers; a
/// file cannot be written.
pub fn run(args: &Args) -> Result<Report, ReportError> {
    match &args.table {
        Some(command) => print_table(command),
        None => update(&args.board),
    }
}

fn print_table(command: &TableCommand) -> Result<Report, ReportError> {
    let table = command.table;
    let (results, files);
    if command.input.files.is_empty() {
        results = Results::of_folder(&command.input.results)?;
        files = table.files(&results, TABLES);
    } else {
        results = Results::of_files(&command.input.files)?;
        files = results.files.iter().collect();
    }
    let source = Source {
        files: &files,
        baseline: &command.baseline,
    };
    let render = table.csv.filter(|_| command.csv).unwrap_or(table.markdown);
    Ok(Report {
        done: Done::Printed(render(&source)),
        notes: results.notes,
    })
}

/// Updates or checks every generated file, or prints the leaderboard.
fn update(args: &BoardArgs) -> Result<Report, ReportError> {
    let results = Results::of_folder(&args.results)?;
    let board = Board::new(&ranked(&results, TABLES));
    let renderer = RENDERERS
        .iter()
        .find(|renderer| Some(renderer.name) == args.format.as_deref());
    if let Some(renderer) = renderer {
        return Ok(Report {
            done: Done::Printed((renderer.render)(&board)),
            notes: results.notes,
        });
    }

    let mut wanted = pages(args, &results, &board)?;
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

/// The README and the pages of the docs folder with their tables up to date.
fn pages(args: &BoardArgs, results: &Results, board: &Board) -> Result<Vec<(PathBuf, String)>, ReportError> {
    let readme = atomic_file::read(&args.readme)?.ok_or_else(|| ReportError::NoReadme {
        path: args.readme.clone(),
    })?;
    let full = link(&args.readme, &args.results.join(markdown::FILE));
    let summary = markdown::summary(board, &full);
    let mut readme = place(&args.readme, &readme, markdown::BLOCK, &summary)?;
    let mut pages = Vec::new();
    for table in TABLES {
        let content = || {
            let source = Source {
                files: &table.files(results, TABLES),
                baseline: BASELINE,
            };
            format!("\n{}\n", (table.markdown)(&source))
        };
        let block = table.block;
        match table.page {
            Page::Readme if block.is_in(&readme) => readme = place(&args.readme, &readme, block, &content())?,
            Page::Readme => {}
            Page::Docs(name) => {
                let path = args.docs.join(name);
                let Some(text) = atomic_file::read(&path)? else {
                    return Err(ReportError::NoPage { path, block });
                };
                let text = place(&path, &text, block, &content())?;
                pages.push((path, text));
            }
        }
    }
    pages.insert(0, (args.readme.clone(), readme));
    Ok(pages)
}

/// The text of the file `path` with new content in a block.
fn place(path: &Path, text: &str, block: Block, content: &str) -> Result<String, ReportError> {
    splice(text, block, content).map_err(|source| ReportError::Markers {
        path: path.to_owned(),
        block,
        source,
    })
}

/// The relative address of `target` for a link in the file `from`.
fn link(from: &Path, target: &Path) -> String {
    let folder = from.parent().unwrap_or(Path::new(""));
    target
        .strip_prefix(folder)
        .unwrap_or(target)
        .display()
        .to_string()
}
