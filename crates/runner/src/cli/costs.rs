//! What the cells of a plan will cost, from the rows in the results folder and from the published ones.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use loader::{Search, cached_file};

use crate::cli::args::FitArgs;
use crate::cli::count::{count, thousands};
use crate::cli::published;
use crate::estimate::known_fits::{Cost, KnownFits, Origin};
use crate::estimate::schedule::{order, wall_seconds};
use crate::estimate::small_fits::SmallFits;
use crate::families::engine::simd_level;
use crate::grid::identity::CellId;
use crate::grid::plan::Cell;
use crate::results::parse::read_rows;
use crate::results::provenance::Provenance;
use crate::run::durations::duration;

/// The subfolder of a cache folder.
const FOLDER: &str = "estimates";

/// The file with the small fits of a machine: in the cache folder that has it, or else in the first writable one; `None` where there is
/// none.
pub(crate) fn small_fits_file(machine: &str) -> Option<PathBuf> {
    let search = Search::from_env(None);
    // The folder for temporary files only where no other one can be written.
    let named = Search {
        temp_dir: None,
        ..search.clone()
    };
    let name = format!("{machine}.csv");
    let file = |search| cached_file(search, FOLDER, &name, &mut |_| {});
    file(&named).or_else(|_| file(&search)).ok()
}

/// The costs that are known.
pub(crate) struct Costs(KnownFits);

impl Costs {
    /// From the results folder of the command line, and from the published rows. A file that cannot be read says nothing.
    pub(crate) fn new(args: &FitArgs) -> Costs {
        let folders = [args.results.as_path(), Path::new(published::FOLDER)];
        let paths: BTreeSet<PathBuf> = folders.into_iter().flat_map(published::results_files).collect();
        let rows = paths.iter().flat_map(|path| read_rows(path).unwrap_or_default());
        let machine = Provenance::here(simd_level()).machine;
        let small = small_fits_file(&machine).map(|path| read_rows(&path).unwrap_or_default());
        let small = SmallFits::new(small.unwrap_or_default(), &machine);
        Costs(KnownFits::new(rows, &machine, args.threads, small))
    }

    /// What a cell is expected to take.
    pub(crate) fn of(&self, cell: &Cell) -> Option<Cost> {
        self.0.cost(cell)
    }

