//! The subcommands: one for each table of the registry, and those that are no tables.

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{ArgMatches, Args as ClapArgs, Command, FromArgMatches, Subcommand};
use command_line::Manual;

use crate::cli::compare::{self, CompareArgs};
use crate::cli::embeddings::{self, EmbeddingsArgs};
use crate::cli::hardest::{self, HardestArgs};
use crate::cli::help::{INPUT, OUTPUT};
use crate::cli::show::{self, ShowArgs};
use crate::input::engines::BASELINE;
use crate::input::results_files::PUBLISHED;
use crate::tables::{TABLES, Table};

/// A subcommand: what it prints.
#[derive(Debug, Clone)]
pub(super) enum Printed {
    Table(TableCommand),
    Show(ShowArgs),
    Compare(CompareArgs),
    Embeddings(EmbeddingsArgs),
    Hardest(HardestArgs),
    Manual(Manual),
}

/// One table of the registry and its options.
#[derive(Debug, Clone)]
pub(super) struct TableCommand {
    pub(super) table: &'static Table,
    pub(super) input: InputArgs,
    pub(super) baseline: String,
    pub(super) csv: bool,
}

/// The results files of a subcommand.
#[derive(Debug, Clone, ClapArgs)]
pub(super) struct InputArgs {
    /// Results files to read, instead of the files in the folder that belong to this table
    pub(super) files: Vec<PathBuf>,

    /// Folder with the results CSV files
    #[arg(long, value_name = "DIR", default_value = PUBLISHED, conflicts_with = "files", help_heading = INPUT)]
    pub(super) results: PathBuf,
}

/// The option of a table with a free choice of the baseline.
#[derive(Debug, Clone, ClapArgs)]
struct BaselineArgs {
    /// Engine to compare the others with
    #[arg(long, value_name = "ENGINE", default_value = BASELINE, help_heading = OUTPUT)]
    baseline: String,
}

/// The option of a table that can be printed as CSV.
#[derive(Debug, Clone, ClapArgs)]
struct FormatArgs {
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "markdown", value_parser = ["markdown", "csv"], help_heading = OUTPUT)]
    format: String,
}

/// The subcommands that are no tables.
const OWN: [&str; 4] = [show::NAME, compare::NAME, embeddings::NAME, hardest::NAME];

impl Subcommand for Printed {
    fn augment_subcommands(command: Command) -> Command {
        let command = command.subcommands(TABLES.iter().map(|table| {
            let mut command = InputArgs::augment_args(Command::new(table.name));
            if table.has_baseline {
                command = BaselineArgs::augment_args(command);
            }
            if table.csv.is_some() {
                command = FormatArgs::augment_args(command);
            }
            let name = table.name;
            let examples = format!(
                "Examples:\n  report {name}\n  report {name} --results results\n  report {name} results/{name}.csv"
            );
            // Last: each of the calls above sets an `about` too.
            command.about(table.about).after_help(examples)
        }));
        let show = ShowArgs::augment_args(Command::new(show::NAME));
        let compare = CompareArgs::augment_args(Command::new(compare::NAME));
        let embeddings = EmbeddingsArgs::augment_args(Command::new(embeddings::NAME));
        let hardest = HardestArgs::augment_args(Command::new(hardest::NAME));
        let command = command
            .subcommand(hardest.about(hardest::ABOUT).after_help(hardest::EXAMPLES))
            .subcommand(
                embeddings
                    .about(embeddings::ABOUT)
                    .after_help(embeddings::EXAMPLES),
            )
            .subcommand(show.about(show::ABOUT).after_help(show::EXAMPLES))
            .subcommand(compare.about(compare::ABOUT).after_help(compare::EXAMPLES));
        Manual::augment_subcommands(command)
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        OWN.contains(&name) || Manual::has_subcommand(name) || TABLES.iter().any(|table| table.name == name)
    }
}

impl FromArgMatches for Printed {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let missing = || clap::Error::new(ErrorKind::MissingSubcommand);
        let all = matches;
        let (name, matches) = all.subcommand().ok_or_else(missing)?;
        if Manual::has_subcommand(name) {
            return Manual::from_arg_matches(all).map(Self::Manual);
        }
        if name == show::NAME {
            return ShowArgs::from_arg_matches(matches).map(Self::Show);
        }
        if name == hardest::NAME {
            return HardestArgs::from_arg_matches(matches).map(Self::Hardest);
        }
        if name == embeddings::NAME {
            return EmbeddingsArgs::from_arg_matches(matches).map(Self::Embeddings);
        }
        if name == compare::NAME {
            return CompareArgs::from_arg_matches(matches).map(Self::Compare);
        }
        let table = TABLES
            .iter()
            .find(|table| table.name == name)
            .ok_or_else(missing)?;
        Ok(Self::Table(TableCommand {
            table,
            input: InputArgs::from_arg_matches(matches)?,
            baseline: if table.has_baseline {
                BaselineArgs::from_arg_matches(matches)?.baseline
            } else {
                BASELINE.to_owned()
            },
            csv: table.csv.is_some() && FormatArgs::from_arg_matches(matches)?.format == "csv",
        }))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
