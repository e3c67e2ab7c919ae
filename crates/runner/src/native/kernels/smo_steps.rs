//! The two passes of a step of sequential minimal optimisation: the margins move by two kernel rows, and the next pair of rows is chosen.
//!
//! `margins` hold `y - Σ α y K` of every row. Rows lie in groups of [`GROUP`], and a bit says of each whether its coefficient may go up (or,
//! of the other list, down) in `α y`; bits beyond the last row are 0. Of equal candidates the last is chosen, as in libsvm.

#![expect(
    unsafe_code,
    reason = "vector instructions that were looked for before they are used"
)]

use crate::native::kernels::simd::Simd;

/// Rows of a group: bits of a mask.
pub(crate) const GROUP: usize = 16;

/// A curvature that is not above 0 counts as this, as in libsvm.
pub(crate) const TAU: f64 = 1e-12;

/// How far the conditions of the optimum are violated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Extremes {
    /// The largest margin of a row that may go up, and the last such row. Negative infinity and 0 where there is none.
    pub(crate) up: f64,
    pub(crate) up_at: usize,
    /// The smallest margin of a row that may go down; infinite where there is none.
    pub(crate) low: f64,
}

/// `margins -= by[0] · rows[0] + by[1] · rows[1]`, and the extremes after that.
///
/// # Panics
/// If there is not a value of each row for every margin, and a mask for every group.
pub(crate) fn update(
    simd: Simd,
    margins: &mut [f64],
    rows: [&[f32]; 2],
    by: [f64; 2],
    up: &[u16],
    low: &[u16],
) -> Extremes {
    check(margins, rows[0], up, low);
    assert_eq!(rows[1].len(), margins.len(), "a value for every margin");
    match simd {
        // SAFETY: the level names only what the processor has; the lengths were checked.
        #[cfg(target_arch = "x86_64")]
        Simd::Avx512 | Simd::Vnni => unsafe { x86::update_avx512(margins, rows, by, up, low) },
        _ => {
            subtract(simd, margins, rows, by);
            extremes(margins, up, low)
        }
    }
}

/// The extremes alone.
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
pub(crate) fn subtract(simd: Simd, margins: &mut [f64], rows: [&[f32]; 2], by: [f64; 2]) {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2")]
        fn avx2(margins: &mut [f64], rows: [&[f32]; 2], by: [f64; 2]) {
            subtract_body(margins, rows, by);
        }
        #[target_feature(enable = "avx512f")]
        fn avx512(margins: &mut [f64], rows: [&[f32]; 2], by: [f64; 2]) {
            subtract_body(margins, rows, by);
        }
        match simd {
            Simd::Plain => subtract_body(margins, rows, by),
            // SAFETY: `Simd` names only what the processor has.
            Simd::Avx2 => unsafe { avx2(margins, rows, by) },
            // SAFETY: as above.
            Simd::Avx512 | Simd::Vnni => unsafe { avx512(margins, rows, by) },
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        let _ = simd;
        subtract_body(margins, rows, by);
    }
}

#[inline(always)]
fn subtract_body(margins: &mut [f64], rows: [&[f32]; 2], by: [f64; 2]) {
    for ((margin, &one), &other) in margins.iter_mut().zip(rows[0]).zip(rows[1]) {
        *margin -= by[0] * f64::from(one) + by[1] * f64::from(other);
    }
}

/// The row that, moved down together with the one of the largest margin `most` up, promises the largest gain; `row` is the kernel row of
/// that one, `own` its similarity to itself, `diagonal` that of the others. The gain is estimated in f32.
///
/// # Panics
/// If there is not a value for every margin, and a mask for every group.
pub(crate) fn partner(
    simd: Simd,
    margins: &[f64],
    row: &[f32],
    diagonal: &[f32],
    low: &[u16],
    most: f64,
    own: f32,
) -> Option<usize> {
    check(margins, row, low, low);
    assert_eq!(diagonal.len(), margins.len(), "a value for every margin");
    match simd {
        // SAFETY: the level names only what the processor has; the lengths were checked.
        #[cfg(target_arch = "x86_64")]
        Simd::Avx512 | Simd::Vnni => unsafe { x86::partner_avx512(margins, row, diagonal, low, most, own) },
        _ => partner_plain(margins, row, diagonal, low, most, own),
    }
}

