//! Generated text files: read if there, replaced in one step.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use tempfile::Builder;

use crate::error::ReportError;

/// The text of a file, or `None` where there is no such file.
///
/// # Errors
/// [`ReportError::Read`]: no right to read, not UTF-8, a folder.
pub fn read(path: &Path) -> Result<Option<String>, ReportError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ReportError::Read {
            path: path.to_owned(),
            source,
        }),
    }
}

/// Writes a file beside `path` and renames it over, so that a reader sees the old text or the new one. The old file's
/// permissions are kept, and a symbolic link keeps pointing at its target.
///
/// # Errors
/// [`ReportError::Write`]; the old file is then as it was.
pub fn replace(path: &Path, text: &str) -> Result<(), ReportError> {
    try_replace(path, text).map_err(|source| ReportError::Write {
        path: path.to_owned(),
        source,
    })
}

fn try_replace(path: &Path, text: &str) -> io::Result<()> {
    let (target, permissions) = match fs::canonicalize(path) {
        Ok(target) => {
            let permissions = fs::metadata(&target)?.permissions();
            (target, Some(permissions))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => (path.to_owned(), None),
        Err(error) => return Err(error),
    };
    let folder = match target.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let mut builder = Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666)); // the umask takes its share
    let mut file = builder.prefix(".report-").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    file.as_file().sync_all()?;
    file.persist(&target)?;
    Ok(())
}
