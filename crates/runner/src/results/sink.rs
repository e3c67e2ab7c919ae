//! The only writer of results: opens, checks, repairs and locks the file, then appends and syncs rows.

use std::collections::{HashMap, HashSet};
use std::fs::{File, TryLockError};
use std::io;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::results::error::ResultsError;
use crate::results::files::{changed_at, is_same_file, open_regular, rename, unused_name};
use crate::results::labels_file::{LabelsFile, Predicted, damage};
use crate::results::lock_holder::lock_holder;
use crate::results::parse::{complete_lines, parse_rows};
use crate::results::row::Row;
use crate::results::status::Status;

/// Bytes that must be free before anything trains: some rows and the labels of one cell.
const RESERVE: u64 = 16 * 1024;

/// The open and locked results file, with the rows that it holds.
pub(crate) struct Sink {
    path: PathBuf,
    file: File,
    /// Everything that the file holds, to write it again if it is removed or changed meanwhile.
    bytes: Vec<u8>,
    /// When this program last changed the file.
    changed_at: (i64, i64),
    labels: LabelsFile,
    /// The last row of every (`cell_id`, `params`).
    rows: HashMap<(String, String), Row>,
    /// Cell → the parameters of its last `ok` row.
    ok: HashMap<String, String>,
    /// Changes made to files, for the log.
    notices: Vec<String>,
    /// Whether rows went to another file, because something else has the name.
    is_displaced: bool,
}

impl Sink {
    /// Opens `path`; creates the file and its folder if missing. Of an existing file, only an incomplete last line is removed.
    /// The first appended row also writes the header. `fresh` renames an existing file first.
    ///
    /// # Errors
    /// No space, no permission, a file that is not regular, another header, a damaged row, or another run's lock.
    pub(crate) fn open(path: &Path, fresh: bool) -> Result<Sink, ResultsError> {
        if let Some(folder) = path.parent() {
            let error = ResultsError::disk("create the folder of", path);
            std::fs::create_dir_all(folder).map_err(error)?;
        }
        let mut notices = Vec::new();
        let mut file = open_locked(path)?;
        let mut bytes = Vec::new();
        let read = file.read_to_end(&mut bytes);
        read.map_err(ResultsError::disk("read", path))?;
        let labels = LabelsFile::beside(path);
        if fresh && !bytes.is_empty() {
            notices.push(rename(path, "csv.bak")?);
            file = open_locked(path)?;
            bytes.clear();
        }
        if fresh && labels.metadata().is_ok_and(|labels| labels.len() > 0) {
            notices.push(rename(&labels, "labels.bak")?);
        }
        let rows = parse_rows(path, &bytes)?;
        let (complete, incomplete) = complete_lines(&bytes);
        if !incomplete.is_empty() {
            notices.push(format!(
                "removed an incomplete row from the end of {}",
                path.display()
            ));
        }
        bytes.truncate(complete.len());
        file.set_len(bytes.len() as u64)
            .and_then(|()| reserve(&file, bytes.len() as u64))
            .map_err(ResultsError::disk("write to", path))?;
        let labels_path = labels;
        let labels = LabelsFile::open(&labels_path).map_err(|source| {
            if bytes.is_empty() {
                // The file has no row yet; failing to remove it leaves an empty file, which the next run accepts.
                let _ = std::fs::remove_file(path);
            }
            ResultsError::labels("open", &labels_path, path)(source)
        })?;
        if labels.n_damaged > 0 {
            notices.push(damage(&labels_path, labels.n_damaged));
        }
        let mut sink = Sink {
            path: path.to_owned(),
            changed_at: changed_at(&file).map_err(ResultsError::disk("read", path))?,
            labels,
            file,
            bytes,
            rows: HashMap::new(),
            ok: HashMap::new(),
            notices,
            is_displaced: false,
        };
        rows.into_iter().for_each(|row| sink.remember(row));
        Ok(sink)
    }

    /// The row of a cell under one of its names.
    pub(crate) fn row(&self, cell_id: &str, params: &str) -> Option<&Row> {
        self.rows.get(&(cell_id.to_owned(), params.to_owned()))
    }

