//! The best Gini threshold of a feature from counts by value and class, 16 values at a time.
//!
//! For up to 16 classes and 65,535 rows, so that two classes' counts share 32 bits and sums of squares fit into 32 bits. The sums are the
//! same integers as in [`super::impurity`], so the scores are equal.

#![expect(unsafe_code, reason = "loads and stores of AVX-512 registers")]

use crate::native::kernels::dispatch::dispatch;
use crate::native::kernels::simd::Simd;

/// Largest number of classes.
pub(crate) const MAX_CLASSES: usize = 16;

/// Largest sum of the rows' weights.
pub(crate) const MAX_WEIGHT: u32 = u16::MAX as u32;

/// Number of values of a byte.
const VALUES: usize = 256;

/// Values per step.
const LANES: usize = 16;

/// One count for each pair of classes and each value, with the even class in the lower 16 bits.
type Table = [u32; TABLE_LEN];

const TABLE_LEN: usize = MAX_CLASSES / 2 * VALUES;

/// Counts by pair of classes and value.
pub(crate) struct PairCounts {
    /// Rows are counted in the two tables in turn, so that consecutive rows seldom write to the same address. All counts are 0 between two
    /// features.
    tables: [Box<Table>; 2],
}

/// Where a row is counted, and what it adds there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    pair: u32,
    increment: u32,
}

/// The best threshold: its score, and the two values that it lies between.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Best {
    pub(crate) low: u8,
    pub(crate) high: u8,
    pub(crate) score: f64,
}

/// The node: counts by class, their sum, and the least weight of a side.
#[derive(Clone, Copy)]
struct Node<'a> {
    all: &'a [u32; MAX_CLASSES],
    n: u32,
    min_weight: u32,
}

impl Key {
    /// The key of a row with a class below [`MAX_CLASSES`] and a weight.
    pub(crate) fn new(class: u8, weight: u16) -> Key {
        Key {
            pair: u32::from(class >> 1) * VALUES as u32,
            increment: u32::from(weight) << (16 * (class & 1)),
        }
    }
}

impl PairCounts {
    pub(crate) fn new() -> PairCounts {
        let table = || {
            vec![0; TABLE_LEN]
                .into_boxed_slice()
                .try_into()
                .expect("the slice has as many elements")
        };
        PairCounts {
            tables: [table(), table()],
        }
    }

    /// Counts rows whose weights sum to at most [`MAX_WEIGHT`].
    ///
    /// # Panics
    /// If there is not one key per value.
    pub(crate) fn count(&mut self, values: &[u8], keys: &[Key]) {
        assert_eq!(values.len(), keys.len(), "not one key per value");
        let [first, second] = &mut self.tables;
        let mut add = |table: usize, value: u8, key: Key| {
            let place = (key.pair as usize | usize::from(value)) % TABLE_LEN;
            let table: &mut Table = if table == 0 { first } else { second };
            table[place] += key.increment;
        };
        let ((values, value_rest), (keys, key_rest)) = (values.as_chunks::<2>(), keys.as_chunks::<2>());
        for (values, keys) in values.iter().zip(keys) {
            add(0, values[0], keys[0]);
            add(1, values[1], keys[1]);
        }
        for (&value, &key) in value_rest.iter().zip(key_rest) {
            add(0, value, key);
        }
    }

    /// The threshold with the largest `Σ left² / n_left + Σ right² / n_right`; equal scores go to the lowest threshold. `None` if each
    /// threshold leaves less than `min_weight` on a side.
    ///
    /// All counts are of values in `low..=high`; this function resets them to 0. `all` is their sum by class, and 0 from `n_classes` on.
    pub(crate) fn best_split(
        &mut self,
        (low, high): (u8, u8),
        all: &[u32; MAX_CLASSES],
        n_classes: usize,
        min_weight: u32,
    ) -> Option<Best> {
        self.best_split_with(Simd::detect(), (low, high), all, n_classes, min_weight)
    }

