//! Distances between rows of bytes: exact in integers, or weighted by pixel in `f64` or `f32`.
//!
//! Every SIMD level gives the same bits: integers do not round, and each floating-point sum has a fixed number of interleaved partial sums
//! whatever the register width.

use crate::native::kernels::dispatch::dispatch;
use crate::native::kernels::simd::Simd;

/// Interleaved partial sums in `f64`.
const LANES: usize = 8;

/// Values of a block of [`Distance::block_minima`].
pub(crate) const BLOCK: usize = 32;

/// Relative error bound of a sum in `f32` of up to 100,000 nonnegative weighted terms: each of the 16 partial sums has a sixteenth of the
/// roundings, 6e-8 each.
pub(crate) const F32_ERROR: f64 = 4e-4;

/// Distances at one SIMD level.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Distance {
    pub(crate) simd: Simd,
}

impl Distance {
    /// Distances at the widest level of this processor.
    pub(crate) fn detect() -> Distance {
        Distance::with(Simd::detect())
    }

    pub(crate) fn with(simd: Simd) -> Distance {
        Distance { simd }
    }

    /// `Σ (a - b)²` of up to 66,000 bytes.
    ///
    /// # Panics
    /// If the lengths differ; so do all functions below.
    pub(crate) fn squared(self, a: &[u8], b: &[u8]) -> u32 {
        dispatch!(
            self.simd, (a: &[u8], b: &[u8]) -> u32,
            plain: squared_body, avx2("avx2"): squared_body,
        )
    }

    /// `Σ weights · (a - b)²`.
    pub(crate) fn weighted_squared(self, a: &[u8], b: &[u8], weights: &[f64]) -> f64 {
        dispatch!(
            self.simd, (a: &[u8], b: &[u8], weights: &[f64]) -> f64,
            plain: weighted_squared_body, avx2("avx2"): weighted_squared_body,
        )
    }

    /// `Σ weights · |a - b|`.
    pub(crate) fn weighted_absolute(self, a: &[u8], b: &[u8], weights: &[f64]) -> f64 {
        dispatch!(
            self.simd, (a: &[u8], b: &[u8], weights: &[f64]) -> f64,
            plain: weighted_absolute_body, avx2("avx2"): weighted_absolute_body,
        )
    }

    /// [`Distance::weighted_squared`] in `f32`, with a relative error of at most [`F32_ERROR`].
    pub(crate) fn weighted_squared_f32(self, a: &[u8], b: &[u8], weights: &[f32]) -> f32 {
        dispatch!(
            self.simd, (a: &[u8], b: &[u8], weights: &[f32]) -> f32,
            plain: weighted_squared_f32_body, avx2("avx2"): weighted_squared_f32_body,
        )
    }

    /// [`Distance::weighted_absolute`] in `f32`, with a relative error of at most [`F32_ERROR`].
    pub(crate) fn weighted_absolute_f32(self, a: &[u8], b: &[u8], weights: &[f32]) -> f32 {
        dispatch!(
            self.simd, (a: &[u8], b: &[u8], weights: &[f32]) -> f32,
            plain: weighted_absolute_f32_body, avx2("avx2"): weighted_absolute_f32_body,
        )
    }

    /// The minimum of `squares - 2 · products` in each block of [`BLOCK`] values; the last block may be shorter.
    pub(crate) fn block_minima(self, squares: &[f32], products: &[f32], minima: &mut Vec<f32>) {
        dispatch!(
            self.simd, (squares: &[f32], products: &[f32], minima: &mut Vec<f32>) -> (),
            plain: block_minima_body, avx2("avx2"): block_minima_body,
        );
    }
}

#[inline(always)]
fn squared_body(a: &[u8], b: &[u8]) -> u32 {
    assert_eq!(a.len(), b.len(), "rows differ in length");
    let square = |(&a, &b): (&u8, &u8)| {
        let difference = i32::from(i16::from(a) - i16::from(b));
        (difference * difference) as u32
    };
    a.iter().zip(b).map(square).sum()
}

#[inline(always)]
fn weighted_squared_body(a: &[u8], b: &[u8], weights: &[f64]) -> f64 {
    weighted_sum(a, b, weights, |difference, weight| {
        weight * (difference * difference)
    })
}

#[inline(always)]
fn weighted_absolute_body(a: &[u8], b: &[u8], weights: &[f64]) -> f64 {
    weighted_sum(a, b, weights, |difference, weight| weight * difference.abs())
}

#[inline(always)]
fn weighted_sum(a: &[u8], b: &[u8], weights: &[f64], term: impl Fn(f64, f64) -> f64) -> f64 {
    assert!(
        a.len() == b.len() && a.len() == weights.len(),
        "rows and weights differ in length"
    );
    let difference = |a: u8, b: u8| f64::from(i32::from(a) - i32::from(b));
    let mut sums = [0.0; LANES];
    let (a_blocks, a_rest) = a.as_chunks::<LANES>();
    let (b_blocks, b_rest) = b.as_chunks::<LANES>();
    let (weight_blocks, weight_rest) = weights.as_chunks::<LANES>();
    for ((a, b), weights) in a_blocks.iter().zip(b_blocks).zip(weight_blocks) {
        for lane in 0..LANES {
            sums[lane] += term(difference(a[lane], b[lane]), weights[lane]);
        }
    }
    let rest = a_rest.iter().zip(b_rest).zip(weight_rest);
    let rest: f64 = rest
        .map(|((&a, &b), &weight)| term(difference(a, b), weight))
        .sum();
    sums.iter().sum::<f64>() + rest
}

