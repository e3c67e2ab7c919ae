//! `report compare`: two results files point by point.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::board::{Board, Bounds, Changes, OwnBoard, Point};
use crate::cells::{self, counted};
use crate::cli::files;
use crate::cli::formats::formats;
use crate::cli::help::{INPUT, OUTPUT};
use crate::cli::machines::unknown_in;
use crate::error::ReportError;
use crate::input::{Findings, Results, ResultsFile};

/// Name of the subcommand.
pub(super) const NAME: &str = "compare";

/// Its line in `--help`.
pub(super) const ABOUT: &str = "Compare the accuracies and times of two results files, point by point";

pub(super) const EXAMPLES: &str = "\
Examples:
  report compare before.csv after.csv
  report compare before.csv after.csv --max-accuracy-change 0.002
  report compare before.csv after.csv --max-time-ratio 1.2 --format csv

With a bound, exit code 1: a change is beyond it, or it was not checked for a
point of the first file; 2: it was checked for none, or a file is damaged.";

/// At most this many points are named.
const NAMED: usize = 5;

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

    /// Output format; `terminal` fits the width of the terminal
    #[arg(long, value_name = "FORMAT", default_value = "terminal", value_parser = formats::<Changes>(), help_heading = OUTPUT)]
    pub(super) format: String,
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

/// A comparison, and what was wrong or found.
pub(super) struct Compared {
    /// The changes; `None` if a file has no row that can be used.
    pub(super) changes: Option<Changes>,
    pub(super) findings: Findings,
    /// Whether a file is damaged, or a bound was checked for no point.
    pub(super) is_unsound: bool,
}

impl CompareArgs {
    /// Reads and compares the two files.
    pub(super) fn compare(&self) -> Result<Compared, ReportError> {
        let mut findings = Findings::default();
        let [first, second] = [&self.first, &self.second].map(|path| {
            let mut results = files::read(std::slice::from_ref(path), Path::new("results"));
            findings.extend(std::mem::take(&mut results.findings));
            results
        });
        let mut is_unsound = !findings.problems.is_empty();
        let has_rows = |results: &Results| results.files.iter().any(|file| !file.rows.is_empty());
        let mut changes = None;
        if has_rows(&first) && has_rows(&second) {
            let mut compared = Changes::of(
                &self.board(&self.first, &first)?,
                &self.board(&self.second, &second)?,
            );
            is_unsound |= self.check(&mut compared, &mut findings);
            changes = Some(compared);
        }
        Ok(Compared {
            changes,
            findings,
            is_unsound,
        })
    }

    /// Checks the bounds. Returns whether one was checked for no point.
    fn check(&self, changes: &mut Changes, findings: &mut Findings) -> bool {
        let bounds = Bounds {
            accuracy: self.max_accuracy_change,
            time: self.max_time_ratio,
        };
        if bounds == Bounds::default() {
            return false;
        }
        changes.check(&bounds);
        let mut found = |what: String| findings.problems.push(what);
        if changes.lines.is_empty() {
            found("no point is in both files, so no bound was checked".to_owned());
            return true;
        }
        if changes.n_beyond() > 0 {
            let points = counted(changes.n_beyond(), "point");
            found(format!("{points} changed by more than a bound"));
        }
        let missing = changes.missing.iter();
        let missing: Vec<String> = missing.map(|own| named(&own.dataset, &own.point)).collect();
        if !missing.is_empty() {
            found(format!(
                "no bound was checked for {}, which {} not in `{}`: {}",
                counted(missing.len(), "point"),
                if missing.len() == 1 { "is" } else { "are" },
                self.second.display(),
                listed(&missing)
            ));
        }
        let untimed = changes.lines.iter().filter(|line| line.time().is_none());
        let untimed: Vec<String> = untimed.map(|line| named(&line.dataset, &line.point)).collect();
        if bounds.time.is_some() && !untimed.is_empty() {
            found(format!(
                "--max-time-ratio was not checked for {} without a time in both files: {}",
                counted(untimed.len(), "point"),
                listed(&untimed)
            ));
        }
        bounds.time.is_some() && untimed.len() == changes.lines.len()
    }

    /// The board of one file.
    fn board(&self, file: &Path, results: &Results) -> Result<OwnBoard, ReportError> {
        let files: Vec<&ResultsFile> = results.files.iter().collect();
        let wanted = self.machine.as_deref();
        let board = Board::on(&files, wanted, &results.machines);
        let mut board = board.map_err(|of| unknown_in(file, wanted, of))?;
        board.read_predictions(&files);
        Ok(OwnBoard::new(board, None))
    }
}

fn named(dataset: &str, point: &Point) -> String {
    format!("{} on {}", cells::label(point), cells::plain(dataset))
}

fn listed(names: &[String]) -> String {
    let shown = names[..names.len().min(NAMED)].join("; ");
    match names.len().saturating_sub(NAMED) {
        0 => shown,
        n => format!("{shown}; and {n} more"),
    }
}
