//! A run from the command line to the exit code: read the grids, open the data, open the results, train, sum up.

use std::collections::HashMap;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use loader::Search;

use crate::cli::{Cli, RunArgs, Sub};
use crate::error::{Exit, RunError};
use crate::grid::{Cell, DataInfo, GridFile, Plan, RunKeys, nearest};
use crate::list::list;
use crate::provenance::Provenance;
use crate::run::{Halt, Pool, Progress, Row, Sink, Status, Summary, merge, serve};

/// Does what the command line says.
///
/// # Errors
/// Whatever is wrong before anything is trained: usage, grid, data, results.
pub fn run(cli: &Cli) -> Result<Exit, RunError> {
    match &cli.command {
        Some(Sub::Cell) => serve(),
        Some(Sub::Merge { output, inputs }) => {
            let rows = merge(output, inputs)?;
            eprintln!("{rows} rows in {}", output.display());
        }
        None if cli.run.list => print(&list()),
        None => return train(&cli.run),
    }
    Ok(Exit::Fine)
}

/// To standard output; a pipe that was closed has seen enough.
fn print(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// One grid file, planned.
struct Job {
    stem: String,
    path: PathBuf,
    plan: Plan,
}

impl Job {
    fn nothing_left(&self, why: String) -> RunError {
        RunError::NothingLeft {
            grid: self.path.display().to_string(),
            why,
        }
    }
}

fn train(args: &RunArgs) -> Result<Exit, RunError> {
    let jobs = plan(args)?;
    if args.plan {
        jobs.iter().for_each(show);
        return Ok(Exit::Fine);
    }
    // Every results file is checked and locked before anything trains.
    let mut sinks = Vec::new();
    for job in &jobs {
        let path = args.results.join(format!("{}.csv", job.stem));
        if !args.retry.is_empty() && !path.exists() {
            return Err(job.nothing_left("there are no results yet".into()));
        }
        let sink = Sink::open(&path, args.fresh)?;
        if let Some(repaired) = &sink.repaired {
            eprintln!("{repaired}");
        }
        sinks.push(sink);
    }
    let mut due = Vec::new();
    for (job, sink) in jobs.iter().zip(&mut sinks) {
        due.push(due_of(job, sink, &args.retry)?);
    }
    let halt = Halt::default();
    let on_signal = halt.clone();
    if let Err(error) = ctrlc::set_handler(move || on_signal.set()) {
        eprintln!("Ctrl-C will end this at once: {error}");
    }
    let mut exit = Exit::Fine;
    for ((job, sink), due) in jobs.iter().zip(&mut sinks).zip(&due) {
        if !halt.is_set() {
            exit = exit.max(train_one(job, due, sink, args, &halt)?);
        }
    }
    Ok(if halt.is_set() { Exit::Interrupted } else { exit })
}

/// The cells that are to be run. A cell that has got a new name since it ended `ok` has its row written under it instead.
fn due_of(job: &Job, sink: &mut Sink, retry: &[Status]) -> Result<Vec<Cell>, RunError> {
    for cell in &job.plan.cells {
        let Some(row) = sink.ok_row(&cell.id.0).cloned() else {
            continue;
        };
        let renamed: Vec<Row> = cell
            .point
            .names
            .iter()
            .filter(|name| sink.row(&cell.id.0, name).is_none())
            .map(|name| Row {
                params: name.clone(),
                ..row.clone()
            })
            .collect();
        if !renamed.is_empty() {
            sink.append(&renamed)?;
        }
    }
    let cells = job.plan.cells.iter();
    let due: Vec<Cell> = cells.filter(|cell| is_due(cell, sink, retry)).cloned().collect();
    if due.is_empty() && !retry.is_empty() {
        return Err(job.nothing_left("none ended as --retry says".into()));
    }
    Ok(due)
}

fn train_one(
    job: &Job,
    due: &[Cell],
    sink: &mut Sink,
    args: &RunArgs,
    halt: &Halt,
) -> Result<Exit, RunError> {
    let provenance = Provenance::here();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let pool = Pool {
        jobs: args.jobs.unwrap_or(cores),
        threads: args.threads,
        provenance: &provenance,
        halt,
    };
    if !args.quiet {
        let grid = job.path.display();
        match (due.len(), job.plan.cells.len() - due.len()) {
            (0, _) => eprintln!(
                "{grid}: every cell is in {} already; --fresh, or --results with another folder, trains anew",
                sink.path().display()
            ),
            (due, 0) => eprintln!("{grid}: {due} cells to run, {} at once", pool.jobs),
            (due, there) => eprintln!(
                "{grid}: {due} cells to run, {there} are there already, {} at once",
                pool.jobs
            ),
        }
    }
    let progress = Progress::new(due.len(), args.quiet);
    let result = pool.run(due, &job.plan.cells, sink, &progress);
    progress.finish();
    if let Err(error) = result {
        // Cells were trained, so this is no mistake of usage: what had finished is kept.
        eprintln!("{:?}", miette::Report::new(error));
        return Ok(Exit::Internal);
    }
    let summary = Summary::new(&job.plan, sink);
    let width = if std::io::stdout().is_terminal() {
        comfy_table::Table::new().width()
    } else {
        None
    };
    print(&format!("{}\n{}\n", summary.render(width), sink.path().display()));
    if halt.is_set() {
        eprintln!("interrupted; what had finished is kept, and the same command runs the rest");
        return Ok(Exit::Interrupted);
    }
    if summary.is_fine() {
        return Ok(Exit::Fine);
    }
    eprintln!(
        "some cells did not end ok; --retry failed (or timeout, out-of-memory, crashed) runs them again"
    );
    Ok(Exit::CellsFailed)
}

/// Whether a cell is to be run: it has no row under one of its names, was interrupted, or ended as `--retry` says.
fn is_due(cell: &Cell, sink: &Sink, retry: &[Status]) -> bool {
    cell.point
        .names
        .iter()
        .any(|name| match sink.row(&cell.id.0, name) {
            Some(row) if retry.is_empty() => row.status == Status::Interrupted,
            Some(row) => retry.contains(&row.status),
            None => retry.is_empty(),
        })
}

fn plan(args: &RunArgs) -> Result<Vec<Job>, RunError> {
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
            let data = open(&file, &overrides, &search, args.quiet)?;
            let mut plan = Plan::new(&file, &overrides, &data);
            narrow(&mut plan, args, &path)?;
            Ok(Job { stem, path, plan })
        })
        .collect()
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
        let info = DataInfo {
            name: name.clone(),
            sha256: opened.sha256,
            n_train: opened.train.n_rows(),
            n_test: opened.test.n_rows(),
            cache: opened.cache,
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

/// `--plan`: the cells, a line each.
fn show(job: &Job) {
    let refused = job
        .plan
        .cells
        .iter()
        .filter(|cell| cell.point.refused.is_some())
        .count();
    let mut text = String::new();
    for cell in &job.plan.cells {
        let rows = format!("{} rows", cell.point.n_train);
        let refused = cell
            .point
            .refused
            .as_ref()
            .map(|reason| format!(" · refused: {reason}"))
            .unwrap_or_default();
        text.push_str(&format!("{} {} · {rows}{refused}\n", cell.id.0, cell.label()));
        for alias in &cell.point.names[1..] {
            text.push_str(&format!("                 the same problem as {alias}\n"));
        }
    }
    print(&format!(
        "{text}{}: {} cells, {refused} of them refused\n",
        job.path.display(),
        job.plan.cells.len()
    ));
}