    fn best_split_with(
        &mut self,
        simd: Simd,
        (low, high): (u8, u8),
        all: &[u32; MAX_CLASSES],
        n_classes: usize,
        min_weight: u32,
    ) -> Option<Best> {
        let node = Node {
            all,
            n: all.iter().sum(),
            min_weight: min_weight.max(1),
        };
        let steps = usize::from(low) / LANES..usize::from(high) / LANES + 1;
        let n_pairs = n_classes.div_ceil(2).min(MAX_CLASSES / 2);
        let [first, second] = &mut self.tables;
        let (first, second): (&mut Table, &mut Table) = (first, second);
        dispatch!(
            simd,
            (
                first: &mut Table,
                second: &mut Table,
                steps: std::ops::Range<usize>,
                n_pairs: usize,
                node: Node<'_>,
            ) -> Option<Best>,
            plain: scan_plain, avx2("avx2"): scan_plain, avx512("avx512f,avx512bw"): x86::scan,
        )
    }
}

/// The set of values that occur.
#[derive(Default)]
struct Occurring([u64; 4]);

impl Occurring {
    fn of_step(&mut self, step: usize, bits: u16) {
        self.0[step / 4] |= u64::from(bits) << (LANES * (step % 4));
    }

    /// The smallest value above this one.
    fn after(&self, value: u8) -> Option<u8> {
        (value..u8::MAX)
            .map(|below| below + 1)
            .find(|&value| self.0[usize::from(value / 64)] >> (value % 64) & 1 == 1)
    }
}

/// Adds the upper of the two values.
fn best(found: Option<(f64, u8)>, occurring: &Occurring) -> Option<Best> {
    let (score, low) = found?;
    occurring.after(low).map(|high| Best { low, high, score })
}

