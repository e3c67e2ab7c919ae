//! The only writer of results: opens, checks, repairs and locks the file, then appends a synced row at a time.

use miette::Diagnostic;
use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use thiserror::Error;

use crate::results::row::{Row, SCHEMA};

/// Why the results cannot be kept.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum SinkError {
    /// The disk said no.
    #[error("cannot {doing} {}", path.display())]
    #[diagnostic(
        code(results::disk),
        help("--results DIR puts the results elsewhere; cells that ended before are kept")
    )]
    Disk {
        /// What was being done.
        doing: &'static str,
        /// To which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The first line is not this version's.
    #[error("{} is no results file of this version: {what}", path.display())]
    #[diagnostic(
        code(results::header),
        help("--fresh moves it aside and starts a new one; --results DIR leaves it where it is")
    )]
    Header {
        /// The file.
        path: PathBuf,
        /// Where it differs.
        what: String,
    },
    /// A line in the middle is damaged.
    #[error("{} line {line}: not a row of results", path.display())]
    #[diagnostic(
        code(results::row),
        help("mend or remove the line, or start a new file with --fresh")
    )]
    Row {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: u64,
        /// What is wrong.
        #[source]
        source: csv::Error,
    },
    /// Somebody else writes to it.
    #[error("another run is writing to {}", path.display())]
    #[diagnostic(
        code(results::locked),
        help("wait for it, or give this run a folder of its own with --results DIR")
    )]
    Locked {
        /// The file.
        path: PathBuf,
    },
}

/// The open, locked results file with what it held.
pub(crate) struct Sink {
    path: PathBuf,
    file: File,
    /// The last row of every (`cell_id`, `params`).
    rows: HashMap<(String, String), Row>,
    /// What was mended on opening, for the log.
    pub repaired: Option<String>,
}

