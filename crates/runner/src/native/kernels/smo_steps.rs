//! One iteration of sequential minimal optimization (SMO): update of the gradient by two kernel rows, and working set selection.
//!
//! `margins` holds `y - Σ α y K` of every row, the negative gradient times `y`. Rows lie in groups of [`GROUP`], with one bit per row in
//! each of two lists of masks: whether its coefficient `α y` may go up, and whether it may go down. Bits beyond the last row are 0. Equal
//! candidates go to the last row, as in libsvm.
//!
//! AVX-512 fuses multiplications with additions, so levels differ in rounding.

#![expect(
    unsafe_code,
    reason = "loads and stores of AVX-512 registers behind one check of the lengths"
)]

use crate::native::kernels::dispatch::dispatch;
use crate::native::kernels::simd::Simd;

/// Rows of a group, and bits of a mask.
pub(crate) const GROUP: usize = 16;

/// Replaces a curvature that is not above 0, as in libsvm.
pub(crate) const TAU: f64 = 1e-12;

/// The rows that violate the optimality conditions most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Extremes {
    /// The largest margin of a row that may go up; negative infinity where there is none.
    pub(crate) up: f64,
    /// The last row with this margin; 0 where there is none.
    pub(crate) up_at: usize,
    /// The smallest margin of a row that may go down; infinity where there is none.
    pub(crate) low: f64,
}

/// `margins -= by[0] · rows[0] + by[1] · rows[1]`; returns the extremes of the new margins.
///
/// # Panics
/// If there is not one value of each row per margin, and one mask per group.
pub(crate) fn update(
    simd: Simd,
    margins: &mut [f64],
    rows: [&[f32]; 2],
    by: [f64; 2],
    up: &[u16],
    low: &[u16],
) -> Extremes {
    dispatch!(
        simd, (margins: &mut [f64], rows: [&[f32]; 2], by: [f64; 2], up: &[u16], low: &[u16]) -> Extremes,
        plain: update_body, avx2("avx2"): update_body, avx512("avx512f"): x86::update,
    )
}

#[inline(always)]
fn update_body(margins: &mut [f64], rows: [&[f32]; 2], by: [f64; 2], up: &[u16], low: &[u16]) -> Extremes {
    check_lengths(margins, rows, [up, low]);
    subtract_body(margins, rows, by);
    extremes(margins, up, low)
}

/// The extremes, without an update.
pub(crate) fn extremes(margins: &[f64], up: &[u16], low: &[u16]) -> Extremes {
    let mut found = Extremes {
        up: f64::NEG_INFINITY,
        up_at: 0,
        low: f64::INFINITY,
    };
    for (group, margins) in margins.chunks_exact(GROUP).enumerate() {
        for (lane, &margin) in margins.iter().enumerate() {
            if up[group] >> lane & 1 == 1 && margin >= found.up {
                (found.up, found.up_at) = (margin, group * GROUP + lane);
            }
            if low[group] >> lane & 1 == 1 && margin < found.low {
                found.low = margin;
            }
        }
    }
    found
}

/// `margins -= by[0] · rows[0] + by[1] · rows[1]`.
///
/// # Panics
/// If the lengths differ.
pub(crate) fn subtract(simd: Simd, margins: &mut [f64], rows: [&[f32]; 2], by: [f64; 2]) {
    dispatch!(
        simd, (margins: &mut [f64], rows: [&[f32]; 2], by: [f64; 2]) -> (),
        plain: subtract_body, avx2("avx2"): subtract_body, avx512("avx512f"): subtract_body,
    );
}

#[inline(always)]
fn subtract_body(margins: &mut [f64], rows: [&[f32]; 2], by: [f64; 2]) {
    assert!(
        rows[0].len() == margins.len() && rows[1].len() == margins.len(),
        "margins and kernel rows differ in length"
    );
    for ((margin, &first), &second) in margins.iter_mut().zip(rows[0]).zip(rows[1]) {
        *margin -= by[0] * f64::from(first) + by[1] * f64::from(second);
    }
}

