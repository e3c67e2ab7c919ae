//! `machines.csv`, beside the results: machine and library versions for every engine, one line per change.

use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fs::{File, TryLockError};
use std::io;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::results::clock;
use crate::results::error::ResultsError;
use crate::results::files::{open_regular, read_regular, rename};
use crate::results::parse::complete_lines;
use crate::results::provenance::Provenance;

/// The name of the log, which no results file may have.
pub(crate) const FILE_STEM: &str = "machines";

/// How long to wait for another run that writes to the log.
const LOCK_WAIT: Duration = Duration::from_secs(2);

/// One line; `docs/results-format.md` describes each column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Line {
    machine: String,
    engine: String,
    recorded_at: String,
    cpu: String,
    cores: usize,
    memory_gib: String,
    kernel: String,
    simd: String,
    compiler: String,
    version: String,
    revision: String,
    libraries: String,
}

/// The first line.
const HEADER: &str =
    "machine,engine,recorded_at,cpu,cores,memory_gib,kernel,simd,compiler,version,revision,libraries\n";

/// The file, and what this run has recorded in it.
pub(crate) struct MachineLog {
    path: PathBuf,
    provenance: Provenance,
    recorded: Mutex<Recorded>,
}

/// The lines of the engines that a run has met.
#[derive(Default)]
struct Recorded {
    lines: Vec<Line>,
}

impl MachineLog {
    /// The log of a results folder.
    pub(crate) fn new(folder: &Path, provenance: &Provenance) -> MachineLog {
        MachineLog {
            path: folder.join(format!("{FILE_STEM}.csv")),
            provenance: provenance.clone(),
            recorded: Mutex::default(),
        }
    }

    /// Records the libraries that an engine trains with, once per run and libraries: appends a line if the engine's last line differs. An
    /// answer that names no library takes none away that an earlier one of the run has named. What cannot be
    /// written is kept for [`MachineLog::finish`].
    ///
    /// # Errors
    /// [`ResultsError::Machines`]: an I/O error, or a foreign file of this name, which stays unchanged.
    pub(crate) fn record(&self, engine: &str, libraries: &str) -> Result<(), ResultsError> {
        let mut recorded = self.recorded.lock().unwrap_or_else(PoisonError::into_inner);
        let mut of_engine = recorded.lines.iter().rev().filter(|line| line.engine == engine);
        if of_engine
            .next()
            .is_some_and(|last| libraries.is_empty() || last.libraries == libraries)
        {
            return Ok(());
        }
        let line = self.line(engine, libraries);
        let appended = self.append(&line);
        recorded.lines.push(line);
        appended.map_err(|source| {
            self.error(
                source,
                "the rows are kept; it is tried again at the end of the run",
            )
        })
    }

    /// Writes what could not be written before, or is no longer there.
    ///
    /// # Errors
    /// As [`MachineLog::record`].
    pub(crate) fn finish(&self) -> Result<(), ResultsError> {
        let recorded = self.recorded.lock().unwrap_or_else(PoisonError::into_inner);
        // Of each engine the last line, after which the others would say something else.
        let is_last = |(at, line): &(usize, &Line)| {
            let later = &recorded.lines[at + 1..];
            later.iter().all(|other| other.engine != line.engine)
        };
        let mut lines = recorded.lines.iter().enumerate().filter(is_last);
        lines.try_for_each(|(_, line)| self.append(line)).map_err(|source| {
            let help = "all rows are kept, without a description of their machine; move the file away or rename it, \
                        then --rerun TEXT trains a cell again and describes it";
            self.error(source, help)
        })
    }

    fn error(&self, source: io::Error, help: &'static str) -> ResultsError {
        ResultsError::Machines {
            path: self.path.clone(),
            source,
            help,
        }
    }

    fn line(&self, engine: &str, libraries: &str) -> Line {
        let here = &self.provenance;
        let now = clock::now();
        Line {
            machine: here.machine.clone(),
            engine: engine.into(),
            recorded_at: now.round(jiff::Unit::Second).unwrap_or(now).to_string(),
            cpu: here.cpu.clone(),
            cores: here.cores,
            memory_gib: here.memory_gib.map(|gib| format!("{gib:.1}")).unwrap_or_default(),
            kernel: here.kernel.clone(),
            simd: here.simd.into(),
            compiler: here.compiler.into(),
            version: here.version.clone(),
            revision: here.revision.clone(),
            libraries: libraries.into(),
        }
    }