impl Sink {
    /// Opens `path`, making it and its folder if need be. Nothing in an existing file is changed but a torn last line, and the
    /// header is written with the first row.
    ///
    /// # Errors
    /// No room, no right, another header, a damaged row, another run's lock.
    pub(crate) fn open(path: &Path, fresh: bool) -> Result<Sink, SinkError> {
        let disk = |doing| {
            move |source| SinkError::Disk {
                doing,
                path: path.to_owned(),
                source,
            }
        };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(disk("make the folder of"))?;
        }
        let mut sink = Self::locked(path)?;
        let mut bytes = Vec::new();
        sink.file.read_to_end(&mut bytes).map_err(disk("read"))?;
        if fresh && !bytes.is_empty() {
            let aside = aside(path);
            std::fs::rename(path, &aside).map_err(disk("move aside"))?;
            sink = Self::locked(path)?;
            sink.repaired = Some(format!("the old {} is now {}", path.display(), aside.display()));
            bytes.clear();
        }
        let whole = bytes
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |end| end + 1);
        let rows = Self::rows(path, &bytes[..whole], &bytes[whole..])?;
        if whole < bytes.len() {
            let torn = bytes.len() - whole;
            sink.repaired = Some(format!(
                "{}: dropped {torn} bytes of a row that was cut off",
                path.display()
            ));
        }
        make_sure_of_room(&mut sink.file, whole as u64).map_err(disk("write to"))?;
        sink.rows = rows
            .into_iter()
            .map(|row| ((row.cell_id.clone(), row.params.clone()), row))
            .collect();
        Ok(sink)
    }

    /// The file, open and locked, its rows not yet read.
    fn locked(path: &Path) -> Result<Sink, SinkError> {
        let disk = |source| SinkError::Disk {
            doing: "open",
            path: path.to_owned(),
            source,
        };
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(disk)?;
        match file.try_lock() {
            Ok(()) => Ok(Sink {
                path: path.to_owned(),
                file,
                rows: HashMap::new(),
                repaired: None,
            }),
            Err(TryLockError::WouldBlock) => Err(SinkError::Locked {
                path: path.to_owned(),
            }),
            Err(TryLockError::Error(source)) => Err(SinkError::Disk {
                doing: "lock",
                path: path.to_owned(),
                source,
            }),
        }
    }

    /// Reads whole lines; a torn rest is looked at only where it is all there is, lest a foreign file be emptied.
    pub(crate) fn rows(path: &Path, whole: &[u8], torn: &[u8]) -> Result<Vec<Row>, SinkError> {
        let header = Row::COLUMNS.join(",");
        if whole.is_empty() {
            let foreign = !header.as_bytes().starts_with(torn);
            let what = "its first line is not the header".to_owned();
            return if foreign {
                Err(SinkError::Header {
                    path: path.to_owned(),
                    what,
                })
            } else {
                Ok(Vec::new())
            };
        }
        let mut reader = csv::ReaderBuilder::new().from_reader(whole);
        let row_error = |source: csv::Error| SinkError::Row {
            path: path.to_owned(),
            line: source.position().map_or(1, csv::Position::line),
            source,
        };
        let found = reader.headers().map_err(row_error)?.clone();
        if let Some(what) = difference(&found.iter().collect::<Vec<_>>()) {
            return Err(SinkError::Header {
                path: path.to_owned(),
                what,
            });
        }
        let rows: Vec<Row> = reader
            .deserialize()
            .collect::<Result<_, _>>()
            .map_err(row_error)?;
        match rows.iter().find(|row| row.schema != SCHEMA) {
            Some(row) => {
                let what = format!(
                    "it has rows of schema {}, this version writes {SCHEMA}",
                    row.schema
                );
                Err(SinkError::Header {
                    path: path.to_owned(),
                    what,
                })
            }
            None => Ok(rows),
        }
    }

    /// The row of a cell under one of its names.
    pub(crate) fn row(&self, cell_id: &str, params: &str) -> Option<&Row> {
        self.rows.get(&(cell_id.to_owned(), params.to_owned()))
    }

    /// An `ok` row of the cell under any name.
    pub(crate) fn ok_row(&self, cell_id: &str) -> Option<&Row> {
        self.rows
            .values()
            .find(|row| row.cell_id == cell_id && row.status == crate::results::status::Status::Ok)
    }

    /// Where the rows go.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Appends rows and syncs them. If there is no room for them the file is left as it was.
    ///
    /// # Errors
    /// No room, or the disk is gone.
    pub(crate) fn append(&mut self, rows: &[Row]) -> Result<(), SinkError> {
        let path = self.path.clone();
        let disk = |source| SinkError::Disk {
            doing: "write to",
            path: path.clone(),
            source,
        };
        let before = self.file.seek(SeekFrom::End(0)).map_err(disk)?;
        let mut bytes = Vec::new();
        if before == 0 {
            bytes.extend_from_slice(format!("{}\n", Row::COLUMNS.join(",")).as_bytes());
        }
        for row in rows {
            let line = row.to_line().map_err(|error| disk(io::Error::other(error)))?;
            bytes.extend(line);
        }
        if let Err(error) = self.file.write_all(&bytes).and_then(|()| self.file.sync_data()) {
            // Best effort: what is left torn is repaired on the next opening.
            let _ = self.file.set_len(before);
            return Err(disk(error));
        }
        for row in rows {
            self.rows
                .insert((row.cell_id.clone(), row.params.clone()), row.clone());
        }
        Ok(())
    }
}