    /// An `ok` row of the cell under any name.
    pub(crate) fn ok_row(&self, cell_id: &str) -> Option<&Row> {
        let row = self.row(cell_id, self.ok.get(cell_id)?)?;
        (row.status == Status::Ok).then_some(row)
    }

    /// Forgets the rows of these cells; the file keeps them.
    pub(crate) fn forget(&mut self, cell_ids: &HashSet<&str>) {
        self.ok.retain(|id, _| !cell_ids.contains(id.as_str()));
        self.rows.retain(|(id, _), _| !cell_ids.contains(id.as_str()));
    }

    /// The file's path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file holds rows; without any it is removed at the end.
    pub(crate) fn has_rows(&self) -> bool {
        !self.bytes.is_empty()
    }

    /// Whether rows went to another file than the one that was opened.
    pub(crate) fn is_displaced(&self) -> bool {
        self.is_displaced
    }

    /// What was changed in files since the last call, for the log.
    pub(crate) fn take_notices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notices)
    }

    /// Appends the labels that a cell predicted and syncs them; call it before its row is appended.
    ///
    /// # Errors
    /// No space, or an I/O error; the row is valid without them.
    pub(crate) fn append_labels(
        &mut self,
        cell_id: &str,
        started_at: &str,
        predicted: Predicted<'_>,
    ) -> Result<(), ResultsError> {
        self.make_sure_of_the_file()?;
        let path = LabelsFile::beside(&self.path);
        let result = self.labels.append(cell_id, started_at, predicted);
        result.map_err(ResultsError::disk("write to", &path))
    }

    /// Appends rows and syncs them. On an error the file keeps its length.
    ///
    /// # Errors
    /// No space, or an I/O error.
    pub(crate) fn append(&mut self, rows: &[Row]) -> Result<(), ResultsError> {
        self.make_sure_of_the_file()?;
        let path = self.path.clone();
        let error = ResultsError::disk("write to", &path);
        let len = self.bytes.len();
        if len == 0 {
            let header = format!("{}\n", Row::COLUMNS.join(","));
            self.bytes.extend_from_slice(header.as_bytes());
        }
        let mut lines = || {
            for row in rows {
                self.bytes.extend(row.to_line().map_err(io::Error::other)?);
            }
            self.file.seek(SeekFrom::Start(len as u64))?;
            self.file.write_all(&self.bytes[len..])?;
            self.file.sync_data()
        };
        if let Err(source) = lines() {
            self.bytes.truncate(len);
            // Best effort: the next opening removes an incomplete row.
            let _ = self.file.set_len(len as u64);
            return Err(error(source));
        }
        self.changed_at = changed_at(&self.file).map_err(&error)?;
        rows.iter().cloned().for_each(|row| self.remember(row));
        Ok(())
    }

    /// Makes sure at the end of a run that the rows and labels are in their files, and writes them again if not.
    ///
    /// # Errors
    /// Rows that cannot be written again, or labels that another program changed.
    pub(crate) fn settle(&mut self) -> Result<(), ResultsError> {
        if self.bytes.is_empty() {
            return Ok(());
        }
        // Whatever its times say: an edit beside a write of this program leaves none, and a mapped page is written late.
        if self.content().is_ok_and(|content| content != self.bytes) {
            self.changed_at = (0, 0);
        }
        self.make_sure_of_the_file()?;
        let path = LabelsFile::beside(&self.path);
        self.labels
            .settle()
            .map_err(ResultsError::disk("write again", &path))
    }

    fn remember(&mut self, row: Row) {
        let key = (row.cell_id.clone(), row.params.clone());
        if row.status == Status::Interrupted
            && self.rows.get(&key).is_some_and(|known| known.status.is_success())
        {
            // A rerun that was interrupted takes nothing away.
            return;
        }
        if row.status == Status::Ok {
            self.ok.insert(row.cell_id.clone(), row.params.clone());
        }
        self.rows.insert(key, row);
    }

    /// Notices that the file was removed, replaced or changed by another program, and then writes everything again: under its
    /// name if that is free, or else under another.
    fn make_sure_of_the_file(&mut self) -> Result<(), ResultsError> {
        let old = self.path.clone();
        let error = ResultsError::disk("write again", &old);
        let open = self.file.metadata().map_err(&error)?;
        let is_there = is_same_file(&self.path, &open);
        if is_there && open.len() == self.bytes.len() as u64 && self.is_as_written().map_err(&error)? {
            return Ok(());
        }
        let (path, cause) = if self.path.exists() {
            let other = unused_name(&self.path, "rescued.csv");
            (other, "was replaced or changed by another program")
        } else {
            (self.path.clone(), "was removed")
        };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(&error)?;
        }
        let mut file = open_locked(&path)?;
        file.write_all(&self.bytes)
            .and_then(|()| file.sync_data())
            .map_err(&error)?;
        let labels = LabelsFile::beside(&path);
        if !labels.exists()
            && let Err(error) = self.labels.move_to(&labels)
        {
            // The rows matter more; the labels stay where they are, and their next use or the end of the run reports them.
            self.notices
                .push(format!("cannot write {} again: {error}", labels.display()));
        }
        self.notices.push(format!(
            "{} {cause} during the run; all rows are in {}",
            self.path.display(),
            path.display()
        ));
        self.is_displaced |= path != self.path;
        self.changed_at = changed_at(&file).map_err(&error)?;
        self.path = path;
        self.file = file;
        Ok(())
    }

    fn content(&mut self) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        self.file.seek(SeekFrom::Start(0))?;
        self.file.read_to_end(&mut content)?;
        Ok(content)
    }

    /// The rows that the file should have, if it has them not: with what was written and could not be written again.
    pub(crate) fn unsaved(&mut self) -> Option<String> {
        let is_there = self
            .file
            .metadata()
            .is_ok_and(|open| is_same_file(&self.path, &open));
        let is_saved = is_there && self.content().is_ok_and(|content| content == self.bytes);
        (!is_saved && !self.bytes.is_empty()).then(|| String::from_utf8_lossy(&self.bytes).into_owned())
    }

    /// Whether the file has the content that this program wrote. It is read only if something changed it since.
    fn is_as_written(&mut self) -> io::Result<bool> {
        let now = changed_at(&self.file)?;
        if now == self.changed_at {
            return Ok(true);
        }
        let is_same = self.content()? == self.bytes;
        if is_same {
            // Other permissions or another name are no other content.
            self.changed_at = now;
        }
        Ok(is_same)
    }
}

