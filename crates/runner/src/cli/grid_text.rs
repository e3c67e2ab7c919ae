//! Reads the text of a grid file: of a regular file only, and not of a very large one.

use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use nix::fcntl::OFlag;

/// A larger file is no grid, in MiB.
const MAX_MIB: u64 = 16;

/// The text of a grid file.
///
/// # Errors
/// An I/O error; text that is not UTF-8; a pipe, device or folder, which could block for ever or have no end; more than 16 MiB.
pub(crate) fn read(path: &Path) -> io::Result<String> {
    let file = OpenOptions::new()
        .read(true)
        // Opening a pipe would wait for its other end.
        .custom_flags(OFlag::O_NONBLOCK.bits())
        .open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let limit = MAX_MIB << 20;
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::other(format!("it has more than {MAX_MIB} MiB")));
    }
    String::from_utf8(bytes).map_err(|_| io::Error::new(ErrorKind::InvalidData, "it is not UTF-8"))
}