    fn append(&self, line: &Line) -> io::Result<()> {
        let is_same = |other: &&Line| (&other.machine, &other.engine) == (&line.machine, &line.engine);
        append_lines(&self.path, |lines| {
            let last = lines.iter().rfind(is_same).map(|last| Line {
                recorded_at: line.recorded_at.clone(),
                ..last.clone()
            });
            let is_new = last.as_ref() != Some(line);
            is_new.then(|| line.clone()).into_iter().collect()
        })
    }
}

/// Makes sure, before anything is trained, that the log of a results folder can be written if there is one.
///
/// # Errors
/// [`ResultsError::Machines`]: an I/O error, or a foreign file of this name, which stays unchanged.
pub(crate) fn check(folder: &Path) -> Result<(), ResultsError> {
    let path = folder.join(format!("{FILE_STEM}.csv"));
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    let opened = open_regular(&path).and_then(|mut file| read(&mut file));
    opened.map(drop).map_err(|source| {
        let help = match source.kind() {
            io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
                "the folder or the file may not be written: write to another folder with --results DIR; nothing was trained"
            }
            _ => {
                "move it away or rename it, and the run starts a new one, or write to another folder with --results DIR; \
                 nothing was trained"
            }
        };
        ResultsError::Machines { path, source, help }
    })
}

/// Renames the log of a folder if it cannot be read, and says so.
///
/// # Errors
/// It cannot be renamed.
pub(crate) fn put_aside_if_damaged(folder: &Path) -> Result<Option<String>, ResultsError> {
    match check(folder) {
        Ok(()) => Ok(None),
        Err(_) => rename(&folder.join(format!("{FILE_STEM}.csv")), "csv.bak").map(Some),
    }
}

/// Copies the lines of these machines from the log of one folder to that of another, as far as it lacks them, and returns the machines that
/// have a line. Without a log in the first folder nothing happens.
///
/// # Errors
/// An I/O error, or a foreign file of this name, which stays unchanged.
pub(super) fn copy(from: &Path, to: &Path, machines: &HashSet<&str>) -> io::Result<HashSet<String>> {
    let log = |folder: &Path| folder.join(format!("{FILE_STEM}.csv"));
    if !log(from).exists() {
        return Ok(HashSet::new());
    }
    let bytes = read_regular(&log(from))?;
    let mut lines = parse(complete_lines(&bytes).0)?;
    lines.retain(|line| machines.contains(line.machine.as_str()));
    let described: HashSet<String> = lines.iter().map(|line| line.machine.clone()).collect();
    if !lines.is_empty() {
        append_lines(&log(to), |known| {
            lines.into_iter().filter(|line| !known.contains(line)).collect()
        })?;
    }
    Ok(described)
}

/// Appends the lines that `choose` makes of those that the file has.
fn append_lines(path: &Path, choose: impl FnOnce(&[Line]) -> Vec<Line>) -> io::Result<()> {
    let mut file = open_regular(path)?;
    // Runs with other results files in this folder write here too. Dropping the file unlocks it.
    lock_within(&file, LOCK_WAIT)?;
    let known = read_and_repair(&mut file)?;
    let chosen = choose(&known);
    if chosen.is_empty() {
        return Ok(());
    }
    let mut writer = csv::WriterBuilder::new()
        .has_headers(known.is_empty())
        .from_writer(Vec::new());
    for line in &chosen {
        writer.serialize(line).map_err(io::Error::other)?;
    }
    let bytes = writer.into_inner().map_err(|error| error.into_error())?;
    if known.is_empty() {
        file.set_len(0)?;
    }
    file.seek(SeekFrom::End(0))?;
    file.write_all(&bytes)?;
    file.sync_data()
}

