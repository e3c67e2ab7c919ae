//! Cache folders: which one can be written, and how a file in it gets its final name.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::data::Part;
use crate::error::LoadError;

/// The subfolder of the decompressed copies.
pub(crate) const DECOMPRESSED: &str = "decompressed";

/// Extension of a folder of exported IDX files; its stem is that of the decompressed copy.
pub(crate) const EXPORTED: &str = "idx";

/// The folder `sub` of the first cache folder that can be written, and a new file in it.
pub(crate) fn writable(
    dirs: &[PathBuf],
    sub: impl AsRef<Path>,
    log: &mut dyn FnMut(&str),
) -> Result<(PathBuf, NamedTempFile), LoadError> {
    let mut tried = Vec::new();
    for dir in dirs {
        let folder = dir.join(&sub);
        match fs::create_dir_all(&folder).and_then(|()| part_file(&folder)) {
            Ok(file) => {
                for line in &tried {
                    log(&format!(
                        "cache folder cannot be written: {line}; using {}",
                        folder.display()
                    ));
                }
                return Ok((folder, file));
            }
            Err(error) => tried.push(format!("{}: {error}", folder.display())),
        }
    }
    let tried: Vec<String> = tried.iter().map(|line| format!("  {line}")).collect();
    Err(LoadError::CacheFolder {
        tried: tried.join("\n"),
    })
}

/// A new file under a name that no other process uses, readable by everybody once it is renamed.
pub(crate) fn part_file(folder: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new()
        .prefix(".")
        .suffix(".part")
        .permissions(Permissions::from_mode(0o644))
        .tempfile_in(folder)
}

/// Gives a checked compressed file its name in `folder`; a plain one of the same part would be preferred to it, so that
/// one goes.
pub(crate) fn install(file: NamedTempFile, folder: &Path, part: Part) -> io::Result<()> {
    file.as_file().sync_all()?;
    file.persist(folder.join(format!("{}.gz", part.file_name())))
        .map_err(|error| error.error)?;
    match fs::remove_file(folder.join(part.file_name())) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
