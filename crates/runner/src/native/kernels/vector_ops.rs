//! Vector operations of linear models on one row: dot product, axpy, soft threshold, weight decay and running mean, in `f64`.
//!
//! Every SIMD level gives the same bits: each sum has sixteen interleaved partial sums whatever the register width, and no product is fused
//! with a sum.

use crate::native::kernels::dispatch::dispatch;
use crate::native::kernels::simd::Simd;

/// Interleaved partial sums.
const LANES: usize = 16;

/// Vector operations at one SIMD level.
#[derive(Clone, Copy, Debug)]
pub(crate) struct VectorOps {
    simd: Simd,
}

/// Sums over soft-thresholded weights.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Thresholded {
    /// Dot product with the row.
    pub(crate) product: f64,
    /// Sum of absolute values, the l1 norm.
    pub(crate) absolute: f64,
    /// Sum of squares.
    pub(crate) squares: f64,
}

impl VectorOps {
    /// Operations at the widest level of this processor.
    pub(crate) fn detect() -> VectorOps {
        VectorOps { simd: Simd::detect() }
    }

    /// Dot product `Σ weights · row`.
    ///
    /// # Panics
    /// If the lengths differ; so do all functions below.
    pub(crate) fn dot(self, weights: &[f64], row: &[f64]) -> f64 {
        dispatch!(
            self.simd, (weights: &[f64], row: &[f64]) -> f64,
            plain: dot_body::<f64>, avx2("avx2"): dot_body::<f64>, avx512("avx512f,avx512bw"): dot_body::<f64>,
        )
    }

    /// Dot product `Σ weights · row` with a row of bytes.
    pub(crate) fn dot_bytes(self, weights: &[f64], row: &[u8]) -> f64 {
        dispatch!(
            self.simd, (weights: &[f64], row: &[u8]) -> f64,
            plain: dot_body::<u8>, avx2("avx2"): dot_body::<u8>, avx512("avx512f,avx512bw"): dot_body::<u8>,
        )
    }

    /// `weights += factor · row`.
    pub(crate) fn axpy(self, weights: &mut [f64], row: &[f64], factor: f64) {
        dispatch!(
            self.simd, (weights: &mut [f64], row: &[f64], factor: f64) -> (),
            plain: axpy_body, avx2("avx2"): axpy_body, avx512("avx512f,avx512bw"): axpy_body,
        );
    }

    /// Sums over the weights after [`soft_threshold`].
    pub(crate) fn thresholded(self, weights: &[f64], row: &[f64], threshold: f64) -> Thresholded {
        dispatch!(
            self.simd, (weights: &[f64], row: &[f64], threshold: f64) -> Thresholded,
            plain: thresholded_body,
            avx2("avx2"): thresholded_body,
            avx512("avx512f,avx512bw"): thresholded_body,
        )
    }

    /// `weights += factor · row - decay · soft_threshold(weights)`.
    pub(crate) fn decay_and_add(
        self,
        weights: &mut [f64],
        row: &[f64],
        threshold: f64,
        decay: f64,
        factor: f64,
    ) {
        dispatch!(
            self.simd, (weights: &mut [f64], row: &[f64], threshold: f64, decay: f64, factor: f64) -> (),
            plain: decay_and_add_body,
            avx2("avx2"): decay_and_add_body,
            avx512("avx512f,avx512bw"): decay_and_add_body,
        );
    }

    /// `mean += share · (scale · soft_threshold(weights) - mean)`.
    pub(crate) fn update_mean(
        self,
        mean: &mut [f64],
        weights: &[f64],
        threshold: f64,
        scale: f64,
        share: f64,
    ) {
        dispatch!(
            self.simd, (mean: &mut [f64], weights: &[f64], threshold: f64, scale: f64, share: f64) -> (),
            plain: update_mean_body,
            avx2("avx2"): update_mean_body,
            avx512("avx512f,avx512bw"): update_mean_body,
        );
    }

    /// Writes `offsets + slopes · row`.
    pub(crate) fn map_pixels(self, to: &mut [f64], row: &[u8], offsets: &[f64], slopes: &[f64]) {
        dispatch!(
            self.simd, (to: &mut [f64], row: &[u8], offsets: &[f64], slopes: &[f64]) -> (),
            plain: map_pixels_body,
            avx2("avx2"): map_pixels_body,
            avx512("avx512f,avx512bw"): map_pixels_body,
        );
    }
}

/// Soft threshold: `sign(value) · max(|value| - threshold, 0)`.
#[inline(always)]
pub(crate) fn soft_threshold(value: f64, threshold: f64) -> f64 {
    let above = value - threshold;
    let below = value + threshold;
    (if above > 0.0 { above } else { 0.0 }) + (if below < 0.0 { below } else { 0.0 })
}

#[inline(always)]
fn dot_body<T: Copy + Into<f64>>(weights: &[f64], row: &[T]) -> f64 {
    assert_eq!(weights.len(), row.len(), "weights and row differ in length");
    let mut sums = [0.0; LANES];
    let (weight_blocks, weight_rest) = weights.as_chunks::<LANES>();
    let (row_blocks, row_rest) = row.as_chunks::<LANES>();
    for (weights, row) in weight_blocks.iter().zip(row_blocks) {
        for lane in 0..LANES {
            sums[lane] += weights[lane] * row[lane].into();
        }
    }
    for (lane, (weight, value)) in weight_rest.iter().zip(row_rest).enumerate() {
        sums[lane] += weight * (*value).into();
    }
    sums.iter().sum()
}

