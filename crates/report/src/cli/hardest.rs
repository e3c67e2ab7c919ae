//! `report hardest`: the test rows of a dataset that most of the best classifiers get wrong.

use std::path::PathBuf;

use clap::Args;

use crate::board::{Board, FASHION_MNIST, Hard, OwnBoard};
use crate::cli::help::INPUT;
use crate::error::ReportError;
use crate::input::Results;
use crate::input::results_files::PUBLISHED;
use crate::tables::{TABLES, ranked};

/// Name of the subcommand.
pub(super) const NAME: &str = "hardest";

/// Its line in `--help`.
pub(super) const ABOUT: &str = "Print the test rows that most of the best classifiers get wrong";

pub(super) const EXAMPLES: &str = "\
Examples:
  report hardest
  report hardest fashion-mnist --results results
  report hardest mnist
  loader sprite mnist --test-rows $(report hardest mnist)";

/// The options of `report hardest`.
#[derive(Debug, Clone, Args)]
pub(super) struct HardestArgs {
    /// Dataset
    #[arg(value_name = "NAME", default_value = FASHION_MNIST)]
    dataset: String,

    /// Folder with the results CSV files
    #[arg(long, value_name = "DIR", default_value = PUBLISHED, help_heading = INPUT)]
    pub(super) results: PathBuf,
}

impl HardestArgs {
    /// The numbers of the rows, from 0, on one line with commas.
    pub(super) fn rows(&self, results: &Results) -> Result<String, ReportError> {
        let files = ranked(results, TABLES);
        let mut board = Board::new(&files);
        board.read_predictions(&files);
        let board = OwnBoard::new(board, None);
        let dataset = board
            .datasets
            .iter()
            .find(|dataset| dataset.dataset == self.dataset);
        let rows: Vec<Hard> = dataset.map(|dataset| dataset.hardest()).unwrap_or_default();
        if rows.is_empty() {
            return Err(ReportError::NoPredictions {
                name: self.dataset.clone(),
            });
        }
        let rows: Vec<String> = rows.iter().map(|hard| hard.row.to_string()).collect();
        Ok(rows.join(",") + "\n")
    }
}
