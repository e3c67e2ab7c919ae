//! The best threshold of a feature for the gain of a regression tree, the squared difference of the two sides' means; eight thresholds at a
//! time.

use crate::native::kernels::dispatch::dispatch;
use crate::native::kernels::gradient_histogram::{Bin, SplitInfo, VALUES};
use crate::native::kernels::simd::Simd;

/// Thresholds per step.
const LANES: usize = 8;

/// Buffers for the right sides of one feature's thresholds, reused for every feature.
pub(crate) struct MeanSplitScan {
    simd: Simd,
    min_rows: f64,
    /// The lowest value of each right side, in descending order.
    high: [u8; VALUES],
    sides: [Bin; VALUES],
    gradients: [f64; VALUES],
    counts: [f64; VALUES],
}

impl MeanSplitScan {
    /// Considers thresholds with at least `min_rows` rows on both sides.
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

    /// The result of [`best_split`](super::gradient_histogram::best_split) for the gain
    /// `(n_right Σ_left - n_left Σ_right)² / (n_left n_right)`.
    #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
    pub(crate) fn best(
        &mut self,
        bins: impl Iterator<Item = (u8, Bin)>,
        all: Bin,
        floor: f64,
    ) -> Option<SplitInfo> {
        let mut n = 0;
        let mut right = Bin::default();
        for (value, bin) in bins {
            right.add(bin);
            (self.high[n], self.sides[n]) = (value, right);
            (self.gradients[n], self.counts[n]) = (right.gradient(), right.count() as f64);
            n += 1;
        }
        let padded = n.next_multiple_of(LANES);
        // A right side without rows has no gain.
        self.counts[n..padded].fill(0.0);
        let (gradients, counts) = (&self.gradients[..padded], &self.counts[..padded]);
        let total = (all.gradient(), all.count() as f64);
        let gain = self.max_gain(gradients, counts, total);
        if gain < floor.max(0.0) {
            return None;
        }
        // Equal gains go to the lowest threshold.
        let at = (0..n)
            .rev()
            .find(|&at| self.gain(at, total) == gain)
            .expect("a threshold has the largest gain");
        Some(SplitInfo {
            low: if at + 1 < n { self.high[at + 1] } else { 0 },
            high: self.high[at],
            gain,
            left: all.without(self.sides[at]),
            right: self.sides[at],
        })
    }

    fn max_gain(&self, gradients: &[f64], counts: &[f64], total: (f64, f64)) -> f64 {
        let min_rows = self.min_rows;
        dispatch!(
            self.simd, (gradients: &[f64], counts: &[f64], total: (f64, f64), min_rows: f64) -> f64,
            plain: max_gain_body, avx2("avx2"): max_gain_body, avx512("avx512f,avx512bw"): max_gain_body,
        )
    }

    fn gain(&self, at: usize, total: (f64, f64)) -> f64 {
        gain(self.gradients[at], self.counts[at], total, self.min_rows)
    }
}

#[inline(always)]
fn max_gain_body(gradients: &[f64], counts: &[f64], total: (f64, f64), min_rows: f64) -> f64 {
    let mut best = [-1.0; LANES];
    let (gradients, _) = gradients.as_chunks::<LANES>();
    let (counts, _) = counts.as_chunks::<LANES>();
    for (gradients, counts) in gradients.iter().zip(counts) {
        for lane in 0..LANES {
            let gain = gain(gradients[lane], counts[lane], total, min_rows);
            best[lane] = if gain > best[lane] { gain } else { best[lane] };
        }
    }
    best.into_iter().fold(-1.0, f64::max)
}

/// The gain of one threshold, from its right side; -1 where a side has too few rows.
#[inline(always)]
fn gain(right: f64, n_right: f64, (all, n_all): (f64, f64), min_rows: f64) -> f64 {
    let (left, n_left) = (all - right, n_all - n_right);
    let difference = n_right * left - n_left * right;
    let gain = difference * difference / (n_left * n_right);
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
    use crate::native::kernels::gradient_histogram::best_split;
    use crate::native::kernels::test_gain::Means;

    proptest! {
        #[test]
        fn every_level_matches_the_plain_search(
            bins in proptest::collection::btree_map(1..=u8::MAX, proptest::collection::vec(-3i32..4, 1..5), 0..60),
            zeros in proptest::collection::vec(-3i32..4, 0..5), min_rows in 1usize..4, floor in 0..9i32
        ) {
            let bin = |rows: &Vec<i32>| Bin::sum(&rows.iter().map(|&row| Bin::row(f64::from(row) / 4.0, 0.0)).collect::<Vec<_>>());
            let descending: Vec<(u8, Bin)> = bins.iter().rev().map(|(&value, rows)| (value, bin(rows))).collect();
            let mut all = bin(&zeros);
            descending.iter().for_each(|(_, bin)| all.add(*bin));
            let floor = f64::from(floor) * f64::powi(2.0, 60);
            let expected = best_split(descending.iter().copied(), all, &Means(min_rows), floor);
            for simd in Simd::available() {
                let mut scan = MeanSplitScan::new(simd, min_rows);
                for _ in 0..2 {
                    prop_assert_eq!(scan.best(descending.iter().copied(), all, floor), expected);
                }
            }
        }
    }
}
