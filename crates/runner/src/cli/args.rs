//! `Cli`: the command line.

use clap::{Args, Parser, Subcommand};
use command_line::{MAX_WIDTH, Manual};
use std::path::PathBuf;
use std::time::Duration;

use crate::cli::embed::EmbedArgs;
use crate::grid::keys::{RunKeys, parse_duration, parse_size};
use crate::results::status::Status;

/// What a command line without arguments prints.
pub const EXAMPLES: &str = "\
runner trains classifiers on Fashion-MNIST, MNIST or your own data. Three ways to start:

  runner try SVC C=10 gamma=auto       one point, and its accuracy in a sentence
  runner configs/quickstart.toml       a grid: one point of every family
  runner --list                        all families and their engines

runner --help lists all options.";

const GRID_EXAMPLES: &str = "\
Examples:
  runner configs/svm.toml                       train a grid: results/svm.csv
  runner configs/svm.toml --plan --only rbf     show cells with `rbf`, and stop
  runner configs/baseline.toml --datasets mine  every family on your own data
  runner configs/peers.toml --jobs 1            measure: one fit at a time

An option for a limit, repeats or the seed overrides the grid.

Exit codes:
  0    every cell is ok or refused
  1    rows or output could not be written as asked, or no cell could start
  2    usage, grid or data error; nothing was trained
  3    some cells failed or did not run
  130  interrupted; finished cells are kept";

const TRY_EXAMPLES: &str = "\
Examples:
  runner try SVC C=10 gamma=auto
  runner try KNeighborsClassifier n_neighbors=3 --dataset mnist
  runner try MLPClassifier hidden_layer_sizes=[100,10] --train-limit 5000

`runner --list FAMILY` prints the parameters of a family.";

const EMBED_EXAMPLES: &str = "\
Examples:
  runner embed fashion-mnist                 all methods: results/embeddings/*.csv
  runner embed mine --method umap --seed 1

`report` draws them: docs/own-data.md.";

const SHARDS_EXAMPLES: &str = "\
Examples:
  runner plan-shards configs/seed.toml --repeats 1 --shards 16
  runner configs/seed.toml --repeats 1 --shard-file shards.csv --shard 3/16

docs/cluster.md has the whole way, and scripts for schedulers.";

const MERGE_EXAMPLES: &str = "\
Examples:
  runner merge all.csv part1/svm.csv part2/svm.csv
  runner merge svm.csv shards/*/svm.csv";

/// Trains a grid of classifiers on Fashion-MNIST, MNIST or your own data, and writes accuracy and times as CSV.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = GRID_EXAMPLES,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    max_term_width = MAX_WIDTH
)]
pub struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Train one point and print its accuracy, its times, and what is published for it.
    #[command(after_help = TRY_EXAMPLES)]
    Try(Box<TryArgs>),
    /// Place the images of a dataset in a plane: PCA, t-SNE, UMAP.
    #[command(after_help = EMBED_EXAMPLES)]
    Embed(EmbedArgs),
    /// Divide the cells of grids into shards of nearly equal time, for several machines.
    #[command(after_help = SHARDS_EXAMPLES)]
    PlanShards(Box<PlanShardsArgs>),
    /// Merge results files, such as the shards of one grid.
    #[command(after_help = MERGE_EXAMPLES)]
    Merge {
        /// New file to write.
        output: PathBuf,
        /// Files to merge; a later row replaces an earlier row of the same cell, unless only the earlier one is ok or refused.
        #[arg(required = true)]
        inputs: Vec<PathBuf>,
    },
    #[command(flatten)]
    Manual(Manual),
    /// Run one cell; for internal use, the request is read from standard input.
    #[command(hide = true)]
    Cell,
}

/// Arguments of `try`.
#[derive(Debug, Args)]
pub(crate) struct TryArgs {
    /// The classifier, by scikit-learn's name.
    pub(crate) family: String,
    /// Its parameters, by scikit-learn's names; a parameter that is left out has its default.
    #[arg(value_name = "KEY=VALUE")]
    pub(crate) parameters: Vec<String>,
    /// Dataset: fashion-mnist, mnist, synthetic, or one in the data folders.
    #[arg(
        long,
        alias = "datasets",
        value_name = "NAME",
        default_value = "fashion-mnist"
    )]
    pub(crate) dataset: String,
    /// Preprocessing of the pixels: none, unit, standard, pca(N), hog, patches, scattering [default: the first of standard, none, unit that the family accepts].
    #[arg(long, value_name = "NAME")]
    pub(crate) preprocessing: Option<String>,
    /// Multiplies the training rows: flip, shift(N), flip+shift(N), such as shift(1).
    #[arg(long, value_name = "NAME")]
    pub(crate) augment: Option<String>,
    /// Engine [default: native, where it has the family].
    #[arg(long, value_name = "NAME")]
    pub(crate) engine: Option<String>,
    /// Train again, although the results have the point.
    #[arg(long)]
    pub(crate) again: bool,
    #[command(flatten)]
    pub(crate) fit: FitArgs,
}

