//! Where rows come from: the machine, the program's version, its revision, what it was built with.

use sha2::{Digest, Sha256};

/// What every row of a run says of its origin, and what `machines.csv` says more.
#[derive(Clone, Debug)]
pub(crate) struct Provenance {
    /// 8 hex digits over processor, cores and memory: the same machine has the same name, and the name tells nothing else.
    pub machine: String,
    /// Version of this program.
    pub version: String,
    /// Git revision that it was built from, `+` behind it if its sources were changed, `unknown` outside git.
    pub revision: String,
    /// The processor's model name.
    pub cpu: String,
    /// Cores that this program may use.
    pub cores: usize,
    /// Memory of the machine in GiB, where the system says.
    pub memory_gib: Option<f64>,
    /// Name and release of the system's kernel.
    pub kernel: String,
    /// The widest vector instructions that this program may use.
    pub simd: &'static str,
    /// The compiler.
    pub compiler: &'static str,
}

impl Provenance {
    /// Of this program on this machine.
    pub(crate) fn here() -> Provenance {
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
            simd: simd(),
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

#[cfg(target_arch = "x86_64")]
fn simd() -> &'static str {
    if is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("avx512vnni") {
        "avx512-vnni"
    } else if is_x86_feature_detected!("avx512bw") {
        "avx512"
    } else if is_x86_feature_detected!("avx2") {
        "avx2"
    } else {
        "sse2"
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn simd() -> &'static str {
    if cfg!(target_arch = "aarch64") {
        "neon"
    } else {
        "none"
    }
}
