//! Finds and reads the results files of a folder, with the labels beside them.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::contradictions::{self, FileRows};
use super::findings::Findings;
use super::labels;
use super::machines::{self, Machine};
use super::regular_file;
use super::row::Row;
use super::rows::parse;
use crate::error::ReportError;

/// The folder of the committed results.
pub const PUBLISHED: &str = "results/published";

/// Grids whose results choose settings have names with this ending.
const CHOICE: &str = "_choice";

/// Results files, what describes their machines, and what was wrong with them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Results {
    /// Sorted by name, or in the order of the command line.
    pub files: Vec<ResultsFile>,
    /// The machines of `machines.csv` by name.
    pub machines: HashMap<String, Machine>,
    /// What was left out, and why.
    pub findings: Findings,
}

/// The rows of one results file.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultsFile {
    /// Where it lies.
    pub path: PathBuf,
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
    /// Reads every `*.csv` file of a folder, except `machines.csv`. A file that cannot be used is named among the findings.
    ///
    /// # Errors
    /// The folder cannot be listed.
    pub fn of_folder(folder: &Path) -> Result<Results, ReportError> {
        let (paths, odd) = csv_files(folder).map_err(|source| ReportError::Folder {
            path: folder.to_owned(),
            source,
        })?;
        let mut results = Self::read(&paths, false);
        for path in odd {
            results.findings.problem_in(&path, "not a regular file");
        }
        Ok(results)
    }

    /// Reads these files. A file that cannot be used is named among the findings.
    pub fn of_files(paths: &[PathBuf]) -> Results {
        Self::read(paths, true)
    }

    /// Reads files. A CSV file of something else is only noted in a folder, but is a problem if somebody asked for it.
    fn read(paths: &[PathBuf], is_asked_for: bool) -> Results {
        let mut results = Results::default();
        for path in paths {
            let bytes = match regular_file::read(path) {
                Ok(bytes) => bytes,
                Err(error) => {
                    let problem = format!("cannot read it: {error}");
                    results.findings.problem_in(path, &problem);
                    continue;
                }
            };
            let n_problems = results.findings.problems.len();
            let rows = parse(path, &bytes, &mut results.findings);
            if rows.is_none() && is_asked_for && results.findings.problems.len() == n_problems {
                results.findings.problem_in(path, "no results are read from it");
            }
            if let Some(mut rows) = rows {
                labels::check_beside(path, &mut rows, &mut results.findings);
                let stem = path.file_stem().unwrap_or_default().to_string_lossy();
                results.files.push(ResultsFile {
                    path: path.clone(),
                    stem: stem.into_owned(),
                    rows,
                });
            }
        }
        let rows = results.files.iter_mut().map(|file| FileRows {
            path: &file.path,
            rows: &mut file.rows,
        });
        contradictions::leave_out(&mut rows.collect::<Vec<_>>(), &mut results.findings);
        let folders: BTreeSet<&Path> = paths.iter().filter_map(|path| path.parent()).collect();
        for folder in folders {
            let machines = machines::of_folder(folder, &mut results.findings);
            results.machines.extend(machines);
        }
        results
    }

    /// Whether something is wrong, and no row is left.
    pub fn is_unusable(&self) -> bool {
        !self.findings.problems.is_empty() && self.files.iter().all(|file| file.rows.is_empty())
    }
}

impl ResultsFile {
    /// Whether the rows serve to choose settings on a validation split. Such rows appear in no table.
    pub fn is_choice(&self) -> bool {
        self.stem.ends_with(CHOICE)
    }
}

/// The results files of a folder, and the entries with such a name that are no files, for example a pipe, where reading waits
/// for ever.
fn csv_files(folder: &Path) -> io::Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let (mut paths, mut odd) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_csv = path.extension().is_some_and(|extension| extension == "csv");
        // machines.csv describes machines and contains no results.
        if !is_csv || path.file_name().is_some_and(|name| name == machines::FILE) || path.is_dir() {
            continue;
        }
        // A link that leads nowhere is a file that cannot be read.
        let is_odd = path.exists() && !path.is_file();
        if is_odd { &mut odd } else { &mut paths }.push(path);
    }
    paths.sort();
    odd.sort();
    Ok((paths, odd))
}
