//! The plan: every cell that a grid asks for, checked, in the order in which they run.

use loader::Preprocessing;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::families::family::Configuration;
use crate::grid::file::{Entry, GridFile};
use crate::grid::keys::RunKeys;
use crate::grid::trainer::{FamilyRef, Trainer};
use crate::params::spec::{Settings, written};
use crate::params::value::Value;

/// Identity of a cell: 16 hex digits, as `docs/results-format.md` says.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CellId(pub String);

/// What the plan has to know of a dataset.
#[derive(Clone, Debug)]
pub struct DataInfo {
    /// Its name.
    pub name: String,
    /// Identity of its bytes.
    pub sha256: String,
    /// Training rows there are.
    pub n_train: usize,
    /// Test rows there are.
    pub n_test: usize,
    /// Height and width of an image in pixels.
    pub size: [usize; 2],
    /// The decompressed file that a cell reads.
    pub cache: PathBuf,
    /// The four IDX files, decompressed, where an engine by command wants them.
    pub idx: Option<[PathBuf; 4]>,
}

/// Dataset × preprocessing × family × engine × parameters, ready to be trained or refused.
pub struct PlannedPoint {
    /// The data.
    pub data: Arc<DataInfo>,
    /// What is done to the pixels.
    pub preprocessing: Preprocessing,
    /// Who is trained.
    pub family: FamilyRef,
    /// By whom.
    pub engine: Trainer,
    /// What the grid set.
    pub settings: Settings,
    /// The names of this problem: `params` as the results file has them. The same problem under two names is one point.
    pub names: Vec<String>,
    /// Training rows.
    pub n_train: usize,
    /// Test rows.
    pub n_test: usize,
    /// Fits.
    pub repeats: usize,
    /// Most wall time of a cell.
    pub timeout: Option<Duration>,
    /// Most memory of a cell, in bytes.
    pub memory: Option<u64>,
    /// Why it is not trained.
    pub refused: Option<String>,
    /// Identity of the problem; each repeat's identity is derived from it.
    problem: String,
}

impl PlannedPoint {
    /// Identity of the problem, whatever it is called and whichever repeat.
    pub fn problem(&self) -> &str {
        &self.problem
    }

    /// One line for people: what is trained, on what, by whom.
    pub fn label(&self) -> String {
        let params = self.names[0].as_str();
        let space = if params.is_empty() { "" } else { " " };
        format!(
            "{} {} {}{space}{params} · {}",
            self.data.name,
            self.family.name(),
            self.engine.name(),
            self.preprocessing
        )
    }
}

/// The unit that is run, resumed and written as one row.
#[derive(Clone)]
pub struct Cell {
    /// Its identity.
    pub id: CellId,
    /// What is trained.
    pub point: Arc<PlannedPoint>,
    /// 0, 1, …
    pub repeat: usize,
    /// The run's seed + `repeat`.
    pub seed: u64,
}

/// All cells of one grid file, round by round: every point's first fit, then every point's second.
pub struct Plan {
    /// The cells in the order in which they run.
    pub cells: Vec<Cell>,
}

impl Plan {
    /// Multiplies the axes out. `overrides` are the command line's keys and hold over the file's; `data` has every dataset
    /// that the grid names.
    pub fn new(file: &GridFile, overrides: &RunKeys, data: &HashMap<String, Arc<DataInfo>>) -> Plan {
        let mut points: Vec<PlannedPoint> = Vec::new();
        let mut known: HashMap<String, usize> = HashMap::new();
        for entry in &file.entries {
            let keys = overrides.over(&entry.keys.over(&file.run));
            for point in points_of(entry, &keys, data) {
                match known.get(&point.problem) {
                    Some(twin) => {
                        let names = &mut points[*twin].names;
                        names.extend(
                            point
                                .names
                                .into_iter()
                                .filter(|name| !names.contains(name))
                                .collect::<Vec<_>>(),
                        );
                    }
                    None => {
                        known.insert(point.problem.clone(), points.len());
                        points.push(point);
                    }
                }
            }
        }
        let seed = overrides.over(&file.run).seed.unwrap_or(0);
        let points: Vec<Arc<PlannedPoint>> = points.into_iter().map(Arc::new).collect();
        let rounds = points.iter().map(|point| point.repeats).max().unwrap_or(0);
        let cells = (0..rounds)
            .flat_map(|repeat| {
                points
                    .iter()
                    .filter(move |point| repeat < point.repeats)
                    .map(move |point| (repeat, point))
            })
            .map(|(repeat, point)| Cell::new(point, repeat, seed))
            .collect();
        Plan { cells }
    }