#[inline(always)]
fn weighted_squared_f32_body(a: &[u8], b: &[u8], weights: &[f32]) -> f32 {
    weighted_sum_f32(a, b, weights, |difference, weight| {
        weight * (difference * difference)
    })
}

#[inline(always)]
fn weighted_absolute_f32_body(a: &[u8], b: &[u8], weights: &[f32]) -> f32 {
    weighted_sum_f32(a, b, weights, |difference, weight| weight * difference.abs())
}

#[inline(always)]
#[expect(clippy::cast_precision_loss, reason = "a difference of bytes is exact in f32")]
fn weighted_sum_f32(a: &[u8], b: &[u8], weights: &[f32], term: impl Fn(f32, f32) -> f32) -> f32 {
    assert!(
        a.len() == b.len() && a.len() == weights.len(),
        "rows and weights differ in length"
    );
    let difference = |a: u8, b: u8| (i32::from(a) - i32::from(b)) as f32;
    let mut sums = [0.0; 2 * LANES];
    let (a_blocks, a_rest) = a.as_chunks::<{ 2 * LANES }>();
    let (b_blocks, b_rest) = b.as_chunks::<{ 2 * LANES }>();
    let (weight_blocks, weight_rest) = weights.as_chunks::<{ 2 * LANES }>();
    for ((a, b), weights) in a_blocks.iter().zip(b_blocks).zip(weight_blocks) {
        for lane in 0..2 * LANES {
            sums[lane] += term(difference(a[lane], b[lane]), weights[lane]);
        }
    }
    let rest = a_rest.iter().zip(b_rest).zip(weight_rest);
    let rest: f32 = rest
        .map(|((&a, &b), &weight)| term(difference(a, b), weight))
        .sum();
    sums.iter().sum::<f32>() + rest
}

#[inline(always)]
fn block_minima_body(squares: &[f32], products: &[f32], minima: &mut Vec<f32>) {
    assert_eq!(
        squares.len(),
        products.len(),
        "squares and products differ in length"
    );
    minima.clear();
    let min = |a: f32, b: f32| if a < b { a } else { b };
    for (squares, products) in squares.chunks(BLOCK).zip(products.chunks(BLOCK)) {
        let mut lanes = [f32::INFINITY; 16];
        let (square_blocks, square_rest) = squares.as_chunks::<16>();
        let (product_blocks, product_rest) = products.as_chunks::<16>();
        for (squares, products) in square_blocks.iter().zip(product_blocks) {
            for lane in 0..16 {
                lanes[lane] = min(lanes[lane], squares[lane] - 2.0 * products[lane]);
            }
        }
        let rest = square_rest
            .iter()
            .zip(product_rest)
            .map(|(square, product)| square - 2.0 * product);
        minima.push(lanes.into_iter().chain(rest).fold(f32::INFINITY, min));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_level_matches_the_plain_loop(
            a in proptest::collection::vec(any::<u8>(), 0..200), shift: u8
        ) {
            let b: Vec<u8> = a.iter().rev().map(|byte| byte.wrapping_add(shift)).collect();
            let weights: Vec<f64> = (0..a.len()).map(|i| (i % 7) as f64 / 3.0).collect();
            let differences: Vec<f64> = a.iter().zip(&b).map(|(&a, &b)| f64::from(a) - f64::from(b)).collect();
            let squared: f64 = differences.iter().map(|difference| difference * difference).sum();
            let weighted: f64 = differences.iter().zip(&weights).map(|(difference, weight)| weight * difference * difference).sum();
            let absolute: f64 = differences.iter().zip(&weights).map(|(difference, weight)| weight * difference.abs()).sum();
            let plain = Distance::with(Simd::PLAIN);
            for simd in Simd::available() {
                let distance = Distance::with(simd);
                prop_assert_eq!(f64::from(distance.squared(&a, &b)), squared);
                prop_assert_eq!(distance.weighted_squared(&a, &b, &weights), plain.weighted_squared(&a, &b, &weights));
                prop_assert_eq!(distance.weighted_absolute(&a, &b, &weights), plain.weighted_absolute(&a, &b, &weights));
                prop_assert!((distance.weighted_squared(&a, &b, &weights) - weighted).abs() <= 1e-9 * weighted);
                prop_assert!((distance.weighted_absolute(&a, &b, &weights) - absolute).abs() <= 1e-9 * absolute);
                let single: Vec<f32> = weights.iter().map(|&weight| weight as f32).collect();
                let squared = f64::from(distance.weighted_squared_f32(&a, &b, &single));
                prop_assert!((squared - weighted).abs() <= F32_ERROR * weighted);
                let sum = f64::from(distance.weighted_absolute_f32(&a, &b, &single));
                prop_assert!((sum - absolute).abs() <= F32_ERROR * absolute);
            }
        }

        #[test]
        fn block_minima_match_the_plain_loop_at_every_level(values in proptest::collection::vec(-100.0..100.0f32, 0..150)) {
            let products: Vec<f32> = values.iter().map(|value| value / 3.0).collect();
            let all: Vec<f32> = values.iter().zip(&products).map(|(value, product)| value - 2.0 * product).collect();
            let expected: Vec<f32> = all.chunks(BLOCK).map(|block| block.iter().copied().fold(f32::INFINITY, f32::min)).collect();
            for simd in Simd::available() {
                let mut minima = vec![1.0];
                Distance::with(simd).block_minima(&values, &products, &mut minima);
                prop_assert_eq!(&minima, &expected);
            }
        }
    }
}
