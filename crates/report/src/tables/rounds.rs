//! Groups the rows of a file by point, and of a point by engine and round.
//!
//! A round is a repeat. Its times count only if its cell ran alone, without another cell at the same time.

use std::collections::BTreeMap;

use crate::board::{Point, keep_newest_version};
use crate::input::{Row, Status};

/// What comparable rows have in common. The engine of `point` is empty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) dataset: String,
    pub(super) data_sha256: String,
    pub(super) point: Point,
    pub(super) threads: Option<u32>,
    pub(super) machine: String,
}

/// The rows of one engine on one point, by repeat.
pub(super) type Rounds<'a> = BTreeMap<u32, &'a Row>;

/// The last row of every cell that is `ok`, by point and engine, of the rows that `is_counted`. The rows must be in file order.
pub(super) fn by_point(
    file: &[Row],
    is_counted: fn(&Row) -> bool,
) -> BTreeMap<Key, BTreeMap<&str, Rounds<'_>>> {
    let mut points: BTreeMap<Key, BTreeMap<&str, Rounds<'_>>> = BTreeMap::new();
    for row in file.iter().filter(|row| is_counted(row)) {
        let key = Key {
            dataset: row.dataset.clone(),
            data_sha256: row.data_sha256.clone(),
            point: Point::of(row).on(""),
            threads: row.threads,
            machine: row.machine.clone(),
        };
        let rounds = points.entry(key).or_default().entry(&row.engine).or_default();
        if row.status == Status::Ok {
            rounds.insert(row.repeat, row);
        } else if rounds
            .get(&row.repeat)
            .is_some_and(|last| last.cell_id == row.cell_id)
        {
            rounds.remove(&row.repeat); // the cell was trained again and failed
        }
    }
    for rounds in points.values_mut().flat_map(|engines| engines.values_mut()) {
        let mut rows: Vec<&Row> = rounds.values().copied().collect();
        keep_newest_version(&mut rows);
        *rounds = rows.into_iter().map(|row| (row.repeat, row)).collect();
    }
    points
}

/// The rounds whose cell ran alone.
pub(super) fn alone<'a>(rounds: &Rounds<'a>) -> Vec<&'a Row> {
    rounds.values().copied().filter(|row| is_alone(row)).collect()
}

/// Whether no other cell ran at the same time.
pub(super) fn is_alone(row: &Row) -> bool {
    row.concurrent == Some(1)
}

/// Whether a time of 0 stands for less than a microsecond in one of these rows.
pub(super) fn zero_is_rounded(rows: &[&Row]) -> bool {
    rows.iter().any(|row| row.zero_is_rounded)
}

/// Whether a solver of a round did not converge.
pub(super) fn is_unconverged(rounds: &Rounds<'_>) -> bool {
    rounds.values().any(|row| row.is_unconverged())
}

/// The largest peak memory of all rounds, in MiB.
pub(super) fn peak_rss_mib(rounds: &Rounds<'_>) -> Option<f64> {
    rounds
        .values()
        .filter_map(|row| row.peak_rss_mib)
        .max_by(f64::total_cmp)
}

/// The arithmetic mean, not rounded; `None` without values.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let values: Vec<f64> = values.collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}
