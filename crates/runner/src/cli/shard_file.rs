//! The file that divides the cells of grids into shards: every machine reads the same one, so that no cell is lost or trained twice.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::cli::args::Shard;
use crate::cli::count::{count, thousands};
use crate::cli::error::RunError;
use crate::cli::jobs::Job;
use crate::results::error::ResultsError;
use crate::results::files::{create_new, read_regular};

/// A line of the file: a cell, and the shard that trains it.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShardedCell {
    /// The shard, from 1.
    pub(crate) shard: usize,
    /// The number of shards.
    pub(crate) shards: usize,
    /// Expected wall time in seconds; empty if it is unknown, 0 for a cell that the fit of another one serves.
    pub(crate) seconds: Option<f64>,
    /// Expected peak memory in MiB; empty if it is unknown.
    pub(crate) mib: Option<f64>,
    /// Identity of the cell.
    pub(crate) cell_id: String,
    /// Name of its grid, without extension.
    pub(crate) grid: String,
    /// The cell in words.
    pub(crate) cell: String,
}

/// Writes a new file with these cells.
///
/// # Errors
/// A file that exists already, or an error of the disk.
pub(crate) fn write(path: &Path, cells: &[ShardedCell]) -> Result<(), RunError> {
    let refuse = |reason: String| refusal(path, reason);
    let mut writer = csv::Writer::from_writer(Vec::new());
    for cell in cells {
        writer
            .serialize(cell)
            .map_err(|error| refuse(error.to_string()))?;
    }
    let bytes = writer.into_inner().map_err(|error| refuse(error.to_string()))?;
    create_new(path, &bytes).map_err(|source| match &source {
        ResultsError::Disk { source, .. } if source.kind() == io::ErrorKind::AlreadyExists => {
            RunError::ShardsExist {
                path: path.to_owned(),
            }
        }
        _ => RunError::ShardsNotWritten { source },
    })
}

/// A file of shards.
pub(crate) struct ShardFile {
    path: PathBuf,
    n_shards: usize,
    /// At least one.
    cells: Vec<ShardedCell>,
}

impl ShardFile {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// A file that cannot be read, or that is no file of shards.
    pub(crate) fn read(path: &Path) -> Result<ShardFile, RunError> {
        let refuse = |reason: String| refusal(path, reason);
        let bytes = read_regular(path).map_err(|error| refuse(error.to_string()))?;
        let cells: Result<Vec<ShardedCell>, csv::Error> =
            csv::Reader::from_reader(bytes.as_slice()).deserialize().collect();
        let cells = cells.map_err(|error| refuse(error.to_string()))?;
        let Some(n_shards) = cells.first().map(|cell| cell.shards) else {
            return Err(refuse("it has no cell".into()));
        };
        let is_wrong = |cell: &&ShardedCell| cell.shards != n_shards || !(1..=n_shards).contains(&cell.shard);
        if let Some(cell) = cells.iter().find(is_wrong) {
            return Err(refuse(format!(
                "cell {} is in shard {} of {}",
                cell.cell_id, cell.shard, cell.shards
            )));
        }
        let is_no_cost = |value: &f64| !value.is_finite() || *value < 0.0;
        for cell in &cells {
            for (name, value) in [("seconds", cell.seconds), ("mib", cell.mib)] {
                if let Some(value) = value.filter(is_no_cost) {
                    return Err(refuse(format!("`{name}` of cell {} is {value}", cell.cell_id)));
                }
            }
        }
        let mut seen = HashSet::new();
        for cell in &cells {
            if !seen.insert((&cell.grid, &cell.cell_id)) {
                return Err(refuse(format!("cell {} is in it twice", cell.cell_id)));
            }
        }
        Ok(ShardFile {
            path: path.to_owned(),
            n_shards,
            cells,
        })
    }

    /// Removes the cells of other shards, and the grids that have no cell left. `is_whole`: the grids have all the cells that the file
    /// was made of.
    ///
    /// # Errors
    /// A cell of the grids that the file lacks, or the other way.
    pub(crate) fn keep(&self, jobs: &mut Vec<Job>, shard: Shard, is_whole: bool) -> Result<(), RunError> {
        let refuse = |reason: String| Err(refusal(&self.path, reason));
        if shard.count != self.n_shards {
            let own = shard.index + 1;
            let shards = count(self.n_shards, "shard");
            return refuse(format!("it has {shards}, and --shard says {own}/{}", shard.count));
        }
        let lines = self.cells.iter();
        let shard_of: HashMap<(&str, &str), usize> = lines
            .map(|cell| ((cell.grid.as_str(), cell.cell_id.as_str()), cell.shard))
            .collect();
        let mut n_found = 0;
        for job in jobs.iter() {
            for cell in &job.plan.cells {
                if !shard_of.contains_key(&(job.stem.as_str(), cell.id.0.as_str())) {
                    let grid = job.path.display();
                    return refuse(format!(
                        "it lacks a cell of {grid}: {} {}",
                        cell.id.0,
                        cell.label()
                    ));
                }
                n_found += 1;
            }
        }
        if is_whole && n_found < self.cells.len() {
            let in_jobs: HashSet<(&str, &str)> = jobs
                .iter()
                .flat_map(|job| {
                    job.plan
                        .cells
                        .iter()
                        .map(|cell| (job.stem.as_str(), cell.id.0.as_str()))
                })
                .collect();
            let mut lines = self.cells.iter();
            let missing = lines.find(|cell| !in_jobs.contains(&(cell.grid.as_str(), cell.cell_id.as_str())));
            let first = missing.map_or(String::new(), |cell| {
                format!(", such as {} of grid {}, {}", cell.cell_id, cell.grid, cell.cell)
            });
            let n_missing = match self.cells.len() - n_found {
                1 => "1 cell of it is".to_owned(),
                n => format!("{} cells of it are", thousands(n)),
            };
            return refuse(format!("{n_missing} not in this run{first}"));
        }
        for job in jobs.iter_mut() {
            let stem = job.stem.as_str();
            let is_own = |id: &str| shard_of.get(&(stem, id)) == Some(&(shard.index + 1));
            job.plan.cells.retain(|cell| is_own(&cell.id.0));
        }
        jobs.retain(|job| !job.plan.cells.is_empty());
        if jobs.is_empty() {
            return refuse(format!("no selected cell is in shard {}", shard.index + 1));
        }
        Ok(())
    }
}

fn refusal(path: &Path, reason: String) -> RunError {
    RunError::Shards {
        path: path.to_owned(),
        reason,
    }
}
