//! The memory of this machine, which bounds the size of a dataset.

use std::fs;

use nix::unistd::{SysconfVar, sysconf};

/// No dataset is larger than this, whatever the machine.
const MOST_BYTES: u64 = 1 << 40;

/// Limits of the container that this process runs in, of versions 2 and 1 of control groups.
const CONTAINER_LIMITS: [&str; 2] = [
    "/sys/fs/cgroup/memory.max",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes",
];

/// The size in bytes above which no dataset is read or generated: the memory of the machine or container, at most 1 TiB.
pub(crate) fn most_bytes() -> u64 {
    let number = |variable| {
        let value = sysconf(variable).ok().flatten()?;
        u64::try_from(value).ok()
    };
    let installed = number(SysconfVar::_PHYS_PAGES)
        .zip(number(SysconfVar::PAGE_SIZE))
        .map(|(pages, bytes)| pages.saturating_mul(bytes));
    let limits = CONTAINER_LIMITS
        .iter()
        .filter_map(|path| fs::read_to_string(path).ok()?.trim().parse().ok());
    limits.chain(installed).fold(MOST_BYTES, u64::min)
}

/// A size for messages: `1.5 GiB`.
pub(crate) fn gib(bytes: u128) -> String {
    format!("{:.1} GiB", bytes as f64 / (1_u64 << 30) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_some_memory() {
        assert!((1 << 20..=MOST_BYTES).contains(&most_bytes()), "{}", most_bytes());
        assert_eq!(gib(3 << 29), "1.5 GiB");
    }
}
