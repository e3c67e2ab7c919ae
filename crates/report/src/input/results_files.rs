//! Finds and reads the results files of a folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::rows::{Row, parse};
use crate::error::ReportError;

/// Grids whose results choose settings have names with this ending.
const CHOICE: &str = "_choice";

/// Results files and notes about skipped input.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Results {
    /// Sorted by name, or in the order of the command line.
    pub files: Vec<ResultsFile>,
    /// Skipped files and lines, each with the reason.
    pub notes: Vec<String>,
}

/// The rows of one results file.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultsFile {
    /// File name without `.csv`; it is also the name of the grid.
    pub stem: String,
    /// Rows in file order.
    pub rows: Vec<Row>,
}

impl AsRef<[Row]> for ResultsFile {
    fn as_ref(&self) -> &[Row] {
        &self.rows
    }
}

impl Results {
    /// Reads every `*.csv` file of a folder, except `machines.csv`.
    ///
    /// # Errors
    /// The folder or a file cannot be read, its columns differ, or a row breaks the format.
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
    /// A file cannot be read, its columns differ, or a row breaks the format.
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
}

impl ResultsFile {
    /// Whether the rows serve to choose settings on a validation split. Such rows appear in no table.
    pub fn is_choice(&self) -> bool {
        self.stem.ends_with(CHOICE)
    }
}

fn csv_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_csv = path.extension().is_some_and(|extension| extension == "csv");
        // machines.csv describes machines and contains no results.
        let is_results = is_csv && path.file_name().is_some_and(|name| name != "machines.csv");
        if is_results && path.is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}
