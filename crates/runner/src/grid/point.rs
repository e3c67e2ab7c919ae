//! A point of the plan: dataset × preprocessing × family × engine × parameters.

use loader::{Augment, CacheHold, FileStamp, Preprocessing};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::families::family::Configuration;
use crate::grid::exported_data::ExportedData;
use crate::grid::identity::Problem;
use crate::grid::keys::RunKeys;
use crate::grid::trainer::{FamilyRef, Trainer};
use crate::params::column::params_column;
use crate::params::spec::Settings;

/// What the plan and the cells need of a dataset.
#[derive(Clone, Debug)]
pub(crate) struct DataInfo {
    /// Name.
    pub(crate) name: String,
    /// SHA-256 that identifies the data.
    pub(crate) sha256: String,
    /// Training rows available.
    pub(crate) n_train: usize,
    /// Test rows available.
    pub(crate) n_test: usize,
    /// Height and width of an image in pixels.
    pub(crate) size: [usize; 2],
    /// The decompressed file that a cell reads.
    pub(crate) cache: PathBuf,
    /// True labels of the test rows.
    pub(crate) truth: Vec<u8>,
    /// Number of classes.
    pub(crate) n_classes: usize,
    /// The stamp of this file when it was verified.
    pub(crate) stamp: FileStamp,
    /// The files for an engine by command, if the grid has one.
    pub(crate) exported: Option<Arc<ExportedData>>,
    /// Keeps other processes from removing the files; `None` where there are none.
    pub(crate) _hold: Option<CacheHold>,
}

/// A point, ready to be trained or refused.
pub(crate) struct PlannedPoint {
    /// The dataset.
    pub(crate) data: Arc<DataInfo>,
    /// Preprocessing of the pixels.
    pub(crate) preprocessing: Preprocessing,
    /// Which copies of the training rows are trained on.
    pub(crate) augment: Augment,
    /// The family to train.
    pub(crate) family: FamilyRef,
    /// The engine that trains it.
    pub(crate) engine: Trainer,
    /// The parameters that the grid sets.
    pub(crate) settings: Settings,
    /// The values of the column `params`, at least one. Settings that define the same problem are names of one point.
    pub(crate) names: Vec<String>,
    /// Training rows.
    pub(crate) n_train: usize,
    /// Test rows.
    pub(crate) n_test: usize,
    /// Repeats.
    pub(crate) repeats: usize,
    /// Limit on the wall time of a cell.
    pub(crate) timeout: Option<Duration>,
    /// Limit on the memory of a cell, in bytes.
    pub(crate) memory: Option<u64>,
    /// Why the point is not trained; `None` if it is.
    pub(crate) refused: Option<String>,
    /// Identity of the problem; the identity of a cell derives from it.
    problem: String,
}

impl PlannedPoint {
    /// Plans one point. A point that an engine of the registry refuses has a single repeat, which gives the reason.
    pub(super) fn new(
        family: &FamilyRef,
        engine: &Trainer,
        data: &Arc<DataInfo>,
        (preprocessing, augment): (Preprocessing, Augment),
        settings: Settings,
        keys: &RunKeys,
    ) -> PlannedPoint {
        let limited = |n_rows: usize, limit: Option<usize>| limit.map_or(n_rows, |limit| limit.min(n_rows));
        let n_train = limited(data.n_train, keys.train_limit);
        let n_test = limited(data.n_test, keys.test_limit);
        let [height, width] = data.size;
        let refused = augment
            .misfit(height, width)
            .or_else(|| preprocessing.misfit(height, width, n_train))
            .or_else(|| not_augmented(engine).filter(|_| augment != Augment::NONE))
            .or_else(|| refusal(family, engine, &settings, preprocessing));
        let name = params_column(&settings);
        let problem = Problem {
            dataset: &data.name,
            data_sha256: &data.sha256,
            preprocessing: &preprocessing.to_string(),
            augment: (augment != Augment::NONE).then(|| augment.to_string()),
            classifier: family.name(),
            engine: engine.name(),
            engine_identity: engine.identity(),
            // The reason of a refusal may be a parameter without effect, so a refused point keeps all parameters.
            params: &if refused.is_some() {
                name.clone()
            } else {
                params_column(&family.effective_settings(&settings))
            },
            n_train,
            n_test,
        };
        let problem = problem.text();
        let repeats = if refused.is_some() {
            1
        } else {
            engine.repeats(keys.repeats)
        };
        PlannedPoint {
            data: Arc::clone(data),
            preprocessing,
            augment,
            family: family.clone(),
            engine: engine.clone(),
            names: vec![name],
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

    /// The same point on the first rows, once, for at most `longest`.
    pub(crate) fn on_few_rows(&self, n_train: usize, n_test: usize, longest: Duration) -> PlannedPoint {
        let keys = RunKeys {
            repeats: Some(1),
            train_limit: Some(n_train),
            test_limit: Some(n_test.min(self.n_test)),
            timeout: Some(self.timeout.map_or(longest, |own| own.min(longest))),
            memory: self.memory,
            ..RunKeys::default()
        };
        PlannedPoint::new(
            &self.family,
            &self.engine,
            &self.data,
            (self.preprocessing, self.augment),
            self.settings.clone(),
            &keys,
        )
    }

    /// Identity of the problem: equal for all names and all repeats.
    pub(crate) fn problem(&self) -> &str {
        &self.problem
    }

    /// The parameters that the grid sets, each as `key=value` in the form of the column `params`.
    pub(crate) fn pairs(&self) -> Vec<String> {
        let settings = self.settings.iter();
        settings
            .map(|(name, value)| params_column(&Settings::from([(name.clone(), value.clone())])))
            .collect()
    }

    /// One line for people: dataset, family, parameters, engine and preprocessing.
    pub(crate) fn label(&self) -> String {
        let params = spaced(&self.names[0]);
        let space = if params.is_empty() { "" } else { " " };
        format!(
            "{} {} {}{space}{params} · {}",
            self.data.name,
            self.family.name(),
            self.engine.name(),
            self.input()
        )
    }

    /// What becomes of the pixels, for people: the preprocessing, and which copies of the training rows are trained on.
    pub(crate) fn input(&self) -> String {
        let preprocessing = self.preprocessing.brief();
        match self.augment {
            Augment::NONE => preprocessing,
            augment => format!("{preprocessing} · augment {augment}"),
        }
    }
}

/// Why a program does not train on copies of rows: it reads the rows of the files.
fn not_augmented(engine: &Trainer) -> Option<String> {
    match engine {
        Trainer::BuiltIn(_) => None,
        Trainer::Command(engine) => Some(format!(
            "engine {} does not support augment: programs read the training rows from the files",
            engine.name
        )),
    }
}

/// Why the registry does not train a point. A program decides for itself while the cell runs.
fn refusal(
    family: &FamilyRef,
    engine: &Trainer,
    settings: &Settings,
    preprocessing: Preprocessing,
) -> Option<String> {
    let (FamilyRef::Registry(family), Trainer::BuiltIn(engine)) = (family, engine) else {
        return None;
    };
    let configuration = Configuration {
        settings,
        preprocessing,
    };
    let refused = || (engine.build)(&configuration).err();
    (family.undefined)(&configuration).or_else(|| refused().map(|refusal| refusal.to_string()))
}
/// The text of the column `params` as people read it: `C=10; gamma=auto`.
pub(crate) fn spaced(params: &str) -> String {
    params.replace(';', "; ")
}
