//! Weights that meet one row after the other: products with a row, and sums with it, in f64 and in one fixed order.
//!
//! Every function gives the same at every SIMD level: sums are sixteen interleaved ones whatever the width of a register, and no product is
//! fused with a sum.

#![expect(
    unsafe_code,
    reason = "loops compiled for vector instructions that were looked for before they are used"
)]

use crate::native::kernels::simd::{Simd, at_every_level};

/// Sums that run side by side.
const LANES: usize = 16;

/// How a row is met, and with which instructions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct VectorOps {
    simd: Simd,
}

/// What soft-thresholded weights give with a row.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Thresholded {
    /// Their product with the row.
    pub(crate) product: f64,
    /// The sum of their absolute values.
    pub(crate) absolute: f64,
    /// The sum of their squares.
    pub(crate) squares: f64,
}

impl VectorOps {
    /// With the widest instructions there are.
    pub(crate) fn here() -> VectorOps {
        VectorOps { simd: Simd::here() }
    }

    at_every_level! {
        /// `Σ weights · row`.
        product, product_body, (weights: &[f64], row: &[f64]) -> f64
    }

    at_every_level! {
        /// Adds `factor · row` to the weights.
        add, add_body, (weights: &mut [f64], row: &[f64], factor: f64) -> ()
    }

    at_every_level! {
        /// What the weights give with the row once each is drawn towards 0 by `threshold`, and no further.
        thresholded, thresholded_body, (weights: &[f64], row: &[f64], threshold: f64) -> Thresholded
    }

    at_every_level! {
        /// Takes from each weight the share `decay` of what `threshold` leaves of it, and adds `factor · row`.
        decay_and_add, decay_and_add_body, (weights: &mut [f64], row: &[f64], threshold: f64, decay: f64, factor: f64) -> ()
    }

    at_every_level! {
        /// Moves `mean` by `share` of its distance to what `threshold` leaves of the weights times `scale`.
        average, average_body, (mean: &mut [f64], weights: &[f64], threshold: f64, scale: f64, share: f64) -> ()
    }

    at_every_level! {
        /// Writes `starts + steps · row`.
        widen, widen_body, (wide: &mut [f64], row: &[u8], starts: &[f64], steps: &[f64]) -> ()
    }
}

/// Draws a value towards 0 by `threshold`, and no further.
#[inline(always)]
pub(crate) fn soft(value: f64, threshold: f64) -> f64 {
    let above = value - threshold;
    let below = value + threshold;
    (if above > 0.0 { above } else { 0.0 }) + (if below < 0.0 { below } else { 0.0 })
}

#[inline(always)]
fn product_body(weights: &[f64], row: &[f64]) -> f64 {
    assert_eq!(weights.len(), row.len(), "a weight for every value");
    let mut sums = [0.0; LANES];
    let (weight_blocks, weight_rest) = weights.as_chunks::<LANES>();
    let (row_blocks, row_rest) = row.as_chunks::<LANES>();
    for (weights, row) in weight_blocks.iter().zip(row_blocks) {
        for lane in 0..LANES {
            sums[lane] += weights[lane] * row[lane];
        }
    }
    for (lane, (weight, value)) in weight_rest.iter().zip(row_rest).enumerate() {
        sums[lane] += weight * value;
    }
    sums.iter().sum()
}

#[inline(always)]
fn add_body(weights: &mut [f64], row: &[f64], factor: f64) {
    for (weight, value) in weights.iter_mut().zip(row) {
        *weight += factor * value;
    }
}

