//! The classes of the rows on the left of a threshold, for few classes and rows of equal weight.
//!
//! A block of 64 rows is compared with the threshold and with each class at once, instead of one counter after the other, whose additions
//! wait for each other where neighbouring rows are of one class.

#![expect(unsafe_code, reason = "loads of AVX-512 registers")]

use crate::native::kernels::dispatch::dispatch;
use crate::native::kernels::simd::Simd;

/// Largest number of classes: every class costs a comparison.
pub(crate) const MOST_CLASSES: usize = 32;

/// Rows that are compared at once.
const BLOCK: usize = 64;

/// No class. Larger than all of them.
const RIGHT: u8 = u8::MAX;

/// Adds to `counts`, by class, the rows whose value is at most `below`.
///
/// # Panics
/// If there are more than [`MOST_CLASSES`] classes, or not one class for each value.
pub(crate) fn count_left(simd: Simd, values: &[u8], classes: &[u8], below: u8, counts: &mut [u32]) {
    assert!(
        values.len() == classes.len() && counts.len() <= MOST_CLASSES,
        "not one class for each value, or too many classes"
    );
    dispatch!(
        simd, (values: &[u8], classes: &[u8], below: u8, counts: &mut [u32]) -> (),
        plain: portable, avx2("avx2"): portable, avx512("avx512f,avx512bw,popcnt"): x86::count,
    );
}

#[inline(always)]
fn portable(values: &[u8], classes: &[u8], below: u8, counts: &mut [u32]) {
    for (values, classes) in values.chunks(BLOCK).zip(classes.chunks(BLOCK)) {
        let mut left = [RIGHT; BLOCK];
        for ((left, &value), &class) in left.iter_mut().zip(values).zip(classes) {
            *left = if value <= below { class } else { RIGHT };
        }
        for (class, count) in (0u8..).zip(&mut *counts) {
            let of_class: u8 = left.iter().map(|&left| u8::from(left == class)).sum();
            *count += u32::from(of_class);
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use crate::native::kernels::left_counts::BLOCK;

    #[target_feature(enable = "avx512f,avx512bw,popcnt")]
    pub(super) fn count(values: &[u8], classes: &[u8], below: u8, counts: &mut [u32]) {
        let below = _mm512_set1_epi8(below.cast_signed());
        for (values, classes) in values.chunks(BLOCK).zip(classes.chunks(BLOCK)) {
            let present = u64::MAX >> (BLOCK - values.len());
            // SAFETY: the mask has one bit for each value of the chunk, which has as many classes; other bytes are not read.
            let (values, classes) = unsafe {
                (
                    _mm512_maskz_loadu_epi8(present, values.as_ptr().cast()),
                    _mm512_maskz_loadu_epi8(present, classes.as_ptr().cast()),
                )
            };
            let left = _mm512_mask_cmple_epu8_mask(present, values, below);
            for (class, count) in (0i8..).zip(&mut *counts) {
                *count += _mm512_mask_cmpeq_epi8_mask(left, classes, _mm512_set1_epi8(class)).count_ones();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn counts_match_the_plain_loop_at_every_level(
            rows in proptest::collection::vec((any::<u8>(), 0u8..32), 0..300),
            below: u8,
            before in 0u32..9,
        ) {
            let values: Vec<u8> = rows.iter().map(|row| row.0).collect();
            let classes: Vec<u8> = rows.iter().map(|row| row.1).collect();
            let mut expected = [before; 32];
            for &(value, class) in &rows {
                expected[usize::from(class)] += u32::from(value <= below);
            }
            for simd in Simd::available() {
                let mut counts = [before; 32];
                count_left(simd, &values, &classes, below, &mut counts);
                prop_assert_eq!(counts, expected, "{}", simd);
            }
        }
    }

    #[test]
    #[should_panic(expected = "too many classes")]
    fn too_many_classes_are_refused() {
        count_left(Simd::detect(), &[], &[], 0, &mut [0; MOST_CLASSES + 1]);
    }
}
