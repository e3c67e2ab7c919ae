//! Locks on decompressed copies: who opens one holds a shared lock, and a copy is removed only under an exclusive lock.
//!
//! Between opening and locking, another process may remove or replace the file. So after locking, the path must still lead
//! to the locked inode. No call waits for ever: a lock that anybody keeps is given up after [`WAIT`]. On a file system
//! without locks, files are read without a lock and never removed.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::regular_file;

/// How long to wait for a process that removes or replaces the file, which takes it milliseconds.
const WAIT: Duration = Duration::from_secs(5);

/// State of an attempt to get a file for oneself.
pub(crate) enum Exclusive {
    /// The file at the path, locked.
    Locked(File),
    /// Another process uses the file, or the file system has no locks.
    InUse,
    /// There is no such file, or another one by now.
    Gone,
}

/// Opens the file with a shared lock.
pub(crate) fn open_shared(path: &Path) -> io::Result<File> {
    let started = Instant::now();
    loop {
        let file = regular_file::open(path)?;
        match lock_shared(&file, path) {
            Ok(()) => return Ok(file),
            Err(reason) if started.elapsed() > WAIT => return Err(io::Error::other(reason)),
            Err(_) => thread::sleep(Duration::from_millis(5)),
        }
    }
}

/// Locks a file that was opened at `path`, without waiting. The error is the reason why it must be opened again.
fn lock_shared(file: &File, path: &Path) -> Result<(), &'static str> {
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => Err("another process keeps it locked"),
        _ if !is_at(file, path) => Err("another process replaces it again and again"),
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}

/// Opens the file with an exclusive lock, without waiting.
pub(crate) fn open_exclusive(path: &Path) -> Exclusive {
    let Ok(file) = regular_file::open(path) else {
        return Exclusive::Gone;
    };
    match file.try_lock() {
        Err(_) => Exclusive::InUse,
        Ok(()) if is_at(&file, path) => Exclusive::Locked(file),
        Ok(()) => Exclusive::Gone,
    }
}

/// Whether the path still leads to this file.
pub(crate) fn is_at(file: &File, path: &Path) -> bool {
    let identity = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    match (file.metadata(), fs::metadata(path)) {
        (Ok(open), Ok(named)) => identity(open) == identity(named),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_in_use_is_not_locked_for_removal() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        assert!(matches!(open_exclusive(&path), Exclusive::Gone));
        fs::write(&path, b"x").unwrap();
        let shared = [open_shared(&path).unwrap(), open_shared(&path).unwrap()];
        assert!(matches!(open_exclusive(&path), Exclusive::InUse));
        drop(shared);
        assert!(matches!(open_exclusive(&path), Exclusive::Locked(_)));
    }

    #[test]
    fn a_file_that_is_replaced_or_removed_before_it_is_locked_is_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let [path, other] = ["file", "other"].map(|name| folder.path().join(name));
        fs::write(&path, b"old").unwrap();
        let opened = regular_file::open(&path).unwrap();
        assert_eq!(lock_shared(&opened, &path), Ok(()));
        fs::write(&other, b"new").unwrap();
        fs::rename(&other, &path).unwrap();
        assert!(lock_shared(&opened, &path).is_err());
        assert!(!is_at(&opened, &path));
        assert_eq!(io::read_to_string(open_shared(&path).unwrap()).unwrap(), "new");
        fs::remove_file(&path).unwrap();
        assert!(lock_shared(&opened, &path).is_err());
        assert_eq!(open_shared(&path).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_reader_waits_for_a_process_that_removes_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, b"x").unwrap();
        let Exclusive::Locked(removed) = open_exclusive(&path) else {
            panic!("nobody uses the file")
        };
        let reader = thread::spawn({
            let path = path.clone();
            move || open_shared(&path).map(drop).map_err(|error| error.kind())
        });
        thread::sleep(Duration::from_millis(100));
        fs::remove_file(&path).unwrap();
        drop(removed);
        assert_eq!(reader.join().unwrap(), Err(io::ErrorKind::NotFound));
    }
}
