//! From grid files to plans: reads and checks them, and opens their data.

use clap::CommandFactory;
use loader::Search;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cli::args::{Cli, FitArgs};
use crate::cli::count::thousands;
use crate::cli::error::RunError;
use crate::cli::grid_text;
use crate::cli::search::checked_search;
use crate::grid::baselines;
use crate::grid::command_engine::CommandEngine;
use crate::grid::diagnostic::{nearest, suggestion};
use crate::grid::exported_data::ExportedData;
use crate::grid::file::GridFile;
use crate::grid::keys::RunKeys;
use crate::grid::plan::{MAX_CELLS, Plan, TooManyCells};
use crate::grid::point::DataInfo;
use crate::grid::trainer::Trainer;
use crate::results::machine_log;
use crate::run::tell::tell;

/// One grid file and its plan.
pub(crate) struct Job {
    /// File name without extension: the name of the results file.
    pub(crate) stem: String,
    /// The grid file.
    pub(crate) path: PathBuf,
    /// The selected cells.
    pub(crate) plan: Plan,
}

impl Job {
    /// The command engines of the plan.
    pub(crate) fn engines(&self) -> impl Iterator<Item = &CommandEngine> {
        let mut seen = HashSet::new();
        let engines = self
            .plan
            .cells
            .iter()
            .filter_map(|cell| match &cell.point.engine {
                Trainer::Command(engine) => Some(engine.as_ref()),
                Trainer::BuiltIn(_) => None,
            });
        engines.filter(move |engine| seen.insert(&engine.name))
    }

    /// The results file of this grid in a folder.
    pub(crate) fn results_file(&self, results: &Path) -> PathBuf {
        results.join(format!("{}.csv", self.stem))
    }

    /// The error that no cell of this grid is selected.
    pub(crate) fn no_cell(&self, reason: String) -> RunError {
        RunError::NoCell {
            grid: self.path.display().to_string(),
            reason,
        }
    }
}

/// Reads the grids, opens their data and plans their cells. `overrides` are the keys of `[run]` that the command line sets.
///
/// # Errors
/// Errors of usage, grid or data; nothing has been written then.
pub(crate) fn plan_jobs(
    configs: &[PathBuf],
    overrides: &RunKeys,
    args: &FitArgs,
) -> Result<Vec<Job>, RunError> {
    let search = checked_search(args.data_dir.clone())?;
    let mut files: Vec<(String, PathBuf, GridFile)> = Vec::new();
    for path in configs {
        let (stem, file) = read(path, &search)?;
        if stem == machine_log::FILE_STEM {
            return Err(RunError::ReservedName { stem });
        }
        if files.iter().any(|(other, _, _)| *other == stem) {
            return Err(RunError::SameName { stem });
        }
        files.push((stem, path.clone(), file));
    }
    files
        .into_iter()
        .map(|(stem, path, file)| plan_job(stem, path, &file, overrides, &search, args.quiet))
        .collect()
}

/// Plans the cells of one grid; opens its data.
///
/// # Errors
/// As for [`plan_jobs`].
pub(crate) fn plan_job(
    stem: String,
    path: PathBuf,
    file: &GridFile,
    overrides: &RunKeys,
    search: &Search,
    quiet: bool,
) -> Result<Job, RunError> {
    check_programs(file)?;
    let data = open_datasets(file, overrides, search, quiet)?;
    let plan = Plan::new(file, overrides, &data).map_err(|TooManyCells(n)| RunError::TooManyCells {
        path: path.clone(),
        n_cells: rounded(n),
        limit: rounded(MAX_CELLS),
    })?;
    let mut limits: BTreeMap<(String, &str, usize), Vec<String>> = BTreeMap::new();
    for (name, limit, n_rows, what) in Plan::limits_beyond_data(file, overrides, &data) {
        let key = (name, what, n_rows);
        limits.entry(key).or_default().push(thousands(limit));
    }
    for ((name, what, n_rows), limits) in limits {
        let n_rows = thousands(n_rows);
        let limits = limits.join(" and ");
        tell(&format!(
            "{name}: {what}_limit = {limits}, but there are {n_rows} rows; all are used"
        ));
    }
    Ok(Job { stem, path, plan })
}

/// A number of cells with commas; one beyond all sense stays as it is.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a whole number below 2^53"
)]
fn rounded(n: f64) -> String {
    if n < 9e15 {
        command_line::thousands(n as u64)
    } else {
        format!("{n:e}")
    }
}

/// Checks that the program of every engine exists.
fn check_programs(file: &GridFile) -> Result<(), RunError> {
    for trainer in file.entries.iter().flat_map(|entry| &entry.engines) {
        if let Trainer::Command(engine) = trainer {
            engine.resolved().map_err(|program| RunError::NoProgram {
                engine: engine.name.clone(),
                program,
            })?;
            if let Some(folder) = engine.unlisted_folder() {
                return Err(RunError::UnlistedFolder {
                    engine: engine.name.clone(),
                    folder: folder.to_owned(),
                });
            }
            if let Some(script) = engine.missing_script() {
                return Err(RunError::NoScript {
                    engine: engine.name.clone(),
                    script: script.to_owned(),
                });
            }
            // A file that vanishes after this changes the identity, and the cell fails.
            let identity = engine.identity().map_err(|error| RunError::EngineFile {
                engine: engine.name.clone(),
                path: error.path,
                source: error.source,
            })?;
            engine.planned.get_or_init(|| identity);
        }
    }
    Ok(())
}

