//! `runner plan-shards`: divides the cells of grids into shards of nearly equal cost, for several machines.

use std::collections::HashMap;

use command_line::invocation;

use crate::cli::args::PlanShardsArgs;
use crate::cli::costs::Costs;
use crate::cli::count::count;
use crate::cli::error::{Exit, RunError};
use crate::cli::jobs::Job;
use crate::cli::run_cells::fits;
use crate::cli::selected_jobs::{Wanted, selected_jobs};
use crate::cli::shard_file::{ShardedCell, write};
use crate::cli::shell_words::{quoted, repeated};
use crate::estimate::bundles::bundles;
use crate::grid::identity::CellId;
use crate::grid::plan::Cell;
use crate::run::durations::duration;
use crate::run::tell::{tell, tell_error};

/// Wall time of a cell beside features, fit and prediction, in seconds: its process starts and reads the data.
const START_SECONDS: f64 = 0.05;

/// Writes the file of the shards.
///
/// # Errors
/// Errors of usage, grid or data, or a file that cannot be written.
pub(crate) fn run(args: &PlanShardsArgs) -> Result<Exit, RunError> {
    if args.output.symlink_metadata().is_ok() {
        return Err(RunError::ShardsExist {
            path: args.output.clone(),
        });
    }
    let jobs = selected_jobs(&Wanted {
        configs: &args.configs,
        keys: args.fit.keys_with(&args.datasets),
        fit: &args.fit,
        only: args.only.as_deref(),
        rerun: None,
        shard: None,
        shard_file: None,
    })?;
    let costs = Costs::new(&args.fit);
    let cells = jobs
        .iter()
        .flat_map(|job| job.plan.cells.iter().map(move |cell| (job, cell)));
    let cells: Vec<(&Job, &Cell)> = cells.collect();
    let served = served_by(&jobs, args.share);
    let trained = |job: &Job, cell: &Cell| served.get(&(job.stem.clone(), cell.id.clone()));
    let shares = costs.shares(cells.iter().map(|(_, cell)| *cell));
    let seconds = cells
        .iter()
        .zip(shares)
        .map(|((job, cell), share)| match trained(job, cell) {
            Some(_) => 0.0,
            None => share + START_SECONDS,
        });
    let seconds: Vec<f64> = seconds.collect();
    let fitted: Vec<(&Job, &Cell)> = cells
        .iter()
        .map(|(job, cell)| (*job, trained(job, cell).unwrap_or(cell)))
        .collect();
    let parts = parts(&fitted);
    let n_parts = parts.iter().max().map_or(0, |last| last + 1);
    if n_parts < args.shards {
        return Err(RunError::FewParts {
            n_shards: args.shards,
            n_parts,
        });
    }
    let mut of_parts = vec![0.0; n_parts];
    for (part, seconds) in parts.iter().zip(&seconds) {
        of_parts[*part] += seconds;
    }
    let bundle_of = bundles(&of_parts, args.shards);
    let mut of_shards = vec![0.0; args.shards];
    for (part, seconds) in of_parts.iter().enumerate() {
        of_shards[bundle_of[part]] += seconds;
    }
    let mut lines: Vec<ShardedCell> = cells
        .iter()
        .zip(&parts)
        .map(|((job, cell), part)| {
            let cost = costs.of(cell);
            let own = match trained(job, cell) {
                Some(_) => Some(0.0),
                None => cost.as_ref().map(|cost| rounded(cost.seconds)),
            };
            ShardedCell {
                shard: bundle_of[*part] + 1,
                shards: args.shards,
                seconds: own,
                mib: cost.and_then(|cost| cost.mib).map(f64::ceil),
                cell_id: cell.id.0.clone(),
                grid: job.stem.clone(),
                cell: cell.label(),
            }
        })
        .collect();
    lines.sort_by_key(|line| line.shard);
    if let Err(error) = write(&args.output, &lines) {
        let is_usage = matches!(error, RunError::ShardsExist { .. });
        tell_error(error);
        return Ok(if is_usage { Exit::Usage } else { Exit::Internal });
    }
    let file = args.output.display();
    let n_unknown = lines.iter().filter(|line| line.seconds.is_none()).count();
    let n_trained = cells
        .iter()
        .filter(|(_, cell)| cell.point.refused.is_none())
        .count();
    tell(&format!(
        "{file}: {} in {}{}",
        count(lines.len(), "cell"),
        count(args.shards, "shard"),
        what_they_take(&of_shards, n_trained, n_unknown)
    ));
    if args.fit.quiet {
        return Ok(Exit::Success);
    }
    let runner = invocation("runner");
    // What this command has, a run of a shard has too.
    let own = repeated(&[
        ("plan-shards", false),
        ("--shards", true),
        ("--output", true),
        // Where the times come from; a shard has a folder of its own.
        ("--results", true),
    ]);
    let n_shards = args.shards;
    tell("the first shard, one cell after the other:");
    tell(&format!(
        "  {runner} {own} --shard-file {} --shard 1/{n_shards} --jobs 1 --results shards/1",
        quoted(&file.to_string())
    ));
    tell("when all are trained:");
    for stem in jobs.iter().map(|job| &job.stem) {
        let merged = quoted(&format!("{stem}.csv"));
        tell(&format!("  {runner} merge {merged} shards/*/{merged}"));
    }
    Ok(Exit::Success)
}

/// The cells that are trained for others with `share`: for each of those, by the name of its grid and its identity.
fn served_by(jobs: &[Job], share: bool) -> HashMap<(String, CellId), Cell> {
    let mut served = HashMap::new();
    for job in jobs {
        let cells: Vec<&Cell> = job.plan.cells.iter().collect();
        for fit in fits(&cells, share) {
            for other in fit.others {
                served.insert((job.stem.clone(), other.id), fit.cell.clone());
            }
        }
    }
    served
}

/// What the shards take, in words.
fn what_they_take(seconds: &[f64], n_trained: usize, n_unknown: usize) -> String {
    if n_unknown == n_trained {
        return "; no row has their points, so all cells count the same".into();
    }
    let least = seconds.iter().copied().fold(f64::INFINITY, f64::min);
    let most = seconds.iter().copied().fold(0.0, f64::max);
    let [least, most] = [least, most].map(duration);
    let times = if least == most {
        format!(" of about {most}")
    } else {
        format!(" of about {least} to {most}")
    };
    match n_unknown {
        0 => times,
        n => format!(
            "{times}; {} whose points no row has count like the mean of the others",
            count(n, "cell")
        ),
    }
}

/// For each cell the part, from 0, that it belongs to; with shared fits, `cells` are those that are trained for them. Repeats of a point
/// that depends on no seed stay together, so that a run can compare them; every other cell is a part of its own.
fn parts(cells: &[(&Job, &Cell)]) -> Vec<usize> {
    let mut numbers: HashMap<(&str, &str), usize> = HashMap::new();
    let mut part_of = Vec::with_capacity(cells.len());
    for (job, cell) in cells {
        let key = if cell.point.engine.is_stochastic() {
            cell.id.0.as_str()
        } else {
            cell.point.problem()
        };
        let next = numbers.len();
        part_of.push(*numbers.entry((job.stem.as_str(), key)).or_insert(next));
    }
    part_of
}

/// To a tenth of a second.
fn rounded(seconds: f64) -> f64 {
    (seconds * 10.0).round() / 10.0
}