/// Arguments of a grid's run.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// Grid files; results of NAME.toml go to RESULTS/NAME.csv.
    #[arg(value_name = "CONFIG.toml", required_unless_present = "list")]
    pub(crate) configs: Vec<PathBuf>,
    /// Print the cells, and how many are due, and exit.
    #[arg(long)]
    pub(crate) plan: bool,
    /// First train what no row knows on at most 4,500 rows, for an estimate of its time and memory.
    #[arg(long, requires = "plan", conflicts_with = "list")]
    pub(crate) estimate: bool,
    /// Print the plan as JSON.
    #[arg(long, requires = "plan", conflicts_with = "list")]
    pub(crate) json: bool,
    /// Print all families with their engines, or the parameters of one family, and exit.
    #[arg(long, value_name = "FAMILY", conflicts_with_all = ["configs", "plan", "only", "datasets"])]
    pub(crate) list: Option<Option<String>>,
    /// Datasets, declared or in the data folders (overrides the grid).
    #[arg(long, alias = "dataset", value_name = "A,B", value_delimiter = ',', value_parser = trimmed, help_heading = SELECTION)]
    pub(crate) datasets: Vec<String>,
    /// Run only cells whose line in --plan contains TEXT.
    #[arg(long, value_name = "TEXT", help_heading = SELECTION)]
    pub(crate) only: Option<String>,
    /// Run only shard I of N, with I from 1 to N: that of --shard-file, or else every N-th point.
    #[arg(long, value_name = "I/N", value_parser = shard, help_heading = SELECTION)]
    pub(crate) shard: Option<Shard>,
    /// File of `runner plan-shards`, which says which shard has which cells.
    #[arg(long, value_name = "FILE", requires = "shard", help_heading = SELECTION)]
    pub(crate) shard_file: Option<PathBuf>,
    /// Rerun only the cells with this status: failed, timeout, out-of-memory, crashed, interrupted or refused.
    #[arg(long, value_name = "STATUS", value_delimiter = ',', value_parser = retryable_status, help_heading = SELECTION)]
    pub(crate) retry: Vec<Status>,
    /// Train again the cells whose line in --plan contains TEXT; the new rows count, the old ones stay in the file.
    #[arg(long, value_name = "TEXT", conflicts_with = "retry", help_heading = SELECTION)]
    pub(crate) rerun: Option<String>,
    /// Run the other repeats of a point too after one has reached its limit of time or memory.
    #[arg(long, help_heading = SELECTION)]
    pub(crate) all_repeats: bool,
    /// Fits to run in parallel [default: number of cores].
    #[arg(long, value_name = "N", value_parser = at_least_one, help_heading = FIT)]
    pub(crate) jobs: Option<usize>,
    /// Train the largest of points that one fit holds (numbers of neighbors, trees, rounds) for all of them; only it has times.
    #[arg(long, conflicts_with_all = ["keep", "list"], help_heading = FIT)]
    pub(crate) share: bool,
    /// Rename an existing results file and start a new one.
    #[arg(long, conflicts_with_all = ["retry", "rerun"], help_heading = OUTPUT)]
    pub(crate) fresh: bool,
    /// Write the predictions and fitted attributes of every cell to DIR/CELL_ID.json.
    #[arg(long, value_name = "DIR", conflicts_with = "plan", help_heading = OUTPUT)]
    pub(crate) keep: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) fit: FitArgs,
}

const SELECTION: &str = "Which cells";
const FIT: &str = "How they are trained";
const OUTPUT: &str = "Data and results";