fn read(path: &Path, search: &Search) -> Result<(String, GridFile), RunError> {
    let text = grid_text::read(path).map_err(|source| RunError::Unreadable {
        path: path.to_owned(),
        help: if path.is_dir() {
            grids_in(path)
        } else if path.exists() {
            "a grid is a TOML file in UTF-8 of at most 16 MiB".into()
        } else {
            nearby_grids(path)
        },
        source,
    })?;
    let stem = path
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let name = path.display().to_string();
    let file = if path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
    {
        let baselines = baselines::read(&text).map_err(|reason| RunError::Baselines {
            path: path.to_owned(),
            reason,
        })?;
        tell(&format!(
            "{name}: read as a grid, with the defaults of scikit-learn 0.19 that it does not state: {}",
            baselines.added.join(", ")
        ));
        GridFile::parse(&format!("{name}, as a grid"), &baselines.text, Some(search))?
    } else {
        GridFile::parse(&name, &text, Some(search))?
    };
    Ok((stem, file))
}

/// More names are not listed where none is similar.
const MOST_LISTED: usize = 12;

/// What to write without a similar name.
const EXAMPLE: &str = "give the path of a grid file, such as configs/quickstart.toml";

/// The grid files of a folder. Other TOML files, such as those of Cargo, are no grids.
fn grids_of(folder: &Path) -> Vec<String> {
    let is_grid = |path: &PathBuf| {
        path.extension().is_some_and(|extension| extension == "toml")
            && grid_text::read(path).is_ok_and(|text| text.contains("[[grid]]"))
    };
    let here = Path::new(".");
    let read = if folder.as_os_str().is_empty() {
        here
    } else {
        folder
    };
    let entries = std::fs::read_dir(read).into_iter().flatten().flatten();
    let paths = entries.map(|entry| folder.join(entry.file_name()));
    let mut names: Vec<String> = paths
        .filter(is_grid)
        .map(|path| path.display().to_string())
        .collect();
    names.sort();
    names
}

/// Help for a folder instead of a grid file.
fn grids_in(folder: &Path) -> String {
    match grids_of(folder).as_slice() {
        [] => EXAMPLE.into(),
        names => format!("give a grid file; the folder has {}", names.join(", ")),
    }
}

/// Help for a missing grid file: the grid files in its folder and in `configs`.
fn nearby_grids(path: &Path) -> String {
    let configs = Path::new("configs");
    if let Some(same) = path.file_name().map(|name| configs.join(name))
        && same.is_file()
    {
        return format!("did you mean `{}`?", same.display());
    }
    let parent = path.parent().filter(|folder| folder.is_dir());
    let folders = [parent.unwrap_or(Path::new("")), configs];
    let mut names: Vec<String> = folders.into_iter().flat_map(grids_of).collect();
    if path.extension().is_none() && path.components().count() == 1 {
        // It may be a mistyped command.
        let commands = Cli::command();
        let commands = commands
            .get_subcommands()
            .filter(|command| !command.is_hide_set());
        names.extend(commands.map(|command| command.get_name().to_owned()));
        names.extend(["--list", "--plan", "--help"].map(str::to_owned));
    }
    names.sort();
    names.dedup();
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    let word = path.display().to_string();
    if names.is_empty() || (names.len() > MOST_LISTED && nearest(&word, &known).is_none()) {
        return EXAMPLE.into();
    }
    suggestion(&word, &known)
}

/// Opens every dataset that a grid names. Exports IDX files if an engine is a program.
fn open_datasets(
    file: &GridFile,
    overrides: &RunKeys,
    search: &Search,
    quiet: bool,
) -> Result<HashMap<String, Arc<DataInfo>>, RunError> {
    let mut log = |line: &str| {
        if !quiet {
            tell(line);
        }
    };
    let mut engines = file.entries.iter().flat_map(|entry| &entry.engines);
    let has_programs = engines.any(|engine| matches!(engine, Trainer::Command(_)));
    let mut data = HashMap::new();
    for name in Plan::datasets(file, overrides) {
        let Some(source) = file.datasets.source(&name) else {
            let help = file.datasets.help(&name);
            return Err(RunError::UnknownDataset { name, help });
        };
        let opened = loader::open(&name, &source, search, &mut log)?;
        let exported = if has_programs {
            let exported = ExportedData::new(&opened, &name, source, search, &mut log)?;
            Some(Arc::new(exported))
        } else {
            None
        };
        let hold = opened.hold();
        let images = opened.train.images.view();
        let info = DataInfo {
            name: name.clone(),
            sha256: opened.sha256,
            n_train: opened.train.n_rows(),
            n_test: opened.test.n_rows(),
            size: [images.height(), images.width()],
            truth: opened.test.labels.iter().map(|label| label.0).collect(),
            n_classes: opened.n_classes,
            stamp: opened.stamp,
            cache: opened.cache,
            exported,
            _hold: Some(hold),
        };
        data.insert(name, Arc::new(info));
    }
    Ok(data)
}
