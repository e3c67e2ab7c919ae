//! The best features of a node with few rows: sorts 32 columns in registers and scores eight of them at a time.
//!
//! The gain of a split is the squared difference of the two sides' means, times their sizes:
//! `(n Σ_left - n_left Σ)² / (n_left n_right)`. The sums are integers that an `f64` holds exactly, so the gains equal those of any other
//! order of summation.

#![expect(
    unsafe_code,
    reason = "loads of AVX-512 registers, some of them masked at the end of a row"
)]

use crate::native::kernels::dispatch::dispatch;
use crate::native::kernels::simd::Simd;

/// Largest number of rows.
pub(crate) const MAX_ROWS: usize = 32;

/// Bits of the number of a row.
const ROW_BITS: u32 = MAX_ROWS.ilog2();

/// Whether [`best_features`] has an implementation for this level.
pub(crate) fn is_available(simd: Simd) -> bool {
    dispatch!(simd, () -> bool, plain: no, avx512("avx512f"): yes)
}

fn no() -> bool {
    false
}

fn yes() -> bool {
    true
}

/// Writes to `tied` all features, in ascending order, whose best threshold with at least `min_rows` rows on both sides has the largest gain
/// of any feature; none if there is no such threshold. Each row has a gradient with a magnitude of at most 2^40. Returns
/// [`is_available`]: without an implementation, `tied` stays empty.
///
/// # Panics
/// Unless there are 2 to [`MAX_ROWS`] rows of equal length, with one gradient each.
pub(crate) fn best_features(
    simd: Simd,
    rows: &[&[u8]],
    gradients: &[i64],
    min_rows: usize,
    tied: &mut Vec<u32>,
) -> bool {
    dispatch!(
        simd, (rows: &[&[u8]], gradients: &[i64], min_rows: usize, tied: &mut Vec<u32>) -> bool,
        plain: none, avx512("avx512f,avx512bw,avx512vl,avx512dq"): x86::best_features,
    )
}

fn none(rows: &[&[u8]], gradients: &[i64], _min_rows: usize, tied: &mut Vec<u32>) -> bool {
    check_lengths(rows, gradients);
    tied.clear();
    false
}

