//! Which features part a few rows best, of all features at once: 32 columns are sorted in registers, eight are scored at a time.
//!
//! A split's gain is the squared distance of the two sides' means, times their sizes: `(n Σ_left - n_left Σ)² / (n_left n_right)`. The sums
//! are whole numbers that a double holds exactly, so that the gains are those of any other way to compute them.

#![expect(
    unsafe_code,
    reason = "vector instructions that were looked for before they are used"
)]

use crate::native::kernels::simd::Simd;

/// Rows at most.
pub(crate) const MOST: usize = 16;

/// Whether this level has the instructions.
pub(crate) fn is_there(simd: Simd) -> bool {
    #[cfg(target_arch = "x86_64")]
    return matches!(simd, Simd::Avx512 | Simd::Vnni);
    #[cfg(not(target_arch = "x86_64"))]
    return {
        let _ = simd;
        false
    };
}

/// Puts into `tied` all features, ascending, whose best threshold with `min_rows` on either side has the largest gain of any; none if there is
/// no such threshold. Each row has a gradient, whose magnitude is at most 2^40. Answers whether it could: not without the instructions.
///
/// # Panics
/// Unless there are 2 to [`MOST`] rows of equal length, with a gradient each.
pub(crate) fn best_features(
    simd: Simd,
    rows: &[&[u8]],
    gradients: &[i64],
    min_rows: usize,
    tied: &mut Vec<u32>,
) -> bool {
    assert!(
        (2..=MOST).contains(&rows.len()) && rows.len() == gradients.len(),
        "a few rows with a gradient each"
    );
    assert!(
        rows.iter().all(|row| row.len() == rows[0].len()),
        "rows of equal length"
    );
    tied.clear();
    match simd {
        // SAFETY: the level names only what the processor has; the lengths were checked.
        #[cfg(target_arch = "x86_64")]
        Simd::Avx512 | Simd::Vnni => unsafe { x86::best_features(rows, gradients, min_rows, tied) },
        _ => return false,
    }
    #[cfg(target_arch = "x86_64")]
    true
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use crate::native::kernels::small_node_split::MOST;

    /// Columns that are sorted at once.
    const COLUMNS: usize = 32;

    /// As [`super::best_features`]; the lengths must fit.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
    pub(crate) fn best_features(rows: &[&[u8]], gradients: &[i64], min_rows: usize, tied: &mut Vec<u32>) {
        match rows.len() {
            2 => search::<2>(rows, gradients, min_rows, tied),
            3..=4 => search::<4>(rows, gradients, min_rows, tied),
            5..=8 => search::<8>(rows, gradients, min_rows, tied),
            _ => search::<16>(rows, gradients, min_rows, tied),
        }
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
    #[expect(clippy::cast_precision_loss, reason = "sums of few gradients are below 2^53")]
    fn search<const PADDED: usize>(rows: &[&[u8]], gradients: &[i64], min_rows: usize, tied: &mut Vec<u32>) {
        /// Nothing that is better is lost to the rounding of a product instead of a quotient.
        const SLACK: f64 = 1.0 - 1e-15;
        let n = rows.len();
        let mut table = [0.0f64; MOST];
        for (to, &gradient) in table.iter_mut().zip(gradients) {
            *to = gradient as f64;
        }
        let all: f64 = table.iter().sum();
        // SAFETY: the table has sixteen values.
        let (first, second) = unsafe {
            (
                _mm512_loadu_pd(table.as_ptr()),
                _mm512_loadu_pd(table.as_ptr().add(8)),
            )
        };
        let n_rows = _mm512_set1_pd(n as f64);
        let number = _mm512_set1_epi64(MOST as i64 - 1);
        let cuts = min_rows.max(1)..(n + 1).saturating_sub(min_rows.max(1));
        let n_features = rows[0].len();
        let mut floor = 0.0f64;
        for start in (0..n_features).step_by(COLUMNS) {
            let here = (n_features - start).min(COLUMNS);
            let mask = u32::MAX >> (COLUMNS - here);
            let mut keys = [_mm512_set1_epi16(-1); PADDED];
            for (i, (key, row)) in keys.iter_mut().zip(rows).enumerate() {
                // SAFETY: the mask leaves out what is beyond the row.
                let bytes = unsafe { _mm256_maskz_loadu_epi8(mask, row.as_ptr().add(start).cast()) };
                let wide = _mm512_slli_epi16::<4>(_mm512_cvtepu8_epi16(bytes));
                *key = _mm512_or_si512(wide, _mm512_set1_epi16(i as i16));
            }
            sort(&mut keys);
            let mut sums = [_mm512_setzero_pd(); COLUMNS / 8];
            let mut best = [_mm512_set1_pd(-1.0); COLUMNS / 8];
            let mut any = 0u32;
            for at in 1..cuts.end.max(1) {
                let (key, next) = (keys[at - 1], keys[at]);
                let differ =
                    _mm512_cmpneq_epi16_mask(_mm512_srli_epi16::<4>(key), _mm512_srli_epi16::<4>(next));
                let differ = if at < cuts.start { 0 } else { differ };
                let parts = [
                    _mm512_extracti64x2_epi64::<0>(key),
                    _mm512_extracti64x2_epi64::<1>(key),
                    _mm512_extracti64x2_epi64::<2>(key),
                    _mm512_extracti64x2_epi64::<3>(key),
                ];
                let under = (at * (n - at)) as f64;
                let least = _mm512_set1_pd(floor * under * SLACK);
                let own = _mm512_set1_pd(all * at as f64);
                for (part, (sum, best)) in sums.iter_mut().zip(&mut best).enumerate() {
                    let row = _mm512_and_si512(_mm512_cvtepu16_epi64(parts[part]), number);
                    *sum = _mm512_add_pd(*sum, _mm512_permutex2var_pd(first, row, second));
                    let apart = _mm512_sub_pd(_mm512_mul_pd(n_rows, *sum), own);
                    let over = _mm512_mul_pd(apart, apart);
                    let may = (differ >> (8 * part)) as u8;
                    let good = _mm512_mask_cmp_pd_mask::<_CMP_GE_OQ>(may, over, least);
                    if good != 0 {
                        let gain = _mm512_div_pd(over, _mm512_set1_pd(under));
                        *best = _mm512_mask_max_pd(*best, good, *best, gain);
                        any |= 1 << part;
                    }
                }
            }
            if any == 0 {
                continue;
            }
            for (part, best) in best.iter().enumerate().filter(|(part, _)| any >> part & 1 == 1) {
                let most = _mm512_reduce_max_pd(*best);
                if most > floor {
                    floor = most;
                    tied.clear();
                }
                let equal = _mm512_cmp_pd_mask::<_CMP_EQ_OQ>(*best, _mm512_set1_pd(floor));
                let features = (0..8u32).filter(|lane| equal >> lane & 1 == 1);
                tied.extend(features.map(|lane| start as u32 + 8 * part as u32 + lane));
            }
        }
    }

    /// Sorts each of the 32 columns, by Batcher's odd-even merges.
    #[target_feature(enable = "avx512f,avx512bw")]
    fn sort<const PADDED: usize>(keys: &mut [__m512i; PADDED]) {
        let mut length = 1;
        while length < PADDED {
            let mut apart = length;
            while apart > 0 {
                let first = apart % length;
                for start in (first..PADDED - apart).step_by(2 * apart) {
                    for i in start..(start + apart).min(PADDED - apart) {
                        if i / (2 * length) == (i + apart) / (2 * length) {
                            let (low, high) = (keys[i], keys[i + apart]);
                            keys[i] = _mm512_min_epu16(low, high);
                            keys[i + apart] = _mm512_max_epu16(low, high);
                        }
                    }
                }
                apart /= 2;
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
        fn the_best_features_are_those_of_the_plain_search(
            n_rows in 2..=MOST, n_features in 1usize..90, n_values in 2u8..6, min_rows in 1usize..3,
            bytes in proptest::collection::vec(any::<u8>(), MOST * 90), gradients in proptest::collection::vec(-3i64..4, MOST)
        ) {
            let byte = |row: usize, feature: usize| bytes[row * n_features + feature] % n_values * 50;
            let gradients: Vec<i64> = gradients[..n_rows].iter().map(|gradient| gradient << 30).collect();
            let rows: Vec<Vec<u8>> = (0..n_rows).map(|row| (0..n_features).map(|feature| byte(row, feature)).collect()).collect();
            let gains: Vec<Option<f64>> = (0..n_features).map(|feature| {
                let thresholds = (0..n_values).map(|value| value * 50);
                let gain = |threshold: u8| {
                    let (left, right): (Vec<usize>, Vec<usize>) = (0..n_rows).partition(|&row| byte(row, feature) <= threshold);
                    let sum = |rows: &[usize]| rows.iter().map(|&row| gradients[row]).sum::<i64>() as f64;
                    let apart = right.len() as f64 * sum(&left) - left.len() as f64 * sum(&right);
                    (left.len() >= min_rows && right.len() >= min_rows).then(|| apart * apart / (left.len() * right.len()) as f64)
                };
                thresholds.filter_map(gain).reduce(f64::max)
            }).collect();
            let most = gains.iter().flatten().copied().reduce(f64::max);
            let expected: Vec<u32> =
                (0..n_features as u32).filter(|&feature| most.is_some() && gains[feature as usize] == most).collect();
            let rows: Vec<&[u8]> = rows.iter().map(Vec::as_slice).collect();
            for simd in Simd::available() {
                let mut tied = vec![7];
                prop_assert_eq!(best_features(simd, &rows, &gradients, min_rows, &mut tied), is_there(simd));
                if is_there(simd) {
                    prop_assert_eq!(&tied, &expected);
                }
            }
        }
    }
}