#[inline(always)]
fn thresholded_body(weights: &[f64], row: &[f64], threshold: f64) -> Thresholded {
    assert_eq!(weights.len(), row.len(), "a weight for every value");
    let (mut products, mut absolutes, mut squares) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
    let (weight_blocks, weight_rest) = weights.as_chunks::<LANES>();
    let (row_blocks, row_rest) = row.as_chunks::<LANES>();
    for (weights, row) in weight_blocks.iter().zip(row_blocks) {
        for lane in 0..LANES {
            let left = soft(weights[lane], threshold);
            products[lane] += left * row[lane];
            absolutes[lane] += left.abs();
            squares[lane] += left * left;
        }
    }
    for (lane, (weight, value)) in weight_rest.iter().zip(row_rest).enumerate() {
        let left = soft(*weight, threshold);
        products[lane] += left * value;
        absolutes[lane] += left.abs();
        squares[lane] += left * left;
    }
    Thresholded {
        product: products.iter().sum(),
        absolute: absolutes.iter().sum(),
        squares: squares.iter().sum(),
    }
}

#[inline(always)]
fn decay_and_add_body(weights: &mut [f64], row: &[f64], threshold: f64, decay: f64, factor: f64) {
    for (weight, value) in weights.iter_mut().zip(row) {
        *weight = *weight - decay * soft(*weight, threshold) + factor * value;
    }
}

#[inline(always)]
fn average_body(mean: &mut [f64], weights: &[f64], threshold: f64, scale: f64, share: f64) {
    for (mean, weight) in mean.iter_mut().zip(weights) {
        *mean += share * (scale * soft(*weight, threshold) - *mean);
    }
}

#[inline(always)]
fn widen_body(wide: &mut [f64], row: &[u8], starts: &[f64], steps: &[f64]) {
    for (((wide, byte), start), step) in wide.iter_mut().zip(row).zip(starts).zip(steps) {
        *wide = start + step * f64::from(*byte);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_level_gives_what_the_plain_loop_gives(
            values in proptest::collection::vec((-9.0..9.0f64, -3.0..3.0f64), 0..90), threshold in 0.0..4.0f64,
            factor in -2.0..2.0f64
        ) {
            let (weights, row): (Vec<f64>, Vec<f64>) = values.iter().copied().unzip();
            let left: Vec<f64> = weights.iter().map(|w: &f64| w.signum() * (w.abs() - threshold).max(0.0)).collect();
            let close = |a: f64, b: f64| (a - b).abs() < 1e-9;
            for simd in Simd::available() {
                let steps = VectorOps { simd };
                let plain: f64 = weights.iter().zip(&row).map(|(a, b)| a * b).sum();
                prop_assert!(close(steps.product(&weights, &row), plain));
                prop_assert_eq!(steps.product(&weights, &row), product_body(&weights, &row));
                let found = steps.thresholded(&weights, &row, threshold);
                prop_assert_eq!(found, thresholded_body(&weights, &row, threshold));
                prop_assert!(close(found.product, left.iter().zip(&row).map(|(a, b)| a * b).sum()));
                prop_assert!(close(found.absolute, left.iter().map(|w| w.abs()).sum()));
                prop_assert!(close(found.squares, left.iter().map(|w| w * w).sum()));
                let mut moved = weights.clone();
                steps.add(&mut moved, &row, factor);
                prop_assert!((0..row.len()).all(|i| close(moved[i], weights[i] + factor * row[i])));
                let mut moved = weights.clone();
                steps.decay_and_add(&mut moved, &row, threshold, 0.1, factor);
                prop_assert!((0..row.len()).all(|i| close(moved[i], weights[i] - 0.1 * left[i] + factor * row[i])));
                let mut mean = row.clone();
                steps.average(&mut mean, &weights, threshold, factor, 0.25);
                prop_assert!((0..row.len()).all(|i| close(mean[i], 0.75 * row[i] + 0.25 * factor * left[i])));
                let bytes: Vec<u8> = row.iter().map(|value| (value.abs() * 85.0) as u8).collect();
                let mut wide = row.clone();
                steps.widen(&mut wide, &bytes, &weights, &row);
                prop_assert!((0..row.len()).all(|i| wide[i] == weights[i] + row[i] * f64::from(bytes[i])));
            }
        }
    }
}
