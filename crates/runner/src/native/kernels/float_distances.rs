//! Distances between rows of floats, in `f64`.
//!
//! Every SIMD level gives the same bits: each sum has a fixed number of interleaved partial sums whatever the register width.

use crate::native::kernels::dispatch::dispatch;
use crate::native::kernels::distance::Distance;

/// Interleaved partial sums.
const LANES: usize = 16;

impl Distance {
    /// `Σ (a - b)²`.
    ///
    /// # Panics
    /// If the lengths differ.
    pub(crate) fn squared_floats(self, a: &[f32], b: &[f32]) -> f64 {
        dispatch!(
            self.simd, (a: &[f32], b: &[f32]) -> f64,
            plain: squared_body, avx2("avx2"): squared_body, avx512("avx512f"): squared_body,
        )
    }

    /// `Σ |a - b|`.
    ///
    /// # Panics
    /// If the lengths differ.
    pub(crate) fn absolute_floats(self, a: &[f32], b: &[f32]) -> f64 {
        dispatch!(
            self.simd, (a: &[f32], b: &[f32]) -> f64,
            plain: absolute_body, avx2("avx2"): absolute_body, avx512("avx512f"): absolute_body,
        )
    }
}

#[inline(always)]
fn squared_body(a: &[f32], b: &[f32]) -> f64 {
    sum(a, b, |difference| difference * difference)
}

#[inline(always)]
fn absolute_body(a: &[f32], b: &[f32]) -> f64 {
    sum(a, b, f64::abs)
}

#[inline(always)]
fn sum(a: &[f32], b: &[f32], term: impl Fn(f64) -> f64) -> f64 {
    assert_eq!(a.len(), b.len(), "rows differ in length");
    let term = |a: f32, b: f32| term(f64::from(a) - f64::from(b));
    let mut sums = [0.0; LANES];
    let (a_blocks, a_rest) = a.as_chunks::<LANES>();
    let (b_blocks, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a_blocks.iter().zip(b_blocks) {
        for lane in 0..LANES {
            sums[lane] += term(a[lane], b[lane]);
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(&a, &b)| term(a, b)).sum();
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::native::kernels::simd::Simd;

    proptest! {
        #[test]
        fn every_level_matches_the_plain_loop(a in proptest::collection::vec(-1e3..1e3f32, 0..200)) {
            let b: Vec<f32> = a.iter().rev().map(|value| value / 3.0).collect();
            let differences: Vec<f64> = a.iter().zip(&b).map(|(&a, &b)| f64::from(a) - f64::from(b)).collect();
            let squared: f64 = differences.iter().map(|difference| difference * difference).sum();
            let absolute: f64 = differences.iter().map(|difference| difference.abs()).sum();
            let plain = Distance::with(Simd::PLAIN);
            for simd in Simd::available() {
                let distance = Distance::with(simd);
                prop_assert_eq!(distance.squared_floats(&a, &b), plain.squared_floats(&a, &b));
                prop_assert_eq!(distance.absolute_floats(&a, &b), plain.absolute_floats(&a, &b));
                prop_assert!((distance.squared_floats(&a, &b) - squared).abs() <= 1e-12 * squared);
                prop_assert!((distance.absolute_floats(&a, &b) - absolute).abs() <= 1e-12 * absolute);
            }
        }
    }
}
