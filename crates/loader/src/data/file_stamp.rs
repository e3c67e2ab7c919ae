//! The stamp of a file: device, inode, size and times, which differ after the file has been replaced or written.

use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// Two changes within this time may leave the same time stamp: one tick of the slowest kernel clock is 10 ms.
const TICK: Duration = Duration::from_millis(20);

/// What the file system says about a file. Two equal stamps mean that nothing has been written in between.
///
/// A program can restore `mtime_ns` after a change, but not `ctime_ns`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileStamp {
    /// Device of the file system.
    pub dev: u64,
    /// Number of the inode.
    pub inode: u64,
    /// Size in bytes.
    pub size: u64,
    /// Time of the last change of the contents, in nanoseconds since 1970.
    pub mtime_ns: i64,
    /// Time of the last change of contents or attributes, in nanoseconds since 1970.
    pub ctime_ns: i64,
}

impl FileStamp {
    /// The stamp of the file at `path`; a symbolic link is followed.
    ///
    /// # Errors
    /// The error of the operating system.
    pub fn of(path: &Path) -> io::Result<FileStamp> {
        fs::metadata(path).map(|metadata| FileStamp::new(&metadata))
    }

    /// The stamp of an open file.
    pub(crate) fn of_file(file: &File) -> io::Result<FileStamp> {
        file.metadata().map(|metadata| FileStamp::new(&metadata))
    }

    /// The stamp of an open file, taken so late after its last change that every later change gives another stamp.
    pub(crate) fn settled(file: &File) -> io::Result<FileStamp> {
        let mut stamp = FileStamp::of_file(file)?;
        while stamp.is_recent() {
            thread::sleep(TICK);
            let earlier = stamp;
            stamp = FileStamp::of_file(file)?;
            if stamp == earlier {
                break;
            }
        }
        Ok(stamp)
    }

    /// Whether the two stamps are those of one file with the same contents. Its name and attributes may have changed.
    pub(crate) fn has_same_contents(&self, other: &FileStamp) -> bool {
        FileStamp {
            ctime_ns: other.ctime_ns,
            ..*self
        } == *other
    }

    fn new(metadata: &Metadata) -> FileStamp {
        FileStamp {
            dev: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            mtime_ns: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            ctime_ns: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    fn is_recent(&self) -> bool {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = i64::try_from(now.as_nanos()).unwrap_or(i64::MAX);
        now.saturating_sub(self.ctime_ns).unsigned_abs() < TICK.as_nanos() as u64
    }
}

/// Times beyond the year 2262 wrap around; they are only compared for equality.
fn nanoseconds(seconds: i64, rest: i64) -> i64 {
    seconds.wrapping_mul(1_000_000_000).wrapping_add(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_written_with_the_old_modification_time_gives_another_stamp() {
        let temp = tempfile::NamedTempFile::new().unwrap();
        fs::write(temp.path(), b"abc").unwrap();
        let before = FileStamp::settled(temp.as_file()).unwrap();
        assert_eq!(FileStamp::of(temp.path()).unwrap(), before);
        let modified = fs::metadata(temp.path()).unwrap().modified().unwrap();
        fs::write(temp.path(), b"abd").unwrap();
        temp.as_file().set_modified(modified).unwrap();
        let after = FileStamp::of(temp.path()).unwrap();
        assert_eq!((after.mtime_ns, after.size), (before.mtime_ns, before.size));
        assert_ne!(after, before);
        assert!(after.has_same_contents(&before), "all that mtime can tell");
    }

    #[test]
    fn a_stamp_is_the_same_after_json() {
        let temp = tempfile::NamedTempFile::new().unwrap();
        let stamp = FileStamp::of(temp.path()).unwrap();
        let json = serde_json::to_string(&stamp).unwrap();
        assert_eq!(serde_json::from_str::<FileStamp>(&json).unwrap(), stamp);
    }
}
