//! The decompressed copy: one file per dataset, so that opening it again, or in another process, is one read.
//!
//! Opening a dataset verifies the checksums of its copy. A copy is written under a unique name, synced and renamed, so that
//! concurrent processes never see a partial file. Whoever opened it holds a shared lock (`file_lock.rs`), and keeps its
//! stamp, by which the processes that read it later notice a change.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::cache_dir::{DECOMPRESSED, EXPORTED, writable};
use super::cache_format::{self, Damage, Header, Rows};
use super::catalog::Known;
use super::export::remove_folder;
use super::file_lock::{self, Exclusive};
use super::idx_folder::Contents;
use super::regular_file;
use super::search::Search;
use crate::data::{CacheHold, Dataset, FileStamp, checksum};
use crate::error::LoadError;

/// How often a copy is read again that changes while it is read.
const ATTEMPTS: usize = 3;
/// Age of a temporary file that no process writes any more.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// Reads the first rows of each split from the file [`Dataset::cache`], which [`crate::open`] has written.
///
/// A limit above the number of rows reads all rows. The length of the file and the checksum of its header are checked; the
/// checksums of the rows are not. [`read_cached_checked`] notices a file that was changed.
///
/// # Errors
/// [`LoadError::Read`], or [`LoadError::CacheFile`] if the file is damaged.
pub fn read_cached(path: &Path, train_limit: usize, test_limit: usize) -> Result<Dataset, LoadError> {
    let fault = |damage: Damage| damage.at(path);
    let file = regular_file::open(path).map_err(Damage::Io).map_err(fault)?;
    let rows = cache_format::read(&file, train_limit, test_limit).map_err(fault)?;
    let stamp = FileStamp::of_file(&file).map_err(Damage::Io).map_err(fault)?;
    Ok(dataset(rows, path, stamp, file))
}

/// As [`read_cached`], for a file that was verified when it had the stamp [`Dataset::stamp`] and the checksum
/// [`Dataset::sha256`].
///
/// If the stamp differs, before or after reading, all rows are verified by their checksums: a file that was only copied or
/// touched is accepted.
///
/// # Errors
/// As for [`read_cached`], and [`LoadError::Changed`] if the rows are no longer those that were verified.
pub fn read_cached_checked(
    path: &Path,
    train_limit: usize,
    test_limit: usize,
    stamp: &FileStamp,
    sha256: &str,
) -> Result<Dataset, LoadError> {
    let fault = |damage: Damage| match damage {
        Damage::Fault(fault) => LoadError::Changed {
            path: path.to_owned(),
            fault,
        },
        Damage::Io(_) => damage.at(path),
    };
    let io_fault = |source| Damage::Io(source).at(path);
    let file = regular_file::open(path).map_err(io_fault)?;
    if FileStamp::of_file(&file).map_err(io_fault)? == *stamp {
        let rows = cache_format::read(&file, train_limit, test_limit);
        if FileStamp::of_file(&file).map_err(io_fault)? == *stamp {
            let rows = rows.map_err(|damage| damage.at(path))?;
            check_identity(&rows.header, sha256).map_err(fault)?;
            return Ok(dataset(rows, path, *stamp, file));
        }
    }
    let found = FileStamp::of_file(&file).map_err(io_fault)?;
    let mut rows = cache_format::read(&file, usize::MAX, usize::MAX).map_err(fault)?;
    check_identity(&rows.header, sha256).map_err(fault)?;
    check_sums(&rows).map_err(fault)?;
    rows.train.truncate(train_limit);
    rows.test.truncate(test_limit);
    Ok(dataset(rows, path, found, file))
}

/// Opens a copy with a lock and verifies all its rows.
pub(crate) fn read_verified(path: &Path) -> Result<(Header, Dataset), LoadError> {
    let fault = |damage: Damage| damage.at(path);
    let file = file_lock::open_shared(path).map_err(Damage::Io).map_err(fault)?;
    for _ in 0..ATTEMPTS {
        let before = FileStamp::settled(&file).map_err(Damage::Io).map_err(fault)?;
        let rows = cache_format::read(&file, usize::MAX, usize::MAX).map_err(fault)?;
        check_sums(&rows).map_err(fault)?;
        if FileStamp::of_file(&file).map_err(Damage::Io).map_err(fault)? == before {
            return Ok((rows.header.clone(), dataset(rows, path, before, file)));
        }
    }
    Err(LoadError::Changed {
        path: path.to_owned(),
        fault: "it changes while it is read".to_owned(),
    })
}

fn check_sums(rows: &Rows) -> Result<(), Damage> {
    let found = Dataset::sums_of(&rows.train, &rows.test);
    let wrong = found
        .iter()
        .zip(&rows.header.file_sums)
        .find(|(file, expected)| file.sha256 != **expected);
    wrong.map_or(Ok(()), |(file, _)| {
        let name = file.part.file_name();
        Err(Damage::Fault(format!("the SHA-256 of {name} is wrong")))
    })
}

