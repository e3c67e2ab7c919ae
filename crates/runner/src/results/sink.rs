//! The only writer of results: opens, checks, repairs and locks the file, then appends and syncs rows.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::results::error::ResultsError;
use crate::results::parse::{complete_lines, parse_rows};
use crate::results::row::Row;
use crate::results::status::Status;

/// The open and locked results file, with the rows that it holds.
pub(crate) struct Sink {
    path: PathBuf,
    file: File,
    /// The last row of every (`cell_id`, `params`).
    rows: HashMap<(String, String), Row>,
    /// Changes made to an existing file on opening, for the log.
    pub(crate) notice: Option<String>,
}

impl Sink {
    /// Opens `path`; creates the file and its folder if missing. Of an existing file, only an incomplete last line is removed.
    /// The first appended row also writes the header.
    ///
    /// # Errors
    /// No space, no permission, another header, a damaged row, or another run's lock.
    pub(crate) fn open(path: &Path, fresh: bool) -> Result<Sink, ResultsError> {
        if let Some(folder) = path.parent() {
            let error = ResultsError::disk("create the folder of", path);
            std::fs::create_dir_all(folder).map_err(error)?;
        }
        let mut sink = Self::open_locked(path)?;
        let mut bytes = Vec::new();
        let read = sink.file.read_to_end(&mut bytes);
        read.map_err(ResultsError::disk("read", path))?;
        if fresh && !bytes.is_empty() {
            let backup = unused_backup(path);
            std::fs::rename(path, &backup).map_err(ResultsError::disk("rename", path))?;
            sink = Self::open_locked(path)?;
            sink.notice = Some(format!("renamed {} to {}", path.display(), backup.display()));
            bytes.clear();
        }
        for row in parse_rows(path, &bytes)? {
            sink.rows.insert((row.cell_id.clone(), row.params.clone()), row);
        }
        let (complete, incomplete) = complete_lines(&bytes);
        if !incomplete.is_empty() {
            sink.notice = Some(format!(
                "removed an incomplete row from the end of {}",
                path.display()
            ));
        }
        truncate_and_probe(&mut sink.file, complete.len() as u64)
            .map_err(ResultsError::disk("write to", path))?;
        Ok(sink)
    }

    /// The row of a cell under one of its names.
    pub(crate) fn row(&self, cell_id: &str, params: &str) -> Option<&Row> {
        self.rows.get(&(cell_id.to_owned(), params.to_owned()))
    }

    /// An `ok` row of the cell under any name.
    pub(crate) fn ok_row(&self, cell_id: &str) -> Option<&Row> {
        self.rows
            .values()
            .find(|row| row.cell_id == cell_id && row.status == Status::Ok)
    }

    /// The file's path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Appends rows and syncs them. On an error the file keeps its length.
    ///
    /// # Errors
    /// No space, or an I/O error.
    pub(crate) fn append(&mut self, rows: &[Row]) -> Result<(), ResultsError> {
        let error = ResultsError::disk("write to", &self.path);
        let len = self.file.seek(SeekFrom::End(0)).map_err(&error)?;
        let mut bytes = Vec::new();
        if len == 0 {
            bytes.extend_from_slice(format!("{}\n", Row::COLUMNS.join(",")).as_bytes());
        }
        for row in rows {
            let line = row.to_line().map_err(|source| error(io::Error::other(source)))?;
            bytes.extend(line);
        }
        if let Err(source) = self.file.write_all(&bytes).and_then(|()| self.file.sync_data()) {
            // Best effort: the next opening removes an incomplete row.
            let _ = self.file.set_len(len);
            return Err(error(source));
        }
        for row in rows {
            self.rows
                .insert((row.cell_id.clone(), row.params.clone()), row.clone());
        }
        Ok(())
    }