impl Drop for Sink {
    /// Removes the file if no row was written.
    fn drop(&mut self) {
        let is_own = self
            .file
            .metadata()
            .is_ok_and(|open| is_same_file(&self.path, &open));
        if self.bytes.is_empty() && is_own {
            // Failing leaves an empty file, which the next run accepts as a new one.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Opens and locks a file. A file that another run removed between the two is opened anew.
fn open_locked(path: &Path) -> Result<File, ResultsError> {
    loop {
        let file = open_regular(path).map_err(ResultsError::disk("open", path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(ResultsError::Locked {
                    path: path.to_owned(),
                    by: lock_holder(&file),
                });
            }
            Err(TryLockError::Error(source)) => return Err(ResultsError::disk("lock", path)(source)),
        }
        let open = file.metadata().map_err(ResultsError::disk("read", path))?;
        if is_same_file(path, &open) {
            return Ok(file);
        }
    }
}

/// Reserves space behind the end of the file, without changing its length. A system that cannot reserve is taken at its word.
fn reserve(file: &File, len: u64) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use nix::errno::Errno;
        use nix::fcntl::{FallocateFlags, fallocate};
        let signed = |bytes: u64| i64::try_from(bytes).map_err(io::Error::other);
        match fallocate(
            file,
            FallocateFlags::FALLOC_FL_KEEP_SIZE,
            signed(len)?,
            signed(RESERVE)?,
        ) {
            Err(error @ (Errno::ENOSPC | Errno::EDQUOT | Errno::EFBIG | Errno::EIO)) => Err(error.into()),
            _ => Ok(()),
        }
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (file, len);
        Ok(())
    }
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
            let mut sink = sink;
            assert_eq!(sink.take_notices().len(), 1);
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