impl Drop for Sink {
    /// A run that ended before its first row leaves no file.
    fn drop(&mut self) {
        if self.file.metadata().is_ok_and(|metadata| metadata.len() == 0) {
            // At worst an empty file stays, which the next run takes for a new one.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Room for some rows is asked for before anything trains. What is written to try it has no line end: cut off in the middle it
/// is a torn line.
fn make_sure_of_room(file: &mut File, len: u64) -> io::Result<()> {
    file.seek(SeekFrom::Start(len))?;
    let written = file.write_all(&[b' '; 16 * 1024]).and_then(|()| file.sync_data());
    file.set_len(len)?;
    file.seek(SeekFrom::Start(len))?;
    written
}

/// Where the header differs from this version's.
fn difference(found: &[&str]) -> Option<String> {
    if found == Row::COLUMNS {
        return None;
    }
    let missing: Vec<&str> = Row::COLUMNS
        .into_iter()
        .filter(|column| !found.contains(column))
        .collect();
    let strange: Vec<&str> = found
        .iter()
        .copied()
        .filter(|column| !Row::COLUMNS.contains(column))
        .collect();
    Some(match (missing.is_empty(), strange.is_empty()) {
        (true, true) => "its columns stand in another order".into(),
        (false, true) => format!("it lacks the columns {}", missing.join(", ")),
        (true, false) => format!("it has the further columns {}", strange.join(", ")),
        (false, false) => format!(
            "it lacks the columns {} and has {}",
            missing.join(", "),
            strange.join(", ")
        ),
    })
}

/// A name beside `path` that nothing has yet: `svm.csv` → `svm.1.csv.bak`.
fn aside(path: &Path) -> PathBuf {
    let stem = path
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let names = (1u32..).map(|n| path.with_file_name(format!("{stem}.{n}.csv.bak")));
    names
        .into_iter()
        .find(|name| !name.exists())
        .expect("there is no end of numbers")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::row::tests::row;
    use crate::results::status::Status;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn rows_are_kept_and_found_again() {
        let folder = folder();
        let path = folder.path().join("new/a.csv");
        let mut sink = Sink::open(&path, false).unwrap();
        sink.append(&[row()]).unwrap();
        drop(sink);
        let sink = Sink::open(&path, false).unwrap();
        assert_eq!(sink.row("0123456789abcdef", "C=10;kernel=rbf"), Some(&row()));
        assert_eq!(sink.row("0123456789abcdef", "C=1;kernel=rbf"), None);
    }

    #[test]
    fn the_last_row_of_a_cell_holds() {
        let folder = folder();
        let path = folder.path().join("a.csv");
        let mut sink = Sink::open(&path, false).unwrap();
        sink.append(&[Row {
            status: Status::Interrupted,
            ..row()
        }])
        .unwrap();
        sink.append(&[row()]).unwrap();
        drop(sink);
        let status = Sink::open(&path, false)
            .unwrap()
            .row(&row().cell_id, &row().params)
            .unwrap()
            .status;
        assert_eq!(status, Status::Ok);
    }

    #[test]
    fn a_torn_last_line_is_dropped_and_nothing_else() {
        let folder = folder();
        let path = folder.path().join("a.csv");
        Sink::open(&path, false).unwrap().append(&[row()]).unwrap();
        let whole = std::fs::read(&path).unwrap();
        for cut in 1..row().to_line().unwrap().len() {
            let mut torn = whole.clone();
            torn.extend(&row().to_line().unwrap()[..cut]);
            std::fs::write(&path, torn).unwrap();
            let sink = Sink::open(&path, false).unwrap();
            assert!(sink.repaired.is_some());
            drop(sink);
            assert_eq!(std::fs::read(&path).unwrap(), whole);
        }
    }

    #[test]
    fn another_header_is_refused_and_left_alone() {
        let folder = folder();
        let path = folder.path().join("a.csv");
        for text in ["a,b,c\n1,2,3\n", "some notes", "schema,cell_id\n"] {
            std::fs::write(&path, text).unwrap();
            assert!(
                matches!(Sink::open(&path, false), Err(SinkError::Header { .. })),
                "{text}"
            );
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn a_second_run_on_the_file_is_refused() {
        let folder = folder();
        let path = folder.path().join("a.csv");
        let first = Sink::open(&path, false).unwrap();
        assert!(matches!(Sink::open(&path, false), Err(SinkError::Locked { .. })));
        drop(first);
        assert!(Sink::open(&path, false).is_ok());
    }

    #[test]
    fn fresh_moves_the_old_file_aside() {
        let folder = folder();
        let path = folder.path().join("a.csv");
        Sink::open(&path, false).unwrap().append(&[row()]).unwrap();
        let sink = Sink::open(&path, true).unwrap();
        assert!(sink.row(&row().cell_id, &row().params).is_none());
        assert!(folder.path().join("a.1.csv.bak").exists());
    }

    #[test]
    fn a_damaged_row_is_named_by_its_line() {
        let folder = folder();
        let path = folder.path().join("a.csv");
        Sink::open(&path, false).unwrap().append(&[row()]).unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.extend(b"1,2,3\n");
        std::fs::write(&path, bytes).unwrap();
        assert!(matches!(
            Sink::open(&path, false),
            Err(SinkError::Row { line: 3, .. })
        ));
    }
}