/// Locks the file, or gives up after a while: no cell waits for the log.
fn lock_within(file: &File, wait: Duration) -> io::Result<()> {
    let started = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if started.elapsed() > wait => {
                return Err(io::Error::other("another process holds its lock"));
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

/// The complete lines; removes an incomplete last line. A foreign file stays unchanged.
fn read_and_repair(file: &mut File) -> io::Result<Vec<Line>> {
    let (lines, complete) = read(file)?;
    if complete < file.metadata()?.len() {
        file.set_len(complete)?;
    }
    Ok(lines)
}

/// The complete lines, and the number of their bytes.
fn read(file: &mut File) -> io::Result<(Vec<Line>, u64)> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let (complete, incomplete) = complete_lines(&bytes);
    let lines = parse(complete)?;
    let start = if complete.is_empty() { incomplete } else { complete };
    let is_log =
        start.is_empty() || HEADER.as_bytes().starts_with(start) || complete.starts_with(HEADER.as_bytes());
    if !is_log {
        return Err(io::Error::other("the file is not a log of machines"));
    }
    Ok((lines, complete.len() as u64))
}

fn parse(complete: &[u8]) -> io::Result<Vec<Line>> {
    let lines = csv::Reader::from_reader(complete).into_deserialize();
    lines.collect::<Result<_, _>>().map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(folder: &Path) -> MachineLog {
        MachineLog::new(folder, &Provenance::here("none"))
    }

    fn lines(folder: &Path) -> usize {
        std::fs::read_to_string(folder.join("machines.csv"))
            .unwrap()
            .lines()
            .count()
    }

    #[test]
    fn line_is_appended_only_on_a_change() {
        let folder = tempfile::tempdir().unwrap();
        for libraries in ["a 1", "a 1", "a 2", "a 2"] {
            log(folder.path()).record("linfa", libraries).unwrap();
        }
        assert_eq!(lines(folder.path()), 3, "a header and two lines");
        log(folder.path()).record("scikit-learn", "").unwrap();
        assert_eq!(lines(folder.path()), 4);
    }

    #[test]
    fn libraries_that_a_later_answer_names_are_recorded_too() {
        let folder = tempfile::tempdir().unwrap();
        let log = log(folder.path());
        for libraries in ["", "a 1", "", "a 1", "a 2"] {
            log.record("program", libraries).unwrap();
        }
        log.finish().unwrap();
        assert_eq!(
            lines(folder.path()),
            4,
            "a header and one line each of none, a 1 and a 2"
        );
    }

    #[test]
    fn results_format_page_describes_every_column() {
        let folder = tempfile::tempdir().unwrap();
        log(folder.path()).record("linfa", "").unwrap();
        let text = std::fs::read_to_string(folder.path().join("machines.csv")).unwrap();
        let page = include_str!("../../../../docs/results-format.md");
        let (_, page) = page.split_once("## `machines.csv`").unwrap();
        for column in text.lines().next().unwrap().split(',') {
            assert!(page.contains(&format!("`{column}`")), "the page lacks `{column}`");
        }
    }

    #[test]
    fn a_lock_of_another_process_is_waited_for_only_a_while() {
        let folder = tempfile::tempdir().unwrap();
        let file = open_regular(&folder.path().join("machines.csv")).unwrap();
        file.lock().unwrap();
        let error = log(folder.path()).record("linfa", "a 1").unwrap_err();
        assert!(format!("{error:?}").contains("lock"), "{error:?}");
    }

    #[test]
    fn incomplete_line_is_removed_and_a_foreign_file_stays() {
        let folder = tempfile::tempdir().unwrap();
        log(folder.path()).record("linfa", "a 1").unwrap();
        let path = folder.path().join("machines.csv");
        let complete = std::fs::read(&path).unwrap();
        std::fs::write(&path, [complete.as_slice(), b"abc,def"].concat()).unwrap();
        log(folder.path()).record("linfa", "a 1").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), complete);
        for foreign in ["a,b\n1,2\n", "notes", "name,price\n", "machine,price"] {
            std::fs::write(&path, foreign).unwrap();
            assert!(log(folder.path()).record("linfa", "a 1").is_err());
            assert_eq!(std::fs::read_to_string(&path).unwrap(), foreign);
        }
    }
}
