//! From grid files to cells that can be run: read, checked, their data opened, narrowed to what was asked for.

use loader::Search;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cli::args::RunArgs;
use crate::cli::error::RunError;
use crate::grid::diagnostic::nearest;
use crate::grid::file::GridFile;
use crate::grid::keys::RunKeys;
use crate::grid::plan::{DataInfo, Plan};
use crate::grid::trainer::Trainer;

/// One grid file, planned.
pub(crate) struct Job {
    pub(crate) stem: String,
    pub(crate) path: PathBuf,
    pub(crate) plan: Plan,
}

impl Job {
    pub(crate) fn nothing_left(&self, why: String) -> RunError {
        RunError::NothingLeft {
            grid: self.path.display().to_string(),
            why,
        }
    }
}

/// Reads the grids, opens their data and plans their cells.
///
/// # Errors
/// Usage, grid or data; nothing was changed.
pub(crate) fn plan(args: &RunArgs) -> Result<Vec<Job>, RunError> {
    let overrides = args.keys();
    let mut files: Vec<(String, PathBuf, GridFile)> = Vec::new();
    for path in &args.configs {
        let (stem, file) = read(path)?;
        if files.iter().any(|(other, _, _)| *other == stem) {
            return Err(RunError::SameName { stem });
        }
        files.push((stem, path.clone(), file));
    }
    let search = Search::from_env(args.data_dir.clone());
    files
        .into_iter()
        .map(|(stem, path, file)| {
            check_programs(&file)?;
            let data = open(&file, &overrides, &search, args.quiet)?;
            let mut plan = Plan::new(&file, &overrides, &data);
            narrow(&mut plan, args, &path)?;
            Ok(Job { stem, path, plan })
        })
        .collect()
}

/// Every engine by command can be started.
fn check_programs(file: &GridFile) -> Result<(), RunError> {
    for trainer in file.entries.iter().flat_map(|entry| &entry.engines) {
        if let Trainer::Command(engine) = trainer {
            engine.resolved().map_err(|program| RunError::NoProgram {
                engine: engine.name.clone(),
                program,
            })?;
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<(String, GridFile), RunError> {
    let text = std::fs::read_to_string(path).map_err(|source| RunError::Unreadable {
        path: path.to_owned(),
        help: if path.exists() {
            "a grid is a TOML file in UTF-8".into()
        } else {
            neighbours(path)
        },
        source,
    })?;
    let stem = path
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    Ok((stem, GridFile::parse(&path.display().to_string(), &text)?))
}

/// The grids that lie where one was looked for.
fn neighbours(path: &Path) -> String {
    let folder = path
        .parent()
        .filter(|folder| folder.is_dir())
        .unwrap_or(Path::new("configs"));
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .map(|path| path.display().to_string())
        .collect();
    names.sort();
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    match (nearest(&path.display().to_string(), &known), names.is_empty()) {
        (Some(right), _) => format!("did you mean {right}? there are: {}", names.join(", ")),
        (None, false) => format!("there are: {}", names.join(", ")),
        (None, true) => "give the path of a grid file, such as configs/quickstart.toml".into(),
    }
}

/// Opens every dataset that a grid names, and keeps what the plan has to know of it.
fn open(
    file: &GridFile,
    overrides: &RunKeys,
    search: &Search,
    quiet: bool,
) -> Result<HashMap<String, Arc<DataInfo>>, RunError> {
    let mut log = |line: &str| {
        if !quiet {
            eprintln!("{line}");
        }
    };
    let mut engines = file.entries.iter().flat_map(|entry| &entry.engines);
    let has_programs = engines.any(|engine| matches!(engine, Trainer::Command(_)));
    let mut data = HashMap::new();
    for name in Plan::datasets(file, overrides) {
        let Some(source) = file.source(&name) else {
            let known: Vec<&str> = loader::catalog::NAMES
                .iter()
                .copied()
                .chain(file.datasets.keys().map(String::as_str))
                .collect();
            let meant = nearest(&name, &known)
                .map(|right| format!("did you mean `{right}`? "))
                .unwrap_or_default();
            return Err(RunError::UnknownDataset {
                name,
                help: format!("{meant}known: {}", known.join(", ")),
            });
        };
        let opened = loader::open(&name, &source, search, &mut log)?;
        let idx = if has_programs {
            Some(loader::export(&opened, search, &mut log)?)
        } else {
            None
        };
        let images = opened.train.images.view();
        let info = DataInfo {
            name: name.clone(),
            sha256: opened.sha256,
            n_train: opened.train.n_rows(),
            n_test: opened.test.n_rows(),
            size: [images.height(), images.width()],
            cache: opened.cache,
            idx,
        };
        data.insert(name, Arc::new(info));
    }
    Ok(data)
}

/// Leaves the cells that `--only` and `--shard` ask for.
fn narrow(plan: &mut Plan, args: &RunArgs, path: &Path) -> Result<(), RunError> {
    let nothing_left = |why: String| RunError::NothingLeft {
        grid: path.display().to_string(),
        why,
    };
    if let Some(text) = &args.only {
        plan.cells.retain(|cell| cell.label().contains(text.as_str()));
        if plan.cells.is_empty() {
            return Err(nothing_left(format!("none has `{text}` in its line")));
        }
    }
    if let Some(shard) = args.shard {
        let mut points: Vec<String> = Vec::new();
        plan.cells.retain(|cell| {
            let place = points
                .iter()
                .position(|point| point == cell.point.problem())
                .unwrap_or_else(|| {
                    points.push(cell.point.problem().to_owned());
                    points.len() - 1
                });
            place % shard.of == shard.index
        });
        if plan.cells.is_empty() {
            return Err(nothing_left(format!(
                "there are fewer points than {} shards",
                shard.of
            )));
        }
    }
    Ok(())
}