fn check_identity(header: &Header, sha256: &str) -> Result<(), Damage> {
    let found = checksum::data_sha256(&header.file_sums);
    if found == sha256 {
        return Ok(());
    }
    Err(Damage::Fault(format!(
        "its header states a dataset with SHA-256 {found}, expected {sha256}"
    )))
}

/// A decompressed copy of a known dataset whose source files are gone.
pub(crate) fn find_known(name: &str, known: &Known, dirs: &[PathBuf]) -> Option<Dataset> {
    let copies = dirs.iter().flat_map(|dir| copies_in(&dir.join(DECOMPRESSED)));
    let matching = copies.filter(|(_, header)| {
        header.name == name && header.file_sums.iter().eq(known.files.iter().map(|(_, sum)| sum))
    });
    matching
        .filter_map(|(path, _)| Some(read_verified(&path).ok()?.1))
        .next()
}

/// Writes the file `file_name` into the first writable cache folder.
///
/// If another process has just written it, that file is used. A damaged file is replaced, under an exclusive lock if it
/// is not in use, so that two processes do not replace each other's file.
pub(crate) fn write(
    search: &Search,
    file_name: &str,
    header: Header,
    contents: Contents,
    log: &mut dyn FnMut(&str),
) -> Result<Dataset, LoadError> {
    let json = header.to_json()?;
    let (dir, mut temp) = writable(search, DECOMPRESSED, log)?;
    let path = dir.join(file_name);
    let Contents { train, test, .. } = contents;
    let fault = |source| LoadError::Write {
        path: path.clone(),
        source,
    };
    cache_format::write(temp.as_file_mut(), &json, &train, &test).map_err(fault)?;
    // The lock stays on the file when it is renamed. Where there are no locks, nothing is removed either.
    temp.as_file().try_lock_shared().ok();
    let written = FileStamp::of_file(temp.as_file()).map_err(fault)?;
    let file = loop {
        let error = match temp.persist_noclobber(&path) {
            Ok(file) => break file,
            Err(error) => error,
        };
        temp = error.file;
        if let Ok((found, dataset)) = read_verified(&path)
            && found.is_of_same_data(&header)
        {
            return Ok(dataset);
        }
        let damaged = file_lock::open_exclusive(&path);
        if let Exclusive::Gone = damaged
            && error.error.kind() == std::io::ErrorKind::AlreadyExists
            && fs::symlink_metadata(&path).is_err()
        {
            continue;
        }
        break temp.persist(&path).map_err(|error| fault(error.error))?;
    };
    remove_older(&dir, &path, &header);
    remove_abandoned(&dir);
    let stamp = FileStamp::settled(&file).map_err(fault)?;
    if !file_lock::is_at(&file, &path) || !stamp.has_same_contents(&written) {
        drop(file);
        return read_verified(&path).map(|(_, dataset)| dataset);
    }
    let rows = Rows { header, train, test };
    Ok(dataset(rows, &path, stamp, file))
}

/// Removes outdated files of the same name and source, and what was exported from them, unless a process uses them. A file
/// that cannot be removed only takes space.
fn remove_older(dir: &Path, newest: &Path, header: &Header) {
    for (path, older) in copies_in(dir) {
        if path == newest || older.name != header.name || older.source != header.source {
            continue;
        }
        if let Exclusive::Locked(file) = file_lock::open_exclusive(&path) {
            // The folder goes first: a process that opens the file from now on waits for the lock.
            remove_folder(&path.with_extension(EXPORTED)).ok();
            if file_lock::is_at(&file, &path) {
                fs::remove_file(&path).ok();
            }
        }
    }
}

/// Removes what a killed process was writing. A file that is being written has a younger time stamp.
fn remove_abandoned(dir: &Path) {
    for path in fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
    {
        let is_temporary = path.extension().is_some_and(|extension| extension == "part");
        let modified = fs::symlink_metadata(&path).and_then(|metadata| metadata.modified());
        let age = modified.ok().and_then(|modified| modified.elapsed().ok());
        if is_temporary && age.is_some_and(|age| age > ABANDONED) {
            remove_folder(&path).ok();
        }
    }
}

/// Every file of a folder with a readable header.
fn copies_in(dir: &Path) -> impl Iterator<Item = (PathBuf, Header)> + use<> {
    let paths = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    let copies = paths.filter(|path| path.extension().is_some_and(|extension| extension == "hemline"));
    copies.filter_map(|path| {
        let file = regular_file::open(&path).ok()?;
        Some((path, cache_format::read_header(&file).ok()?.0))
    })
}

/// The dataset of these rows, which were read from `file` at `cache`.
fn dataset(rows: Rows, cache: &Path, stamp: FileStamp, file: fs::File) -> Dataset {
    let Rows { header, train, test } = rows;
    Dataset {
        name: header.name,
        label_names: header.label_names,
        n_classes: header.n_classes,
        sha256: checksum::data_sha256(&header.file_sums),
        train,
        test,
        origin: header.origin,
        cache: cache.to_owned(),
        stamp,
        hold: CacheHold::new(file),
    }
}
