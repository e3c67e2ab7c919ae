//! The process tree below a cell: finds and kills its processes.
//!
//! On Linux a cell adopts orphans, so that every process of its program stays below it, even one that left the process group and
//! the session. The runner adopts what a killed cell leaves. On other systems this module finds nothing, and only the cell's
//! process group is killed.

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use std::collections::HashSet;
use std::time::{Duration, Instant};

/// How long to wait for killed processes.
const MAX_WAIT: Duration = Duration::from_millis(900);

/// Makes this process the parent of orphaned descendants.
pub(crate) fn adopt_orphans() {
    // If this fails, a process that leaves the process group escapes; nothing else is lost.
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_child_subreaper(true);
}

/// All living processes below `pid`, without `pid` itself.
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

/// How many empty searches in a row end the search: while a parent dies, its children are for a moment in no list.
const EMPTY_SEARCHES: u32 = 5;

/// Kills every process below `pid` and repeats until none is left, because a process may start another before it is killed.
///
/// No process is stopped first: a stopped process in the group of a cell whose runner has just died makes the kernel send SIGHUP to
/// the whole group, and to the cell with it.
pub(crate) fn end_descendants(pid: u32) {
    let started = Instant::now();
    let mut n_empty = 0;
    while n_empty < EMPTY_SEARCHES && started.elapsed() < MAX_WAIT {
        let found = descendants(pid);
        n_empty = if found.is_empty() { n_empty + 1 } else { 0 };
        found.into_iter().for_each(kill_now);
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Kills and reaps every child of this process that is not in `cells`, with all processes below it. They are what a cell left that
/// was killed before it could end its program.
///
/// Nothing else may start a process of this program meanwhile.
pub(crate) fn end_strays(cells: &HashSet<u32>) {
    let itself = std::process::id();
    let started = Instant::now();
    while started.elapsed() < MAX_WAIT {
        let strays: Vec<u32> = children(itself)
            .into_iter()
            .filter(|child| !cells.contains(child))
            .collect();
        if strays.is_empty() {
            return;
        }
        for stray in strays {
            descendants(stray).into_iter().for_each(kill_now);
            kill_now(stray);
            if let Ok(pid) = i32::try_from(stray) {
                // A process that still dies is reaped in the next round.
                let _ = waitpid(Pid::from_raw(pid), Some(WaitPidFlag::WNOHANG));
            }
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Collects the exit statuses of all ended children, so that their processor time and memory count as those of this process's
/// children. Call it when no other part of this process waits for a child.
pub(crate) fn reap_children() {
    while let Ok(WaitStatus::Exited(..) | WaitStatus::Signaled(..)) =
        waitpid(None, Some(WaitPidFlag::WNOHANG))
    {}
}

fn kill_now(pid: u32) {
    if let Ok(pid) = i32::try_from(pid) {
        // The process may have ended by itself.
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

/// Whether the process exists and is no zombie.
fn is_alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The state follows the name in parentheses.
    stat.rsplit(") ")
        .next()
        .is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['Z', 'X']))
}
