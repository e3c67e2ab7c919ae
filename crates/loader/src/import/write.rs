//! Writes a dataset folder that appears at once.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::error::ImportError;
use crate::data::{Part, Split};
use crate::source::labels_file;

/// Refuses a folder that exists, or, if it may be replaced, one that no import has written.
pub(super) fn check_free(folder: &Path, may_replace: bool) -> Result<(), ImportError> {
    let metadata = match fs::symlink_metadata(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        found => found.map_err(|source| ImportError::Read {
            path: folder.to_owned(),
            source,
        })?,
    };
    if !may_replace {
        return Err(ImportError::Exists {
            folder: folder.to_owned(),
        });
    }
    let fault = if metadata.is_dir() {
        stranger(folder).map_err(|source| ImportError::Read {
            path: folder.to_owned(),
            source,
        })?
    } else {
        Some("it is not a folder".to_owned())
    };
    match fault {
        None => Ok(()),
        Some(fault) => Err(ImportError::NotImported {
            folder: folder.to_owned(),
            fault,
        }),
    }
}

/// What shows that no import has written a folder.
fn stranger(folder: &Path) -> io::Result<Option<String>> {
    let names = file_names();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let is_ours = names.iter().any(|name| entry.file_name() == **name);
        if !is_ours || !entry.file_type()?.is_file() {
            let name = entry.file_name();
            return Ok(Some(format!("it contains `{}`", name.display())));
        }
    }
    let missing = names.iter().find(|name| !folder.join(name).exists());
    Ok(missing.map(|name| format!("it has no `{name}`")))
}

fn file_names() -> [&'static str; 5] {
    let [a, b, c, d] = Part::ALL.map(Part::file_name);
    [a, b, c, d, labels_file::FILE_NAME]
}

/// Writes the four files and `labels.txt` into a temporary folder beside `folder` and renames it.
pub(super) fn write(
    folder: &Path,
    train: &Split,
    test: &Split,
    names: &[String],
    may_replace: bool,
) -> Result<(), ImportError> {
    let fault = |source: io::Error| ImportError::Write {
        path: folder.to_owned(),
        source,
    };
    let parent = match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    fs::create_dir_all(&parent).map_err(fault)?;
    let temp = temp_folder(&parent).map_err(fault)?;
    fill(temp.path(), train, test, names).map_err(fault)?;
    check_free(folder, may_replace)?;
    put(temp.path(), folder, &parent).map_err(fault)?;
    // Makes the rename durable, where the system can.
    File::open(&parent).and_then(|parent| parent.sync_all()).ok();
    Ok(())
}

fn temp_folder(parent: &Path) -> io::Result<TempDir> {
    tempfile::Builder::new()
        .prefix(".")
        .suffix(".part")
        .permissions(Permissions::from_mode(0o777))
        .tempdir_in(parent)
        // The path of the error is random.
        .map_err(|error| io::Error::from(error.kind()))
}

fn fill(folder: &Path, train: &Split, test: &Split, names: &[String]) -> io::Result<()> {
    for part in Part::ALL {
        let split = if part.is_train() { train } else { test };
        let (header, body) = split.idx_file(part.kind());
        write_file(&folder.join(part.file_name()), &[&header, &body])?;
    }
    let text = labels_file::text(names.iter().map(String::as_str));
    write_file(&folder.join(labels_file::FILE_NAME), &[text.as_bytes()])
}

fn write_file(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    for part in parts {
        file.write_all(part)?;
    }
    file.sync_all()
}

/// Renames the new folder. An old one is moved aside and then removed; if the new one cannot be renamed, it is moved back.
fn put(new: &Path, folder: &Path, parent: &Path) -> io::Result<()> {
    if fs::symlink_metadata(folder).is_err() {
        return fs::rename(new, folder);
    }
    let aside = temp_folder(parent)?;
    let old = aside.path().join("old");
    fs::rename(folder, &old)?;
    let Err(error) = fs::rename(new, folder) else {
        return Ok(());
    };
    match fs::rename(&old, folder) {
        Ok(()) => Err(error),
        // The old dataset is not removed.
        Err(_) => Err(io::Error::other(format!(
            "{error}; the old dataset is now in `{}`",
            aside.keep().display()
        ))),
    }
}
