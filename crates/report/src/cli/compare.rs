//! `report compare`: two results files point by point.

use std::path::PathBuf;

use clap::Args;

use crate::board::{Board, Bounds, Changes, OwnBoard};
use crate::cli::files;
use crate::cli::help::{INPUT, OUTPUT};
use crate::input::{Findings, Results, ResultsFile};
use crate::render::changes;

/// Name of the subcommand.
pub(super) const NAME: &str = "compare";

/// Its line in `--help`.
pub(super) const ABOUT: &str = "Compare the accuracies and times of two results files, point by point";

pub(super) const EXAMPLES: &str = "\
Examples:
  report compare before.csv after.csv
  report compare before.csv after.csv --max-accuracy-change 0.002
  report compare before.csv after.csv --max-time-ratio 1.2 --format csv

Exit code 1: a change is beyond a bound that was given; 2: none could be checked.";

/// The options of `report compare`.
#[derive(Debug, Clone, Args)]
pub(super) struct CompareArgs {
    /// The results file to compare with
    first: PathBuf,

    /// The results file whose changes are shown
    second: PathBuf,

    /// Largest change of a mean accuracy, in either direction, that is no finding, such as 0.002
    #[arg(long, value_name = "SHARE", value_parser = share, help_heading = OUTPUT)]
    max_accuracy_change: Option<f64>,

    /// Largest ratio of times, those of the second file divided by those of the first, that is no finding, such as 1.2
    #[arg(long, value_name = "RATIO", value_parser = ratio, help_heading = OUTPUT)]
    max_time_ratio: Option<f64>,

    /// Machine whose times are compared, instead of the one with most full-size cells in each file
    #[arg(long, value_name = "NAME", help_heading = INPUT)]
    machine: Option<String>,

    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "terminal", value_parser = ["terminal", "markdown", "csv", "json"],
          help_heading = OUTPUT)]
    format: String,
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(value) if (0.0..=1.0).contains(&value) => Ok(value),
        _ => Err("expected a number from 0 to 1".to_owned()),
    }
}

fn ratio(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() && value > 0.0 => Ok(value),
        _ => Err("expected a number above 0".to_owned()),
    }
}

/// What a comparison prints, and what was wrong with the files.
pub(super) struct Compared {
    /// The text; `None` if a file has no row that can be used.
    pub(super) text: Option<String>,
    /// Number of points with a change beyond a bound.
    pub(super) beyond: usize,
    pub(super) findings: Findings,
}

impl CompareArgs {
    /// Reads and compares the two files.
    pub(super) fn compare(&self, width: usize) -> Compared {
        let mut findings = Findings::default();
        let mut read = |path: &PathBuf| {
            let mut results = files::read(std::slice::from_ref(path), std::path::Path::new("results"));
            findings.extend(std::mem::take(&mut results.findings));
            let has_rows = results.files.iter().any(|file| !file.rows.is_empty());
            has_rows.then_some(results)
        };
        let (Some(first), Some(second)) = (read(&self.first), read(&self.second)) else {
            return Compared {
                text: None,
                beyond: 0,
                findings,
            };
        };
        let [first, second] = [&first, &second].map(|results| self.board(results));
        let compared = Changes::of(&first, &second);
        let bounds = Bounds {
            accuracy: self.max_accuracy_change,
            time: self.max_time_ratio,
        };
        if compared.lines.is_empty() && (bounds.accuracy.is_some() || bounds.time.is_some()) {
            findings
                .problems
                .push("no point is in both files, so no bound was checked".to_owned());
            return Compared {
                text: None,
                beyond: 0,
                findings,
            };
        }
        let beyond: Vec<bool> = compared.lines.iter().map(|line| line.exceeds(&bounds)).collect();
        let text = match self.format.as_str() {
            "markdown" => changes::markdown(&compared, &beyond),
            "csv" => changes::csv(&compared, &beyond),
            "json" => changes::json(&compared),
            _ => changes::terminal(&compared, &beyond, width),
        };
        Compared {
            text: Some(text),
            beyond: beyond.iter().filter(|is_beyond| **is_beyond).count(),
            findings,
        }
    }

    /// The board of one file. A machine that it lacks leaves it without times.
    fn board(&self, results: &Results) -> OwnBoard {
        let files: Vec<&ResultsFile> = results.files.iter().collect();
        let on = |machine| Board::on(&files, machine, &results.machines);
        let board = on(self.machine.as_deref()).or_else(|_| on(None));
        let mut board = board.expect("without a machine that is asked for, none is unknown");
        board.read_predictions(&files);
        OwnBoard::new(board, None)
    }
}
