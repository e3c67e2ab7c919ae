//! `machines.csv` beside the results: what the machine and each engine were, a line whenever something of it has changed.

use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::results::provenance::Provenance;

/// One line; `docs/results-format.md` says what each column holds.
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

/// The file, and the engines that this run has looked at.
pub(crate) struct Machines {
    path: PathBuf,
    provenance: Provenance,
    told: Mutex<HashSet<String>>,
}

impl Machines {
    /// Of a results folder.
    pub(crate) fn new(folder: &Path, provenance: &Provenance) -> Machines {
        Machines {
            path: folder.join("machines.csv"),
            provenance: provenance.clone(),
            told: Mutex::default(),
        }
    }

    /// Notes with which libraries an engine trains, once a run; appends a line if the last one about it says otherwise.
    ///
    /// # Errors
    /// What the disk says, or a file of another kind under this name; the file is then as it was.
    pub(crate) fn note(&self, engine: &str, libraries: &str) -> io::Result<()> {
        let mut told = crate::run::pool::hold(&self.told);
        if told.insert(engine.to_owned()) {
            self.append(&self.line(engine, libraries))?;
        }
        Ok(())
    }

    fn line(&self, engine: &str, libraries: &str) -> Line {
        let here = &self.provenance;
        let now = jiff::Timestamp::now();
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
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&self.path)?;
        // Runs on other results files of the folder write here too. Dropping the file unlocks it.
        file.lock()?;
        let known = read(&mut file)?;
        let same = |other: &&Line| (&other.machine, &other.engine) == (&line.machine, &line.engine);
        let last = known.iter().rfind(same).map(|last| Line {
            recorded_at: line.recorded_at.clone(),
            ..last.clone()
        });
        if last.as_ref() == Some(line) {
            return Ok(());
        }
        let mut writer = csv::WriterBuilder::new()
            .has_headers(known.is_empty())
            .from_writer(Vec::new());
        writer.serialize(line).map_err(io::Error::other)?;
        let bytes = writer.into_inner().map_err(|error| error.into_error())?;
        if known.is_empty() {
            file.set_len(0)?;
        }
        file.seek(SeekFrom::End(0))?;
        file.write_all(&bytes)?;
        file.sync_data()
    }
}

/// The whole lines; a torn last one is cut off. Nothing in a file of another kind is touched.
fn read(file: &mut File) -> io::Result<Vec<Line>> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let whole = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1);
    let lines: Vec<Line> = csv::Reader::from_reader(&bytes[..whole])
        .deserialize()
        .collect::<Result<_, _>>()
        .map_err(io::Error::other)?;
    if whole < bytes.len() {
        if whole == 0 && !bytes.starts_with(b"machine,") {
            return Err(io::Error::other("it is a file of another kind"));
        }
        file.set_len(whole as u64)?;
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machines(folder: &Path) -> Machines {
        Machines::new(folder, &Provenance::here())
    }

    fn lines(folder: &Path) -> usize {
        std::fs::read_to_string(folder.join("machines.csv"))
            .unwrap()
            .lines()
            .count()
    }

    #[test]
    fn a_line_is_written_once_and_again_when_something_has_changed() {
        let folder = tempfile::tempdir().unwrap();
        for libraries in ["a 1", "a 1", "a 2", "a 2"] {
            machines(folder.path()).note("linfa", libraries).unwrap();
        }
        assert_eq!(lines(folder.path()), 3, "a header and two lines");
        machines(folder.path()).note("scikit-learn", "").unwrap();
        assert_eq!(lines(folder.path()), 4);
    }

    #[test]
    fn the_format_page_describes_every_column() {
        let folder = tempfile::tempdir().unwrap();
        machines(folder.path()).note("linfa", "").unwrap();
        let text = std::fs::read_to_string(folder.path().join("machines.csv")).unwrap();
        let page = include_str!("../../../../docs/results-format.md");
        let (_, page) = page.split_once("## `machines.csv`").unwrap();
        for column in text.lines().next().unwrap().split(',') {
            assert!(
                page.contains(&format!("`{column}`")),
                "{column} is not on the page"
            );
        }
    }

    #[test]
    fn a_torn_line_is_repaired_and_a_foreign_file_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        machines(folder.path()).note("linfa", "a 1").unwrap();
        let path = folder.path().join("machines.csv");
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, [whole.as_slice(), b"abc,def"].concat()).unwrap();
        machines(folder.path()).note("linfa", "a 1").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), whole);
        for foreign in ["a,b\n1,2\n", "notes"] {
            std::fs::write(&path, foreign).unwrap();
            assert!(machines(folder.path()).note("linfa", "a 1").is_err());
            assert_eq!(std::fs::read_to_string(&path).unwrap(), foreign);
        }
    }
}
