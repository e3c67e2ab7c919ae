//! `dispatch!` runs the variant of a kernel that fits the SIMD level.

/// Runs `plain`, or the variant of the widest level that `simd` has.
///
/// ```text
/// dispatch!(
///     simd, (a: &[f64], b: &[f64]) -> f64,
///     plain: body::<2>,
///     avx2("avx2,fma"): body::<4>,
///     avx512("avx512f"): body::<8>,
/// )
/// ```
///
/// - The arguments are variables of the caller. Their types may not name the caller's generics.
/// - Levels are written from narrow to wide: `avx2`, `avx512`, `vnni`. A level that is left out uses the next narrower variant.
/// - Each level names its features and its own variant, so that constants and fused multiply-adds can differ.
/// - A variant is a safe function. It is either `#[inline(always)]`, and then compiled with the level's features, or has at most these
///   features in a `#[target_feature]` of its own.
macro_rules! dispatch {
    (
        $simd:expr, $arguments:tt -> $result:ty,
        plain: $plain:path
        $(, avx2($avx2_features:tt): $avx2:path)?
        $(, avx512($avx512_features:tt): $avx512:path)?
        $(, vnni($vnni_features:tt): $vnni:path)?
        $(,)?
    ) => {
        'dispatch: {
            #[cfg(target_arch = "x86_64")]
            {
                let level = $crate::native::kernels::simd::Simd::level($simd);
                $($crate::native::kernels::dispatch::dispatch! {
                    @level 'dispatch, level >= Vnni, $vnni_features, $vnni, $arguments -> $result
                })?
                $($crate::native::kernels::dispatch::dispatch! {
                    @level 'dispatch, level >= Avx512, $avx512_features, $avx512, $arguments -> $result
                })?
                $($crate::native::kernels::dispatch::dispatch! {
                    @level 'dispatch, level >= Avx2, $avx2_features, $avx2, $arguments -> $result
                })?
            }
            #[cfg(not(target_arch = "x86_64"))]
            let _ = $simd;
            break 'dispatch $crate::native::kernels::dispatch::dispatch! { @call $plain, $arguments };
        }
    };
    (
        @level $label:lifetime, $level:ident >= $least:ident, $features:tt, $variant:path,
        ($($argument:ident: $kind:ty),* $(,)?) -> $result:ty
    ) => {
        const {
            assert!(
                $crate::native::kernels::simd::Level::$least.requires($features),
                "detection of this level does not require these features"
            );
        }
        if $level >= $crate::native::kernels::simd::Level::$least {
            #[target_feature(enable = $features)]
            fn variant($($argument: $kind),*) -> $result {
                $variant($($argument),*)
            }
            #[expect(unsafe_code, reason = "the processor has the level's features")]
            // SAFETY: a `Simd` has only a level that was detected, and detection of this level requires all of `$features`, as the
            // assertion above checks. The function is safe apart from its features.
            let result = unsafe { variant($($argument),*) };
            break $label result;
        }
    };
    (@call $plain:path, ($($argument:ident: $kind:ty),* $(,)?)) => {
        $plain($($argument),*)
    };
}

pub(crate) use dispatch;

#[cfg(test)]
mod tests {
    use crate::native::kernels::simd::Simd;

    fn plain<const N: usize>(offset: usize) -> usize {
        N + offset
    }

    #[test]
    fn a_level_that_is_left_out_uses_the_next_narrower_variant() {
        for simd in Simd::available() {
            let offset = 1;
            let all = dispatch!(
                simd, (offset: usize) -> usize,
                plain: plain::<10>, avx2("avx2"): plain::<20>, avx512("avx512f"): plain::<30>, vnni("avx512vnni"): plain::<40>,
            );
            let some = dispatch!(simd, (offset: usize) -> usize, plain: plain::<10>, avx512("avx512bw"): plain::<30>);
            let expected = match simd.name() {
                "avx2" => (21, 11),
                "avx512" => (31, 31),
                "avx512-vnni" => (41, 31),
                _ => (11, 11),
            };
            assert_eq!((all, some), expected);
        }
    }
}
