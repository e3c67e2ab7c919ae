//! The machine whose times a board shows: times of different machines are not comparable.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::dataset::Dataset;
use super::point::{ALL_TEST, ALL_TRAIN};
use crate::input::{Machine, Row, Status};

/// No row is from the machine that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownMachine {
    /// The machines of the rows, sorted.
    pub known: Vec<String>,
}

/// The machine with most full-size cells that are `ok`; among equals the lexically smallest. Full size means all training and
/// test rows; of a dataset other than Fashion-MNIST and MNIST, the most rows that a cell of it has. Without a full-size cell,
/// every `ok` cell counts. `None` if no row names a machine.
fn with_most_cells<'a>(cells: &[&'a Row]) -> Option<&'a str> {
    let datasets: Vec<Dataset> = cells.iter().map(|cell| Dataset::of(cell)).collect();
    let mut sizes: HashMap<&Dataset, (u64, u64)> = HashMap::new();
    for (cell, dataset) in cells.iter().zip(&datasets) {
        let size = sizes.entry(dataset).or_insert(match dataset {
            Dataset::FashionMnist | Dataset::Mnist => (ALL_TRAIN, ALL_TEST),
            Dataset::Other { .. } => (0, 0),
        });
        if matches!(dataset, Dataset::Other { .. }) {
            *size = (size.0.max(cell.n_train), size.1.max(cell.n_test));
        }
    }
    let ok = || {
        let cells = cells.iter().zip(&datasets);
        cells.filter(|(cell, _)| cell.status == Status::Ok && !cell.machine.is_empty())
    };
    let is_full = |(cell, dataset): &(&&Row, &Dataset)| sizes[dataset] == (cell.n_train, cell.n_test);
    let any_full = ok().any(|pair| is_full(&pair));
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for pair in ok().filter(|pair| !any_full || is_full(pair)) {
        *counts.entry(pair.0.machine.as_str()).or_default() += 1;
    }
    // Of equal maxima, `max_by_key` returns the last one.
    let most = counts.into_iter().rev().max_by_key(|(_, count)| *count);
    most.map(|(machine, _)| machine)
}

/// The machine of a board: the one asked for, which must be among `known`, or the one with most full-size cells, as `machines`
/// describes it.
pub(super) fn choose(
    cells: &[&Row],
    known: &BTreeSet<&str>,
    wanted: Option<&str>,
    machines: &HashMap<String, Machine>,
) -> Result<Option<Machine>, UnknownMachine> {
    let name = match wanted {
        Some(wanted) => {
            if wanted.is_empty() || !known.contains(wanted) {
                let known = known.iter().filter(|name| !name.is_empty());
                return Err(UnknownMachine {
                    known: known.map(|name| (*name).to_owned()).collect(),
                });
            }
            Some(wanted)
        }
        None => with_most_cells(cells),
    };
    Ok(name.map(|name| {
        machines
            .get(name)
            .cloned()
            .unwrap_or_else(|| Machine::named(name))
    }))
}