fn check_lengths(rows: &[&[u8]], gradients: &[i64]) {
    assert!(
        (2..=MAX_ROWS).contains(&rows.len()) && rows.len() == gradients.len(),
        "not 2 to {MAX_ROWS} rows with one gradient each"
    );
    assert!(
        rows.iter().all(|row| row.len() == rows[0].len()),
        "rows differ in length"
    );
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use crate::native::kernels::small_node_split::{MAX_ROWS, ROW_BITS, check_lengths};

    /// Columns that are sorted together.
    const COLUMNS: usize = 32;

    /// [`super::best_features`] with AVX-512.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
    pub(crate) fn best_features(
        rows: &[&[u8]],
        gradients: &[i64],
        min_rows: usize,
        tied: &mut Vec<u32>,
    ) -> bool {
        check_lengths(rows, gradients);
        tied.clear();
        match rows.len() {
            2 => search::<2>(rows, gradients, min_rows, tied),
            3..=4 => search::<4>(rows, gradients, min_rows, tied),
            5..=8 => search::<8>(rows, gradients, min_rows, tied),
            9..=16 => search::<16>(rows, gradients, min_rows, tied),
            _ => search::<MAX_ROWS>(rows, gradients, min_rows, tied),
        }
        true
    }

    /// Searches up to `PADDED` rows of equal length.
    ///
    /// # Panics
    /// If a row is shorter than the first.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
    #[expect(clippy::cast_precision_loss, reason = "sums of few gradients are below 2^53")]
    fn search<const PADDED: usize>(rows: &[&[u8]], gradients: &[i64], min_rows: usize, tied: &mut Vec<u32>) {
        /// The product below rounds differently from the quotient; this tolerance keeps every gain that reaches the floor.
        const TOLERANCE: f64 = 1.0 - 1e-15;
        let n = rows.len();
        let mut table = [0.0f64; MAX_ROWS];
        for (to, &gradient) in table.iter_mut().zip(gradients) {
            *to = gradient as f64;
        }
        let all: f64 = table.iter().sum();
        // SAFETY: the table has eight values for each of the four loads.
        let table = unsafe {
            [
                _mm512_loadu_pd(table.as_ptr()),
                _mm512_loadu_pd(table.as_ptr().add(8)),
                _mm512_loadu_pd(table.as_ptr().add(16)),
                _mm512_loadu_pd(table.as_ptr().add(24)),
            ]
        };
        let n_rows = _mm512_set1_pd(n as f64);
        let number = _mm512_set1_epi64(MAX_ROWS as i64 - 1);
        let n_left = min_rows.max(1)..(n + 1).saturating_sub(min_rows.max(1));
        let n_features = rows[0].len();
        let mut floor = 0.0f64;
        for start in (0..n_features).step_by(COLUMNS) {
            let n_columns = (n_features - start).min(COLUMNS);
            let mask = u32::MAX >> (COLUMNS - n_columns);
            let mut keys = [_mm512_set1_epi16(-1); PADDED];
            for (i, (key, row)) in keys.iter_mut().zip(rows).enumerate() {
                let row = &row[start..][..n_columns];
                // SAFETY: the mask has one bit for each byte of `row`, and the load does not access bytes without a bit.
                let bytes = unsafe { _mm256_maskz_loadu_epi8(mask, row.as_ptr().cast()) };
                let wide = _mm512_slli_epi16::<ROW_BITS>(_mm512_cvtepu8_epi16(bytes));
                *key = _mm512_or_si512(wide, _mm512_set1_epi16(i as i16));
            }
            sort(&mut keys);
            let mut sums = [_mm512_setzero_pd(); COLUMNS / 8];
            let mut best = [_mm512_set1_pd(-1.0); COLUMNS / 8];
            let mut any = 0u32;
            for at in 1..n_left.end.max(1) {
                let (key, next) = (keys[at - 1], keys[at]);
                let differ = _mm512_cmpneq_epi16_mask(
                    _mm512_srli_epi16::<ROW_BITS>(key),
                    _mm512_srli_epi16::<ROW_BITS>(next),
                );
                let differ = if at < n_left.start { 0 } else { differ };
                let parts = [
                    _mm512_extracti64x2_epi64::<0>(key),
                    _mm512_extracti64x2_epi64::<1>(key),
                    _mm512_extracti64x2_epi64::<2>(key),
                    _mm512_extracti64x2_epi64::<3>(key),
                ];
                let denominator = (at * (n - at)) as f64;
                let least = _mm512_set1_pd(floor * denominator * TOLERANCE);
                let own = _mm512_set1_pd(all * at as f64);
                for (part, (sum, best)) in sums.iter_mut().zip(&mut best).enumerate() {
                    let row = _mm512_and_si512(_mm512_cvtepu16_epi64(parts[part]), number);
                    let mut gradient = _mm512_permutex2var_pd(table[0], row, table[1]);
                    if PADDED > 16 {
                        // The lookup takes the lower four bits of the row.
                        let is_high = _mm512_test_epi64_mask(row, _mm512_set1_epi64(16));
                        let high = _mm512_permutex2var_pd(table[2], row, table[3]);
                        gradient = _mm512_mask_blend_pd(is_high, gradient, high);
                    }
                    *sum = _mm512_add_pd(*sum, gradient);
                    let difference = _mm512_sub_pd(_mm512_mul_pd(n_rows, *sum), own);
                    let numerator = _mm512_mul_pd(difference, difference);
                    let is_allowed = (differ >> (8 * part)) as u8;
                    let good = _mm512_mask_cmp_pd_mask::<_CMP_GE_OQ>(is_allowed, numerator, least);
                    if good != 0 {
                        let gain = _mm512_div_pd(numerator, _mm512_set1_pd(denominator));
                        *best = _mm512_mask_max_pd(*best, good, *best, gain);
                        any |= 1 << part;
                    }
                }
            }
            if any == 0 {
                continue;
            }
            for (part, best) in best.iter().enumerate().filter(|(part, _)| any >> part & 1 == 1) {
                let max = _mm512_reduce_max_pd(*best);
                if max > floor {
                    floor = max;
                    tied.clear();
                }
                let equal = _mm512_cmp_pd_mask::<_CMP_EQ_OQ>(*best, _mm512_set1_pd(floor));
                let features = (0..8u32).filter(|lane| equal >> lane & 1 == 1);
                tied.extend(features.map(|lane| start as u32 + 8 * part as u32 + lane));
            }
        }
    }

    /// Sorts each of the 32 columns with Batcher's odd-even mergesort network.
    #[target_feature(enable = "avx512f,avx512bw")]
    fn sort<const PADDED: usize>(keys: &mut [__m512i; PADDED]) {
        let mut length = 1;
        while length < PADDED {
            let mut stride = length;
            while stride > 0 {
                let first = stride % length;
                for start in (first..PADDED - stride).step_by(2 * stride) {
                    for i in start..(start + stride).min(PADDED - stride) {
                        if i / (2 * length) == (i + stride) / (2 * length) {
                            let (low, high) = (keys[i], keys[i + stride]);
                            keys[i] = _mm512_min_epu16(low, high);
                            keys[i + stride] = _mm512_max_epu16(low, high);
                        }
                    }
                }
                stride /= 2;
            }
            length *= 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_level_matches_the_plain_search(
            n_rows in 2..=MAX_ROWS, n_features in 1usize..90, n_values in 2u8..6, min_rows in 1usize..3,
            bytes in proptest::collection::vec(any::<u8>(), MAX_ROWS * 90), gradients in proptest::collection::vec(-3i64..4, MAX_ROWS)
        ) {
            let byte = |row: usize, feature: usize| bytes[row * n_features + feature] % n_values * 50;
            let gradients: Vec<i64> = gradients[..n_rows].iter().map(|gradient| gradient << 30).collect();
            let rows: Vec<Vec<u8>> = (0..n_rows).map(|row| (0..n_features).map(|feature| byte(row, feature)).collect()).collect();
            let gains: Vec<Option<f64>> = (0..n_features).map(|feature| {
                let thresholds = (0..n_values).map(|value| value * 50);
                let gain = |threshold: u8| {
                    let (left, right): (Vec<usize>, Vec<usize>) = (0..n_rows).partition(|&row| byte(row, feature) <= threshold);
                    let sum = |rows: &[usize]| rows.iter().map(|&row| gradients[row]).sum::<i64>() as f64;
                    let difference = right.len() as f64 * sum(&left) - left.len() as f64 * sum(&right);
                    (left.len() >= min_rows && right.len() >= min_rows).then(|| difference * difference / (left.len() * right.len()) as f64)
                };
                thresholds.filter_map(gain).reduce(f64::max)
            }).collect();
            let max = gains.iter().flatten().copied().reduce(f64::max);
            let expected: Vec<u32> =
                (0..n_features as u32).filter(|&feature| max.is_some() && gains[feature as usize] == max).collect();
            let rows: Vec<&[u8]> = rows.iter().map(Vec::as_slice).collect();
            for simd in Simd::available() {
                let mut tied = vec![7];
                prop_assert_eq!(best_features(simd, &rows, &gradients, min_rows, &mut tied), is_available(simd));
                if is_available(simd) {
                    prop_assert_eq!(&tied, &expected);
                }
            }
        }
    }
}
