//! `report embeddings`: the pictures of whole datasets, from the coordinates that `runner embed` wrote.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::board::FASHION_MNIST;
use crate::charts::{self, Chart, THEMES};
use crate::cli::board_page::known_classes;
use crate::cli::help::{INPUT, OUTPUT};
use crate::cli::show;
use crate::input::Findings;
use crate::input::class_names::data_folders;
use crate::input::embeddings::{FOLDER, of_file};

/// Name of the subcommand.
pub(super) const NAME: &str = "embeddings";

/// Its line in `--help`.
pub(super) const ABOUT: &str = "Draw the images of datasets as points of a plane, as SVG";

pub(super) const EXAMPLES: &str = "\
Examples:
  report embeddings > all.svg                                   after runner embed
  report embeddings results/embeddings/mine-*.csv > mine.svg
  report embeddings --theme dark > dark.svg";

/// The options of `report embeddings`.
#[derive(Debug, Clone, Args)]
pub(super) struct EmbeddingsArgs {
    /// Files of coordinates, instead of all in the folder `embeddings` of the results
    files: Vec<PathBuf>,

    /// Folder of results
    #[arg(long, value_name = "DIR", default_value = "results", conflicts_with = "files", help_heading = INPUT)]
    results: PathBuf,

    /// Colours
    #[arg(long, value_name = "THEME", default_value = "light", value_parser = ["light", "dark"], help_heading = OUTPUT)]
    theme: String,
}

impl EmbeddingsArgs {
    /// The picture; `None` without an embedding.
    pub(super) fn draw(&self, findings: &mut Findings) -> Option<String> {
        let files = match self.files.is_empty() {
            true => csv_files(&self.results.join(FOLDER)),
            false => self.files.clone(),
        };
        if files.is_empty() {
            let folder = self.results.join(FOLDER);
            findings.problems.push(format!(
                "{}: no embeddings; `runner embed NAME` makes some",
                folder.display()
            ));
        }
        let chart = chart(&files, findings)?;
        let theme = THEMES.iter().find(|theme| theme.name == self.theme)?;
        Some(chart.file(theme))
    }
}

/// The picture of some files of coordinates.
pub(super) fn chart(files: &[PathBuf], findings: &mut Findings) -> Option<Chart> {
    let embeddings: Vec<_> = files.iter().filter_map(|path| of_file(path, findings)).collect();
    let folders = data_folders(None);
    let mut names: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for embedding in &embeddings {
        let dataset = embedding.figures.dataset.as_str();
        names.entry(dataset).or_insert_with(|| match dataset {
            FASHION_MNIST => known_classes().1,
            _ => show::class_names(dataset, &folders, findings).names,
        });
    }
    charts::embeddings(&embeddings, |dataset| {
        names.get(dataset).cloned().unwrap_or_default()
    })
}

/// The CSV files of a folder, sorted; none if it cannot be listed.
pub(super) fn csv_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "csv") && path.is_file())
        .collect();
    files.sort();
    files
}
