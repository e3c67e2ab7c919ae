//! What the rows of earlier runs say about the cost of a cell: those of the same point on this machine, or on another one, scaled by the
//! points that both machines have.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::estimate::small_fits::SmallFits;
use crate::grid::identity::CellId;
use crate::grid::plan::Cell;
use crate::results::row::Row;
use crate::results::status::Status;

/// Rows of other repeats than these are not looked for.
const MAX_REPEATS: usize = 16;

/// Two machines are compared by at least this many cells.
const MIN_COMMON: usize = 3;

/// Shorter fits say nothing about the speed of a machine.
const MIN_SECONDS: f64 = 0.05;

/// The fits of earlier runs.
pub(crate) struct KnownFits {
    /// This machine.
    machine: String,
    /// Threads of a cell.
    threads: usize,
    /// Identity of a cell → its fits.
    fits: HashMap<String, Vec<Fit>>,
    /// Another machine → the seconds here for a second there, and the number of cells that say so.
    ratios: HashMap<String, (f64, usize)>,
    /// Machine → the number of its fits. Where nothing says how fast it is, the times of few machines are better than those of many.
    n_fits: HashMap<String, usize>,
    small: SmallFits,
}

/// What a fit took.
#[derive(Clone, Debug)]
struct Fit {
    machine: String,
    threads: usize,
    seconds: f64,
    cpu_s: Option<f64>,
    mib: Option<f64>,
    started_at: String,
    revision: String,
}

/// What a cell is expected to take.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cost {
    /// Wall seconds of features, fit and prediction.
    pub(crate) seconds: f64,
    /// Peak memory, in MiB.
    pub(crate) mib: Option<f64>,
    /// Where it was measured.
    pub(crate) from: Origin,
}

/// Where the cost of a cell was measured.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// On this machine.
    Here,
    /// On another machine, whose speed is known from cells that ran on both.
    Scaled(String),
    /// On another machine; nothing is known of its speed.
    Unscaled(String),
    /// By small fits on this machine.
    SmallFits,
}

impl KnownFits {
    /// The `ok` fits among these rows, for cells of `threads` threads on `machine`; where they do not know a point, `small` counts.
    pub(crate) fn new(
        rows: impl IntoIterator<Item = Row>,
        machine: &str,
        threads: usize,
        small: SmallFits,
    ) -> KnownFits {
        let mut fits: HashMap<String, Vec<Fit>> = HashMap::new();
        let mut n_fits: HashMap<String, usize> = HashMap::new();
        for row in rows {
            if let Some(fit) = fit(&row) {
                *n_fits.entry(row.machine).or_default() += 1;
                fits.entry(row.cell_id).or_default().push(fit);
            }
        }
        let ratios = ratios(&fits, machine);
        KnownFits {
            machine: machine.to_owned(),
            threads,
            fits,
            ratios,
            n_fits,
            small,
        }
    }

    /// Threads of a cell.
    pub(crate) fn threads(&self) -> usize {
        self.threads
    }

    /// What a cell is expected to take; `None` if no row has its point. A refused cell takes nothing.
    pub(crate) fn cost(&self, cell: &Cell) -> Option<Cost> {
        if cell.point.refused.is_some() {
            return Some(Cost {
                seconds: 0.0,
                mib: None,
                from: Origin::Here,
            });
        }
        let of_repeats =
            (0..MAX_REPEATS).map(|repeat| CellId::new(cell.point.problem(), repeat, repeat as u64));
        let ids: BTreeSet<CellId> = of_repeats.chain([cell.id.clone()]).collect();
        let fits: Vec<&Fit> = ids
            .iter()
            .filter_map(|id| self.fits.get(&id.0))
            .flatten()
            .collect();
        let mut by_machine: BTreeMap<&str, Vec<&Fit>> = BTreeMap::new();
        for fit in &fits {
            by_machine.entry(&fit.machine).or_default().push(fit);
        }
        let n_common = |machine: &str| self.ratios.get(machine).map_or(0, |(_, n_common)| *n_common);
        let best = by_machine.into_iter().max_by_key(|(machine, _)| {
            (
                *machine == self.machine,
                n_common(machine),
                self.n_fits.get(*machine),
            )
        });
        let Some((machine, fits)) = best else {
            let (seconds, mib) = self.small.cost(cell, self.threads)?;
            return Some(Cost {
                seconds,
                mib,
                from: Origin::SmallFits,
            });
        };
        let (ratio, from) = match self.ratios.get(machine) {
            _ if machine == self.machine => (1.0, Origin::Here),
            Some((ratio, _)) => (*ratio, Origin::Scaled(machine.to_owned())),
            None => (1.0, Origin::Unscaled(machine.to_owned())),
        };
        let of_threads = fits.iter().copied().filter(|fit| fit.threads == self.threads);
        let of_threads = of_newest_revision(of_threads.collect());
        let fits = of_newest_revision(fits);
        let seconds = if of_threads.is_empty() {
            fits.iter().map(|fit| self.with_threads(fit)).collect()
        } else {
            of_threads.iter().map(|fit| fit.seconds).collect()
        };
        let mib = fits.iter().filter_map(|fit| fit.mib).reduce(f64::max);
        Some(Cost {
            seconds: median(seconds)? * ratio,
            mib,
            from,
        })
    }