    /// The seconds that each cell is expected to take; those of which nothing is known take as long as the mean of the others.
    #[expect(clippy::cast_precision_loss, reason = "numbers of cells are far below 2^53")]
    pub(crate) fn shares<'c>(&self, cells: impl IntoIterator<Item = &'c Cell>) -> Vec<f64> {
        let cells = cells.into_iter();
        let known: Vec<Option<f64>> = cells.map(|cell| Some(self.of(cell)?.seconds)).collect();
        let sum: f64 = known.iter().flatten().sum();
        // Refused cells take nothing and say nothing of the others.
        let n_known = known.iter().flatten().filter(|seconds| **seconds > 0.0).count();
        let mean = if sum > 0.0 { sum / n_known as f64 } else { 1.0 };
        known.into_iter().map(|seconds| seconds.unwrap_or(mean)).collect()
    }

    /// The order in which these cells start, as positions. Cells that differ only in their engine stay together, so that engines are measured
    /// in turn.
    pub(crate) fn order(&self, cells: &[&Cell], jobs: usize) -> Vec<usize> {
        let seconds = self.shares(cells.iter().copied());
        let positions: Vec<usize> = (0..cells.len()).collect();
        let groups: Vec<&[usize]> = positions
            .chunk_by(|one, other| differ_in_engine(cells[*one], cells[*other]))
            .collect();
        let costs = groups.iter().map(|group| {
            let seconds = group.iter().map(|at| seconds[*at]);
            (cells[group[0]].repeat, seconds.sum())
        });
        let ordered = order(&costs.collect::<Vec<_>>(), jobs);
        ordered
            .into_iter()
            .flat_map(|group| groups[group])
            .copied()
            .collect()
    }

    /// The peak memory in bytes that each cell is expected to take, where it is known.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float beyond the range becomes its limit"
    )]
    pub(crate) fn memory(&self, cells: &[Cell]) -> HashMap<CellId, u64> {
        let need = |cell: &Cell| {
            let mib = self.of(cell)?.mib?;
            Some((cell.id.clone(), (mib * f64::from(1 << 20)) as u64))
        };
        cells.iter().filter_map(need).collect()
    }

    /// The wall time in seconds of cells of which something is known, `jobs` at once; `None` where nothing is known of any.
    pub(crate) fn wall(&self, cells: &[&Cell], jobs: usize) -> Option<f64> {
        let ordered = self.order(cells, jobs);
        let known = ordered.into_iter().filter_map(|at| self.of(cells[at]));
        Some(wall_seconds(known.map(|cost| cost.seconds), jobs)).filter(|seconds| *seconds > 0.0)
    }

    /// What some cells take together; `None` where nothing is known of any. What has no estimate is counted and left out; `is_estimated` says
    /// whether small fits were trained for it.
    pub(crate) fn total(&self, cells: &[&Cell], jobs: usize, is_estimated: bool) -> Option<String> {
        let all = self.wall(cells, jobs)?;
        let costs: Vec<Cost> = cells.iter().filter_map(|cell| self.of(cell)).collect();
        let n_unknown = cells.len() - costs.len();
        let n_refused = cells.iter().filter(|cell| cell.point.refused.is_some()).count();
        let due = match n_unknown {
            0 => "what is due".to_owned(),
            n => format!(
                "{} of {} that are due",
                thousands(cells.len() - n - n_refused),
                count(cells.len(), "cell")
            ),
        };
        let mut text = format!(
            "about {} for {due}, {jobs} in parallel with {} each",
            duration(all),
            count(self.0.threads(), "thread")
        );
        if let Some(mib) = costs.iter().filter_map(|cost| cost.mib).reduce(f64::max) {
            text += &format!("; at most {mib:.0} MiB in one cell");
        }
        let (are, their, them) = match n_unknown {
            1 => ("is", "its point", "it"),
            _ => ("are", "their points", "them"),
        };
        if n_unknown > 0 {
            text += &format!(
                "; {} without an estimate {are} left out",
                count(n_unknown, "cell")
            );
        }
        if n_unknown > 0 && !is_estimated {
            text += &format!(", because no row has {their}: --plan --estimate trains {them} on few rows");
        }
        match n_refused {
            0 => {}
            1 => text += "; 1 refused cell takes no time",
            n => text += &format!("; {} take no time", count(n, "refused cell")),
        }
        let machines: BTreeSet<&Origin> = costs.iter().map(|cost| &cost.from).collect();
        let others = machines.into_iter().filter_map(|origin| match origin {
            Origin::Here | Origin::SmallFits => None,
            Origin::Scaled(machine) => Some(format!("{machine}, scaled by the cells that ran here too")),
            Origin::Unscaled(machine) => Some(format!("{machine}, as they are")),
        });
        let others: Vec<String> = others.collect();
        if !others.is_empty() {
            text += &format!("; times of other machines: {}", others.join("; "));
        }
        Some(text)
    }
}

/// Whether two cells are the same repeat of points that differ only in their engine.
fn differ_in_engine(one: &Cell, other: &Cell) -> bool {
    let same = |cell: &Cell| {
        let point = &cell.point;
        let rows = (point.n_train, point.n_test, cell.repeat);
        (point.names[0].clone(), point.preprocessing, point.augment, rows)
    };
    one.point.engine.name() != other.point.engine.name()
        && one.point.data.name == other.point.data.name
        && one.point.family.name() == other.point.family.name()
        && same(one) == same(other)
}

/// Time and memory in words.
pub(crate) fn rough(cost: &Cost) -> String {
    let memory = cost.mib.map_or(String::new(), |mib| format!(", {mib:.0} MiB"));
    duration(cost.seconds) + &memory
}