#[inline(always)]
fn scan_plain(
    first: &mut Table,
    second: &mut Table,
    steps: std::ops::Range<usize>,
    n_pairs: usize,
    node: Node<'_>,
) -> Option<Best> {
    let mut carried = [0u32; MAX_CLASSES / 2];
    let mut occurring = Occurring::default();
    let mut found: Option<(f64, u8)> = None;
    for step in steps {
        let mut of_value = [0u32; LANES];
        let mut n_left = [0u32; LANES];
        let mut squares = [[0u32; LANES]; 2];
        for (pair, carried) in carried[..n_pairs].iter_mut().enumerate() {
            let place = pair * VALUES + step * LANES;
            let mut left = [0u32; LANES];
            for lane in 0..LANES {
                let count =
                    std::mem::take(&mut first[place + lane]) + std::mem::take(&mut second[place + lane]);
                of_value[lane] |= count;
                *carried += count;
                left[lane] = *carried;
            }
            let all = [node.all[2 * pair], node.all[2 * pair + 1]];
            for lane in 0..LANES {
                let left = [left[lane] & 0xffff, left[lane] >> 16];
                let right = [all[0] - left[0], all[1] - left[1]];
                n_left[lane] += left[0] + left[1];
                squares[0][lane] += left[0] * left[0] + left[1] * left[1];
                squares[1][lane] += right[0] * right[0] + right[1] * right[1];
            }
        }
        let mut bits = 0;
        for lane in 0..LANES {
            if of_value[lane] == 0 {
                continue;
            }
            bits |= 1 << lane;
            let n_right = node.n - n_left[lane];
            if n_left[lane] >= node.min_weight && n_right >= node.min_weight {
                let score = f64::from(squares[0][lane]) / f64::from(n_left[lane])
                    + f64::from(squares[1][lane]) / f64::from(n_right);
                if found.is_none_or(|(best, _)| score > best) {
                    found = Some((score, (step * LANES + lane) as u8));
                }
            }
        }
        occurring.of_step(step, bits);
    }
    best(found, &occurring)
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use crate::native::kernels::gini_scan::Best;
    use crate::native::kernels::gini_scan::LANES;
    use crate::native::kernels::gini_scan::MAX_CLASSES;
    use crate::native::kernels::gini_scan::Node;
    use crate::native::kernels::gini_scan::Occurring;
    use crate::native::kernels::gini_scan::Table;
    use crate::native::kernels::gini_scan::VALUES;
    use crate::native::kernels::gini_scan::best;

    /// Prefix sums of 16 counts.
    #[target_feature(enable = "avx512f")]
    #[inline]
    fn prefix_sums(counts: __m512i) -> __m512i {
        let zero = _mm512_setzero_si512();
        let sums = _mm512_add_epi32(counts, _mm512_alignr_epi32::<15>(counts, zero));
        let sums = _mm512_add_epi32(sums, _mm512_alignr_epi32::<14>(sums, zero));
        let sums = _mm512_add_epi32(sums, _mm512_alignr_epi32::<12>(sums, zero));
        _mm512_add_epi32(sums, _mm512_alignr_epi32::<8>(sums, zero))
    }

    /// [`super::scan_plain`] with AVX-512.
    #[target_feature(enable = "avx512f,avx512bw")]
    pub(crate) fn scan(
        first: &mut Table,
        second: &mut Table,
        steps: std::ops::Range<usize>,
        n_pairs: usize,
        node: Node<'_>,
    ) -> Option<Best> {
        let zero = _mm512_setzero_si512();
        let ends = _mm512_set1_epi32(15);
        let half = _mm512_set1_epi32(0xffff);
        let all = _mm512_set1_epi32(node.n.cast_signed());
        let min_weight = _mm512_set1_epi32(node.min_weight.cast_signed());
        let mut carried = [zero; MAX_CLASSES / 2];
        let mut occurring = Occurring::default();
        // The best score of each of 16 lanes, and its step.
        let mut scores = [_mm512_set1_pd(-1.0); 2];
        let mut at = [_mm512_setzero_si512(); 2];
        for step in steps {
            let mut of_value = zero;
            let mut n_left = zero;
            let (mut left_squares, mut right_squares) = (zero, zero);
            for (pair, carried) in carried[..n_pairs].iter_mut().enumerate() {
                let place = pair * VALUES + step * LANES;
                let (first, second) = (
                    &mut first[place..place + LANES],
                    &mut second[place..place + LANES],
                );
                // SAFETY: both slices have `LANES` counts, which are the 16 lanes of a register.
                let counts = unsafe {
                    let counts = _mm512_add_epi32(
                        _mm512_loadu_si512(first.as_ptr().cast()),
                        _mm512_loadu_si512(second.as_ptr().cast()),
                    );
                    _mm512_storeu_si512(first.as_mut_ptr().cast(), zero);
                    _mm512_storeu_si512(second.as_mut_ptr().cast(), zero);
                    counts
                };
                of_value = _mm512_or_si512(of_value, counts);
                let left = _mm512_add_epi32(prefix_sums(counts), *carried);
                *carried = _mm512_permutexvar_epi32(ends, left);
                let (even, odd) = (_mm512_and_si512(left, half), _mm512_srli_epi32::<16>(left));
                let all = |class: usize| _mm512_set1_epi32(node.all[2 * pair + class].cast_signed());
                let right = [_mm512_sub_epi32(all(0), even), _mm512_sub_epi32(all(1), odd)];
                n_left = _mm512_add_epi32(n_left, _mm512_add_epi32(even, odd));
                left_squares = _mm512_add_epi32(left_squares, _mm512_mullo_epi32(even, even));
                left_squares = _mm512_add_epi32(left_squares, _mm512_mullo_epi32(odd, odd));
                right_squares = _mm512_add_epi32(right_squares, _mm512_mullo_epi32(right[0], right[0]));
                right_squares = _mm512_add_epi32(right_squares, _mm512_mullo_epi32(right[1], right[1]));
            }
            let n_right = _mm512_sub_epi32(all, n_left);
            let occurs = _mm512_test_epi32_mask(of_value, of_value);
            occurring.of_step(step, occurs);
            let is_allowed = occurs
                & _mm512_cmpge_epu32_mask(n_left, min_weight)
                & _mm512_cmpge_epu32_mask(n_right, min_weight);
            let now = _mm512_set1_epi64(step as i64);
            for side in 0..2 {
                let lanes = (is_allowed >> (8 * side)) as u8;
                if lanes == 0 {
                    continue;
                }
                let double = |sums: __m512i| {
                    _mm512_cvtepu32_pd(if side == 0 {
                        _mm512_castsi512_si256(sums)
                    } else {
                        _mm512_extracti64x4_epi64::<1>(sums)
                    })
                };
                let score = _mm512_add_pd(
                    _mm512_div_pd(double(left_squares), double(n_left)),
                    _mm512_div_pd(double(right_squares), double(n_right)),
                );
                let better = _mm512_mask_cmp_pd_mask::<_CMP_GT_OQ>(lanes, score, scores[side]);
                scores[side] = _mm512_mask_mov_pd(scores[side], better, score);
                at[side] = _mm512_mask_mov_epi64(at[side], better, now);
            }
        }
        let mut found: Option<(f64, u8)> = None;
        for side in 0..2 {
            let (mut lane_scores, mut lane_steps) = ([0.0; 8], [0u64; 8]);
            // SAFETY: each array has the eight 64-bit lanes of a register.
            unsafe {
                _mm512_storeu_pd(lane_scores.as_mut_ptr(), scores[side]);
                _mm512_storeu_si512(lane_steps.as_mut_ptr().cast(), at[side]);
            }
            for (lane, (score, step)) in lane_scores.into_iter().zip(lane_steps).enumerate() {
                let value = (step as usize * LANES + 8 * side + lane) as u8;
                let is_better = |(best, at): (f64, u8)| score > best || score == best && value < at;
                if score >= 0.0 && found.is_none_or(is_better) {
                    found = Some((score, value));
                }
            }
        }
        best(found, &occurring)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_level_matches_the_plain_search(
            rows in proptest::collection::vec((prop_oneof![Just(0u8), Just(255), 40..50u8, any::<u8>()], 0u8..16, 1u16..5), 2..600),
            n_classes in 2u8..17,
            min_weight in 1u32..9,
        ) {
            let rows: Vec<(u8, u8, u32)> = rows.iter().map(|&(value, class, weight)| (value, class % n_classes, u32::from(weight))).collect();
            let mut all = [0; MAX_CLASSES];
            rows.iter().for_each(|&(_, class, weight)| all[usize::from(class)] += weight);
            let n: u32 = all.iter().sum();
            let mut values: Vec<u8> = rows.iter().map(|row| row.0).collect();
            values.sort_unstable();
            values.dedup();
            let mut expected: Option<Best> = None;
            for pair in values.windows(2) {
                let mut left = [0; MAX_CLASSES];
                rows.iter().filter(|row| row.0 <= pair[0]).for_each(|&(_, class, weight)| left[usize::from(class)] += weight);
                let n_left: u32 = left.iter().sum();
                let squares = |counts: [u32; MAX_CLASSES]| f64::from(counts.iter().map(|count| count * count).sum::<u32>());
                let right = std::array::from_fn(|class| all[class] - left[class]);
                let score = squares(left) / f64::from(n_left) + squares(right) / f64::from(n - n_left);
                if n_left >= min_weight && n - n_left >= min_weight && expected.is_none_or(|best| score > best.score) {
                    expected = Some(Best { low: pair[0], high: pair[1], score });
                }
            }
            let mut counts = PairCounts::new();
            let column: Vec<u8> = rows.iter().map(|row| row.0).collect();
            let keys: Vec<Key> = rows.iter().map(|&(_, class, weight)| Key::new(class, weight as u16)).collect();
            let range = (values[0], values[values.len() - 1]);
            // The second and later levels find no counts of the one before.
            for simd in Simd::available() {
                counts.count(&column, &keys);
                prop_assert_eq!(counts.best_split_with(simd, range, &all, usize::from(n_classes), min_weight), expected);
            }
        }
    }
}
