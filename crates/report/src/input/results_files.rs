//! Results files of a folder, and which table each is for: its name says so.
//!
//! `parity_*.csv` compares accuracies and is for the parity table alone, so that a point trained for a comparison is not
//! ranked. `speed.csv` compares times, and has a table of its own; its rows are ranked like any other's. `scaling*.csv` compares numbers of
//! rows, and `*_choice.csv` settings on rows that were held back: neither is ranked.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::rows::{Row, parse};
use crate::error::ReportError;

/// What the names of results files with accuracies side by side start with.
const PARITY: &str = "parity_";

/// What the names of results files with times against rows start with.
const SCALING: &str = "scaling";

/// What the names of results files end with by which a grid's settings were chosen.
const CHOICE: &str = "_choice";

/// The stem of the results file with times side by side at full size.
const SPEED: &str = "speed";

/// Results files, and what was left out of them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Results {
    /// In the order of their names, or as they were asked for.
    pub files: Vec<ResultsFile>,
    /// What was left out, and why.
    pub notes: Vec<String>,
}

/// The rows of one results file.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultsFile {
    /// Its name without `.csv`, which is that of its grid.
    pub stem: String,
    /// Its rows in the order of its lines.
    pub rows: Vec<Row>,
}

impl AsRef<[Row]> for ResultsFile {
    fn as_ref(&self) -> &[Row] {
        &self.rows
    }
}

impl Results {
    /// Reads every `*.csv` of a folder.
    ///
    /// # Errors
    /// A folder or file that cannot be read, a results file with other columns, a row that breaks the format.
    pub fn of_folder(folder: &Path) -> Result<Results, ReportError> {
        let paths = csv_files(folder).map_err(|source| ReportError::Folder {
            path: folder.to_owned(),
            source,
        })?;
        Self::of_files(&paths)
    }

    /// Reads these files.
    ///
    /// # Errors
    /// A file that cannot be read, one with other columns, a row that breaks the format.
    pub fn of_files(paths: &[PathBuf]) -> Result<Results, ReportError> {
        let mut results = Results::default();
        for path in paths {
            let bytes = fs::read(path).map_err(|source| ReportError::Read {
                path: path.clone(),
                source,
            })?;
            if let Some(rows) = parse(path, &bytes, &mut results.notes)? {
                let stem = path.file_stem().unwrap_or_default().to_string_lossy();
                results.files.push(ResultsFile {
                    stem: stem.into_owned(),
                    rows,
                });
            }
        }
        Ok(results)
    }

    /// The files that are ranked.
    pub fn for_board(&self) -> Vec<&ResultsFile> {
        self.named(is_ranked)
    }

    /// The files for engines side by side.
    pub fn for_peers(&self) -> Vec<&ResultsFile> {
        self.named(|stem| is_ranked(stem) && stem != SPEED)
    }

    /// The files for the parity table.
    pub fn for_parity(&self) -> Vec<&ResultsFile> {
        self.named(|stem| stem.starts_with(PARITY))
    }

    /// The files for the speed table.
    pub fn for_speed(&self) -> Vec<&ResultsFile> {
        self.named(|stem| stem == SPEED)
    }

    /// The files for the table of times against rows.
    pub fn for_scaling(&self) -> Vec<&ResultsFile> {
        self.named(|stem| stem.starts_with(SCALING))
    }

    /// All files, where they were asked for by name.
    pub fn all(&self) -> Vec<&ResultsFile> {
        self.named(|_| true)
    }

    fn named(&self, wanted: impl Fn(&str) -> bool) -> Vec<&ResultsFile> {
        self.files.iter().filter(|file| wanted(&file.stem)).collect()
    }
}

fn is_ranked(stem: &str) -> bool {
    !stem.starts_with(PARITY) && !stem.ends_with(CHOICE) && !stem.starts_with(SCALING)
}

fn csv_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_csv = path.extension().is_some_and(|extension| extension == "csv");
        // What the machines were is no result.
        let is_results = is_csv && path.file_name().is_some_and(|name| name != "machines.csv");
        if is_results && path.is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_says_which_tables_it_is_for() {
        let files = [
            "boosting_choice",
            "parity_trees",
            "peers",
            "scaling",
            "scaling_threads",
            "speed",
            "trees",
        ]
        .map(|stem| ResultsFile {
            stem: stem.to_owned(),
            rows: Vec::new(),
        });
        let results = Results {
            files: files.to_vec(),
            notes: Vec::new(),
        };
        let stems = |files: Vec<&ResultsFile>| {
            files
                .iter()
                .map(|file| file.stem.clone())
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(stems(results.for_board()), "peers speed trees");
        assert_eq!(stems(results.for_peers()), "peers trees");
        assert_eq!(stems(results.for_parity()), "parity_trees");
        assert_eq!(stems(results.for_speed()), "speed");
        assert_eq!(stems(results.for_scaling()), "scaling scaling_threads");
    }
}