/// The second row of the working set: the row that may go down with the largest estimated gain, given the first row, which goes up.
/// `max` is the first row's margin, `row` its kernel row and `own` its kernel value with itself; `diagonal` holds those of all rows. The
/// gain is estimated in `f32`.
///
/// # Panics
/// If there is not one value per margin, and one mask per group.
pub(crate) fn partner(
    simd: Simd,
    margins: &[f64],
    row: &[f32],
    diagonal: &[f32],
    low: &[u16],
    max: f64,
    own: f32,
) -> Option<usize> {
    dispatch!(
        simd,
        (margins: &[f64], row: &[f32], diagonal: &[f32], low: &[u16], max: f64, own: f32) -> Option<usize>,
        plain: partner_plain, avx512("avx512f"): x86::partner,
    )
}

/// # Panics
/// If there is not one value of each row per margin, and one mask of each list per group.
fn check_lengths(margins: &[f64], rows: [&[f32]; 2], masks: [&[u16]; 2]) {
    let (groups, rest) = margins.as_chunks::<GROUP>();
    assert!(
        rest.is_empty() && masks.iter().all(|masks| masks.len() == groups.len()),
        "not one mask per group of margins"
    );
    assert!(
        rows.iter().all(|row| row.len() == margins.len()),
        "margins and kernel rows differ in length"
    );
}

