//! What the committed rows say about a point.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use crate::grid::identity::CellId;
use crate::grid::point::PlannedPoint;
use crate::results::parse::read_rows;
use crate::results::row::Row;
use crate::results::status::Status;

/// The folder of the committed rows, relative to the working folder.
pub(crate) const FOLDER: &str = "results/published";

/// The committed rows start with this seed.
const SEED: u64 = 0;

/// More repeats than any committed point has.
const MAX_REPEATS: u64 = 16;

/// The published rows of a point.
pub(crate) struct Published {
    /// Mean accuracy of the repeats' last fits.
    pub(crate) accuracy: f64,
    /// The times of the newest fit, and of those of its revision, machine and threads.
    pub(crate) fit: Option<PublishedFit>,
}

/// The published times of a fit.
pub(crate) struct PublishedFit {
    /// The shortest and the longest, in seconds.
    pub(crate) seconds: [f64; 2],
    /// The machine.
    pub(crate) machine: String,
    /// Threads of these fits.
    pub(crate) threads: usize,
}

/// Whether there are committed rows at all.
pub(crate) fn exist() -> bool {
    Path::new(FOLDER).is_dir()
}

/// The CSV files of a folder, sorted; none if it cannot be listed.
pub(crate) fn results_files(folder: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = files.map(|file| file.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "csv"));
    paths.sort();
    paths
}

/// The published rows of this point; `None` if there are none. Files that cannot be read are left out.
#[expect(clippy::cast_precision_loss, reason = "a handful of repeats")]
pub(crate) fn published(point: &PlannedPoint) -> Option<Published> {
    let ids: HashSet<String> = (0..MAX_REPEATS)
        .map(|repeat| CellId::new(point.problem(), repeat as usize, SEED + repeat).0)
        .collect();
    let paths = results_files(Path::new(FOLDER));
    let rows = paths.iter().flat_map(|path| read_rows(path).unwrap_or_default());
    let mut rows: Vec<Row> = rows
        .filter(|row| row.status == Status::Ok && ids.contains(&row.cell_id))
        .collect();
    rows.sort_by(|one, other| one.started_at.cmp(&other.started_at));
    // A cell that was trained again has the accuracy of its last fit.
    let last_fits: HashMap<&str, &Row> = rows.iter().map(|row| (row.cell_id.as_str(), row)).collect();
    let accuracies: Vec<f64> = last_fits.values().filter_map(|row| row.accuracy).collect();
    let timed = rows.iter().rev().find(|row| row.fit_s.is_some());
    let fit = timed.map(|newest| {
        let key = |row: &Row| (row.machine.clone(), row.revision.clone(), row.threads);
        let of_newest = |row: &&Row| key(row) == key(newest);
        let times = rows.iter().filter(of_newest).filter_map(|row| row.fit_s);
        PublishedFit {
            seconds: times.fold([f64::INFINITY, 0.0], |[shortest, longest], time| {
                [shortest.min(time), longest.max(time)]
            }),
            machine: newest.machine.clone(),
            threads: newest.threads,
        }
    });
    Some(Published {
        accuracy: (!accuracies.is_empty())
            .then(|| accuracies.iter().sum::<f64>() / accuracies.len() as f64)?,
        fit,
    })
}
