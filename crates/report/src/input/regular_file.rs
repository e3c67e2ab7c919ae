//! Reads whole files, but no pipe and no device: a pipe would wait for its other end, and a device may have no end.

use std::fs;
use std::io;
use std::path::Path;

/// The bytes of a regular file.
///
/// # Errors
/// An I/O error, or something that is not a regular file.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    fs::read(path)
}
