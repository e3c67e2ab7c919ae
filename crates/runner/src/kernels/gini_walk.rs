//! The best gini split of counts by value and class, several classes an instruction: for up to 16 classes and 65,535 rows, whose squares
//! fit into 32 bits. The same whole numbers as [`super::impurity`] has, so the same scores.

#![expect(
    unsafe_code,
    reason = "vector instructions that were looked for before they are used"
)]

use super::simd::Simd;

/// Classes that are counted side by side.
pub(crate) const CLASSES: usize = 16;

/// The most rows, weights counted.
pub(crate) const MOST: u32 = u16::MAX as u32;

/// Between which two values, of those from the first on, and how good it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Best {
    pub(crate) low: usize,
    pub(crate) high: usize,
    pub(crate) score: f64,
}

/// The threshold with the largest `Σ left² / n_left + Σ right² / n_right`; of equal ones the lowest. `None` if each leaves fewer than
/// `least` rows on a side. Empties the counts of the values; `all` is their sum, [`MOST`] at most.
pub(crate) fn walk(counts: &mut [[u32; CLASSES]], all: &[u32; CLASSES], least: u32) -> Option<Best> {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2")]
        fn avx2(counts: &mut [[u32; CLASSES]], all: &[u32; CLASSES], least: u32) -> Option<Best> {
            walk_body(counts, all, least)
        }
        if Simd::here() != Simd::Plain {
            // SAFETY: `Simd` names only what the processor has, and what has AVX-512 has AVX2.
            return unsafe { avx2(counts, all, least) };
        }
    }
    walk_body(counts, all, least)
}

#[inline(always)]
fn walk_body(counts: &mut [[u32; CLASSES]], all: &[u32; CLASSES], least: u32) -> Option<Best> {
    let n: u32 = all.iter().sum();
    let mut left = [0u32; CLASSES];
    let (mut n_left, mut left_squares, mut right_squares) = (0, 0, 0);
    let mut last = None;
    let mut best: Option<Best> = None;
    for (value, counts) in counts.iter_mut().enumerate() {
        let of_value: u32 = counts.iter().sum();
        if of_value == 0 {
            continue;
        }
        if let Some(low) = last
            && n_left >= least
            && n - n_left >= least
        {
            let side = |squares: u32, n: u32| f64::from(squares) / f64::from(n);
            let score = side(left_squares, n_left) + side(right_squares, n - n_left);
            if best.is_none_or(|best| score > best.score) {
                best = Some(Best {
                    low,
                    high: value,
                    score,
                });
            }
        }
        n_left += of_value;
        (left_squares, right_squares) = (0, 0);
        for class in 0..CLASSES {
            left[class] += counts[class];
            let right = all[class] - left[class];
            left_squares += left[class] * left[class];
            right_squares += right * right;
        }
        *counts = [0; CLASSES];
        last = Some(value);
    }
    best
}
