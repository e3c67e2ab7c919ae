//! Distances between rows of bytes: in integers and exact, or weighted by pixel in f64 in one fixed order of summation.
//!
//! Every function gives the same at every SIMD level: integers have no rounding, and the f64 sums are eight interleaved ones whatever the
//! width of a register.

#![expect(
    unsafe_code,
    reason = "vector instructions that were looked for before they are used"
)]

use crate::native::kernels::simd::Simd;

/// Sums of f64 that run side by side.
const LANES: usize = 8;

/// How rows are compared, and with which instructions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Distance {
    pub(crate) simd: Simd,
}

/// Compiles a plain loop once more with AVX2, so that the compiler may use its instructions.
macro_rules! with_avx2 {
    ($(#[$doc:meta])* $name:ident, $body:ident, ($($argument:ident: $kind:ty),*) -> $result:ty) => {
        $(#[$doc])*
        pub(crate) fn $name(self, $($argument: $kind),*) -> $result {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2")]
                fn avx2($($argument: $kind),*) -> $result {
                    $body($($argument),*)
                }
                if self.simd != Simd::Plain {
                    // SAFETY: `Simd` names only what the processor has, and what has AVX-512 has AVX2.
                    return unsafe { avx2($($argument),*) };
                }
            }
            $body($($argument),*)
        }
    };
}

impl Distance {
    /// With the widest instructions there are.
    pub(crate) fn here() -> Distance {
        Distance::with(Simd::here())
    }

    /// With those of a level that the processor has.
    pub(crate) fn with(simd: Simd) -> Distance {
        Distance { simd }
    }

    with_avx2! {
        /// `Σ (a - b)²` of up to 66,000 bytes.
        squared, squared_body, (a: &[u8], b: &[u8]) -> u32
    }

    with_avx2! {
        /// `Σ weights · (a - b)²`.
        weighted_squared, weighted_squared_body, (a: &[u8], b: &[u8], weights: &[f64]) -> f64
    }

    with_avx2! {
        /// `Σ weights · |a - b|`.
        weighted_absolute, weighted_absolute_body, (a: &[u8], b: &[u8], weights: &[f64]) -> f64
    }

    with_avx2! {
        /// As [`Distance::weighted_squared`] in f32, at most [`F32_ERROR`] of it away.
        weighted_squared_f32, weighted_squared_f32_body, (a: &[u8], b: &[u8], weights: &[f32]) -> f32
    }

    with_avx2! {
        /// As [`Distance::weighted_absolute`] in f32, at most [`F32_ERROR`] of it away.
        weighted_absolute_f32, weighted_absolute_f32_body, (a: &[u8], b: &[u8], weights: &[f32]) -> f32
    }

    with_avx2! {
        /// The smallest of each block of 32 of `squares - 2 · products`; the last block may be shorter.
        block_minima, block_minima_body, (squares: &[f32], products: &[f32], minima: &mut Vec<f32>) -> ()
    }
}

#[inline(always)]
fn squared_body(a: &[u8], b: &[u8]) -> u32 {
    let square = |(&a, &b): (&u8, &u8)| {
        let apart = i32::from(i16::from(a) - i16::from(b));
        (apart * apart) as u32
    };
    a.iter().zip(b).map(square).sum()
}

#[inline(always)]
fn weighted_squared_body(a: &[u8], b: &[u8], weights: &[f64]) -> f64 {
    summed(a, b, weights, |apart, weight| weight * (apart * apart))
}

#[inline(always)]
fn weighted_absolute_body(a: &[u8], b: &[u8], weights: &[f64]) -> f64 {
    summed(a, b, weights, |apart, weight| weight * apart.abs())
}

#[inline(always)]
fn summed(a: &[u8], b: &[u8], weights: &[f64], term: impl Fn(f64, f64) -> f64) -> f64 {
    let apart = |a: u8, b: u8| f64::from(i32::from(a) - i32::from(b));
    let mut sums = [0.0; LANES];
    let (a_blocks, a_rest) = a.as_chunks::<LANES>();
    let (b_blocks, b_rest) = b.as_chunks::<LANES>();
    let (weight_blocks, weight_rest) = weights.as_chunks::<LANES>();
    for ((a, b), weights) in a_blocks.iter().zip(b_blocks).zip(weight_blocks) {
        for lane in 0..LANES {
            sums[lane] += term(apart(a[lane], b[lane]), weights[lane]);
        }
    }
    let rest = a_rest.iter().zip(b_rest).zip(weight_rest);
    let rest: f64 = rest.map(|((&a, &b), &weight)| term(apart(a, b), weight)).sum();
    sums.iter().sum::<f64>() + rest
}

/// Relative error of a sum in f32 of up to 100,000 weighted terms, none of them negative: a sixteenth as many roundings of 6e-8 each.
pub(crate) const F32_ERROR: f64 = 4e-4;

#[inline(always)]
fn weighted_squared_f32_body(a: &[u8], b: &[u8], weights: &[f32]) -> f32 {
    summed_f32(a, b, weights, |apart, weight| weight * (apart * apart))
}

#[inline(always)]
fn weighted_absolute_f32_body(a: &[u8], b: &[u8], weights: &[f32]) -> f32 {
    summed_f32(a, b, weights, |apart, weight| weight * apart.abs())
}

#[inline(always)]
#[expect(clippy::cast_precision_loss, reason = "a difference of bytes")]
fn summed_f32(a: &[u8], b: &[u8], weights: &[f32], term: impl Fn(f32, f32) -> f32) -> f32 {
    let apart = |a: u8, b: u8| (i32::from(a) - i32::from(b)) as f32;
    let mut sums = [0.0; 2 * LANES];
    let (a_blocks, a_rest) = a.as_chunks::<{ 2 * LANES }>();
    let (b_blocks, b_rest) = b.as_chunks::<{ 2 * LANES }>();
    let (weight_blocks, weight_rest) = weights.as_chunks::<{ 2 * LANES }>();
    for ((a, b), weights) in a_blocks.iter().zip(b_blocks).zip(weight_blocks) {
        for lane in 0..2 * LANES {
            sums[lane] += term(apart(a[lane], b[lane]), weights[lane]);
        }
    }
    let rest = a_rest.iter().zip(b_rest).zip(weight_rest);
    let rest: f32 = rest.map(|((&a, &b), &weight)| term(apart(a, b), weight)).sum();
    sums.iter().sum::<f32>() + rest
}

/// Values of a block of [`Distance::block_minima`].
pub(crate) const BLOCK: usize = 32;

#[inline(always)]
fn block_minima_body(squares: &[f32], products: &[f32], minima: &mut Vec<f32>) {
    minima.clear();
    let smaller = |a: f32, b: f32| if a < b { a } else { b };
    for (squares, products) in squares.chunks(BLOCK).zip(products.chunks(BLOCK)) {
        let mut lanes = [f32::INFINITY; 16];
        let (square_blocks, square_rest) = squares.as_chunks::<16>();
        let (product_blocks, product_rest) = products.as_chunks::<16>();
        for (squares, products) in square_blocks.iter().zip(product_blocks) {
            for lane in 0..16 {
                lanes[lane] = smaller(lanes[lane], squares[lane] - 2.0 * products[lane]);
            }
        }
        let rest = square_rest
            .iter()
            .zip(product_rest)
            .map(|(square, product)| square - 2.0 * product);
        minima.push(lanes.into_iter().chain(rest).fold(f32::INFINITY, smaller));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn distances_are_those_of_the_plain_loop_at_every_level(
            a in proptest::collection::vec(any::<u8>(), 0..200), shift: u8
        ) {
            let b: Vec<u8> = a.iter().rev().map(|byte| byte.wrapping_add(shift)).collect();
            let weights: Vec<f64> = (0..a.len()).map(|i| (i % 7) as f64 / 3.0).collect();
            let apart: Vec<f64> = a.iter().zip(&b).map(|(&a, &b)| f64::from(a) - f64::from(b)).collect();
            let squared: f64 = apart.iter().map(|apart| apart * apart).sum();
            let weighted: f64 = apart.iter().zip(&weights).map(|(apart, weight)| weight * apart * apart).sum();
            let absolute: f64 = apart.iter().zip(&weights).map(|(apart, weight)| weight * apart.abs()).sum();
            let plain = Distance::with(Simd::Plain);
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
                let apart = f64::from(distance.weighted_absolute_f32(&a, &b, &single));
                prop_assert!((apart - absolute).abs() <= F32_ERROR * absolute);
            }
        }

        #[test]
        fn every_block_has_its_smallest(values in proptest::collection::vec(-100.0..100.0f32, 0..150)) {
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
