//! Reads text files and replaces them in one step.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use tempfile::Builder;

use crate::error::ReportError;
use crate::input::regular_file;

/// A larger file is no page, in MiB.
const MAX_MIB: u64 = 64;

/// The text of a file, or `None` if it does not exist.
///
/// # Errors
/// [`ReportError::Read`]: no permission, not UTF-8, not a regular file, or more than 64 MiB.
pub(crate) fn read(path: &Path) -> Result<Option<String>, ReportError> {
    match try_read(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ReportError::Read {
            path: path.to_owned(),
            source,
        }),
    }
}

fn try_read(path: &Path) -> io::Result<String> {
    if fs::metadata(path)?.len() > MAX_MIB << 20 {
        return Err(io::Error::other(format!("it has more than {MAX_MIB} MiB")));
    }
    let not_utf8 = |_| io::Error::new(ErrorKind::InvalidData, "it is not UTF-8");
    String::from_utf8(regular_file::read(path)?).map_err(not_utf8)
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
        Some(folder) if folder != Path::new("") => {
            // The folder of the pictures is made with the first of them.
            if !folder.exists() && folder.parent().is_some_and(Path::is_dir) {
                fs::create_dir(folder)?;
            }
            folder
        }
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
