//! `report show`: a board of your own results.

use std::io::{IsTerminal, stdout};
use std::path::{Path, PathBuf};

use clap::Args;
use comfy_table::Table;

use crate::board::{ClassNames, OwnBoard};
use crate::cli::files;
use crate::cli::help::{INPUT, OUTPUT};
use crate::error::ReportError;
use crate::input::results_files::PUBLISHED;
use crate::input::{Findings, Results, class_names as labels_txt};
use crate::render::own;

/// Name of the subcommand.
pub(super) const NAME: &str = "show";

/// Its line in `--help`.
pub(super) const ABOUT: &str = "Rank your own results";

/// No terminal is narrower, in characters.
const LEAST_WIDTH: usize = 20;

pub(super) const EXAMPLES: &str = "\
Examples:
  report show                                    all of results/*.csv
  report show --published                        published scores beside them
  report show --format html > board.html         one page, with charts

NO_COLOR and CLICOLOR decide on colours; no colour carries a meaning alone.";

/// The options of `report show`.
#[derive(Debug, Clone, Args)]
pub(super) struct ShowArgs {
    /// Results files to show, instead of all in the folder
    files: Vec<PathBuf>,

    /// Folder with the results CSV files
    #[arg(long, value_name = "DIR", default_value = "results", conflicts_with = "files", help_heading = INPUT)]
    results: PathBuf,

    /// Show the published scores of the same points too, of the results in DIR
    #[arg(long, value_name = "DIR", num_args = 0..=1, require_equals = true,
          default_missing_value = PUBLISHED, help_heading = INPUT)]
    published: Option<PathBuf>,

    /// Machine whose times are shown, instead of the one with most full-size cells; with --published, among the published
    /// scores too. Rows without this machine keep the times that they have without this option
    #[arg(long, value_name = "NAME", help_heading = INPUT)]
    pub(super) machine: Option<String>,

    /// Folder of datasets: DIR/NAME/labels.txt has the class names of dataset NAME. $HEMLINE_DATA and data come after it
    #[arg(long, value_name = "DIR", help_heading = INPUT)]
    data_dir: Option<PathBuf>,

    /// Output format; `terminal` fits the width of the terminal and leaves columns out if it is narrow, `html` is one page to sort and
    /// filter in a browser
    #[arg(long, value_name = "FORMAT", default_value = "terminal", help_heading = OUTPUT,
          value_parser = ["terminal", "markdown", "csv", "json", "html"])]
    format: String,
}

impl ShowArgs {
    /// Reads the results to show.
    pub(super) fn read(&self) -> Result<Results, ReportError> {
        if self.files.is_empty() {
            Results::of_folder(&self.results)
        } else {
            Ok(files::read(&self.files, &self.results))
        }
    }

    /// Reads the published results that `--published` asks for.
    pub(super) fn read_published(&self) -> Result<Option<Results>, ReportError> {
        let read = self.published.as_deref().map(Results::of_folder).transpose();
        read.map_err(|error| match error {
            ReportError::Folder { path, source } => ReportError::PublishedFolder { path, source },
            error => error,
        })
    }

    /// The folders where datasets may lie.
    pub(super) fn data_folders(&self) -> Result<Vec<PathBuf>, ReportError> {
        let folder = self.data_dir.as_deref();
        match folder.filter(|folder| !folder.is_dir()) {
            Some(path) => Err(ReportError::DataFolder {
                path: path.to_owned(),
            }),
            None => Ok(labels_txt::data_folders(folder)),
        }
    }

    /// Whether the format is one page of HTML.
    pub(super) fn is_page(&self) -> bool {
        self.format == "html"
    }

    /// The board in the format that was asked for.
    pub(super) fn render(&self, board: &OwnBoard) -> String {
        match self.format.as_str() {
            "markdown" => own::markdown(board),
            "csv" => own::csv(board),
            "json" => own::json(board),
            _ => own::terminal(board, width()),
        }
    }
}

/// The class names of a dataset, or where they were searched for.
pub(super) fn class_names(dataset: &str, folders: &[PathBuf], findings: &mut Findings) -> ClassNames {
    let n_notes = findings.notes.len();
    let names = labels_txt::of_dataset(dataset, folders, findings);
    // A file that cannot be used is in a note already.
    let are_lost = names.is_empty() && findings.notes.len() == n_notes;
    let sought = |folder: &PathBuf| format!("{}/{dataset}", trimmed(folder));
    let sought = are_lost.then(|| folders.iter().map(sought).collect::<Vec<_>>().join(", "));
    ClassNames { names, sought }
}

fn trimmed(folder: &Path) -> String {
    let text = folder.display().to_string();
    text.trim_end_matches('/').to_owned()
}

/// The width of the terminal in characters; 80 elsewhere.
pub(super) fn width() -> usize {
    usable(Table::new().width().filter(|_| stdout().is_terminal()))
}

/// A width in characters. What says less than [`LEAST_WIDTH`] does not know its width: `stty cols 0`.
fn usable(width: Option<u16>) -> usize {
    let width = width.map(usize::from).filter(|width| *width >= LEAST_WIDTH);
    width.unwrap_or(own::DEFAULT_WIDTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_that_does_not_know_its_width_has_80_columns() {
        for (width, used) in [
            (None, 80),
            (Some(0), 80),
            (Some(19), 80),
            (Some(20), 20),
            (Some(200), 200),
        ] {
            assert_eq!(usable(width), used, "{width:?}");
        }
    }
}
