//! The best of a feature's thresholds where the gain is the squared distance of the two sides' means, many thresholds at a time.

#![expect(
    unsafe_code,
    reason = "vector instructions that were looked for before they are used"
)]

use crate::native::kernels::gradient_histogram::{Bin, Cut, VALUES};
use crate::native::kernels::simd::Simd;

/// Thresholds at a time.
const LANES: usize = 8;

/// Right sides of the thresholds of one feature.
pub(crate) struct MeanSplitScan {
    simd: Simd,
    min_rows: f64,
    /// Lowest value of each right side, falling.
    high: [u8; VALUES],
    sides: [Bin; VALUES],
    gradients: [f64; VALUES],
    counts: [f64; VALUES],
}

impl MeanSplitScan {
    /// For thresholds with so many rows on either side.
    #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
    pub(crate) fn new(simd: Simd, min_rows: usize) -> MeanSplitScan {
        MeanSplitScan {
            simd,
            min_rows: min_rows.max(1) as f64,
            high: [0; VALUES],
            sides: [Bin::default(); VALUES],
            gradients: [0.0; VALUES],
            counts: [0.0; VALUES],
        }
    }

    /// As [`best_cut`](super::gradient_bins::best_cut) with the gain `(n_right Σ_left - n_left Σ_right)² / (n_left n_right)`.
    #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
    pub(crate) fn best(
        &mut self,
        bins: impl Iterator<Item = (u8, Bin)>,
        all: Bin,
        floor: f64,
    ) -> Option<Cut> {
        let mut n = 0;
        let mut right = Bin::default();
        for (value, bin) in bins {
            right.add(bin);
            (self.high[n], self.sides[n]) = (value, right);
            (self.gradients[n], self.counts[n]) = (right.gradient(), right.count() as f64);
            n += 1;
        }
        let padded = n.next_multiple_of(LANES);
        // A side without rows is no side.
        self.counts[n..padded].fill(0.0);
        let (gradients, counts) = (&self.gradients[..padded], &self.counts[..padded]);
        let whole = (all.gradient(), all.count() as f64);
        let gain = most(self.simd, gradients, counts, whole, self.min_rows);
        if gain < floor.max(0.0) {
            return None;
        }
        // Of equal ones the lowest.
        let at = (0..n)
            .rev()
            .find(|&at| self.gain(at, whole) == gain)
            .expect("one of them has the largest gain");
        Some(Cut {
            low: if at + 1 < n { self.high[at + 1] } else { 0 },
            high: self.high[at],
            gain,
            left: all.without(self.sides[at]),
            right: self.sides[at],
        })
    }

    fn gain(&self, at: usize, whole: (f64, f64)) -> f64 {
        one(self.gradients[at], self.counts[at], whole, self.min_rows)
    }
}

/// The largest gain of any threshold.
fn most(simd: Simd, gradients: &[f64], counts: &[f64], whole: (f64, f64), min_rows: f64) -> f64 {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2")]
        fn avx2(gradients: &[f64], counts: &[f64], whole: (f64, f64), min_rows: f64) -> f64 {
            most_body(gradients, counts, whole, min_rows)
        }
        #[target_feature(enable = "avx512f,avx512bw")]
        fn avx512(gradients: &[f64], counts: &[f64], whole: (f64, f64), min_rows: f64) -> f64 {
            most_body(gradients, counts, whole, min_rows)
        }
        match simd {
            Simd::Plain => most_body(gradients, counts, whole, min_rows),
            // SAFETY: `Simd` names only what the processor has.
            Simd::Avx2 => unsafe { avx2(gradients, counts, whole, min_rows) },
            // SAFETY: as above.
            Simd::Avx512 | Simd::Vnni => unsafe { avx512(gradients, counts, whole, min_rows) },
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        let _ = simd;
        most_body(gradients, counts, whole, min_rows)
    }
}

#[inline(always)]
fn most_body(gradients: &[f64], counts: &[f64], whole: (f64, f64), min_rows: f64) -> f64 {
    let mut best = [-1.0; LANES];
    let (gradients, _) = gradients.as_chunks::<LANES>();
    let (counts, _) = counts.as_chunks::<LANES>();
    for (gradients, counts) in gradients.iter().zip(counts) {
        for lane in 0..LANES {
            let gain = one(gradients[lane], counts[lane], whole, min_rows);
            best[lane] = if gain > best[lane] { gain } else { best[lane] };
        }
    }
    best.into_iter().fold(-1.0, f64::max)
}

/// The gain of one threshold, by its right side; -1 where a side has too few rows.
#[inline(always)]
fn one(right: f64, n_right: f64, (all, n_all): (f64, f64), min_rows: f64) -> f64 {
    let (left, n_left) = (all - right, n_all - n_right);
    let apart = n_right * left - n_left * right;
    let gain = apart * apart / (n_left * n_right);
    if n_left >= min_rows && n_right >= min_rows {
        gain
    } else {
        -1.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::native::kernels::gradient_histogram::Gain;
    use crate::native::kernels::gradient_histogram::best_cut;

    struct Means(usize);

    impl Gain for Means {
        fn of(&self, left: Bin, right: Bin) -> Option<(f64, f64)> {
            let [n_left, n_right] = [left, right].map(|side| side.count() as f64);
            let apart = n_right * left.gradient() - n_left * right.gradient();
            let is_side = left.count() >= self.0 && right.count() >= self.0;
            is_side.then_some((apart * apart, n_left * n_right))
        }
    }

    proptest! {
        #[test]
        fn the_best_is_that_of_the_plain_search(
            bins in proptest::collection::btree_map(1..=u8::MAX, proptest::collection::vec(-3i32..4, 1..5), 0..60),
            zeros in proptest::collection::vec(-3i32..4, 0..5), min_rows in 1usize..4, floor in 0..9i32
        ) {
            let bin = |rows: &Vec<i32>| Bin::sum(&rows.iter().map(|&row| Bin::row(f64::from(row) / 4.0, 0.0)).collect::<Vec<_>>());
            let falling: Vec<(u8, Bin)> = bins.iter().rev().map(|(&value, rows)| (value, bin(rows))).collect();
            let mut all = bin(&zeros);
            falling.iter().for_each(|(_, bin)| all.add(*bin));
            let floor = f64::from(floor) * f64::powi(2.0, 60);
            let expected = best_cut(falling.iter().copied(), all, &Means(min_rows), floor);
            for simd in Simd::available() {
                let mut cuts = MeanSplitScan::new(simd, min_rows);
                for _ in 0..2 {
                    prop_assert_eq!(cuts.best(falling.iter().copied(), all, floor), expected);
                }
            }
        }
    }
}
