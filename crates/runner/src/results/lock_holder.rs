//! Which process holds the lock of a results file, as far as Linux tells this user.

use std::fs::{self, File, Metadata};
use std::os::unix::fs::MetadataExt;

use command_line::visible;

/// At most this many characters of its command line are shown.
const MAX_SHOWN: usize = 200;

/// The process that has locked an open file: `: process 123, runner svm.toml`. Empty if it cannot be known: on a shared file system it may
/// be on another machine.
pub(super) fn lock_holder(file: &File) -> String {
    let described = || {
        let locked = file.metadata().ok()?;
        let locks = fs::read_to_string("/proc/locks").ok()?;
        let mut holders = locks.lines().filter_map(|line| writer(line, locked.ino()));
        let pid = holders.find(|pid| has_open(*pid, &locked))?;
        let command = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        let command = String::from_utf8_lossy(&command).replace('\0', " ");
        let shown: String = visible(command.trim_end()).chars().take(MAX_SHOWN).collect();
        Some(format!(": process {pid}, {shown}"))
    };
    described().unwrap_or_default()
}

/// The process of a line of `/proc/locks` that says who may write a file of this number.
fn writer(line: &str, inode: u64) -> Option<u32> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let &[_, "FLOCK", _, "WRITE", pid, place, ..] = words.as_slice() else {
        return None;
    };
    let (_, held) = place.rsplit_once(':')?;
    (held.parse() == Ok(inode)).then(|| pid.parse().ok()).flatten()
}

/// Whether a process has this file open. Files of two file systems may have one number.
fn has_open(pid: u32, file: &Metadata) -> bool {
    let links = fs::read_dir(format!("/proc/{pid}/fd"))
        .into_iter()
        .flatten()
        .flatten();
    let mut open = links.filter_map(|link| fs::metadata(link.path()).ok());
    open.any(|open| (open.dev(), open.ino()) == (file.dev(), file.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_locks_names_its_writer() {
        let line = "12: FLOCK  ADVISORY  WRITE 25978 fe:00:10993667 0 EOF";
        assert_eq!(writer(line, 10_993_667), Some(25_978));
        assert_eq!(writer(line, 1), None);
        for other in [
            "1: POSIX  ADVISORY  WRITE 7 fe:00:3 0 EOF",
            "1: FLOCK  ADVISORY  READ 7 fe:00:3 0 EOF",
            "1: -> FLOCK  ADVISORY  WRITE 7 fe:00:3 0 EOF",
            "",
        ] {
            assert_eq!(writer(other, 3), None, "{other}");
        }
    }
}
