//! The plan: the cells of a grid file, in the order in which they run.

use loader::{Augment, Preprocessing};
use std::collections::hash_map::Entry as MapEntry;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::grid::entry::Entry;
use crate::grid::file::GridFile;
use crate::grid::identity::CellId;
use crate::grid::keys::RunKeys;
use crate::grid::point::{DataInfo, PlannedPoint};
use crate::params::spec::Settings;
use crate::params::value::Value;

/// One repeat of a point: the unit that is run, resumed and recorded.
#[derive(Clone)]
pub(crate) struct Cell {
    /// Identity.
    pub(crate) id: CellId,
    /// The point to train.
    pub(crate) point: Arc<PlannedPoint>,
    /// 0, 1, …
    pub(crate) repeat: usize,
    /// Seed of the run + `repeat`.
    pub(crate) seed: u64,
}

/// Largest number of cells of one grid file: at one second each they take two days.
pub(crate) const MAX_CELLS: f64 = 200_000.0;

/// A grid has more than [`MAX_CELLS`] cells: this many.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TooManyCells(pub(crate) f64);

/// All cells of one grid file: the first repeat of every point, then the second, and so on.
pub(crate) struct Plan {
    /// The cells in the order in which they run.
    pub(crate) cells: Vec<Cell>,
}

impl Plan {
    /// Expands the axes to cells. `overrides` are the keys of the command line; `data` has every dataset of
    /// [`Plan::datasets`].
    ///
    /// # Errors
    /// The number of cells, if there are more than [`MAX_CELLS`].
    pub(crate) fn new(
        file: &GridFile,
        overrides: &RunKeys,
        data: &HashMap<String, Arc<DataInfo>>,
    ) -> Result<Plan, TooManyCells> {
        let n_cells = file.entries.iter().map(|entry| {
            let keys = overrides.or_else(&entry.keys.or_else(&file.run));
            n_cells(entry, &keys)
        });
        let n_cells: f64 = n_cells.sum();
        if n_cells > MAX_CELLS {
            return Err(TooManyCells(n_cells));
        }
        let mut points: Vec<PlannedPoint> = Vec::new();
        let mut positions: HashMap<String, usize> = HashMap::new();
        let mut names = HashSet::new();
        for entry in &file.entries {
            let keys = overrides.or_else(&entry.keys.or_else(&file.run));
            for point in points_of(entry, &keys, data) {
                match positions.entry(point.problem().to_owned()) {
                    MapEntry::Occupied(position) => {
                        for name in point.names {
                            if names.insert((*position.get(), name.clone())) {
                                points[*position.get()].names.push(name);
                            }
                        }
                    }
                    MapEntry::Vacant(position) => {
                        names.extend(point.names.iter().map(|name| (points.len(), name.clone())));
                        position.insert(points.len());
                        points.push(point);
                    }
                }
            }
        }
        let seed = overrides.or_else(&file.run).seed.unwrap_or(0);
        let points: Vec<Arc<PlannedPoint>> = points.into_iter().map(Arc::new).collect();
        let rounds = points.iter().map(|point| point.repeats).max().unwrap_or(0);
        let cells = (0..rounds)
            .flat_map(|repeat| {
                points
                    .iter()
                    .filter(move |point| repeat < point.repeats)
                    .map(move |point| Cell::new(point, repeat, seed))
            })
            .collect();
        Ok(Plan { cells })
    }

