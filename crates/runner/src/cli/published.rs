//! What the committed rows say about a point.

use std::collections::{BTreeSet, HashSet};
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
    /// Mean accuracy of the repeats.
    pub(crate) accuracy: f64,
    /// The times of a fit on the machine with most rows.
    pub(crate) fit: Option<PublishedFit>,
}

/// The published times of a fit.
pub(crate) struct PublishedFit {
    /// The shortest and the longest, in seconds.
    pub(crate) seconds: [f64; 2],
    /// The machine.
    pub(crate) machine: String,
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
    let rows: Vec<Row> = rows
        .filter(|row| row.status == Status::Ok && ids.contains(&row.cell_id))
        .collect();
    let mean =
        |values: &[f64]| (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64);
    let accuracies: Vec<f64> = rows.iter().filter_map(|row| row.accuracy).collect();
    let machines: BTreeSet<&str> = rows.iter().map(|row| row.machine.as_str()).collect();
    let n_rows = |machine: &str| {
        rows.iter()
            .filter(|row| row.machine == machine && row.fit_s.is_some())
            .count()
    };
    let machine = machines.into_iter().max_by_key(|machine| n_rows(machine));
    let timed: Vec<&Row> = rows
        .iter()
        .filter(|row| Some(row.machine.as_str()) == machine)
        .collect();
    let times: Vec<f64> = timed.iter().filter_map(|row| row.fit_s).collect();
    let shortest = times.iter().copied().reduce(f64::min);
    let longest = times.iter().copied().reduce(f64::max);
    let fit = shortest
        .zip(longest)
        .zip(machine)
        .map(|((shortest, longest), machine)| PublishedFit {
            seconds: [shortest, longest],
            machine: machine.to_owned(),
        });
    Some(Published {
        accuracy: mean(&accuracies)?,
        fit,
    })
}