    /// The dataset names that a grid will need, in the order of the file.
    pub fn datasets(file: &GridFile, overrides: &RunKeys) -> Vec<String> {
        let mut names = Vec::new();
        for entry in &file.entries {
            for name in datasets(&overrides.over(&entry.keys.over(&file.run))) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        names
    }
}

impl Cell {
    fn new(point: &Arc<PlannedPoint>, repeat: usize, seed: u64) -> Cell {
        let seed = seed.wrapping_add(repeat as u64);
        let digest = Sha256::digest(format!("{}\nrepeat {repeat}\nseed {seed}", point.problem));
        let hex: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Cell {
            id: CellId(hex),
            point: Arc::clone(point),
            repeat,
            seed,
        }
    }

    /// One line for people.
    pub fn label(&self) -> String {
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
    let mut points = Vec::new();
    for name in datasets(keys) {
        let Some(data) = data.get(&name) else { continue };
        for preprocessing in keys
            .preprocessing
            .as_deref()
            .unwrap_or(&[Preprocessing::STANDARD])
        {
            for settings in product(&entry.axes) {
                for engine in &entry.engines {
                    points.push(point(
                        &entry.family,
                        engine,
                        data,
                        *preprocessing,
                        settings.clone(),
                        keys,
                    ));
                }
            }
        }
    }
    points
}

fn point(
    family: &FamilyRef,
    engine: &Trainer,
    data: &Arc<DataInfo>,
    preprocessing: Preprocessing,
    settings: Settings,
    keys: &RunKeys,
) -> PlannedPoint {
    let asked = Configuration {
        settings: &settings,
        preprocessing,
    };
    let n_train = keys
        .train_limit
        .map_or(data.n_train, |limit| limit.min(data.n_train));
    let [height, width] = data.size;
    let misfit = preprocessing.misfit(height, width, n_train);
    // A program is asked, and refuses for itself.
    let refused = misfit.or_else(|| match (family, engine) {
        (FamilyRef::Registry(family), Trainer::BuiltIn(engine)) => (family.undefined)(&asked)
            .or_else(|| engine.classifier(&asked).err().map(|refusal| refusal.to_string())),
        _ => None,
    });
    let n_test = keys
        .test_limit
        .map_or(data.n_test, |limit| limit.min(data.n_test));
    let problem = [
        "cell 1",
        &data.name,
        &data.sha256,
        &preprocessing.to_string(),
        family.name(),
        engine.name(),
        // What is refused for a parameter that would have no effect is refused under that name alone.
        &if refused.is_some() {
            written(&settings)
        } else {
            written(&family.effective(&settings))
        },
        &n_train.to_string(),
        &n_test.to_string(),
    ]
    .join("\n");
    let wanted = keys.repeats.unwrap_or(5);
    let repeats = if refused.is_some() {
        1
    } else if engine.is_stochastic() {
        wanted
    } else {
        wanted.min(2)
    };
    PlannedPoint {
        data: Arc::clone(data),
        preprocessing,
        family: family.clone(),
        engine: engine.clone(),
        names: vec![written(&settings)],
        settings,
        n_train,
        n_test,
        repeats,
        timeout: keys.timeout,
        memory: keys.memory,
        refused,
        problem,
    }
}

/// Every combination of the axes' values, the first axis slowest.
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plan(text: &str, overrides: &RunKeys) -> Plan {
        let file = GridFile::parse("grid.toml", text).unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
        let info = |name: &String| {
            let info = DataInfo {
                name: name.clone(),
                sha256: name.clone(),
                n_train: 60_000,
                n_test: 10_000,
                size: [28, 28],
                cache: PathBuf::new(),
                idx: None,
            };
            (name.clone(), Arc::new(info))
        };
        let data = Plan::datasets(&file, overrides).iter().map(info).collect();
        Plan::new(&file, overrides, &data)
    }

    #[test]
    fn gamma_is_no_part_of_a_linear_problem_and_the_point_keeps_both_names() {
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
    fn a_default_that_is_written_out_is_the_same_problem() {
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
    fn seed_repeat_and_row_limits_are_part_of_the_identity() {
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
    fn where_nothing_is_random_two_fits_are_made() {
        let plan = plan(
            "[[grid]]\nclassifier = \"GaussianNB\"\nengine = \"linfa\"",
            &RunKeys::default(),
        );
        assert_eq!(plan.cells.len(), 2);
    }

    #[test]
    fn the_command_line_holds_over_the_grid_and_the_grid_over_the_run() {
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
    fn a_refused_point_is_one_cell_with_its_reason() {
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
        fn a_plan_has_the_product_of_its_axes(c in 1usize..4, kernels in 1usize..3, repeats in 1usize..4) {
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
