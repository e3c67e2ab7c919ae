//! Export of a dataset as three decompressed IDX files, for programs that read the files themselves.
//!
//! The test labels are not among them: a program predicts without knowing them. The folder is filled under a unique name,
//! made read-only and renamed, so that it is complete as soon as it exists; a damaged one is moved aside and replaced.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use tempfile::TempDir;

use super::cache_dir::{DECOMPRESSED, EXPORTED, writable};
use super::exported_files::{EXPORTED_PARTS, ExportedFiles, is_read_only, verified};
use super::search::Search;
use crate::data::{Dataset, FileSum, Part, Split};
use crate::error::LoadError;

/// How often a folder is replaced that another process changes at the same time.
const ATTEMPTS: usize = 5;

/// Writes a dataset's training images, training labels and test images into a read-only folder in the cache.
///
/// A folder that exists is kept if it contains exactly these files with the right checksums. No other process removes it
/// while the dataset, or its [`Dataset::hold`], lives.
///
/// # Errors
/// [`LoadError::CacheFolder`] or [`LoadError::Write`].
pub fn export(
    dataset: &Dataset,
    search: &Search,
    log: &mut dyn FnMut(&str),
) -> Result<ExportedFiles, LoadError> {
    let stem = dataset.cache.file_stem().unwrap_or_default();
    let name = Path::new(stem).with_added_extension(EXPORTED);
    let expected = sums(dataset);
    let mut existing = search
        .readable_caches()
        .into_iter()
        .map(|dir| dir.join(DECOMPRESSED).join(&name));
    let read_only = |folder: &Path| is_read_only(folder).then(|| verified(folder, &expected))?;
    if let Some(files) = existing.find_map(|folder| read_only(&folder)) {
        return Ok(files);
    }
    let (dir, probe) = writable(search, DECOMPRESSED, log)?;
    drop(probe);
    let folder = dir.join(name);
    let fault = |source| LoadError::Write {
        path: folder.clone(),
        source,
    };
    let temp = temp_folder(&dir).map_err(fault)?;
    fill(dataset, temp.path()).map_err(fault)?;
    for _ in 0..ATTEMPTS {
        // A file system without permissions keeps no folder read-only; a new one is used all the same.
        let is_new = fs::rename(temp.path(), &folder).is_ok();
        let found = if is_new {
            verified(&folder, &expected)
        } else {
            read_only(&folder)
        };
        if let Some(files) = found {
            if !is_new {
                remove_folder(temp.path()).ok();
            }
            return Ok(files);
        }
        move_aside(&dir, &folder).map_err(fault)?;
        if is_new {
            break;
        }
    }
    remove_folder(temp.path()).ok();
    Err(fault(io::Error::other("another program changes it")))
}

/// Removes a file, or a folder that may be read-only.
pub(crate) fn remove_folder(folder: &Path) -> io::Result<()> {
    if !fs::symlink_metadata(folder)?.is_dir() {
        return fs::remove_file(folder);
    }
    fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    fs::remove_dir_all(folder)
}

fn sums(dataset: &Dataset) -> [FileSum; 3] {
    let [train_images, train_labels, test_images, _] = dataset.file_sums();
    [train_images, train_labels, test_images]
}

fn temp_folder(dir: &Path) -> io::Result<TempDir> {
    tempfile::Builder::new()
        .prefix(".")
        .suffix(".part")
        .tempdir_in(dir)
}

/// Writes the three files and makes all read-only, the folder last.
fn fill(dataset: &Dataset, folder: &Path) -> io::Result<()> {
    for part in EXPORTED_PARTS {
        let mut file = File::options()
            .write(true)
            .create_new(true)
            .mode(0o444)
            .open(folder.join(part.file_name()))?;
        let (header, body) = split_of(dataset, part).idx_file(part.kind());
        file.write_all(&header)?;
        file.write_all(&body)?;
        file.set_permissions(Permissions::from_mode(0o444))?;
        file.sync_all()?;
    }
    fs::set_permissions(folder, Permissions::from_mode(0o555))
}

fn split_of(dataset: &Dataset, part: Part) -> &Split {
    if part.is_train() {
        &dataset.train
    } else {
        &dataset.test
    }
}

/// Gives whatever is at `folder` a unique name and removes it, so that `folder` is free.
fn move_aside(dir: &Path, folder: &Path) -> io::Result<()> {
    let aside = temp_folder(dir)?;
    let moved = aside.path().join("old");
    // A read-only folder cannot be moved into another one.
    if fs::symlink_metadata(folder).is_ok_and(|metadata| metadata.is_dir()) {
        fs::set_permissions(folder, Permissions::from_mode(0o700)).ok();
    }
    match fs::rename(folder, &moved) {
        Ok(()) => remove_folder(&moved),
        // Another process was faster.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}
