//! Cache folders: the choice of a writable one, and the temporary and final names of its files.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tempfile::NamedTempFile;

use super::search::Search;
use super::temp_cache;
use crate::data::Part;
use crate::error::LoadError;

/// Subfolder of the decompressed copies.
pub(crate) const DECOMPRESSED: &str = "decompressed";

/// Extension of a folder of exported IDX files, beside the decompressed copy. Its stem is the stem of the decompressed copy.
pub(crate) const EXPORTED: &str = "idx";

/// The subfolder `sub` of the first writable cache folder, and a new file in it.
///
/// # Errors
/// [`LoadError::CacheFolder`] if none is writable.
pub(crate) fn writable(
    search: &Search,
    sub: impl AsRef<Path>,
    log: &mut dyn FnMut(&str),
) -> Result<(PathBuf, NamedTempFile), LoadError> {
    let mut tried = Vec::new();
    let attempt = |dir: &Path, tried: &mut Vec<(PathBuf, String)>, log: &mut dyn FnMut(&str)| {
        let folder = dir.join(&sub);
        match fs::create_dir_all(&folder).and_then(|()| part_file(&folder)) {
            Ok(file) => {
                for (_, line) in tried.iter().filter(|(dir, _)| !is_reported(dir)) {
                    log(&format!(
                        "cache folder is not writable: {line}; using {}",
                        folder.display()
                    ));
                }
                Some((folder, file))
            }
            Err(error) => {
                tried.push((dir.to_owned(), format!("{}: {error}", folder.display())));
                None
            }
        }
    };
    for dir in &search.cache_dirs {
        if let Some(found) = attempt(dir, &mut tried, log) {
            return Ok(found);
        }
    }
    // This folder is created only if no other is left.
    match search
        .temp_dir
        .as_deref()
        .map(|temp| temp_cache::create(temp, log))
    {
        Some(Ok(dir)) => {
            if let Some(found) = attempt(&dir, &mut tried, log) {
                return Ok(found);
            }
        }
        Some(Err(reason)) => tried.push((PathBuf::new(), reason)),
        None => {}
    }
    let tried: Vec<String> = tried.iter().map(|(_, line)| format!("  {line}")).collect();
    Err(LoadError::CacheFolder {
        tried: tried.join("\n"),
    })
}

/// Cache folders of which [`cache_warning`] has said that they are not writable.
static REPORTED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn is_reported(dir: &Path) -> bool {
    let reported = REPORTED.lock().unwrap_or_else(PoisonError::into_inner);
    reported.iter().any(|other| other == dir)
}

/// What to say where the folder of `HEMLINE_CACHE` cannot be written, before anything is read or written; later copies then say no more about
/// it. `None` where it can be written, and where the variable names no folder.
pub fn cache_warning(search: &Search) -> Option<String> {
    std::env::var_os("HEMLINE_CACHE").filter(|value| !value.is_empty())?;
    let dir = search.cache_dirs.first()?;
    let reason = fs::create_dir_all(dir).and_then(|()| part_file(dir)).err()?;
    let mut reported = REPORTED.lock().unwrap_or_else(PoisonError::into_inner);
    reported.push(dir.clone());
    let instead = match &search.temp_dir {
        Some(temp) => format!("in {}, which may be emptied at any time", temp.display()),
        None => "nowhere".to_owned(),
    };
    Some(format!(
        "the folder of HEMLINE_CACHE cannot be written: {}: {reason}; copies of data, features and small fits that it lacks are kept {instead}",
        dir.display()
    ))
}

/// A file of the subfolder `sub` of a cache: where it exists, or else its path in the first writable cache folder. A folder, a pipe or
/// a device of that name is no file.
///
/// # Errors
/// [`LoadError::CacheFolder`] if it does not exist and no cache folder is writable.
pub fn cached_file(
    search: &Search,
    sub: &str,
    name: &str,
    log: &mut dyn FnMut(&str),
) -> Result<PathBuf, LoadError> {
    let temp = search.temp_dir.as_deref().and_then(temp_cache::existing);
    let mut existing = search
        .cache_dirs
        .iter()
        .chain(&temp)
        .map(|dir| dir.join(sub).join(name));
    match existing.find(|path| path.is_file()) {
        Some(path) => Ok(path),
        None => writable(search, sub, log).map(|(folder, _)| folder.join(name)),
    }
}

/// A new file with a unique name that ends in `.part`. Every user may read it.
pub(crate) fn part_file(folder: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new()
        .prefix(".")
        .suffix(".part")
        .permissions(Permissions::from_mode(0o644))
        .tempfile_in(folder)
}

/// Gives a verified compressed file its final name in `folder`.
///
/// The plain file of the same part is removed, because it would take precedence.
pub(crate) fn install(file: NamedTempFile, folder: &Path, part: Part) -> io::Result<()> {
    file.as_file().sync_all()?;
    file.persist(folder.join(part.gz_name()))
        .map_err(|error| error.error)?;
    match fs::remove_file(folder.join(part.file_name())) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
