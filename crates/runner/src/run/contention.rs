//! Contention: processor time that other processes used while a cell ran alone, and time that the host stole.

use nix::unistd::{SysconfVar, sysconf};
use std::time::{Duration, Instant};

use crate::run::resource_usage::own_cpu_s;

/// Use by other processes above which a time is marked: cores, plus seconds because ticks are coarse.
const OTHER_CORES: f64 = 0.1;

const OTHER_SECONDS: f64 = 0.05;

/// Share of all processor time stolen by the host of the virtual machine above which a time is marked.
const STOLEN_SHARE: f64 = 0.02;

/// A reading of the system's counters.
pub(crate) struct ContentionMeter {
    at: Instant,
    /// Busy and stolen seconds of all processors; `None` if the system has no such counters.
    counters: Option<[f64; 2]>,
    own_s: f64,
}

/// What else used the machine while a cell ran; `None` if the system has no counters.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Contention {
    /// Mean number of the allowed cores that other processes used.
    pub(crate) foreign_cores: Option<f64>,
    /// Share of the allowed cores' time that the host of the virtual machine took.
    pub(crate) steal: Option<f64>,
}

/// Processor time of other processes while a cell ran.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Others {
    wall_s: f64,
    busy_s: f64,
    stolen_s: f64,
    n_cores: f64,
}

impl ContentionMeter {
    /// Reads the counters.
    pub(crate) fn start() -> ContentionMeter {
        ContentionMeter {
            counters: read_counters(),
            own_s: own_cpu_s(),
            at: Instant::now(),
        }
    }

    /// The numbers for the row; call it after every process of the cell has ended.
    pub(crate) fn read(&self) -> Contention {
        let others = self.others();
        Contention {
            foreign_cores: others.map(|others| others.busy_s / others.wall_s.max(f64::MIN_POSITIVE)),
            steal: others.map(|others| others.stolen_share()),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a number of cores")]
    fn others(&self) -> Option<Others> {
        let ([busy, stolen], [busy_now, stolen_now]) = (self.counters?, read_counters()?);
        let own_s = own_cpu_s() - self.own_s;
        Some(Others {
            wall_s: self.at.elapsed().as_secs_f64(),
            busy_s: (busy_now - busy - own_s).max(0.0),
            stolen_s: stolen_now - stolen,
            n_cores: std::thread::available_parallelism().map_or(1.0, |n| n.get() as f64),
        })
    }
}

impl Others {
    fn stolen_share(&self) -> f64 {
        self.stolen_s / (self.wall_s * self.n_cores).max(f64::MIN_POSITIVE)
    }

    fn message(&self) -> Option<String> {
        let is_busy = self.busy_s > OTHER_SECONDS + OTHER_CORES * self.wall_s;
        let share = self.stolen_share();
        let is_stolen = share > STOLEN_SHARE && self.stolen_s > OTHER_SECONDS;
        let busy = format!(
            "others used {:.2} of {} cores",
            self.busy_s / self.wall_s,
            self.n_cores
        );
        let stolen = format!("{:.0} % of the processors' time was stolen", 100.0 * share);
        match (is_busy, is_stolen) {
            (false, false) => None,
            (true, false) => Some(busy),
            (false, true) => Some(stolen),
            (true, true) => Some(format!("{busy}, {stolen}")),
        }
    }
}

/// Measures for half a second how busy other processes keep the machine; `None` if there is no contention.
pub(crate) fn contention_now() -> Option<String> {
    let meter = ContentionMeter::start();
    std::thread::sleep(Duration::from_millis(500));
    meter.others()?.message()
}

/// Busy and stolen seconds of all processors since the system started.
fn read_counters() -> Option<[f64; 2]> {
    let text = std::fs::read_to_string("/proc/stat").ok()?;
    #[expect(clippy::cast_precision_loss, reason = "ticks in a second")]
    let ticks_per_second = sysconf(SysconfVar::CLK_TCK).ok()?? as f64;
    Some(ticks(&text)?.map(|ticks| ticks / ticks_per_second))
}

/// From the first line of `/proc/stat`: user + nice + system + irq + softirq, and steal. The field user includes guests.
fn ticks(stat: &str) -> Option<[f64; 2]> {
    let numbers: Vec<f64> = stat
        .lines()
        .next()?
        .strip_prefix("cpu ")?
        .split_whitespace()
        .map_while(|word| word.parse().ok())
        .collect();
    match numbers.as_slice() {
        [user, nice, system, _idle, _iowait, irq, softirq, steal, ..] => {
            Some([user + nice + system + irq + softirq, *steal])
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn others(busy_s: f64, stolen_s: f64) -> Others {
        Others {
            wall_s: 10.0,
            busy_s,
            stolen_s,
            n_cores: 2.0,
        }
    }

    #[test]
    fn the_counters_of_the_kernel_are_read() {
        let stat = "cpu  10 20 30 1000 5 1 2 7 100 0\ncpu0 1 2 3\n";
        assert_eq!(ticks(stat), Some([63.0, 7.0]));
        assert_eq!(ticks("intr 1 2 3\n"), None);
    }

    #[test]
    fn a_time_is_marked_from_a_tenth_of_a_core_of_other_work() {
        assert_eq!(others(0.9, 0.3).message(), None);
        assert_eq!(others(5.0, 0.0).message().unwrap(), "others used 0.50 of 2 cores");
        assert_eq!(
            others(0.0, 1.0).message().unwrap(),
            "5 % of the processors' time was stolen"
        );
    }
}
