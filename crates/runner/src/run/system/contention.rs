//! Contention: processor time that other processes used while a cell ran alone, and time that the host stole, on the cores that
//! this process may use.

use nix::unistd::{SysconfVar, sysconf};
use std::time::{Duration, Instant};

use crate::run::system::resource_usage::own_cpu_s;

/// Use by other processes above which a time is marked: cores, plus seconds because ticks are coarse.
const OTHER_CORES: f64 = 0.1;

const OTHER_SECONDS: f64 = 0.05;

/// Share of all processor time stolen by the host of the virtual machine above which a time is marked.
const STOLEN_SHARE: f64 = 0.02;

/// A reading of the counters of the cores that this process may use.
pub(crate) struct ContentionMeter {
    at: Instant,
    cores: Cores,
    /// `None` if the system has no such counters.
    counters: Option<Counters>,
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
        let cores = Cores::allowed();
        ContentionMeter {
            counters: read_counters(&cores),
            cores,
            own_s: own_cpu_s(),
            at: Instant::now(),
        }
    }

    /// The numbers for the row; call it after every process of the cell has ended.
    pub(crate) fn read(&self) -> Contention {
        let others = self.others();
        Contention {
            foreign_cores: others.map(|others| others.cores()),
            steal: others.map(|others| others.stolen_share()),
        }
    }

    fn others(&self) -> Option<Others> {
        let (before, now) = (self.counters?, read_counters(&self.cores)?);
        Some(Others {
            wall_s: self.at.elapsed().as_secs_f64(),
            busy_s: now.busy_s - before.busy_s - (own_cpu_s() - self.own_s),
            stolen_s: now.stolen_s - before.stolen_s,
            n_cores: now.n_cores,
        })
    }
}

impl Others {
    /// Mean number of cores that others used: from none, since a cell may also have run on other cores, to all that are allowed,
    /// since the kernel counts in ticks.
    fn cores(&self) -> f64 {
        (self.busy_s / self.wall_s.max(f64::MIN_POSITIVE)).clamp(0.0, self.n_cores)
    }

    fn stolen_share(&self) -> f64 {
        (self.stolen_s / (self.wall_s * self.n_cores).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0)
    }

    fn message(&self) -> Option<String> {
        let is_busy = self.busy_s > OTHER_SECONDS + OTHER_CORES * self.wall_s;
        let share = self.stolen_share();
        let is_stolen = share > STOLEN_SHARE && self.stolen_s > OTHER_SECONDS;
        let busy = format!("others used {:.2} of {} cores", self.cores(), self.n_cores);
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

/// The cores that this process may use, by their numbers.
enum Cores {
    All,
    Numbered(Vec<usize>),
}

impl Cores {
    /// The cores to which this process is pinned; all if the system does not say.
    fn allowed() -> Cores {
        #[cfg(target_os = "linux")]
        if let Ok(set) = nix::sched::sched_getaffinity(nix::unistd::Pid::from_raw(0)) {
            let is_allowed = |core: &usize| set.is_set(*core).unwrap_or(false);
            return Cores::Numbered((0..nix::sched::CpuSet::count()).filter(is_allowed).collect());
        }
        Cores::All
    }

    fn contains(&self, core: usize) -> bool {
        match self {
            Cores::All => true,
            Cores::Numbered(cores) => cores.contains(&core),
        }
    }
}

/// Counters of some cores since the system started.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Counters {
    busy_s: f64,
    stolen_s: f64,
    n_cores: f64,
}

fn read_counters(cores: &Cores) -> Option<Counters> {
    let text = std::fs::read_to_string("/proc/stat").ok()?;
    #[expect(clippy::cast_precision_loss, reason = "ticks in a second")]
    let ticks_per_second = sysconf(SysconfVar::CLK_TCK).ok()?? as f64;
    counters(&text, cores, ticks_per_second)
}

/// From the lines `cpu0`, `cpu1`, … of `/proc/stat`: user + nice + system + irq + softirq, and steal. The field user includes guests.
fn counters(stat: &str, cores: &Cores, ticks_per_second: f64) -> Option<Counters> {
    let mut sum = Counters::default();
    for line in stat.lines() {
        let mut words = line.split_whitespace();
        let core = words
            .next()
            .and_then(|word| word.strip_prefix("cpu")?.parse().ok());
        if !core.is_some_and(|core| cores.contains(core)) {
            continue;
        }
        let ticks: Vec<f64> = words.map_while(|word| word.parse().ok()).collect();
        let [user, nice, system, _idle, _iowait, irq, softirq, steal, ..] = ticks[..] else {
            return None;
        };
        sum.busy_s += (user + nice + system + irq + softirq) / ticks_per_second;
        sum.stolen_s += steal / ticks_per_second;
        sum.n_cores += 1.0;
    }
    (sum.n_cores > 0.0).then_some(sum)
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
    fn only_the_cores_that_are_allowed_count() {
        let stat = "cpu  110 20 30 1000 5 1 2 7 0 0\n\
                    cpu0 10 20 30 1000 5 1 2 7 100 0\ncpu1 100 0 0 0 0 0 0 3 0 0\ncpu10 1 0 0 0 0 0 0 0 0 0\nintr 1 2\n";
        let of =
            |cores: Cores| counters(stat, &cores, 100.0).map(|sum| (sum.busy_s, sum.stolen_s, sum.n_cores));
        assert_eq!(of(Cores::Numbered(vec![0])), Some((0.63, 0.07, 1.0)));
        assert_eq!(of(Cores::Numbered(vec![1])), Some((1.0, 0.03, 1.0)));
        assert_eq!(of(Cores::All).map(|(_, _, n_cores)| n_cores), Some(3.0));
        assert_eq!(of(Cores::Numbered(vec![5])), None);
        assert_eq!(counters("intr 1 2 3\n", &Cores::All, 100.0), None);
    }

    #[test]
    fn others_never_use_more_cores_than_are_allowed_nor_less_than_none() {
        assert_eq!(others(50.0, 0.0).cores(), 2.0);
        assert_eq!(others(-1.0, 0.0).cores(), 0.0);
        assert_eq!(others(0.0, 50.0).stolen_share(), 1.0);
        assert_eq!(others(0.0, -1.0).stolen_share(), 0.0);
        assert_eq!(
            others(21.0, 0.0).message().unwrap(),
            "others used 2.00 of 2 cores"
        );
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