    /// Opens and locks the file without reading its rows.
    fn open_locked(path: &Path) -> Result<Sink, ResultsError> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(ResultsError::disk("open", path))?;
        match file.try_lock() {
            Ok(()) => Ok(Sink {
                path: path.to_owned(),
                file,
                rows: HashMap::new(),
                notice: None,
            }),
            Err(TryLockError::WouldBlock) => Err(ResultsError::Locked {
                path: path.to_owned(),
            }),
            Err(TryLockError::Error(source)) => Err(ResultsError::disk("lock", path)(source)),
        }
    }
}

impl Drop for Sink {
    /// Removes the file if no row was written.
    fn drop(&mut self) {
        if self.file.metadata().is_ok_and(|metadata| metadata.len() == 0) {
            // Failing leaves an empty file, which the next run accepts as a new one.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Cuts the file to `len` bytes, and checks that 16 KiB more can be written before anything trains. The bytes of the check have
/// no line end: a crash between the writes leaves an incomplete line, which the next opening removes.
fn truncate_and_probe(file: &mut File, len: u64) -> io::Result<()> {
    file.seek(SeekFrom::Start(len))?;
    let written = file.write_all(&[b' '; 16 * 1024]).and_then(|()| file.sync_data());
    file.set_len(len)?;
    file.seek(SeekFrom::Start(len))?;
    written
}

/// The first unused backup name beside `path`: `svm.csv` → `svm.1.csv.bak`.
fn unused_backup(path: &Path) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    (1u32..)
        .map(|n| path.with_file_name(format!("{stem}.{n}.csv.bak")))
        .find(|name| !name.exists())
        .expect("a folder holds fewer than 2^32 backups")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::row::tests::row;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn rows_are_found_after_reopening() {
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
    fn last_row_of_a_cell_wins() {
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
    fn only_an_incomplete_last_line_is_removed() {
        let folder = folder();
        let path = folder.path().join("a.csv");
        Sink::open(&path, false).unwrap().append(&[row()]).unwrap();
        let complete = std::fs::read(&path).unwrap();
        for cut in 1..row().to_line().unwrap().len() {
            let mut bytes = complete.clone();
            bytes.extend(&row().to_line().unwrap()[..cut]);
            std::fs::write(&path, bytes).unwrap();
            let sink = Sink::open(&path, false).unwrap();
            assert!(sink.notice.is_some());
            drop(sink);
            assert_eq!(std::fs::read(&path).unwrap(), complete);
        }
    }

    #[test]
    fn file_with_another_header_is_rejected_unchanged() {
        let folder = folder();
        let path = folder.path().join("a.csv");
        for text in ["a,b,c\n1,2,3\n", "some notes", "schema,cell_id\n"] {
            std::fs::write(&path, text).unwrap();
            assert!(
                matches!(Sink::open(&path, false), Err(ResultsError::Header { .. })),
                "{text}"
            );
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn second_run_on_a_file_is_rejected() {
        let folder = folder();
        let path = folder.path().join("a.csv");
        let first = Sink::open(&path, false).unwrap();
        assert!(matches!(
            Sink::open(&path, false),
            Err(ResultsError::Locked { .. })
        ));
        drop(first);
        assert!(Sink::open(&path, false).is_ok());
    }

    #[test]
    fn fresh_renames_the_old_file() {
        let folder = folder();
        let path = folder.path().join("a.csv");
        Sink::open(&path, false).unwrap().append(&[row()]).unwrap();
        let sink = Sink::open(&path, true).unwrap();
        assert!(sink.row(&row().cell_id, &row().params).is_none());
        assert!(folder.path().join("a.1.csv.bak").exists());
    }

    #[test]
    fn damaged_row_is_reported_with_its_line() {
        let folder = folder();
        let path = folder.path().join("a.csv");
        Sink::open(&path, false).unwrap().append(&[row()]).unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.extend(b"1,2,3\n");
        std::fs::write(&path, bytes).unwrap();
        assert!(matches!(
            Sink::open(&path, false),
            Err(ResultsError::Row { line: 3, .. })
        ));
    }
}