#[inline(always)]
fn axpy_body(weights: &mut [f64], row: &[f64], factor: f64) {
    assert_eq!(weights.len(), row.len(), "weights and row differ in length");
    for (weight, value) in weights.iter_mut().zip(row) {
        *weight += factor * value;
    }
}

#[inline(always)]
fn thresholded_body(weights: &[f64], row: &[f64], threshold: f64) -> Thresholded {
    assert_eq!(weights.len(), row.len(), "weights and row differ in length");
    let (mut products, mut absolutes, mut squares) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
    let (weight_blocks, weight_rest) = weights.as_chunks::<LANES>();
    let (row_blocks, row_rest) = row.as_chunks::<LANES>();
    for (weights, row) in weight_blocks.iter().zip(row_blocks) {
        for lane in 0..LANES {
            let weight = soft_threshold(weights[lane], threshold);
            products[lane] += weight * row[lane];
            absolutes[lane] += weight.abs();
            squares[lane] += weight * weight;
        }
    }
    for (lane, (weight, value)) in weight_rest.iter().zip(row_rest).enumerate() {
        let weight = soft_threshold(*weight, threshold);
        products[lane] += weight * value;
        absolutes[lane] += weight.abs();
        squares[lane] += weight * weight;
    }
    Thresholded {
        product: products.iter().sum(),
        absolute: absolutes.iter().sum(),
        squares: squares.iter().sum(),
    }
}

#[inline(always)]
fn decay_and_add_body(weights: &mut [f64], row: &[f64], threshold: f64, decay: f64, factor: f64) {
    assert_eq!(weights.len(), row.len(), "weights and row differ in length");
    for (weight, value) in weights.iter_mut().zip(row) {
        *weight = *weight - decay * soft_threshold(*weight, threshold) + factor * value;
    }
}

#[inline(always)]
fn update_mean_body(mean: &mut [f64], weights: &[f64], threshold: f64, scale: f64, share: f64) {
    assert_eq!(mean.len(), weights.len(), "means and weights differ in length");
    for (mean, weight) in mean.iter_mut().zip(weights) {
        *mean += share * (scale * soft_threshold(*weight, threshold) - *mean);
    }
}

#[inline(always)]
fn map_pixels_body(to: &mut [f64], row: &[u8], offsets: &[f64], slopes: &[f64]) {
    assert!(
        to.len() == row.len() && offsets.len() == row.len() && slopes.len() == row.len(),
        "target, row, offsets and slopes differ in length"
    );
    for (((to, byte), offset), slope) in to.iter_mut().zip(row).zip(offsets).zip(slopes) {
        *to = offset + slope * f64::from(*byte);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_level_matches_the_plain_loop(
            values in proptest::collection::vec((-9.0..9.0f64, -3.0..3.0f64), 0..90), threshold in 0.0..4.0f64,
            factor in -2.0..2.0f64
        ) {
            let (weights, row): (Vec<f64>, Vec<f64>) = values.iter().copied().unzip();
            let thresholded: Vec<f64> = weights.iter().map(|w: &f64| w.signum() * (w.abs() - threshold).max(0.0)).collect();
            let close = |a: f64, b: f64| (a - b).abs() < 1e-9;
            for simd in Simd::available() {
                let ops = VectorOps { simd };
                let plain: f64 = weights.iter().zip(&row).map(|(a, b)| a * b).sum();
                prop_assert!(close(ops.dot(&weights, &row), plain));
                prop_assert_eq!(ops.dot(&weights, &row), dot_body(&weights, &row));
                let found = ops.thresholded(&weights, &row, threshold);
                prop_assert_eq!(found, thresholded_body(&weights, &row, threshold));
                prop_assert!(close(found.product, thresholded.iter().zip(&row).map(|(a, b)| a * b).sum()));
                prop_assert!(close(found.absolute, thresholded.iter().map(|w| w.abs()).sum()));
                prop_assert!(close(found.squares, thresholded.iter().map(|w| w * w).sum()));
                let mut updated = weights.clone();
                ops.axpy(&mut updated, &row, factor);
                prop_assert!((0..row.len()).all(|i| close(updated[i], weights[i] + factor * row[i])));
                let mut updated = weights.clone();
                ops.decay_and_add(&mut updated, &row, threshold, 0.1, factor);
                prop_assert!((0..row.len()).all(|i| close(updated[i], weights[i] - 0.1 * thresholded[i] + factor * row[i])));
                let mut mean = row.clone();
                ops.update_mean(&mut mean, &weights, threshold, factor, 0.25);
                prop_assert!((0..row.len()).all(|i| close(mean[i], 0.75 * row[i] + 0.25 * factor * thresholded[i])));
                let bytes: Vec<u8> = row.iter().map(|value| (value.abs() * 85.0) as u8).collect();
                let mut mapped = row.clone();
                ops.map_pixels(&mut mapped, &bytes, &weights, &row);
                prop_assert!((0..row.len()).all(|i| mapped[i] == weights[i] + row[i] * f64::from(bytes[i])));
                let of_bytes: Vec<f64> = bytes.iter().map(|byte| f64::from(*byte)).collect();
                prop_assert_eq!(ops.dot_bytes(&weights, &bytes), dot_body(&weights, &of_bytes));
            }
        }
    }
}
