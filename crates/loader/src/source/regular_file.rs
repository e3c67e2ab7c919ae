//! Opens files that may be something else: a named pipe or a device is an error, and nothing waits for it.

use std::fs::{self, File, FileType};
use std::io;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

use nix::fcntl::OFlag;

/// Opens a regular file for reading; a symbolic link is followed.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    refuse_other(fs::metadata(path)?.file_type())?;
    // O_NONBLOCK: a named pipe that has just taken the file's place would wait for a writer.
    let file = File::options()
        .read(true)
        .custom_flags(OFlag::O_NONBLOCK.bits())
        .open(path)?;
    refuse_other(file.metadata()?.file_type())?;
    Ok(file)
}

/// What a path leads to, for messages: `a named pipe`.
pub(crate) fn kind(file_type: FileType) -> &'static str {
    if file_type.is_file() {
        "a file"
    } else if file_type.is_dir() {
        "a folder"
    } else if file_type.is_symlink() {
        "a symbolic link"
    } else if file_type.is_fifo() {
        "a named pipe"
    } else if file_type.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

fn refuse_other(file_type: FileType) -> io::Result<()> {
    if file_type.is_file() {
        return Ok(());
    }
    Err(io::Error::other(format!("it is {}, not a file", kind(file_type))))
}
