//! Processor time and memory of processes.

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use nix::time::{ClockId, clock_gettime};
use nix::unistd::{SysconfVar, sysconf};
use std::time::Instant;

/// Measures wall and processor time from its start.
pub(crate) struct Stopwatch {
    wall: Instant,
    cpu_s: f64,
}

/// A reading of a stopwatch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Elapsed {
    /// Wall seconds.
    pub(crate) wall_s: f64,
    /// Processor seconds of all threads of the process.
    pub(crate) cpu_s: f64,
}

impl Stopwatch {
    /// Starts to measure.
    pub(crate) fn start() -> Stopwatch {
        Stopwatch {
            cpu_s: process_cpu_s(),
            wall: Instant::now(),
        }
    }

    /// Time since the start.
    pub(crate) fn read(&self) -> Elapsed {
        Elapsed {
            wall_s: self.wall.elapsed().as_secs_f64(),
            cpu_s: process_cpu_s() - self.cpu_s,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "seconds and nanoseconds of a process")]
fn process_cpu_s() -> f64 {
    clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).map_or(f64::NAN, |time| {
        time.tv_sec() as f64 + time.tv_nsec() as f64 * 1e-9
    })
}

/// Processor seconds of this process and of its ended children.
#[expect(clippy::cast_precision_loss, reason = "seconds and microseconds of processes")]
pub(crate) fn own_cpu_s() -> f64 {
    let seconds = |time: TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 * 1e-6;
    let usage = [UsageWho::RUSAGE_SELF, UsageWho::RUSAGE_CHILDREN].map(getrusage);
    let usage = usage.into_iter().flatten();
    usage
        .map(|usage| seconds(usage.user_time()) + seconds(usage.system_time()))
        .sum()
}

/// Peak resident memory of this process, in MiB.
pub(crate) fn peak_rss_mib() -> Option<f64> {
    let proc = std::fs::read_to_string("/proc/self/status").ok();
    let high_water = proc.as_deref().and_then(|text| kib(text, "VmHWM:"));
    match high_water {
        Some(kib) => Some(kib / 1024.0),
        None => max_rss_mib(UsageWho::RUSAGE_SELF),
    }
}

/// Largest peak resident memory of an ended child, in MiB.
pub(crate) fn children_peak_rss_mib() -> Option<f64> {
    max_rss_mib(UsageWho::RUSAGE_CHILDREN)
}

#[expect(clippy::cast_precision_loss, reason = "kibibytes of a process")]
fn max_rss_mib(who: UsageWho) -> Option<f64> {
    // macOS counts bytes, every other Unix kibibytes.
    let unit = if cfg!(target_os = "macos") {
        1024.0 * 1024.0
    } else {
        1024.0
    };
    getrusage(who).ok().map(|usage| usage.max_rss() as f64 / unit)
}

/// Resident memory of another process now, in bytes; `None` if the system does not report it.
pub(crate) fn rss_bytes(pid: u32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a size")]
    kib(&text, "VmRSS:").map(|kib| kib as u64 * 1024)
}

/// The share of another process in the memory that it and others hold, in bytes: a page that n processes share counts 1/n.
///
/// The kernel walks all pages of the process for it. `None` if the system does not report it, or not to this user.
pub(crate) fn pss_bytes(pid: u32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a size")]
    kib(&text, "Pss:").map(|kib| kib as u64 * 1024)
}

/// Number of processors of the machine, whichever this process may use; 1 if the system does not say.
#[expect(clippy::cast_precision_loss, reason = "a number of processors")]
pub(crate) fn machine_cores() -> f64 {
    match sysconf(SysconfVar::_NPROCESSORS_ONLN) {
        Ok(Some(n_cores)) => n_cores.max(1) as f64,
        _ => std::thread::available_parallelism().map_or(1.0, |n_cores| n_cores.get() as f64),
    }
}

fn kib(status: &str, field: &str) -> Option<f64> {
    status
        .lines()
        .find_map(|line| line.strip_prefix(field))?
        .trim()
        .strip_suffix("kB")?
        .trim()
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_status_is_read() {
        assert_eq!(kib("Name:\tx\nVmHWM:\t  1024 kB\n", "VmHWM:"), Some(1024.0));
        assert_eq!(kib("Name:\tx\n", "VmHWM:"), None);
    }

    #[test]
    fn work_takes_processor_time() {
        let watch = Stopwatch::start();
        let mut sum = 0u64;
        while watch.read().wall_s < 0.02 {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        assert!(watch.read().cpu_s > 0.0);
    }
}
