//! The kernel's count of processes that it killed for lack of memory, to tell such a SIGKILL from any other.

use std::path::{Path, PathBuf};

/// A reading of the counts: of the whole system, and of the control group of this process. Those that the system does not have
/// are missing.
pub(crate) struct OomKills(Vec<(PathBuf, u64)>);

impl OomKills {
    /// Reads the counts.
    pub(crate) fn now() -> OomKills {
        let groups = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        let mut files = vec![PathBuf::from("/proc/vmstat")];
        files.extend(groups.lines().filter_map(file_of_group));
        OomKills(
            files
                .into_iter()
                .filter_map(|file| Some((file.clone(), count_in(&file)?)))
                .collect(),
        )
    }

    /// Whether a count rose since this reading. The kernel counts before it kills.
    pub(crate) fn rose(&self) -> bool {
        self.0
            .iter()
            .any(|(file, before)| count_in(file).is_some_and(|now| now > *before))
    }
}

/// The file with the count of a control group, from its line in `/proc/self/cgroup`: `0::/path`, or `4:memory:/path` of version 1.
fn file_of_group(line: &str) -> Option<PathBuf> {
    let (_, rest) = line.split_once(':')?;
    let (controllers, path) = rest.split_once(':')?;
    let path = path.trim_start_matches('/');
    let is_memory = controllers.split(',').any(|controller| controller == "memory");
    match (controllers.is_empty(), is_memory) {
        (true, _) => Some(Path::new("/sys/fs/cgroup").join(path).join("memory.events")),
        (_, true) => Some(
            Path::new("/sys/fs/cgroup/memory")
                .join(path)
                .join("memory.oom_control"),
        ),
        _ => None,
    }
}

fn count_in(file: &Path) -> Option<u64> {
    count(&std::fs::read_to_string(file).ok()?)
}

/// The number after the word `oom_kill` at the start of a line.
fn count(text: &str) -> Option<u64> {
    text.lines()
        .find_map(|line| line.strip_prefix("oom_kill "))?
        .trim()
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_of_the_kernel_are_read() {
        assert_eq!(count("oom 3\noom_kill 2\noom_group_kill 1\n"), Some(2));
        assert_eq!(count("oom_kill_disable 0\nunder_oom 0\noom_kill 7\n"), Some(7));
        assert_eq!(count("nr_free_pages 5\n"), None);
        assert_eq!(
            file_of_group("0::/user.slice/x").unwrap(),
            Path::new("/sys/fs/cgroup/user.slice/x/memory.events")
        );
        assert_eq!(
            file_of_group("4:memory:/a").unwrap(),
            Path::new("/sys/fs/cgroup/memory/a/memory.oom_control")
        );
        assert_eq!(file_of_group("7:blkio:/"), None);
    }

    #[test]
    fn without_a_kill_no_count_rises() {
        let rising = OomKills(vec![("/proc/vmstat".into(), u64::MAX)]);
        assert!(!rising.rose());
        assert!(!OomKills(Vec::new()).rose());
    }
}