    /// Names of the datasets that a grid needs, in the order of the file.
    pub(crate) fn datasets(file: &GridFile, overrides: &RunKeys) -> Vec<String> {
        let mut names = Vec::new();
        for entry in &file.entries {
            for name in datasets(&overrides.or_else(&entry.keys.or_else(&file.run))) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        names
    }
}

/// A limit on rows that is beyond the rows of a dataset: dataset, limit, rows, and `train` or `test`.
pub(crate) type LimitBeyondData = (String, usize, usize, &'static str);

impl Plan {
    /// The limits on rows that the data does not reach, so that they have no effect.
    pub(crate) fn limits_beyond_data(
        file: &GridFile,
        overrides: &RunKeys,
        data: &HashMap<String, Arc<DataInfo>>,
    ) -> BTreeSet<LimitBeyondData> {
        let mut found = BTreeSet::new();
        for entry in &file.entries {
            let keys = overrides.or_else(&entry.keys.or_else(&file.run));
            for data in datasets(&keys).iter().filter_map(|name| data.get(name)) {
                let limits = [
                    (keys.train_limit, data.n_train, "train"),
                    (keys.test_limit, data.n_test, "test"),
                ];
                for (limit, n_rows, what) in limits {
                    let beyond = limit.filter(|limit| *limit > n_rows);
                    found.extend(beyond.map(|limit| (data.name.clone(), limit, n_rows, what)));
                }
            }
        }
        found
    }
}

impl Cell {
    /// A repeat of a point; `seed` is that of the run.
    pub(crate) fn new(point: &Arc<PlannedPoint>, repeat: usize, seed: u64) -> Cell {
        let seed = seed.wrapping_add(repeat as u64);
        Cell {
            id: CellId::new(point.problem(), repeat, seed),
            point: Arc::clone(point),
            repeat,
            seed,
        }
    }

    /// One line for people: the point, and the repeat if there are several.
    pub(crate) fn label(&self) -> String {
        if self.point.repeats > 1 {
            format!("{} · repeat {}", self.point.label(), self.repeat)
        } else {
            self.point.label()
        }
    }
}

fn datasets(keys: &RunKeys) -> Vec<String> {
    keys.datasets
        .clone()
        .unwrap_or_else(|| vec!["fashion-mnist".into()])
}

fn points_of(entry: &Entry, keys: &RunKeys, data: &HashMap<String, Arc<DataInfo>>) -> Vec<PlannedPoint> {
    let preprocessings = keys.preprocessing.as_deref();
    let preprocessings = preprocessings.unwrap_or(&[Preprocessing::STANDARD]);
    let augments = keys.augment.as_deref().unwrap_or(&[Augment::NONE]);
    let mut points = Vec::new();
    for data in datasets(keys).iter().filter_map(|name| data.get(name)) {
        let inputs = preprocessings
            .iter()
            .flat_map(|preprocessing| augments.iter().map(|augment| (*preprocessing, *augment)));
        for input in inputs {
            for settings in product(&entry.axes) {
                for engine in &entry.engines {
                    points.push(PlannedPoint::new(
                        &entry.family,
                        engine,
                        data,
                        input,
                        settings.clone(),
                        keys,
                    ));
                }
            }
        }
    }
    points
}

/// Every combination of the axes' values; the last axis varies fastest.
fn product(axes: &[(String, Vec<Value>)]) -> Vec<Settings> {
    axes.iter()
        .fold(vec![Settings::new()], |combinations, (name, values)| {
            combinations
                .iter()
                .flat_map(|settings| {
                    values.iter().map(move |value| {
                        let mut settings = settings.clone();
                        settings.insert(name.clone(), value.clone());
                        settings
                    })
                })
                .collect()
        })
}

/// The number of cells of an entry, as if no two were the same and none were refused. A float: it counts beyond any integer.
#[expect(clippy::cast_precision_loss, reason = "compared with a limit far below 2^53")]
fn n_cells(entry: &Entry, keys: &RunKeys) -> f64 {
    let axes = entry.axes.iter().map(|(_, values)| values.len());
    let lists = [
        datasets(keys).len(),
        keys.preprocessing.as_ref().map_or(1, Vec::len),
        keys.augment.as_ref().map_or(1, Vec::len),
    ];
    let n_points: f64 = axes.chain(lists).map(|n| n as f64).product();
    let repeats = entry
        .engines
        .iter()
        .map(|engine| engine.repeats(keys.repeats) as f64);
    n_points * repeats.sum::<f64>()
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;
    use std::path::PathBuf;

    use loader::FileStamp;

    use super::*;

    pub(crate) fn plan(text: &str, overrides: &RunKeys) -> Plan {
        let file = GridFile::parse("grid.toml", text, None).unwrap_or_else(|errors| panic!("{errors:?}"));
        let info = |name: &String| {
            let info = DataInfo {
                name: name.clone(),
                sha256: name.clone(),
                n_train: 60_000,
                n_test: 10_000,
                size: [28, 28],
                truth: Vec::new(),
                n_classes: 10,
                cache: PathBuf::new(),
                stamp: FileStamp {
                    dev: 0,
                    inode: 0,
                    size: 0,
                    mtime_ns: 0,
                    ctime_ns: 0,
                },
                exported: None,
                _hold: None,
            };
            (name.clone(), Arc::new(info))
        };
        let data = Plan::datasets(&file, overrides).iter().map(info).collect();
        Plan::new(&file, overrides, &data).unwrap()
    }

    #[test]
    fn a_plan_that_is_too_large_is_counted_and_not_expanded() {
        let values: Vec<String> = (1..=1000).map(|value| value.to_string()).collect();
        let values = values.join(", ");
        let text = format!(
            "[engines.e]\ncommand = [\"x\"]\nclassifiers = [\"X\"]\n[run]\nrepeats = 1000000000000\n\
             [[grid]]\nclassifier = \"X\"\na = [{values}]\nb = [{values}]\nc = [{values}]\nd = [{values}]"
        );
        let file = GridFile::parse("grid.toml", &text, None).unwrap();
        let plan = Plan::new(&file, &RunKeys::default(), &HashMap::new());
        assert!(plan.is_err_and(|TooManyCells(n)| n > 9e23));
    }

    #[test]
    fn points_that_differ_in_an_inactive_parameter_share_one_problem() {
        let plan = plan(
            "run.repeats = 1\n[[grid]]\nclassifier = \"SVC\"\nengine = \"linfa\"\nkernel = [\"linear\", \"rbf\"]\ngamma = [\"auto\", 0.5]",
            &RunKeys::default(),
        );
        assert_eq!(plan.cells.len(), 3);
        assert_eq!(
            plan.cells[0].point.names,
            ["gamma=auto;kernel=linear", "gamma=0.5;kernel=linear"]
        );
    }

    #[test]
    fn explicit_default_is_the_same_problem() {
        let one = plan(
            "[[grid]]\nclassifier = \"SVC\"\nengine = \"linfa\"\nC = 1.0",
            &RunKeys::default(),
        );
        let other = plan(
            "[[grid]]\nclassifier = \"SVC\"\nengine = \"linfa\"",
            &RunKeys::default(),
        );
        assert_eq!(one.cells[0].id, other.cells[0].id);
    }

    #[test]
    fn seed_repeat_and_row_limits_change_the_cell_id() {
        let text = "[[grid]]\nclassifier = \"SVC\"\nengine = \"linfa\"";
        let seeded = RunKeys {
            seed: Some(7),
            ..RunKeys::default()
        };
        let limited = RunKeys {
            train_limit: Some(100),
            ..RunKeys::default()
        };
        let plain = plan(text, &RunKeys::default());
        let mut ids: Vec<CellId> = plain.cells.iter().map(|cell| cell.id.clone()).collect();
        ids.push(plan(text, &seeded).cells[0].id.clone());
        ids.push(plan(text, &limited).cells[0].id.clone());
        let n = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), n);
    }

