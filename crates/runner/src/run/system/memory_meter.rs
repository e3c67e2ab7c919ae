//! The memory of a cell: the sum over its process tree, in which pages that several processes share count once.
//!
//! Resident memory is quick to read but counts shared pages once per process. The proportional share (PSS) counts them once in all,
//! but the kernel walks every page for it. So it is read only where the resident sum would matter, and not often.

use std::time::{Duration, Instant};

use crate::run::system::process_tree::descendants;
use crate::run::system::resource_usage::{pss_bytes, rss_bytes};

/// Shortest time between two readings of proportional shares.
const PSS_INTERVAL: Duration = Duration::from_millis(200);

/// Samples the memory of a process tree and keeps the peak.
#[derive(Default)]
pub(crate) struct MemoryMeter {
    /// Peak of the samples, in bytes.
    peak: u64,
    /// When proportional shares were read last.
    pss_read: Option<Instant>,
}

impl MemoryMeter {
    /// The bytes that `pid` and all processes below it hold now, if they are more than `limit`.
    pub(crate) fn above(&mut self, pid: u32, limit: Option<u64>) -> Option<u64> {
        let below = descendants(pid);
        let own = rss_bytes(pid).unwrap_or_default();
        let resident = own + below.iter().copied().filter_map(rss_bytes).sum::<u64>();
        let is_above = |held: u64| limit.is_some_and(|limit| held > limit);
        let held = match below.len() {
            // The cell and its program share no more than libraries.
            0 | 1 => resident,
            _ if resident <= self.peak && !is_above(resident) => return None,
            _ => {
                let now = Instant::now();
                let is_recent = |read: Instant| now.duration_since(read) < PSS_INTERVAL;
                if self.pss_read.is_some_and(is_recent) {
                    return None;
                }
                let share = |pid| pss_bytes(pid).or_else(|| rss_bytes(pid));
                let held = own + below.into_iter().filter_map(share).sum::<u64>();
                self.pss_read = Some(Instant::now());
                held
            }
        };
        self.peak = self.peak.max(held);
        is_above(held).then_some(held)
    }

    /// The largest sample, in MiB.
    #[expect(clippy::cast_precision_loss, reason = "a size in bytes")]
    pub(crate) fn peak_mib(&self) -> f64 {
        self.peak as f64 / (1024.0 * 1024.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_of_this_process_is_measured() {
        if rss_bytes(std::process::id()).is_none() {
            println!("skipped: this system does not say what a process holds");
            return;
        }
        let mut meter = MemoryMeter::default();
        assert_eq!(meter.above(std::process::id(), None), None);
        assert!(meter.peak_mib() > 0.1);
        assert!(meter.above(std::process::id(), Some(1)).is_some());
    }
}
