//! `Provenance`: the machine, and the version, revision and compiler of this program.

use sha2::{Digest, Sha256};

/// Origin of the rows of a run. Every row has `machine`, `version` and `revision`; `machines.csv` has all fields.
#[derive(Clone, Debug)]
pub(crate) struct Provenance {
    /// 8 hex digits: a hash of processor, cores and memory, so that the name reveals nothing else.
    pub(crate) machine: String,
    /// Version of this program.
    pub(crate) version: String,
    /// Git revision of the build: with a trailing `+` if the sources had changes, `unknown` outside git.
    pub(crate) revision: String,
    /// The processor's model name.
    pub(crate) cpu: String,
    /// Cores that this program may use.
    pub(crate) cores: usize,
    /// Memory of the machine in GiB, if known.
    pub(crate) memory_gib: Option<f64>,
    /// Name and release of the operating system's kernel.
    pub(crate) kernel: String,
    /// Name of the widest SIMD instructions that this program may use.
    pub(crate) simd: &'static str,
    /// Name and version of the compiler.
    pub(crate) compiler: &'static str,
}

impl Provenance {
    /// This program on this machine; `simd` is the name of its SIMD level.
    pub(crate) fn here(simd: &'static str) -> Provenance {
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
        let cpu = processor.rsplit(':').next().unwrap_or_default().trim();
        Provenance {
            machine: digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect(),
            version: env!("CARGO_PKG_VERSION").into(),
            revision: env!("HEMLINE_REVISION").into(),
            cpu: cpu.into(),
            cores,
            memory_gib: memory
                .split_whitespace()
                .nth(1)
                .and_then(|kib| Some(kib.parse::<f64>().ok()? / (1024.0 * 1024.0))),
            kernel: kernel(),
            simd,
            compiler: env!("HEMLINE_COMPILER"),
        }
    }
}

fn kernel() -> String {
    let name = nix::sys::utsname::uname();
    name.map_or_else(
        |_| std::env::consts::OS.into(),
        |name| {
            format!(
                "{} {}",
                name.sysname().to_string_lossy(),
                name.release().to_string_lossy()
            )
        },
    )
}
