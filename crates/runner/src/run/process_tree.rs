//! The processes that a cell has started, and those that they have started in turn: found, measured, ended.
//!
//! On Linux a cell adopts its orphans, so that whatever its program started is below it, even what has left its process group
//! and session. Elsewhere nothing is found here, and the cell's process group is all that is ended.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::collections::HashSet;
use std::time::{Duration, Instant};

use crate::run::resource_usage::rss_bytes;

/// How long processes that were killed are waited for.
const LONGEST: Duration = Duration::from_millis(900);

/// Makes this process the parent of what its descendants leave behind.
pub(crate) fn adopt_orphans() {
    // Without it, what leaves the process group would escape, and nothing else is lost.
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_child_subreaper(true);
}

/// All living processes below `pid`, not itself.
pub(crate) fn descendants(pid: u32) -> Vec<u32> {
    let mut found = Vec::new();
    let mut seen = HashSet::from([pid]);
    let mut parents = vec![pid];
    while let Some(parent) = parents.pop() {
        for child in children(parent) {
            if seen.insert(child) {
                parents.push(child);
                if is_alive(child) {
                    found.push(child);
                }
            }
        }
    }
    found
}

/// What a cell and all below it hold, in bytes; pages that they share count for each.
pub(crate) fn memory(pid: u32) -> u64 {
    let all = descendants(pid).into_iter().chain([pid]);
    all.filter_map(rss_bytes).sum()
}

/// How often in a row nothing must be found: while a parent dies, its children may for a moment be in nobody's list.
const LOOKS: u32 = 5;

/// Kills everything below `pid`, again and again until nothing is found: what starts another before it is killed hands it over.
///
/// None is stopped before: a stopped process in the group of a cell whose runner has just died makes the kernel hang up on the whole group,
/// and the cell with it.
pub(crate) fn end_descendants(pid: u32) {
    let started = Instant::now();
    let mut n_empty = 0;
    while n_empty < LOOKS && started.elapsed() < LONGEST {
        let found = descendants(pid);
        n_empty = if found.is_empty() { n_empty + 1 } else { 0 };
        found.into_iter().for_each(kill_at_once);
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn kill_at_once(pid: u32) {
    if let Ok(pid) = i32::try_from(pid) {
        // It may have ended by itself meanwhile.
        let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
    }
}

/// The children of every thread of a process.
fn children(pid: u32) -> Vec<u32> {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task"))
        .into_iter()
        .flatten()
        .flatten();
    let lists = threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok());
    lists
        .flat_map(|list| {
            list.split_whitespace()
                .filter_map(|word| word.parse().ok())
                .collect::<Vec<u32>>()
        })
        .collect()
}

/// Whether it is there and no zombie.
fn is_alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // Behind the name in brackets stands the state.
    stat.rsplit(") ")
        .next()
        .is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['Z', 'X']))
}
