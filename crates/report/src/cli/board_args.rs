//! The options of `report` without a subcommand.

use std::path::PathBuf;

use clap::Args;

use crate::board::Board;
use crate::cli::formats::formats;
use crate::cli::help::{INPUT, OUTPUT};
use crate::input::results_files::PUBLISHED;

/// `report` without a subcommand.
#[derive(Debug, Clone, Args)]
pub struct BoardArgs {
    /// Folder with the results CSV files; leaderboard.md is written there too
    #[arg(long, value_name = "DIR", default_value = PUBLISHED, help_heading = INPUT)]
    pub results: PathBuf,

    /// File with the ten best families between its marker lines
    #[arg(long, value_name = "FILE", default_value = "README.md", help_heading = OUTPUT)]
    pub readme: PathBuf,

    /// Folder with the pages of the tables
    #[arg(long, value_name = "DIR", default_value = "docs", help_heading = OUTPUT)]
    pub docs: PathBuf,

    /// Machine whose times count, such as f8f2ebf2, instead of the one with most full-size cells; in the README instead of the
    /// one that timed most of its points
    #[arg(long, value_name = "NAME", help_heading = INPUT)]
    pub machine: Option<String>,

    /// Write nothing; exit with code 1 if a file is out of date
    #[arg(long, conflicts_with = "format", help_heading = OUTPUT)]
    pub check: bool,

    /// Print the full leaderboard in this format and write no file
    #[arg(long, conflicts_with_all = ["readme", "docs"], value_name = "FORMAT", help_heading = OUTPUT,
          value_parser = formats::<Board>())]
    pub format: Option<String>,
}
