//! The memory that this machine has for cells: the system's, and the limits of the control groups that this process is in.

use std::path::{Path, PathBuf};

/// A reading, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MemoryRoom {
    /// What all processes together can have at most.
    pub(crate) total: u64,
    /// What is free now, or would be if the system dropped what it only caches.
    pub(crate) free: u64,
}

impl MemoryRoom {
    /// Reads it; `None` where the system does not say.
    pub(crate) fn now() -> Option<MemoryRoom> {
        let meminfo = std::fs::read_to_string("/proc/meminfo").ok()?;
        let groups = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        MemoryRoom::of(&meminfo, &groups, Path::new("/sys/fs/cgroup"))
    }

    /// From the texts of `/proc/meminfo` and `/proc/self/cgroup`, and the folder of the control groups.
    fn of(meminfo: &str, groups: &str, root: &Path) -> Option<MemoryRoom> {
        let kib = |name: &str| number_after(meminfo, name).map(|kib| kib.saturating_mul(1024));
        let system = MemoryRoom {
            total: kib("MemTotal:")?,
            free: kib("MemAvailable:")?,
        };
        let limits = groups.lines().flat_map(|line| limits_of(line, root));
        Some(limits.fold(system, |room, limit| MemoryRoom {
            total: room.total.min(limit.total),
            free: room.free.min(limit.free),
        }))
    }
}

/// The files of a version of control groups.
struct Files {
    limit: &'static str,
    held: &'static str,
    /// The line of `memory.stat` with what is only cached.
    cached: &'static str,
}

const VERSION_2: Files = Files {
    limit: "memory.max",
    held: "memory.current",
    cached: "inactive_file",
};

const VERSION_1: Files = Files {
    limit: "memory.limit_in_bytes",
    held: "memory.usage_in_bytes",
    cached: "total_inactive_file",
};

/// The limits of a control group and of those above it, from its line in `/proc/self/cgroup`: `0::/path`, or `4:memory:/path` of
/// version 1.
fn limits_of(line: &str, root: &Path) -> Vec<MemoryRoom> {
    let mut parts = line.splitn(3, ':').skip(1);
    let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else {
        return Vec::new();
    };
    let is_memory = controllers.split(',').any(|controller| controller == "memory");
    let (files, root) = match (controllers.is_empty(), is_memory) {
        (true, _) => (VERSION_2, root.to_owned()),
        (_, true) => (VERSION_1, root.join("memory")),
        _ => return Vec::new(),
    };
    let folder: PathBuf = root.join(path.trim_start_matches('/'));
    let groups = folder.ancestors().take_while(|group| group.starts_with(&root));
    groups.filter_map(|group| limit_of(group, &files)).collect()
}

/// `None` for a group without a limit.
fn limit_of(group: &Path, files: &Files) -> Option<MemoryRoom> {
    let read = |name: &str| std::fs::read_to_string(group.join(name)).ok();
    let total: u64 = read(files.limit)?.trim().parse().ok()?;
    let held: u64 = read(files.held)?.trim().parse().ok()?;
    let cached = read("memory.stat").and_then(|stat| number_after(&stat, files.cached));
    let held = held.saturating_sub(cached.unwrap_or_default());
    Some(MemoryRoom {
        total,
        free: total.saturating_sub(held),
    })
}

/// The number after the first word of a line.
fn number_after(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        (words.next()? == name).then(|| words.next()?.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMINFO: &str = "MemTotal:       1000 kB\nMemFree:         10 kB\nMemAvailable:    600 kB\n";
    const SYSTEM: MemoryRoom = MemoryRoom {
        total: 1_024_000,
        free: 614_400,
    };

    fn write(root: &Path, group: &str, files: &[(&str, &str)]) {
        let group = root.join(group);
        std::fs::create_dir_all(&group).unwrap();
        for (name, text) in files {
            std::fs::write(group.join(name), text).unwrap();
        }
    }

    #[test]
    fn a_group_of_version_2_and_those_above_it_count() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        let unlimited = [("memory.max", "max\n"), ("memory.current", "5\n")];
        write(root, "a/b", &unlimited);
        assert_eq!(MemoryRoom::of(MEMINFO, "0::/a/b\n", root), Some(SYSTEM));
        let stat = "anon 7\ninactive_file 2000\nactive_file 3\n";
        write(
            root,
            "a",
            &[
                ("memory.max", "500000\n"),
                ("memory.current", "102000\n"),
                ("memory.stat", stat),
            ],
        );
        let limited = MemoryRoom {
            total: 500_000,
            free: 400_000,
        };
        assert_eq!(MemoryRoom::of(MEMINFO, "0::/a/b\n", root), Some(limited));
        assert_eq!(MemoryRoom::of(MEMINFO, "0::/other\n", root), Some(SYSTEM));
    }

    #[test]
    fn a_group_of_version_1_counts() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        let files = [
            ("memory.limit_in_bytes", "9000"),
            ("memory.usage_in_bytes", "9500"),
            ("memory.stat", "cache 1\n"),
        ];
        write(root, "memory/x", &files);
        let groups = "5:cpu:/x\n4:cpuset,memory:/x\n";
        let limited = MemoryRoom { total: 9000, free: 0 };
        assert_eq!(MemoryRoom::of(MEMINFO, groups, root), Some(limited));
        assert_eq!(
            MemoryRoom::of(MEMINFO, "5:cpu:/x\nnonsense\n", root),
            Some(SYSTEM)
        );
    }

    #[test]
    fn a_system_that_says_nothing_has_no_room_known() {
        assert_eq!(MemoryRoom::of("", "", Path::new("/nowhere")), None);
    }

    #[test]
    fn this_system_has_less_free_than_in_all() {
        if let Some(room) = MemoryRoom::now() {
            assert!(room.free <= room.total, "{room:?}");
            assert!(room.total > 1 << 20, "{room:?}");
        }
    }
}
