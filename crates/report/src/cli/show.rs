//! `report show`: a board of your own results.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::board::{ClassNames, OwnBoard};
use crate::cli::files;
use crate::cli::formats::formats;
use crate::cli::help::{INPUT, OUTPUT};
use crate::error::ReportError;
use crate::input::results_files::PUBLISHED;
use crate::input::{Findings, Results, class_names as labels_txt};

/// Name of the subcommand.
pub(super) const NAME: &str = "show";

/// Its line in `--help`.
pub(super) const ABOUT: &str = "Rank your own results";

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
    #[arg(long, value_name = "FORMAT", default_value = "terminal", value_parser = formats::<OwnBoard>(), help_heading = OUTPUT)]
    pub(super) format: String,
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
