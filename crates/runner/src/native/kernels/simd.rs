//! The SIMD level of the processor, detected once per process.
//!
//! # Invariants
//! - No other file detects processor features.
//! - A [`Simd`] value exists only for a level that this processor has: its field is private, and only this file makes values.
//! - A level requires every feature that any function of that level enables. `dispatch!` checks this while compiling.

use std::fmt;
use std::sync::OnceLock;

/// A SIMD level that this processor has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Simd {
    level: Level,
}

/// SIMD levels, narrowest first. Each level includes the features of all narrower ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// The baseline of the architecture: SSE2 on x86-64, NEON on AArch64.
    Plain,
    /// AVX2 with FMA, F16C and POPCNT.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// AVX-512 F, BW, DQ and VL.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// AVX-512 with VNNI, the 8-bit dot products.
    #[cfg(target_arch = "x86_64")]
    Vnni,
}

/// Declares a level's additional features once, for detection and for the check in `dispatch!`.
#[cfg(target_arch = "x86_64")]
macro_rules! features {
    ($level:ident: $($feature:tt),+) => {
        mod $level {
            pub(super) const NAMES: &[&str] = &[$($feature),+];

            pub(super) fn are_detected() -> bool {
                $(is_x86_feature_detected!($feature))&&+
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
features! { avx2: "avx2", "fma", "f16c", "popcnt" }

#[cfg(target_arch = "x86_64")]
features! { avx512: "avx512f", "avx512bw", "avx512dq", "avx512vl" }

#[cfg(target_arch = "x86_64")]
features! { vnni: "avx512vnni" }

impl Simd {
    /// The baseline of the architecture.
    #[cfg(test)]
    pub(crate) const PLAIN: Simd = Simd { level: Level::Plain };

    /// The widest level of this processor.
    pub(crate) fn detect() -> Simd {
        static DETECTED: OnceLock<Simd> = OnceLock::new();
        *DETECTED.get_or_init(Simd::widest)
    }

    #[cfg(target_arch = "x86_64")]
    fn widest() -> Simd {
        let level = if !avx2::are_detected() {
            Level::Plain
        } else if !avx512::are_detected() {
            Level::Avx2
        } else if !vnni::are_detected() {
            Level::Avx512
        } else {
            Level::Vnni
        };
        Simd { level }
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn widest() -> Simd {
        Simd { level: Level::Plain }
    }

    pub(crate) fn level(self) -> Level {
        self.level
    }

    /// The name of the level in result files.
    pub(crate) fn name(self) -> &'static str {
        match self.level {
            Level::Plain if cfg!(target_arch = "x86_64") => "sse2",
            Level::Plain if cfg!(target_arch = "aarch64") => "neon",
            Level::Plain => "none",
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => "avx512",
            #[cfg(target_arch = "x86_64")]
            Level::Vnni => "avx512-vnni",
        }
    }

    /// All levels of this processor, narrowest first.
    #[cfg(test)]
    pub(crate) fn available() -> Vec<Simd> {
        let levels = Level::ALL.iter().filter(|level| **level <= Simd::detect().level);
        levels.map(|&level| Simd { level }).collect()
    }
}

impl fmt::Display for Simd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Simd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Level {
    #[cfg(all(test, target_arch = "x86_64"))]
    const ALL: &[Level] = &[Level::Plain, Level::Avx2, Level::Avx512, Level::Vnni];

    #[cfg(all(test, not(target_arch = "x86_64")))]
    const ALL: &[Level] = &[Level::Plain];

    /// Whether detection of this level requires each feature of a comma-separated list.
    #[cfg(target_arch = "x86_64")]
    pub(crate) const fn requires(self, features: &str) -> bool {
        let features = features.as_bytes();
        let mut start = 0;
        let mut end = 0;
        while end <= features.len() {
            if end == features.len() || features[end] == b',' {
                let (before, _) = features.split_at(end);
                let (_, feature) = before.split_at(start);
                let is_required = contains(avx2::NAMES, feature)
                    || self as u8 >= Level::Avx512 as u8 && contains(avx512::NAMES, feature)
                    || self as u8 >= Level::Vnni as u8 && contains(vnni::NAMES, feature);
                if matches!(self, Level::Plain) || !is_required {
                    return false;
                }
                start = end + 1;
            }
            end += 1;
        }
        true
    }
}

#[cfg(target_arch = "x86_64")]
const fn contains(names: &[&str], feature: &[u8]) -> bool {
    let mut i = 0;
    while i < names.len() {
        let name = names[i].as_bytes();
        let mut n_equal = 0;
        while n_equal < name.len() && n_equal < feature.len() && name[n_equal] == feature[n_equal] {
            n_equal += 1;
        }
        if n_equal == name.len() && n_equal == feature.len() {
            return true;
        }
        i += 1;
    }
    false
}

/// Whether the processor has AMX tiles with 8-bit products as well as AVX-512, and Linux permits their use. The first call requests the
/// permission, which Linux grants per process.
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
pub(crate) fn is_amx_permitted() -> bool {
    static PERMITTED: OnceLock<bool> = OnceLock::new();
    *PERMITTED.get_or_init(|| Simd::detect().level >= Level::Avx512 && has_amx() && request_amx())
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
fn has_amx() -> bool {
    use std::arch::x86_64::{__cpuid_count, __get_cpuid_max};

    const AMX_TILE: u32 = 1 << 24;
    const AMX_INT8: u32 = 1 << 25;
    __get_cpuid_max(0).0 >= 7 && __cpuid_count(7, 0).edx & (AMX_TILE | AMX_INT8) == AMX_TILE | AMX_INT8
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
#[expect(
    unsafe_code,
    reason = "the standard library has no function for this system call"
)]
fn request_amx() -> bool {
    const ARCH_REQ_XCOMP_PERM: nix::libc::c_long = 0x1023;
    const XFEATURE_XTILEDATA: nix::libc::c_long = 18;
    // SAFETY: the call takes two integers and no pointer. A Linux kernel that does not know the request returns an error.
    let status =
        unsafe { nix::libc::syscall(nix::libc::SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) };
    status == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Prints which levels the property tests of this folder run on this machine, and which they leave out.
    #[test]
    fn levels_of_this_machine() {
        let available = Simd::available();
        assert_eq!(available.first(), Some(&Simd::PLAIN));
        assert_eq!(available.last(), Some(&Simd::detect()));
        let (mut run, mut left_out) = (vec![], vec![]);
        for &level in Level::ALL {
            let simd = Simd { level };
            if available.contains(&simd) {
                &mut run
            } else {
                &mut left_out
            }
            .push(simd.name());
        }
        #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
        if is_amx_permitted() {
            &mut run
        } else {
            &mut left_out
        }
        .push("amx");
        println!("levels run here: {}", run.join(", "));
        if !left_out.is_empty() {
            println!("levels not run here: {}", left_out.join(", "));
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn a_level_requires_its_own_features_and_those_of_narrower_levels() {
        assert!(Level::Avx2.requires("avx2,fma"));
        assert!(Level::Avx512.requires("avx2,avx512f,avx512vl,avx512dq"));
        assert!(Level::Vnni.requires("avx2,avx512bw,avx512vnni"));
        assert!(!Level::Plain.requires("avx2"));
        assert!(!Level::Avx2.requires("avx2,avx512f"));
        assert!(!Level::Avx512.requires("avx512vnni"));
        assert!(!Level::Vnni.requires("avx512"));
        assert!(!Level::Vnni.requires(""));
    }
}
