//! The cells that a command line selects: `--only`, `--rerun`, `--shard`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::cli::args::{FitArgs, Shard};
use crate::cli::error::RunError;
use crate::cli::jobs::{Job, plan_jobs};
use crate::cli::shard_file::ShardFile;
use crate::grid::keys::RunKeys;
use crate::grid::plan::Cell;
use crate::grid::point::spaced;

/// The grids of a command line, and which of their cells it selects.
pub(crate) struct Wanted<'a> {
    /// The grid files.
    pub(crate) configs: &'a [PathBuf],
    /// The keys of `[run]` that the command line sets.
    pub(crate) keys: RunKeys,
    /// Folders, quiet.
    pub(crate) fit: &'a FitArgs,
    /// `--only`: a text in the line of each cell.
    pub(crate) only: Option<&'a str>,
    /// `--rerun`: likewise.
    pub(crate) rerun: Option<&'a str>,
    /// `--shard`.
    pub(crate) shard: Option<Shard>,
    /// `--shard-file`; without it, points are dealt to the shards in turn.
    pub(crate) shard_file: Option<&'a Path>,
}

/// Plans the grids and removes the cells that are not selected. Every job has a cell.
///
/// # Errors
/// Errors of usage, grid or data, or no cell; nothing has been written then.
pub(crate) fn selected_jobs(wanted: &Wanted<'_>) -> Result<Vec<Job>, RunError> {
    let mut jobs = plan_jobs(wanted.configs, &wanted.keys, wanted.fit)?;
    for text in [wanted.only, wanted.rerun].into_iter().flatten() {
        jobs.iter_mut().try_for_each(|job| keep_named(job, text))?;
    }
    match (wanted.shard, wanted.shard_file) {
        (Some(shard), Some(path)) => {
            ShardFile::read(path)?.keep(&mut jobs, shard, wanted.rerun.is_none())?;
        }
        (Some(shard), None) => deal(&mut jobs, shard)?,
        (None, _) => {}
    }
    Ok(jobs)
}

/// Removes the cells whose line in `--plan` does not contain the text.
fn keep_named(job: &mut Job, text: &str) -> Result<(), RunError> {
    job.plan.cells.retain(|cell| is_named(cell, text));
    if job.plan.cells.is_empty() {
        return Err(job.no_cell(format!("no line of --plan contains `{text}`")));
    }
    Ok(())
}

/// Whether a text is part of the cell's line in `--plan`, or of its name in the summary, where parameters that a grid does not set
/// are `defaults`.
pub(super) fn is_named(cell: &Cell, text: &str) -> bool {
    // A text from a results file has no spaces between parameters.
    let text = &spaced(&text.replace("; ", ";"));
    let label = cell.label();
    let has_defaults = cell.point.names[0].is_empty();
    label.contains(text) || (has_defaults && label.replacen(" · ", " defaults · ", 1).contains(text))
}

/// Removes the points of other shards, and the grids that have none left. All repeats of a point are in the same shard.
fn deal(jobs: &mut Vec<Job>, shard: Shard) -> Result<(), RunError> {
    for job in jobs.iter_mut() {
        let mut problems: HashMap<String, usize> = HashMap::new();
        job.plan.cells.retain(|cell| {
            let next = problems.len();
            let position = *problems.entry(cell.point.problem().to_owned()).or_insert(next);
            position % shard.count == shard.index
        });
    }
    match jobs.iter().find(|job| job.plan.cells.is_empty()) {
        Some(job) if jobs.iter().all(|job| job.plan.cells.is_empty()) => {
            Err(job.no_cell(format!("there are fewer points than {} shards", shard.count)))
        }
        _ => {
            jobs.retain(|job| !job.plan.cells.is_empty());
            Ok(())
        }
    }
}
