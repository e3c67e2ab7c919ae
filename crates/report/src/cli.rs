//! The command line, and the steps from the results files to the generated text.

mod board_args;
mod board_page;
mod compare;
mod done;
mod embeddings;
mod files;
mod formats;
mod hardest;
mod help;
mod machines;
mod pages;
mod show;
mod subcommands;

use std::ffi::OsString;

use clap::{CommandFactory, Parser};
use command_line::{MAX_WIDTH, Made};

use crate::atomic_file;
use crate::board::{Board, OwnBoard};
pub use crate::cli::board_args::BoardArgs;
use crate::cli::compare::CompareArgs;
pub use crate::cli::done::Done;
use crate::cli::formats::{print, print_or_page, print_page};
use crate::cli::help::{ABOUT, EXAMPLES};
use crate::cli::machines::unknown;
use crate::cli::show::ShowArgs;
use crate::cli::subcommands::{Printed, TableCommand};
use crate::error::ReportError;
use crate::input::{Findings, Results, ResultsFile};
use crate::render::{RENDERERS, Render};
use crate::tables::{Source, TABLES, ranked};

/// The command line of the program.
#[derive(Debug, Clone, Parser)]
#[command(
    name = "report",
    version,
    args_conflicts_with_subcommands = true,
    about = ABOUT,
    after_help = EXAMPLES,
    max_term_width = MAX_WIDTH
)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Printed>,

    /// The options without a subcommand.
    #[command(flatten)]
    pub board: BoardArgs,
}

/// What [`run`] did and what it skipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What was done.
    pub done: Done,
    /// What was wrong with the input, and what was skipped, for standard error.
    pub findings: Findings,
    /// Whether the findings leave a question without an answer: exit code 2 instead of 1.
    pub is_unsound: bool,
}

/// The error of a first word that is meant as a results file.
pub fn not_a_command(word: Option<OsString>) -> Option<ReportError> {
    let word = word?.to_string_lossy().into_owned();
    files::is_file(&word).then_some(ReportError::NoCommand { word })
}

/// Runs the command line. Renders every text before it writes the first file.
///
/// # Errors
/// The results folder cannot be read; no row is of the machine that was asked for; the README or a page is missing or lacks its markers; a
/// file cannot be written.
pub fn run(args: &Args) -> Result<Report, ReportError> {
    match &args.command {
        Some(Printed::Table(command)) => print_table(command),
        Some(Printed::Show(args)) => print_own(args),
        Some(Printed::Compare(args)) => compare(args),
        Some(Printed::Hardest(args)) => {
            let results = Results::of_folder(&args.results)?;
            Report::of(results, |results| Ok(Done::Printed(args.rows(results)?)))
        }
        Some(Printed::Embeddings(args)) => {
            let mut findings = Findings::default();
            let done = args.draw(&mut findings).map_or(Done::Unusable, Done::Printed);
            Ok(Report::new(done, findings))
        }
        Some(Printed::Manual(manual)) => {
            let done = match manual.make(Args::command())? {
                Made::Script(script) => Done::Printed(script),
                Made::Pages(line) => Done::Told(line),
            };
            Ok(Report::new(done, Findings::default()))
        }
        None => update(&args.board),
    }
}

impl Report {
    fn new(done: Done, findings: Findings) -> Self {
        Self {
            done,
            findings,
            is_unsound: false,
        }
    }

    /// What became of some results: `done`, or nothing if no row is left.
    fn of(
        results: Results,
        done: impl FnOnce(&Results) -> Result<Done, ReportError>,
    ) -> Result<Self, ReportError> {
        let done = if results.is_unusable() {
            Done::Unusable
        } else {
            done(&results)?
        };
        Ok(Self::new(done, results.findings))
    }
}

