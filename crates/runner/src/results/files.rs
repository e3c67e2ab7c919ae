//! Files of a results folder: opened only if they are regular, and recognized again later.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;

use crate::results::error::ResultsError;

/// Opens a file for reading and writing; creates it if it is missing.
///
/// # Errors
/// An I/O error, or a folder, pipe or device of this name, which could block for ever or have no end.
pub(super) fn open_regular(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        // Opening a pipe would wait for its other end.
        .custom_flags(OFlag::O_NONBLOCK.bits())
        .open(path)?;
    regular(file)
}

/// Opens a file for reading.
///
/// # Errors
/// An I/O error, or a pipe, device or folder, which could block for ever or have no end.
pub(super) fn open_to_read(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let file = options
        .read(true)
        .custom_flags(OFlag::O_NONBLOCK.bits())
        .open(path)?;
    regular(file)
}

/// Reads a file.
///
/// # Errors
/// As [`open_to_read`].
pub(crate) fn read_regular(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open_to_read(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn regular(file: File) -> io::Result<File> {
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::other("it is not a regular file"))
    }
}

/// Creates a file with this content at once, so that nobody ever sees a part of it. Parts that killed processes left are removed.
///
/// # Errors
/// A file that exists already, or an error of the disk.
pub(crate) fn create_new(path: &Path, bytes: &[u8]) -> Result<(), ResultsError> {
    let error = ResultsError::disk("create", path);
    let folder = folder_of(path);
    std::fs::create_dir_all(folder).map_err(&error)?;
    remove_abandoned(path);
    let mut file = tempfile::Builder::new()
        .prefix(&part_prefix(path))
        .suffix(PART)
        .tempfile_in(folder)
        .map_err(&error)?;
    // A file system without locks is taken at its word: no other process writes to this output.
    let _ = file.as_file().try_lock();
    file.write_all(bytes)
        .and_then(|()| file.as_file().sync_all())
        .map_err(&error)?;
    let readable = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    file.as_file().set_permissions(readable).map_err(&error)?;
    file.persist_noclobber(path)
        .map_err(|failure| error(failure.error))?;
    Ok(())
}

/// The end of the name of a file that is being written.
const PART: &str = ".part";

/// The start of the names of files that become this one.
fn part_prefix(path: &Path) -> String {
    format!(".{}.", path.file_name().unwrap_or_default().to_string_lossy())
}

/// Removes the parts of a file that no process writes any more: who writes one holds its lock.
fn remove_abandoned(path: &Path) {
    let prefix = part_prefix(path);
    // Best effort: a part that stays costs only space.
    let Ok(entries) = std::fs::read_dir(folder_of(path)) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let is_part = |name: &str| name.starts_with(&prefix) && name.ends_with(PART);
        if !name.to_str().is_some_and(is_part) {
            continue;
        }
        if open_to_read(&entry.path()).is_ok_and(|file| file.try_lock().is_ok()) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// The folder of a file.
pub(super) fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// Whether `path` still is the open file.
pub(super) fn is_same_file(path: &Path, open: &Metadata) -> bool {
    std::fs::metadata(path).is_ok_and(|found| (found.dev(), found.ino()) == (open.dev(), open.ino()))
}

/// When the file was last changed in any way, in seconds and nanoseconds: a write that keeps its length changes it too.
pub(super) fn changed_at(file: &File) -> io::Result<(i64, i64)> {
    let metadata = file.metadata()?;
    Ok((metadata.ctime(), metadata.ctime_nsec()))
}

/// Renames a file to the first unused name with this extension, and says so.
///
/// # Errors
/// An error of the disk.
pub(super) fn rename(path: &Path, extension: &str) -> Result<String, ResultsError> {
    let backup = unused_name(path, extension);
    std::fs::rename(path, &backup).map_err(ResultsError::disk("rename", path))?;
    Ok(format!("renamed {} to {}", path.display(), backup.display()))
}

/// The first unused name `STEM.N.EXTENSION` beside `path`: `svm.csv` → `svm.1.csv.bak` for the extension `csv.bak`.
pub(super) fn unused_name(path: &Path, extension: &str) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    (1u32..)
        .map(|n| path.with_file_name(format!("{stem}.{n}.{extension}")))
        .find(|name| !name.exists())
        .expect("a folder holds fewer than 2^32 files")
}
