//! The vector instructions that a kernel may use, found out once while it runs.

/// A level of vector instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Simd {
    /// What every processor of the architecture has.
    Plain,
    /// x86-64 with AVX2.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// x86-64 with AVX-512 on bytes.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// The same with 8-bit dot products.
    #[cfg(target_arch = "x86_64")]
    Vnni,
}

impl Simd {
    /// The widest that this processor has.
    pub(crate) fn here() -> Simd {
        Simd::available().last().copied().unwrap_or(Simd::Plain)
    }

    /// All that this processor has, narrowest first.
    pub(crate) fn available() -> Vec<Simd> {
        #[cfg(target_arch = "x86_64")]
        {
            let avx2 = is_x86_feature_detected!("avx2").then_some(Simd::Avx2);
            let avx512 = is_x86_feature_detected!("avx512bw").then_some(Simd::Avx512);
            let has_vnni = avx512.is_some() && is_x86_feature_detected!("avx512vnni");
            let vnni = has_vnni.then_some(Simd::Vnni);
            [Simd::Plain]
                .into_iter()
                .chain(avx2)
                .chain(avx512)
                .chain(vnni)
                .collect()
        }
        #[cfg(not(target_arch = "x86_64"))]
        {
            vec![Simd::Plain]
        }
    }
}

/// A method of what has a field `simd`: compiles a plain loop once more for each level, so that the compiler may use its instructions.
macro_rules! at_every_level {
    ($(#[$doc:meta])* $name:ident, $body:ident, ($($argument:ident: $kind:ty),*) -> $result:ty) => {
        $(#[$doc])*
        pub(crate) fn $name(self, $($argument: $kind),*) -> $result {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2")]
                fn avx2($($argument: $kind),*) -> $result {
                    $body($($argument),*)
                }
                #[target_feature(enable = "avx512f,avx512bw")]
                fn avx512($($argument: $kind),*) -> $result {
                    $body($($argument),*)
                }
                match self.simd {
                    Simd::Plain => {}
                    // SAFETY: `Simd` names only what the processor has.
                    Simd::Avx2 => return unsafe { avx2($($argument),*) },
                    // SAFETY: as above; what has AVX-512 on bytes has its foundation.
                    Simd::Avx512 | Simd::Vnni => return unsafe { avx512($($argument),*) },
                }
            }
            $body($($argument),*)
        }
    };
}

pub(crate) use at_every_level;
