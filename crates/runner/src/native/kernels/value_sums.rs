//! The best features of a node with some hundred rows: sums by value for eight features at a time, whose thresholds are scored together.
//!
//! The gain of a split is the squared difference of the two sides' means, times their sizes:
//! `(n Σ_right - n_right Σ)² / (n_left n_right)`. One number holds the sum of the gradients of a value and, in its lower bits, the number of
//! its rows, so that one addition updates both. The sums are integers that an `f64` holds exactly, so the gains equal those of any other
//! order of summation.

#![expect(unsafe_code, reason = "loads of AVX-512 registers")]

use crate::native::kernels::dispatch::dispatch;
use crate::native::kernels::feature_blocks::{WIDTH, Word};
use crate::native::kernels::gradient_histogram::{Bin, BlockBins, VALUES};
use crate::native::kernels::simd::Simd;

/// Largest number of rows.
pub(crate) const MAX_ROWS: usize = 1024;

/// Bits of the number of rows.
const COUNT_BITS: u32 = 11;

/// By value and feature: the sum of the gradients times `2^COUNT_BITS`, plus the number of rows.
type Sums = [[i64; WIDTH]; VALUES];

/// Sums of one block of features. All are 0 between two searches.
pub(crate) struct ValueSums {
    simd: Simd,
    sums: Box<Sums>,
}

/// What the features of a node share.
#[derive(Clone, Copy)]
pub(crate) struct NodeTotals {
    /// The number of rows, at least 2.
    pub(crate) n_rows: usize,
    /// The sum over all rows.
    pub(crate) all: Bin,
    /// The least number of rows on either side of a split.
    pub(crate) min_rows: usize,
}

/// The features with the largest gain so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct TiedFeatures {
    /// Their gain; 0 if there are none.
    pub(crate) gain: f64,
    /// The features, in ascending order.
    pub(crate) features: Vec<u32>,
}

impl ValueSums {
    /// `None` for processors without the instructions.
    pub(crate) fn new(simd: Simd) -> Option<ValueSums> {
        let is_available = dispatch!(simd, () -> bool, plain: no, avx512("avx512f"): yes);
        is_available.then(|| ValueSums {
            simd,
            sums: Box::new([[0; WIDTH]; VALUES]),
        })
    }

    /// Considers the eight features from `first` on, whose bytes are `words`, with one gradient of at most 1 for each row. Rows whose bytes
    /// are all 0 cost little.
    ///
    /// # Panics
    /// If the node has more than [`MAX_ROWS`] rows, or another number than there are words and gradients.
    pub(crate) fn search(
        &mut self,
        words: &[Word],
        gradients: &[Bin],
        node: NodeTotals,
        first: usize,
        tied: &mut TiedFeatures,
    ) {
        assert!(
            node.n_rows <= MAX_ROWS && words.len() == node.n_rows && gradients.len() == node.n_rows,
            "not one word and one gradient for each of at most {MAX_ROWS} rows"
        );
        let mut any = 0;
        for (&values, gradient) in words.iter().zip(gradients) {
            let word = u64::from_le_bytes(values);
            any |= word;
            if word != 0 {
                let both = (gradient.whole_gradient() << COUNT_BITS) + 1;
                for (feature, value) in values.into_iter().enumerate() {
                    self.sums[usize::from(value)][feature] += both;
                }
            }
        }
        // No byte is larger than the bits that occur in any.
        let highest = any.to_le_bytes().into_iter().fold(0, |bits, byte| bits | byte);
        let (simd, sums) = (self.simd, &mut *self.sums);
        dispatch!(
            simd, (sums: &mut Sums, highest: u8, node: NodeTotals, first: usize, tied: &mut TiedFeatures) -> (),
            plain: none, avx512("avx512f,avx512bw,avx512vl,avx512dq"): x86::scan,
        );
    }

    /// As [`ValueSums::search`], by the histograms of a node of any number of rows, whose Hessians are 0.
    pub(crate) fn search_histogram(
        &self,
        bins: &BlockBins,
        node: NodeTotals,
        first: usize,
        tied: &mut TiedFeatures,
    ) {
        let simd = self.simd;
        dispatch!(
            simd, (bins: &BlockBins, node: NodeTotals, first: usize, tied: &mut TiedFeatures) -> (),
            plain: no_histogram, avx512("avx512f,avx512bw,avx512vl,avx512dq"): x86::scan_histogram,
        );
    }
}

fn no() -> bool {
    false
}

fn yes() -> bool {
    true
}

fn none(_sums: &mut Sums, _highest: u8, _node: NodeTotals, _first: usize, _tied: &mut TiedFeatures) {
    unreachable!("`ValueSums::new` made no value for this level");
}