fn print_table(command: &TableCommand) -> Result<Report, ReportError> {
    let table = command.table;
    let is_chosen = !command.input.files.is_empty();
    let results = if is_chosen {
        files::read(&command.input.files, &command.input.results)
    } else {
        Results::of_folder(&command.input.results)?
    };
    Report::of(results, |results| {
        let files = if is_chosen {
            results.files.iter().collect()
        } else {
            table.files(results, TABLES)
        };
        let source = Source {
            files: &files,
            baseline: &command.baseline,
        };
        Ok(match table.csv.filter(|_| command.csv) {
            Some(csv) => Done::Printed(csv(&source)),
            None => print_page((table.markdown)(&source)),
        })
    })
}

fn print_own(args: &ShowArgs) -> Result<Report, ReportError> {
    let published = args.read_published()?;
    let folders = args.data_folders()?;
    let mut names_findings = Findings::default();
    let mut report = Report::of(args.read()?, |results| {
        let files: Vec<&ResultsFile> = results.files.iter().collect();
        let own = |machine| {
            let mut board = Board::on(&files, machine, &results.machines)?;
            board.read_predictions(&files);
            Ok(board)
        };
        let theirs = |machine| {
            let published = published.as_ref();
            let board =
                published.map(|results| Board::on(&ranked(results, TABLES), machine, &results.machines));
            board.transpose()
        };
        let wanted = args.machine.as_deref();
        let (own, published_board) = match (own(wanted), theirs(wanted)) {
            (Ok(own), Ok(published)) => (own, published),
            (Ok(own), Err(_)) => (own, theirs(None).map_err(|of| unknown(wanted, &[of]))?),
            (Err(_), Ok(Some(published))) => {
                (own(None).map_err(|of| unknown(wanted, &[of]))?, Some(published))
            }
            (Err(of), Ok(None)) => return Err(unknown(wanted, &[of])),
            (Err(of), Err(of_published)) => return Err(unknown(wanted, &[of, of_published])),
        };
        let mut board = OwnBoard::new(own, published_board.as_ref());
        if let (Some(results), Some(theirs)) = (&published, &published_board) {
            board.match_cells(&files, &ranked(results, TABLES), theirs);
        }
        board.sort_by_start(&files);
        for dataset in &mut board.datasets {
            dataset.read_classes(&files, |name| {
                show::class_names(name, &folders, &mut names_findings)
            });
        }
        print_or_page(&board, &args.format, || {
            board_page::own(&board, results, |name| {
                show::class_names(name, &folders, &mut names_findings).names
            })
        })
    })?;
    report.findings.extend(names_findings);
    if let Some(published) = published {
        report.findings.extend(published.findings);
    }
    Ok(report)
}

fn compare(args: &CompareArgs) -> Result<Report, ReportError> {
    let compared = args.compare()?;
    let changes = compared.changes.as_ref();
    let done = changes.map(|changes| print(changes, &args.format));
    Ok(Report {
        done: done.transpose()?.unwrap_or(Done::Unusable),
        findings: compared.findings,
        is_unsound: compared.is_unsound,
    })
}

/// The board of some files with the times of a machine.
fn board(files: &[&ResultsFile], results: &Results, machine: Option<&str>) -> Result<Board, ReportError> {
    let mut board = Board::on(files, machine, &results.machines).map_err(|of| unknown(machine, &[of]))?;
    board.read_predictions(files);
    Ok(board)
}

/// Updates or checks every generated file, or prints the leaderboard.
fn update(args: &BoardArgs) -> Result<Report, ReportError> {
    let results = Results::of_folder(&args.results)?;
    Report::of(results, |results| {
        let board = board(&ranked(results, TABLES), results, args.machine.as_deref())?;
        if let Some(format) = &args.format {
            return print(&board, format);
        }

        let mut wanted = pages::pages(args, results, &board)?;
        for renderer in RENDERERS {
            if let (Some(name), Some(Render::Text(render))) = (renderer.file, &renderer.full) {
                wanted.push((args.results.join(name), render(&board)));
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
        Ok(if args.check {
            Done::Stale(paths)
        } else {
            Done::Written(paths)
        })
    })
}
