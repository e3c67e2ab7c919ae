//! What the committed rows say about a point.

use std::collections::HashSet;
use std::path::Path;

use crate::grid::identity::CellId;
use crate::grid::point::PlannedPoint;
use crate::results::parse::read_rows;
use crate::results::row::Row;
use crate::results::status::Status;

/// The folder of the committed rows, relative to the working folder.
const FOLDER: &str = "results/published";

/// The committed rows start with this seed.
const SEED: u64 = 0;

/// More repeats than any committed point has.
const MAX_REPEATS: u64 = 16;

/// The published rows of a point.
pub(crate) struct Published {
    /// Mean accuracy of the repeats.
    pub(crate) accuracy: f64,
    /// Mean time of a fit in seconds and the machine, if one machine measured it while nothing else used it.
    pub(crate) fit: Option<(f64, String)>,
}

/// Whether there are committed rows at all.
pub(crate) fn exist() -> bool {
    Path::new(FOLDER).is_dir()
}

/// The published rows of this point; `None` if there are none. Files that cannot be read are left out.
#[expect(clippy::cast_precision_loss, reason = "a handful of repeats")]
pub(crate) fn published(point: &PlannedPoint) -> Option<Published> {
    let ids: HashSet<String> = (0..MAX_REPEATS)
        .map(|repeat| CellId::new(point.problem(), repeat as usize, SEED + repeat).0)
        .collect();
    let files = std::fs::read_dir(FOLDER).into_iter().flatten().flatten();
    let mut paths: Vec<_> = files.map(|file| file.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "csv"));
    paths.sort();
    let rows = paths.iter().flat_map(|path| read_rows(path).unwrap_or_default());
    let rows: Vec<Row> = rows
        .filter(|row| row.status == Status::Ok && ids.contains(&row.cell_id))
        .collect();
    let mean =
        |values: &[f64]| (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64);
    let accuracies: Vec<f64> = rows.iter().filter_map(|row| row.accuracy).collect();
    let mut timed: Vec<&Row> = rows.iter().filter(|row| !row.is_of_shared_machine()).collect();
    let machine = timed.last().map(|row| row.machine.clone());
    timed.retain(|row| machine.as_ref() == Some(&row.machine));
    let times: Vec<f64> = timed.iter().filter_map(|row| row.fit_s).collect();
    Some(Published {
        accuracy: mean(&accuracies)?,
        fit: mean(&times).zip(machine),
    })
}