    /// The seconds of a fit with another number of threads, if all of them share the work evenly.
    #[expect(clippy::cast_precision_loss, reason = "at most 1,024 threads")]
    fn with_threads(&self, fit: &Fit) -> f64 {
        // More threads than cores are no faster.
        let cores = std::thread::available_parallelism().map_or(self.threads, usize::from);
        let threads = self.threads.min(cores);
        fit.cpu_s.map_or(fit.seconds, |cpu_s| cpu_s / threads as f64)
    }
}

/// The fits of the revision of the newest one: the engine of an older one may have been slower.
fn of_newest_revision(mut fits: Vec<&Fit>) -> Vec<&Fit> {
    let newest = fits.iter().max_by(|a, b| a.started_at.cmp(&b.started_at));
    let revision = newest.map(|fit| fit.revision.clone());
    fits.retain(|fit| Some(&fit.revision) == revision.as_ref());
    fits
}

fn fit(row: &Row) -> Option<Fit> {
    let sum = |parts: [Option<f64>; 3]| parts.into_iter().flatten().sum::<f64>();
    // A row that shares the fit of another has no cost of its own.
    let is_own = row.shared_with.is_empty() && row.fit_s.is_some();
    (row.status == Status::Ok && is_own).then(|| Fit {
        machine: row.machine.clone(),
        threads: row.threads,
        seconds: sum([row.transform_s, row.fit_s, row.predict_s]),
        cpu_s: row
            .fit_cpu_s
            .map(|fit| fit + sum([row.transform_cpu_s, row.predict_cpu_s, None])),
        mib: row.peak_rss_mib,
        started_at: row.started_at.clone(),
        revision: row.revision.clone(),
    })
}

/// The median ratio of the times of cells that this machine and another one have, with the same number of threads.
fn ratios(fits: &HashMap<String, Vec<Fit>>, here: &str) -> HashMap<String, (f64, usize)> {
    let mut ratios: HashMap<String, Vec<f64>> = HashMap::new();
    for of_cell in fits.values() {
        for there in of_cell.iter().filter(|fit| fit.machine != here) {
            let same = of_cell
                .iter()
                .find(|fit| fit.machine == here && fit.threads == there.threads);
            if let Some(own) = same.filter(|own| own.seconds.min(there.seconds) >= MIN_SECONDS) {
                ratios
                    .entry(there.machine.clone())
                    .or_default()
                    .push(own.seconds / there.seconds);
            }
        }
    }
    let known = ratios
        .into_iter()
        .filter(|(_, ratios)| ratios.len() >= MIN_COMMON);
    known
        .filter_map(|(machine, ratios)| {
            let n_common = ratios.len();
            Some((machine, (median(ratios)?, n_common)))
        })
        .collect()
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(machine: &str, threads: usize, seconds: f64) -> Fit {
        Fit {
            machine: machine.to_owned(),
            threads,
            seconds,
            cpu_s: Some(seconds * threads as f64),
            mib: Some(seconds),
            started_at: String::new(),
            revision: String::new(),
        }
    }

    #[test]
    fn machines_are_compared_by_the_median_of_their_common_cells() {
        let of_cell =
            |here: f64, there: f64| vec![fit("here", 1, here), fit("there", 1, there), fit("there", 2, 9.0)];
        let mut fits = HashMap::from([
            ("a".to_owned(), of_cell(2.0, 1.0)),
            ("b".to_owned(), of_cell(30.0, 10.0)),
            ("short".to_owned(), of_cell(1.0, 0.001)),
        ]);
        assert!(ratios(&fits, "here").is_empty(), "two cells are too few");
        fits.insert("c".to_owned(), of_cell(8.0, 2.0));
        assert_eq!(ratios(&fits, "here")["there"], (3.0, 3));
    }
}
