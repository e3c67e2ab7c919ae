//! How long the cells of a plan took together, from their rows.

use jiff::Timestamp;
use std::collections::BTreeMap;

use crate::cli::count::count;
use crate::results::row::Row;
use crate::run::durations::duration;

/// A pause between two cells that still counts as time of the run, in seconds: rows state the start in whole seconds.
const MAX_PAUSE: f64 = 2.0;

/// The wall time during which some cell ran, and the processor time of fits and predictions: `20 cells took 3 min 12 s, processor time
/// 5 min 40 s`. `rows` are of different cells, perhaps of several runs. `None` for fewer than two cells.
pub(crate) fn busy_time(rows: &[&Row]) -> Option<String> {
    if rows.len() < 2 {
        return None;
    }
    let mut by_machine: BTreeMap<&str, Vec<(f64, f64)>> = BTreeMap::new();
    for row in rows {
        let start: Timestamp = row.started_at.parse().ok()?;
        #[expect(
            clippy::cast_precision_loss,
            reason = "milliseconds of two centuries are below 2^53"
        )]
        let start = start.as_millisecond() as f64 / 1e3;
        let intervals = by_machine.entry(&row.machine).or_default();
        intervals.push((start, start + row.wall_s.unwrap_or_default()));
    }
    let busy: f64 = by_machine.into_values().map(covered).sum();
    let cpu: f64 = rows
        .iter()
        .flat_map(|row| [row.fit_cpu_s, row.predict_cpu_s])
        .flatten()
        .sum();
    Some(format!(
        "{} took {}, processor time {}",
        count(rows.len(), "cell"),
        duration(busy),
        duration(cpu)
    ))
}

/// The length of the union of intervals, short pauses included.
fn covered(mut intervals: Vec<(f64, f64)>) -> f64 {
    intervals.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (mut sum, mut reached) = (0.0, f64::NEG_INFINITY);
    for (start, end) in intervals {
        let from = if start - reached <= MAX_PAUSE {
            reached
        } else {
            start
        };
        sum += (end - from).max(0.0);
        reached = reached.max(end);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parallel_cells_count_once_and_long_pauses_do_not_count() {
        assert_eq!(covered(vec![(10.0, 20.0), (0.0, 12.0), (3.0, 4.0)]), 20.0);
        assert_eq!(covered(vec![(0.0, 5.0), (6.5, 8.0), (100.0, 101.0)]), 9.0);
        assert_eq!(covered(vec![]), 0.0);
    }
}
