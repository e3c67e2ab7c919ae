//! The command line.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::time::Duration;

use crate::grid::keys::RunKeys;
use crate::results::status::Status;

/// Trains a grid of classifiers on Fashion-MNIST and MNIST, and keeps accuracy and timings as CSV.
///
/// Exit codes: 0 every cell ended ok or refused; 1 internal fault; 2 usage, grid or data error, nothing trained; 3 some cells
/// did not end ok; 130 interrupted, everything finished is kept.
#[derive(Debug, Parser)]
#[command(
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true
)]
pub struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Sub>,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Sub {
    /// Join results files, such as those of the shards of one grid, into a new one.
    Merge {
        /// The new file.
        output: PathBuf,
        /// The files to join; where two have a cell, the later one holds.
        #[arg(required = true)]
        inputs: Vec<PathBuf>,
    },
    /// One cell, asked for on standard input by a runner.
    #[command(hide = true)]
    Cell,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// Grid files: FILE.toml is trained into RESULTS/FILE.csv.
    #[arg(value_name = "CONFIG.toml", required_unless_present = "list")]
    pub(crate) configs: Vec<PathBuf>,
    /// Show the cells and stop.
    #[arg(long)]
    pub(crate) plan: bool,
    /// Show families, engines and parameters, and stop.
    #[arg(long)]
    pub(crate) list: bool,
    /// Look for datasets in DIR/NAME first.
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Folder of the results.
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub(crate) results: PathBuf,
    /// Datasets, instead of the grid's.
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(crate) datasets: Vec<String>,
    /// Only cells whose line in --plan holds this text.
    #[arg(long, value_name = "TEXT")]
    pub(crate) only: Option<String>,
    /// Cells at once [default: the cores].
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) jobs: Option<usize>,
    /// Threads a cell.
    #[arg(long, value_name = "N", value_parser = at_least_one, default_value = "1")]
    pub(crate) threads: usize,
    /// Fits a point, instead of the grid's.
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) repeats: Option<usize>,
    /// Seed of the first repeat, instead of the grid's.
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Training rows, instead of the grid's.
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) train_limit: Option<usize>,
    /// Test rows, instead of the grid's.
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) test_limit: Option<usize>,
    /// Most time of a cell, such as 30m, instead of the grid's.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) timeout: Option<Duration>,
    /// Most memory of a cell, such as 8GiB, instead of the grid's.
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) memory: Option<u64>,
    /// Run again only the cells that ended so: failed, timeout, out-of-memory, crashed, interrupted, refused.
    #[arg(long, value_name = "STATUS", value_delimiter = ',', value_parser = retried)]
    pub(crate) retry: Vec<Status>,
    /// Move an old results file aside and start anew.
    #[arg(long, conflicts_with = "retry")]
    pub(crate) fresh: bool,
    /// Only the I-th of N parts of the points, counted from 1.
    #[arg(long, value_name = "I/N", value_parser = shard)]
    pub(crate) shard: Option<Shard>,
    /// Keep what every cell predicts and what its fit came to, as DIR/CELL_ID.json.
    #[arg(long, value_name = "DIR")]
    pub(crate) keep: Option<PathBuf>,
    /// No progress.
    #[arg(long)]
    pub(crate) quiet: bool,
}

/// Part `index` (from 0) of `of`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Shard {
    pub(crate) index: usize,
    pub(crate) of: usize,
}

impl RunArgs {
    /// The keys of `[run]` that the command line sets.
    pub(crate) fn keys(&self) -> RunKeys {
        RunKeys {
            datasets: (!self.datasets.is_empty()).then(|| self.datasets.clone()),
            preprocessing: None,
            repeats: self.repeats,
            seed: self.seed,
            train_limit: self.train_limit,
            test_limit: self.test_limit,
            timeout: self.timeout,
            memory: self.memory,
        }
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|number| *number > 0)
        .ok_or_else(|| "expected a whole number of at least 1".into())
}

fn duration(text: &str) -> Result<Duration, String> {
    crate::grid::keys::duration(text).ok_or_else(|| "expected a time such as 30m or 2h".into())
}

fn size(text: &str) -> Result<u64, String> {
    crate::grid::keys::size(text).ok_or_else(|| "expected a size such as 8GiB".into())
}

fn retried(text: &str) -> Result<Status, String> {
    match text.parse()? {
        Status::Ok => Err("a cell that is ok is not run again; --fresh starts anew".into()),
        status => Ok(status),
    }
}

fn shard(text: &str) -> Result<Shard, String> {
    let parts = text
        .split_once('/')
        .and_then(|(index, of)| Some((index.parse().ok()?, of.parse().ok()?)));
    match parts {
        Some((index, of)) if (1..=of).contains(&index) => Ok(Shard { index: index - 1, of }),
        _ => Err("expected I/N with I from 1 to N, such as 1/4".into()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn shards_count_from_one() {
        assert_eq!(shard("1/4"), Ok(Shard { index: 0, of: 4 }));
        for wrong in ["0/4", "5/4", "1", "a/b", "1/0"] {
            assert!(shard(wrong).is_err(), "{wrong}");
        }
    }
}