    #[test]
    fn deterministic_engine_has_two_repeats() {
        let plan = plan(
            "[[grid]]\nclassifier = \"GaussianNB\"\nengine = \"linfa\"",
            &RunKeys::default(),
        );
        assert_eq!(plan.cells.len(), 2);
    }

    #[test]
    fn command_line_overrides_grid_and_grid_overrides_run() {
        let text = "[run]\ntrain_limit = 10\ntest_limit = 10\n[[grid]]\nclassifier = \"SVC\"\nengine = \"linfa\"\ntrain_limit = 20";
        let cell = plan(text, &RunKeys::default()).cells[0].clone();
        assert_eq!((cell.point.n_train, cell.point.n_test), (20, 10));
        let overrides = RunKeys {
            train_limit: Some(30),
            ..RunKeys::default()
        };
        assert_eq!(plan(text, &overrides).cells[0].point.n_train, 30);
    }

    #[test]
    fn refused_point_is_one_cell_with_a_reason() {
        let plan = plan(
            "[[grid]]\nclassifier = \"SVC\"\nengine = \"linfa\"\nkernel = \"sigmoid\"",
            &RunKeys::default(),
        );
        assert_eq!(plan.cells.len(), 1);
        assert!(
            plan.cells[0]
                .point
                .refused
                .as_deref()
                .unwrap()
                .contains("sigmoid")
        );
    }

    proptest! {
        #[test]
        fn plan_has_the_product_of_its_axes(c in 1usize..4, kernels in 1usize..3, repeats in 1usize..4) {
            let costs: Vec<String> = (1..=c).map(|c| format!("{c}.5")).collect();
            let text = format!(
                "run.repeats = {repeats}\n[[grid]]\nclassifier = \"SVC\"\nengine = \"linfa\"\nC = [{}]\nkernel = {:?}",
                costs.join(", "),
                &["rbf", "poly"][..kernels],
            );
            prop_assert_eq!(plan(&text, &RunKeys::default()).cells.len(), c * kernels * repeats);
        }
    }
}
