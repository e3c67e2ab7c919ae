//! Reads text files and replaces them in one step.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use tempfile::Builder;

use crate::error::ReportError;

/// The text of a file, or `None` if it does not exist.
///
/// # Errors
/// [`ReportError::Read`]: no permission, not UTF-8, or a folder.
pub(crate) fn read(path: &Path) -> Result<Option<String>, ReportError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ReportError::Read {
            path: path.to_owned(),
            source,
        }),
    }
}

/// Replaces a file atomically: writes a temporary file in the same folder and renames it. Keeps the permissions of the old
/// file, and a symbolic link stays a link.
///
/// # Errors
/// [`ReportError::Write`]; the old file is unchanged.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), ReportError> {
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
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666)); // the umask applies
    let mut file = builder.prefix(".report-").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    file.as_file().sync_all()?;
    file.persist(&target)?;
    Ok(())
}
