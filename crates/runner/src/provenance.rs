//! Where rows come from: the machine, the program's version, its revision.

use sha2::{Digest, Sha256};

/// What every row of a run says of its origin.
#[derive(Clone, Debug)]
pub struct Provenance {
    /// 8 hex digits over processor, cores and memory: the same machine has the same name, and the name tells nothing else.
    pub machine: String,
    /// Version of this program.
    pub version: String,
    /// Git revision that it was built from, `+` behind it if its sources were changed, `unknown` outside git.
    pub revision: String,
}

impl Provenance {
    /// Of this program on this machine.
    pub fn here() -> Provenance {
        Provenance {
            machine: machine(),
            version: env!("CARGO_PKG_VERSION").into(),
            revision: env!("HEMLINE_REVISION").into(),
        }
    }
}

fn machine() -> String {
    let processor = std::fs::read_to_string("/proc/cpuinfo")
        .ok()
        .and_then(|text| {
            text.lines()
                .find(|line| line.starts_with("model name"))
                .map(str::to_owned)
        })
        .unwrap_or_else(|| std::env::consts::ARCH.into());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let memory = memory.lines().next().unwrap_or_default();
    let digest = Sha256::digest(format!("{processor}\n{cores}\n{memory}"));
    digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}