fn check(margins: &[f64], row: &[f32], up: &[u16], low: &[u16]) {
    assert!(
        row.len() == margins.len() && up.len() == low.len() && margins.len() == GROUP * up.len(),
        "a value for every margin, a mask for every group"
    );
}

fn partner_plain(
    margins: &[f64],
    row: &[f32],
    diagonal: &[f32],
    low: &[u16],
    most: f64,
    own: f32,
) -> Option<usize> {
    let mut best = (0.0f32, None);
    for (at, &margin) in margins.iter().enumerate() {
        let apart = (most - margin) as f32;
        if low[at / GROUP] >> (at % GROUP) & 1 == 1 && apart > 0.0 {
            let curvature = own + diagonal[at] - 2.0 * row[at];
            let curvature = if curvature > 0.0 { curvature } else { TAU as f32 };
            let gain = apart / curvature * apart;
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

    /// As [`super::update`]; the lengths must fit.
    #[target_feature(enable = "avx512f")]
    pub(crate) fn update_avx512(
        margins: &mut [f64],
        rows: [&[f32]; 2],
        by: [f64; 2],
        up: &[u16],
        low: &[u16],
    ) -> Extremes {
        let by = by.map(|by| _mm512_set1_pd(by));
        let mut most = [_mm512_set1_pd(f64::NEG_INFINITY); 2];
        let mut most_at = [_mm512_set1_epi64(0); 2];
        let mut least = [_mm512_set1_pd(f64::INFINITY); 2];
        for group in 0..up.len() {
            let here = _mm512_set1_epi64(group.cast_signed() as i64);
            for half in 0..2 {
                let at = group * GROUP + half * 8;
                // SAFETY: the margins and both rows have `GROUP` values for each of the masks, as the caller has checked.
                let margin = unsafe {
                    let one = _mm512_cvtps_pd(_mm256_loadu_ps(rows[0].as_ptr().add(at)));
                    let other = _mm512_cvtps_pd(_mm256_loadu_ps(rows[1].as_ptr().add(at)));
                    let margin = _mm512_loadu_pd(margins.as_ptr().add(at));
                    let margin = _mm512_fnmadd_pd(by[0], one, margin);
                    let margin = _mm512_fnmadd_pd(by[1], other, margin);
                    _mm512_storeu_pd(margins.as_mut_ptr().add(at), margin);
                    margin
                };
                let may_up = (up[group] >> (half * 8)) as u8;
                let may_low = (low[group] >> (half * 8)) as u8;
                let better = _mm512_mask_cmp_pd_mask::<_CMP_GE_OQ>(may_up, margin, most[half]);
                most[half] = _mm512_mask_mov_pd(most[half], better, margin);
                most_at[half] = _mm512_mask_mov_epi64(most_at[half], better, here);
                least[half] = _mm512_mask_min_pd(least[half], may_low, least[half], margin);
            }
        }
        let mut found = Extremes {
            up: f64::NEG_INFINITY,
            up_at: 0,
            low: _mm512_reduce_min_pd(_mm512_min_pd(least[0], least[1])),
        };
        for half in 0..2 {
            let (mut values, mut groups) = ([0.0; 8], [0i64; 8]);
            // SAFETY: both arrays have the eight lanes of a register.
            unsafe {
                _mm512_storeu_pd(values.as_mut_ptr(), most[half]);
                _mm512_storeu_epi64(groups.as_mut_ptr(), most_at[half]);
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

    /// As [`super::partner`]; the lengths must fit. The reciprocal is one Newton step from 14 bits: within 1e-7 of a division.
    #[target_feature(enable = "avx512f")]
    pub(crate) fn partner_avx512(
        margins: &[f64],
        row: &[f32],
        diagonal: &[f32],
        low: &[u16],
        most: f64,
        own: f32,
    ) -> Option<usize> {
        let (zero, two) = (_mm512_setzero_ps(), _mm512_set1_ps(2.0));
        let (most, own, tau) = (
            _mm512_set1_pd(most),
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
            // SAFETY: all three have `GROUP` values for each of the masks, as the caller has checked.
            let (first, second, row, diagonal) = unsafe {
                (
                    _mm512_loadu_pd(margins.as_ptr().add(at)),
                    _mm512_loadu_pd(margins.as_ptr().add(at + 8)),
                    _mm512_loadu_ps(row.as_ptr().add(at)),
                    _mm512_loadu_ps(diagonal.as_ptr().add(at)),
                )
            };
            let first = _mm512_cvtpd_ps(_mm512_sub_pd(most, first));
            let second = _mm512_cvtpd_ps(_mm512_sub_pd(most, second));
            let both = _mm512_castps_pd(_mm512_castps256_ps512(first));
            let apart = _mm512_castpd_ps(_mm512_insertf64x4::<1>(both, _mm256_castps_pd(second)));
            let curvature = _mm512_fnmadd_ps(two, row, _mm512_add_ps(own, diagonal));
            let is_flat = _mm512_cmp_ps_mask::<_CMP_NGT_UQ>(curvature, zero);
            let curvature = _mm512_mask_mov_ps(curvature, is_flat, tau);
            let about = _mm512_rcp14_ps(curvature);
            let inverse = _mm512_mul_ps(about, _mm512_fnmadd_ps(curvature, about, two));
            let gain = _mm512_mul_ps(_mm512_mul_ps(apart, inverse), apart);
            let may = _mm512_mask_cmp_ps_mask::<_CMP_GT_OQ>(low, apart, zero);
            let better = _mm512_mask_cmp_ps_mask::<_CMP_GE_OQ>(may, gain, best);
            best = _mm512_mask_mov_ps(best, better, gain);
            best_at = _mm512_mask_mov_epi32(best_at, better, _mm512_set1_epi32(group as i32));
        }
        let (mut values, mut groups) = ([0.0f32; 16], [0i32; 16]);
        // SAFETY: both arrays have the sixteen lanes of a register.
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
        fn passes_are_those_of_the_plain_loops_at_every_level(
            values in proptest::collection::vec((-4..4i32, -1.0..1.0f32, 0..4u8), 1..6 * GROUP), by in -2.0..2.0f64
        ) {
            let n_rows = values.len();
            let padded = n_rows.next_multiple_of(GROUP);
            let column = |value: &dyn Fn(usize) -> f32| -> Vec<f32> {
                (0..padded).map(|at| if at < n_rows { value(at) } else { 0.0 }).collect()
            };
            let one = column(&|at| values[at].1);
            let other = column(&|at| values[n_rows - 1 - at].1.powi(2));
            let diagonal = column(&|at| values[at].1.abs());
            // Whole numbers, so that some are equal.
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
                let mut still = start.clone();
                let found = update(simd, &mut still, [&one, &other], [0.0, 0.0], &up, &low);
                prop_assert_eq!(&still, &start);
                prop_assert_eq!(found, extremes(&start, &up, &low));
                let mut moved = start.clone();
                let found = update(simd, &mut moved, [&one, &other], [by, -0.5], &up, &low);
                for at in 0..padded {
                    let exact = start[at] - (by * f64::from(one[at]) - 0.5 * f64::from(other[at]));
                    prop_assert!((moved[at] - exact).abs() < 1e-12);
                }
                prop_assert_eq!(found, extremes(&moved, &up, &low));

                let chosen = partner(simd, &moved, &one, &diagonal, &low, found.up, 1.5);
                let expected = partner_plain(&moved, &one, &diagonal, &low, found.up, 1.5);
                prop_assert_eq!(chosen.is_some(), expected.is_some());
                if let (Some(chosen), Some(expected)) = (chosen, expected) {
                    let gain = |at: usize| {
                        let apart = (found.up - moved[at]) as f32;
                        let curvature = 1.5 + diagonal[at] - 2.0 * one[at];
                        apart * apart / if curvature > 0.0 { curvature } else { TAU as f32 }
                    };
                    prop_assert!(gain(chosen) >= gain(expected) * (1.0 - 1e-5));
                    prop_assert!(low[chosen / GROUP] >> (chosen % GROUP) & 1 == 1);
                }
            }
        }
    }

    #[test]
    fn of_equal_candidates_the_last_is_chosen() {
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