fn partner_plain(
    margins: &[f64],
    row: &[f32],
    diagonal: &[f32],
    low: &[u16],
    max: f64,
    own: f32,
) -> Option<usize> {
    check_lengths(margins, [row, diagonal], [low, low]);
    let mut best = (0.0f32, None);
    for (at, &margin) in margins.iter().enumerate() {
        let difference = (max - margin) as f32;
        if low[at / GROUP] >> (at % GROUP) & 1 == 1 && difference > 0.0 {
            let curvature = own + diagonal[at] - 2.0 * row[at];
            let curvature = if curvature > 0.0 { curvature } else { TAU as f32 };
            let gain = difference / curvature * difference;
            if gain >= best.0 {
                best = (gain, Some(at));
            }
        }
    }
    best.1
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use crate::native::kernels::smo_steps::Extremes;
    use crate::native::kernels::smo_steps::GROUP;
    use crate::native::kernels::smo_steps::TAU;
    use crate::native::kernels::smo_steps::check_lengths;

    /// [`super::update`] with AVX-512.
    #[target_feature(enable = "avx512f")]
    pub(crate) fn update(
        margins: &mut [f64],
        rows: [&[f32]; 2],
        by: [f64; 2],
        up: &[u16],
        low: &[u16],
    ) -> Extremes {
        check_lengths(margins, rows, [up, low]);
        let by = by.map(|by| _mm512_set1_pd(by));
        let mut max = [_mm512_set1_pd(f64::NEG_INFINITY); 2];
        let mut max_at = [_mm512_set1_epi64(0); 2];
        let mut min = [_mm512_set1_pd(f64::INFINITY); 2];
        for group in 0..up.len() {
            let current = _mm512_set1_epi64(group.cast_signed() as i64);
            for half in 0..2 {
                let at = group * GROUP + half * 8;
                // SAFETY: `check_lengths` has asserted that the margins and both rows have `GROUP` values for each mask of `up`, so
                // each of them has eight values from `at` on.
                let margin = unsafe {
                    let first = _mm512_cvtps_pd(_mm256_loadu_ps(rows[0].as_ptr().add(at)));
                    let second = _mm512_cvtps_pd(_mm256_loadu_ps(rows[1].as_ptr().add(at)));
                    let margin = _mm512_loadu_pd(margins.as_ptr().add(at));
                    let margin = _mm512_fnmadd_pd(by[0], first, margin);
                    let margin = _mm512_fnmadd_pd(by[1], second, margin);
                    _mm512_storeu_pd(margins.as_mut_ptr().add(at), margin);
                    margin
                };
                let may_up = (up[group] >> (half * 8)) as u8;
                let may_low = (low[group] >> (half * 8)) as u8;
                let better = _mm512_mask_cmp_pd_mask::<_CMP_GE_OQ>(may_up, margin, max[half]);
                max[half] = _mm512_mask_mov_pd(max[half], better, margin);
                max_at[half] = _mm512_mask_mov_epi64(max_at[half], better, current);
                min[half] = _mm512_mask_min_pd(min[half], may_low, min[half], margin);
            }
        }
        let mut found = Extremes {
            up: f64::NEG_INFINITY,
            up_at: 0,
            low: _mm512_reduce_min_pd(_mm512_min_pd(min[0], min[1])),
        };
        for half in 0..2 {
            let (mut values, mut groups) = ([0.0; 8], [0i64; 8]);
            // SAFETY: each array has the eight 64-bit lanes of a register.
            unsafe {
                _mm512_storeu_pd(values.as_mut_ptr(), max[half]);
                _mm512_storeu_epi64(groups.as_mut_ptr(), max_at[half]);
            }
            for lane in 0..8 {
                let at = groups[lane].cast_unsigned() as usize * GROUP + half * 8 + lane;
                if values[lane] > f64::NEG_INFINITY && (values[lane], at) > (found.up, found.up_at) {
                    (found.up, found.up_at) = (values[lane], at);
                }
            }
        }
        found
    }

    /// [`super::partner`] with AVX-512. Replaces the division by a reciprocal of 14 bits and one Newton step, with a relative error of at most
    /// 1e-7.
    #[target_feature(enable = "avx512f")]
    pub(crate) fn partner(
        margins: &[f64],
        row: &[f32],
        diagonal: &[f32],
        low: &[u16],
        max: f64,
        own: f32,
    ) -> Option<usize> {
        check_lengths(margins, [row, diagonal], [low, low]);
        let (zero, two) = (_mm512_setzero_ps(), _mm512_set1_ps(2.0));
        let (max, own, tau) = (
            _mm512_set1_pd(max),
            _mm512_set1_ps(own),
            _mm512_set1_ps(TAU as f32),
        );
        let mut best = zero;
        let mut best_at = _mm512_set1_epi32(-1);
        for (group, &low) in low.iter().enumerate() {
            if low == 0 {
                continue;
            }
            let at = group * GROUP;
            // SAFETY: `check_lengths` has asserted that all three have `GROUP` values for each mask of `low`.
            let (first, second, row, diagonal) = unsafe {
                (
                    _mm512_loadu_pd(margins.as_ptr().add(at)),
                    _mm512_loadu_pd(margins.as_ptr().add(at + 8)),
                    _mm512_loadu_ps(row.as_ptr().add(at)),
                    _mm512_loadu_ps(diagonal.as_ptr().add(at)),
                )
            };
            let first = _mm512_cvtpd_ps(_mm512_sub_pd(max, first));
            let second = _mm512_cvtpd_ps(_mm512_sub_pd(max, second));
            let both = _mm512_castps_pd(_mm512_castps256_ps512(first));
            let difference = _mm512_castpd_ps(_mm512_insertf64x4::<1>(both, _mm256_castps_pd(second)));
            let curvature = _mm512_fnmadd_ps(two, row, _mm512_add_ps(own, diagonal));
            let is_flat = _mm512_cmp_ps_mask::<_CMP_NGT_UQ>(curvature, zero);
            let curvature = _mm512_mask_mov_ps(curvature, is_flat, tau);
            let estimate = _mm512_rcp14_ps(curvature);
            let inverse = _mm512_mul_ps(estimate, _mm512_fnmadd_ps(curvature, estimate, two));
            let gain = _mm512_mul_ps(_mm512_mul_ps(difference, inverse), difference);
            let is_allowed = _mm512_mask_cmp_ps_mask::<_CMP_GT_OQ>(low, difference, zero);
            let better = _mm512_mask_cmp_ps_mask::<_CMP_GE_OQ>(is_allowed, gain, best);
            best = _mm512_mask_mov_ps(best, better, gain);
            best_at = _mm512_mask_mov_epi32(best_at, better, _mm512_set1_epi32(group as i32));
        }
        let (mut values, mut groups) = ([0.0f32; 16], [0i32; 16]);
        // SAFETY: each array has the sixteen 32-bit lanes of a register.
        unsafe {
            _mm512_storeu_ps(values.as_mut_ptr(), best);
            _mm512_storeu_epi32(groups.as_mut_ptr(), best_at);
        }
        let lanes = (0..GROUP).filter(|&lane| groups[lane] >= 0);
        let candidates =
            lanes.map(|lane| (values[lane], groups[lane].cast_unsigned() as usize * GROUP + lane));
        candidates
            .max_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
            .map(|(_, at)| at)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_level_matches_the_plain_loop(
            values in proptest::collection::vec((-4..4i32, -1.0..1.0f32, 0..4u8), 1..6 * GROUP), by in -2.0..2.0f64
        ) {
            let n_rows = values.len();
            let padded = n_rows.next_multiple_of(GROUP);
            let column = |value: &dyn Fn(usize) -> f32| -> Vec<f32> {
                (0..padded).map(|at| if at < n_rows { value(at) } else { 0.0 }).collect()
            };
            let first = column(&|at| values[at].1);
            let second = column(&|at| values[n_rows - 1 - at].1.powi(2));
            let diagonal = column(&|at| values[at].1.abs());
            // Integers, so that some are equal.
            let start: Vec<f64> = (0..padded).map(|at| if at < n_rows { f64::from(values[at].0) } else { 99.0 }).collect();
            let mask = |bit: u8| -> Vec<u16> {
                let mut mask = vec![0u16; padded / GROUP];
                values.iter().enumerate().filter(|(_, value)| value.2 & bit != 0).for_each(|(at, _)| {
                    mask[at / GROUP] |= 1 << (at % GROUP);
                });
                mask
            };
            let (up, low) = (mask(1), mask(2));
            for simd in Simd::available() {
                let mut unchanged = start.clone();
                let found = update(simd, &mut unchanged, [&first, &second], [0.0, 0.0], &up, &low);
                prop_assert_eq!(&unchanged, &start);
                prop_assert_eq!(found, extremes(&start, &up, &low));
                let mut updated = start.clone();
                let found = update(simd, &mut updated, [&first, &second], [by, -0.5], &up, &low);
                for at in 0..padded {
                    let exact = start[at] - (by * f64::from(first[at]) - 0.5 * f64::from(second[at]));
                    prop_assert!((updated[at] - exact).abs() < 1e-12);
                }
                prop_assert_eq!(found, extremes(&updated, &up, &low));
                let mut subtracted = start.clone();
                subtract(simd, &mut subtracted, [&first, &second], [by, -0.5]);
                for at in 0..padded {
                    let exact = start[at] - (by * f64::from(first[at]) + -0.5 * f64::from(second[at]));
                    prop_assert_eq!(subtracted[at], exact);
                }

                let chosen = partner(simd, &updated, &first, &diagonal, &low, found.up, 1.5);
                let expected = partner_plain(&updated, &first, &diagonal, &low, found.up, 1.5);
                prop_assert_eq!(chosen.is_some(), expected.is_some());
                if let (Some(chosen), Some(expected)) = (chosen, expected) {
                    let gain = |at: usize| {
                        let difference = (found.up - updated[at]) as f32;
                        let curvature = 1.5 + diagonal[at] - 2.0 * first[at];
                        difference * difference / if curvature > 0.0 { curvature } else { TAU as f32 }
                    };
                    prop_assert!(gain(chosen) >= gain(expected) * (1.0 - 1e-5));
                    prop_assert!(low[chosen / GROUP] >> (chosen % GROUP) & 1 == 1);
                }
            }
        }
    }

    #[test]
    fn equal_candidates_go_to_the_last_row() {
        for simd in Simd::available() {
            let (zeros, ones) = (vec![0.0f32; 48], vec![1.0f32; 48]);
            let masks = [u16::MAX; 3];
            let found = update(simd, &mut [2.0; 48], [&zeros, &zeros], [0.0; 2], &masks, &masks);
            assert_eq!((found.up_at, found.up, found.low), (47, 2.0, 2.0));
            let masks = [u16::MAX, u16::MAX, 0x00ff];
            assert_eq!(
                partner(simd, &[1.0; 48], &zeros, &ones, &masks, 2.0, 1.0),
                Some(39)
            );
        }
    }
}