fn no_histogram(_bins: &BlockBins, _node: NodeTotals, _first: usize, _tied: &mut TiedFeatures) {
    unreachable!("`ValueSums::new` made no value for this level");
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use crate::native::kernels::gradient_histogram::{BlockBins, VALUES};
    use crate::native::kernels::value_sums::{COUNT_BITS, NodeTotals, Sums, TiedFeatures};

    /// The product below rounds differently from the quotient; this tolerance keeps every gain that reaches the best one.
    const TOLERANCE: f64 = 1.0 - 1e-15;

    /// The thresholds of eight features, scored from the highest value down.
    struct Scan {
        all: __m512d,
        n_rows: __m512d,
        fewest: __m512i,
        most: __m512i,
        /// What a gain must reach, a little below the best one.
        least: __m512d,
        best: __m512d,
    }

    impl Scan {
        #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_wrap,
            reason = "row counts are far below 2^53"
        )]
        fn new(node: NodeTotals, gain: f64) -> Scan {
            let min_rows = node.min_rows.max(1) as i64;
            let n = node.n_rows as i64;
            Scan {
                all: _mm512_set1_pd(node.all.gradient()),
                n_rows: _mm512_set1_pd(n as f64),
                fewest: _mm512_set1_epi64(min_rows),
                most: _mm512_set1_epi64(n - min_rows),
                least: _mm512_set1_pd(gain * TOLERANCE),
                best: _mm512_set1_pd(-1.0),
            }
        }

        /// Scores a threshold of each feature, from the number of rows on its right side and their gradients.
        #[inline]
        #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
        fn score(&mut self, count: __m512i, gradient: __m512i) {
            let is_allowed =
                _mm512_cmpge_epi64_mask(count, self.fewest) & _mm512_cmple_epi64_mask(count, self.most);
            let n_right = _mm512_cvtepi64_pd(count);
            let gradient = _mm512_cvtepi64_pd(gradient);
            let difference = _mm512_sub_pd(
                _mm512_mul_pd(self.n_rows, gradient),
                _mm512_mul_pd(n_right, self.all),
            );
            let numerator = _mm512_mul_pd(difference, difference);
            let denominator = _mm512_mul_pd(n_right, _mm512_sub_pd(self.n_rows, n_right));
            let least = _mm512_mul_pd(self.least, denominator);
            let is_good = _mm512_mask_cmp_pd_mask::<_CMP_GE_OQ>(is_allowed, numerator, least);
            if is_good != 0 {
                let gain = _mm512_div_pd(numerator, denominator);
                self.best = _mm512_mask_max_pd(self.best, is_good, self.best, gain);
                // A feature need not reach more than its own best gain.
                let own = _mm512_mul_pd(self.best, _mm512_set1_pd(TOLERANCE));
                self.least = _mm512_max_pd(self.least, own);
            }
        }

        /// Keeps the features with the largest gain; `first` is the first of the eight.
        #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
        fn keep(&self, first: usize, tied: &mut TiedFeatures) {
            let max = _mm512_reduce_max_pd(self.best);
            if max < tied.gain {
                return;
            }
            if max > tied.gain {
                tied.gain = max;
                tied.features.clear();
            }
            let is_best = _mm512_cmp_pd_mask::<_CMP_EQ_OQ>(self.best, _mm512_set1_pd(max));
            let lanes = (0..8).filter(|lane| is_best >> lane & 1 == 1);
            tied.features.extend(lanes.map(|lane| (first + lane) as u32));
        }
    }

    /// Scores the thresholds of eight features by sums of values up to `highest`, and leaves all sums 0.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
    pub(super) fn scan(
        sums: &mut Sums,
        highest: u8,
        node: NodeTotals,
        first: usize,
        tied: &mut TiedFeatures,
    ) {
        let mut scan = Scan::new(node, tied.gain);
        let counts = _mm512_set1_epi64((1 << COUNT_BITS) - 1);
        let mut right = _mm512_setzero_si512();
        for of_value in sums[1..=usize::from(highest)].iter_mut().rev() {
            // SAFETY: `of_value` has eight numbers of eight bytes.
            let own = unsafe { _mm512_loadu_si512(of_value.as_ptr().cast()) };
            *of_value = [0; 8];
            right = _mm512_add_epi64(right, own);
            scan.score(
                _mm512_and_si512(right, counts),
                _mm512_srai_epi64::<COUNT_BITS>(right),
            );
        }
        sums[0] = [0; 8];
        scan.keep(first, tied);
    }

    /// Scores the thresholds of eight features by their histograms, whose Hessians are 0.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
    pub(super) fn scan_histogram(bins: &BlockBins, node: NodeTotals, first: usize, tied: &mut TiedFeatures) {
        let mut scan = Scan::new(node, tied.gain);
        let start: *const i64 = bins.as_ptr().cast();
        // A bin has two numbers, and a feature has `VALUES` bins.
        let stride = (2 * VALUES) as i64;
        let features = _mm512_mullo_epi64(
            _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7),
            _mm512_set1_epi64(stride),
        );
        let (mut right, mut count) = (_mm512_setzero_si512(), _mm512_setzero_si512());
        for value in (1..VALUES).rev() {
            // SAFETY: `2 * value + 1` is below `stride`, so that both gathers read numbers of the bins of `value`, of features 0 to 7: all
            // of them are in `bins`. A bin is two numbers of eight bytes, gradient and weight, in this order (`repr(C)`).
            let (gradients, weights) = unsafe {
                (
                    _mm512_i64gather_epi64::<8>(features, start.add(2 * value).cast()),
                    _mm512_i64gather_epi64::<8>(features, start.add(2 * value + 1).cast()),
                )
            };
            right = _mm512_add_epi64(right, gradients);
            count = _mm512_add_epi64(count, weights);
            scan.score(count, right);
        }
        scan.keep(first, tied);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::native::kernels::gradient_histogram::{SparseHistogram, add, best_split};
    use crate::native::kernels::test_gain::Means;

    proptest! {
        #[test]
        fn every_level_matches_the_plain_search(
            n_rows in 2usize..200, n_blocks in 1usize..4, n_values in 1u8..40, min_rows in 0usize..4,
            bytes in proptest::collection::vec(any::<u8>(), 200 * 24), gradients in proptest::collection::vec(-8i32..9, 200),
            few: bool,
        ) {
            let gradients: Vec<Bin> = gradients[..n_rows].iter().map(|gradient| Bin::row(f64::from(*gradient) / 8.0, 0.0)).collect();
            let word = |block: usize, row: usize| -> Word {
                let start = (block * 200 + row) * WIDTH;
                std::array::from_fn(|i| if few && !row.is_multiple_of(3) { 0 } else { bytes[start + i] % n_values * 6 })
            };
            let blocks: Vec<Vec<Word>> = (0..n_blocks).map(|block| (0..n_rows).map(|row| word(block, row)).collect()).collect();
            let all = Bin::sum(&gradients);
            let mut expected = TiedFeatures::default();
            let mut sparse = SparseHistogram::new();
            for (block, words) in blocks.iter().enumerate() {
                sparse.add(words, &gradients);
                for i in 0..WIDTH {
                    let Some(split) = best_split(sparse.drain(i), all, &Means(min_rows.max(1)), expected.gain) else { continue };
                    if split.gain > expected.gain {
                        expected = TiedFeatures { gain: split.gain, features: Vec::new() };
                    }
                    expected.features.push((block * WIDTH + i) as u32);
                }
            }
            let histograms: Vec<Box<BlockBins>> = blocks.iter().map(|words| {
                let mut bins = Box::new([[Bin::default(); VALUES]; WIDTH]);
                add(&mut bins, words.iter().copied(), &gradients);
                bins
            }).collect();
            for simd in Simd::available() {
                let Some(mut sums) = ValueSums::new(simd) else { continue };
                let mut tied = TiedFeatures::default();
                for (block, bins) in histograms.iter().enumerate() {
                    sums.search_histogram(bins, NodeTotals { n_rows, all, min_rows }, block * WIDTH, &mut tied);
                }
                prop_assert_eq!(&tied, &expected);
                // The second search finds no sums of the first.
                for _ in 0..2 {
                    let mut tied = TiedFeatures::default();
                    for (block, words) in blocks.iter().enumerate() {
                        sums.search(words, &gradients, NodeTotals { n_rows, all, min_rows }, block * WIDTH, &mut tied);
                    }
                    prop_assert_eq!(&tied, &expected);
                }
            }
        }
    }

    #[test]
    fn the_largest_node_has_no_overflow() {
        let gradients: Vec<Bin> = (0..MAX_ROWS).map(|_| Bin::row(-1.0, 0.0)).collect();
        let words = vec![[255; WIDTH]; MAX_ROWS];
        let node = NodeTotals {
            n_rows: MAX_ROWS,
            all: Bin::sum(&gradients),
            min_rows: 1,
        };
        if let Some(mut sums) = ValueSums::new(Simd::detect()) {
            let mut tied = TiedFeatures::default();
            sums.search(&words, &gradients, node, 0, &mut tied);
            assert_eq!(tied, TiedFeatures::default(), "a constant feature has no split");
            assert!(sums.sums.as_flattened().iter().all(|sum| *sum == 0));
        }
    }
}