/// Arguments of every command that trains.
#[derive(Clone, Debug, Args)]
pub(crate) struct FitArgs {
    /// Threads per fit.
    #[arg(long, value_name = "N", value_parser = threads, default_value = "1", help_heading = FIT)]
    pub(crate) threads: usize,
    /// Repeats per point.
    #[arg(long, value_name = "N", value_parser = at_least_one, help_heading = FIT)]
    pub(crate) repeats: Option<usize>,
    /// Seed of the first repeat; each further one adds 1, modulo 2^64.
    #[arg(long, value_name = "N", value_parser = seed, help_heading = FIT)]
    pub(crate) seed: Option<u64>,
    /// Number of training rows.
    #[arg(long, value_name = "N", value_parser = at_least_one, help_heading = FIT)]
    pub(crate) train_limit: Option<usize>,
    /// Number of test rows.
    #[arg(long, value_name = "N", value_parser = at_least_one, help_heading = FIT)]
    pub(crate) test_limit: Option<usize>,
    /// Time limit per cell, such as 30m.
    #[arg(long, value_name = "TIME", value_parser = duration, help_heading = FIT)]
    pub(crate) timeout: Option<Duration>,
    /// Memory limit per cell, such as 8GiB.
    #[arg(long, value_name = "SIZE", value_parser = size, help_heading = FIT)]
    pub(crate) memory: Option<u64>,
    /// Folder to search first for a dataset NAME, as DIR/NAME.
    #[arg(long, value_name = "DIR", help_heading = OUTPUT)]
    pub(crate) data_dir: Option<PathBuf>,
    /// Folder for results; results/published takes rows of committed code only.
    #[arg(long, value_name = "DIR", default_value = "results", help_heading = OUTPUT)]
    pub(crate) results: PathBuf,
    /// Hide progress.
    #[arg(long, help_heading = OUTPUT)]
    pub(crate) quiet: bool,
}

/// Arguments of `plan-shards`.
#[derive(Debug, Args)]
pub(crate) struct PlanShardsArgs {
    /// Grid files.
    #[arg(value_name = "CONFIG.toml", required = true)]
    pub(crate) configs: Vec<PathBuf>,
    /// Number of shards.
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) shards: usize,
    /// New file to write, for --shard-file.
    #[arg(long, value_name = "FILE", default_value = "shards.csv")]
    pub(crate) output: PathBuf,
    /// Datasets, declared or in the data folders (overrides the grid).
    #[arg(long, alias = "dataset", value_name = "A,B", value_delimiter = ',', value_parser = trimmed)]
    pub(crate) datasets: Vec<String>,
    /// Only cells whose line in --plan contains TEXT.
    #[arg(long, value_name = "TEXT")]
    pub(crate) only: Option<String>,
    /// For runs with --share: all points that one fit holds are in one shard and cost one fit.
    #[arg(long, help_heading = FIT)]
    pub(crate) share: bool,
    #[command(flatten)]
    pub(crate) fit: FitArgs,
}

/// Part `index`, from 0, of `count` parts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Shard {
    pub(crate) index: usize,
    pub(crate) count: usize,
}

impl FitArgs {
    /// The keys of `[run]` that the command line sets, with `--datasets`.
    pub(crate) fn keys_with(&self, datasets: &[String]) -> RunKeys {
        RunKeys {
            datasets: (!datasets.is_empty()).then(|| datasets.to_vec()),
            ..self.keys()
        }
    }

    /// The keys of `[run]` that the command line sets.
    pub(crate) fn keys(&self) -> RunKeys {
        RunKeys {
            datasets: None,
            preprocessing: None,
            augment: None,
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
        .ok_or_else(|| "\n  expected a whole number of at least 1".into())
}

/// A machine with more cores than this would need more than this program.
const MAX_THREADS: usize = 1024;

fn threads(text: &str) -> Result<usize, String> {
    at_least_one(text)
        .ok()
        .filter(|number| *number <= MAX_THREADS)
        .ok_or_else(|| format!("\n  expected a whole number from 1 to {MAX_THREADS}"))
}

fn seed(text: &str) -> Result<u64, String> {
    text.parse()
        .map_err(|_| format!("\n  expected a whole number from 0 to {}", u64::MAX))
}

fn trimmed(text: &str) -> Result<String, String> {
    Ok(text.trim().to_owned())
}

fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).ok_or_else(|| "\n  expected a time such as 30m or 2h".into())
}

fn size(text: &str) -> Result<u64, String> {
    parse_size(text).ok_or_else(|| "\n  expected a size with its unit, such as 8GiB".into())
}

fn retryable_status(text: &str) -> Result<Status, String> {
    match text.parse()? {
        Status::Ok => Err("cells with status ok run again with --rerun TEXT, or all with --fresh".into()),
        status => Ok(status),
    }
}

fn shard(text: &str) -> Result<Shard, String> {
    let parts = text
        .split_once('/')
        .and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
    match parts {
        Some((index, count)) if (1..=count).contains(&index) => Ok(Shard {
            index: index - 1,
            count,
        }),
        _ => Err("\n  expected I/N with I from 1 to N, such as 1/4".into()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn shards_count_from_one() {
        assert_eq!(shard("1/4"), Ok(Shard { index: 0, count: 4 }));
        for wrong in ["0/4", "5/4", "1", "a/b", "1/0"] {
            assert!(shard(wrong).is_err(), "{wrong}");
        }
    }
}
