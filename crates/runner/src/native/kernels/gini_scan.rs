//! The best gini split of counts by value and class, 16 values an instruction: for up to 16 classes and 65,535 rows, so that two classes'
//! counts share 32 bits and squares fit into them. The same whole numbers as [`super::impurity`] has, so the same scores.

#![expect(
    unsafe_code,
    reason = "vector instructions that were looked for before they are used"
)]

use crate::native::kernels::simd::Simd;

/// Classes that there is room for.
pub(crate) const CLASSES: usize = 16;

/// The most rows, weights counted.
pub(crate) const MOST: u32 = u16::MAX as u32;

/// Values of a byte.
const VALUES: usize = 256;

/// Values of a step.
const LANES: usize = 16;

/// Room for two classes a pair and a count a value: the even class in the lower half.
const ROOM: usize = CLASSES / 2 * VALUES;

/// Counts by pair of classes and value.
pub(crate) struct PairCounts {
    /// Two, counted into in turn, so that the same place is seldom written twice in a row; all 0 between two features.
    tables: [Box<[u32; ROOM]>; 2],
}

/// Where a row of a class is counted, and what it adds there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    pair: u32,
    added: u32,
}

/// Between which two values, and how good it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Best {
    pub(crate) low: u8,
    pub(crate) high: u8,
    pub(crate) score: f64,
}

/// What a threshold is looked for in: the classes' counts of all rows, their number, and how many a side must have.
#[derive(Clone, Copy)]
struct Node<'a> {
    all: &'a [u32; CLASSES],
    n: u32,
    least: u32,
}

impl Key {
    /// A row of a class below [`CLASSES`], that counts as often as `weight` says.
    pub(crate) fn new(class: u8, weight: u16) -> Key {
        Key {
            pair: u32::from(class >> 1) * VALUES as u32,
            added: u32::from(weight) << (16 * (class & 1)),
        }
    }
}

impl PairCounts {
    pub(crate) fn new() -> PairCounts {
        let table = || vec![0; ROOM].into_boxed_slice().try_into().expect("as long");
        PairCounts {
            tables: [table(), table()],
        }
    }

    /// Counts rows, whose weights are [`MOST`] at most together.
    pub(crate) fn count(&mut self, values: &[u8], keys: &[Key]) {
        let [first, second] = &mut self.tables;
        let mut add = |table: usize, value: u8, key: Key| {
            let place = (key.pair as usize | usize::from(value)) % ROOM;
            let table: &mut [u32; ROOM] = if table == 0 { first } else { second };
            table[place] += key.added;
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

    /// The threshold with the largest `Σ left² / n_left + Σ right² / n_right`; of equal ones the lowest. `None` if each leaves fewer than
    /// `least` rows, which is 1 or more, on a side. Empties the counts, all of which are of values between the two; `all` is their sum, and 0
    /// from `n_classes` on.
    pub(crate) fn walk(
        &mut self,
        (low, high): (u8, u8),
        all: &[u32; CLASSES],
        n_classes: usize,
        least: u32,
    ) -> Option<Best> {
        self.walk_with(Simd::here(), (low, high), all, n_classes, least)
    }

    fn walk_with(
        &mut self,
        simd: Simd,
        (low, high): (u8, u8),
        all: &[u32; CLASSES],
        n_classes: usize,
        least: u32,
    ) -> Option<Best> {
        let node = Node {
            all,
            n: all.iter().sum(),
            least: least.max(1),
        };
        let steps = usize::from(low) / LANES..usize::from(high) / LANES + 1;
        let n_pairs = n_classes.div_ceil(2).min(CLASSES / 2);
        let [first, second] = &mut self.tables;
        match simd {
            Simd::Plain => walk_plain(first, second, steps, n_pairs, node),
            #[cfg(target_arch = "x86_64")]
            Simd::Avx2 => {
                #[target_feature(enable = "avx2")]
                fn avx2(
                    first: &mut [u32; ROOM],
                    second: &mut [u32; ROOM],
                    steps: std::ops::Range<usize>,
                    n_pairs: usize,
                    node: Node<'_>,
                ) -> Option<Best> {
                    walk_plain(first, second, steps, n_pairs, node)
                }
                // SAFETY: the level names only what the processor has.
                unsafe { avx2(first, second, steps, n_pairs, node) }
            }
            // SAFETY: the level names only what the processor has.
            #[cfg(target_arch = "x86_64")]
            Simd::Avx512 | Simd::Vnni => unsafe { x86::walk(first, second, steps, n_pairs, node) },
        }
    }
}

/// The values that occur, a bit each.
#[derive(Default)]
struct Occurring([u64; 4]);

impl Occurring {
    fn of_step(&mut self, step: usize, bits: u16) {
        self.0[step / 4] |= u64::from(bits) << (LANES * (step % 4));
    }

    /// The first above this one.
    fn after(&self, value: u8) -> Option<u8> {
        (value..u8::MAX)
            .map(|below| below + 1)
            .find(|&value| self.0[usize::from(value / 64)] >> (value % 64) & 1 == 1)
    }
}

/// The best of those that have been found, with the value that follows.
fn best(found: Option<(f64, u8)>, occurring: &Occurring) -> Option<Best> {
    let (score, low) = found?;
    occurring.after(low).map(|high| Best { low, high, score })
}

#[inline(always)]
fn walk_plain(
    first: &mut [u32; ROOM],
    second: &mut [u32; ROOM],
    steps: std::ops::Range<usize>,
    n_pairs: usize,
    node: Node<'_>,
) -> Option<Best> {
    let mut carried = [0u32; CLASSES / 2];
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
            if n_left[lane] >= node.least && n_right >= node.least {
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
    use crate::native::kernels::gini_scan::CLASSES;
    use crate::native::kernels::gini_scan::LANES;
    use crate::native::kernels::gini_scan::Node;
    use crate::native::kernels::gini_scan::Occurring;
    use crate::native::kernels::gini_scan::ROOM;
    use crate::native::kernels::gini_scan::VALUES;
    use crate::native::kernels::gini_scan::best;

    /// The sums of the first 1, 2, … 16.
    #[target_feature(enable = "avx512f")]
    #[inline]
    fn running(counts: __m512i) -> __m512i {
        let zero = _mm512_setzero_si512();
        let sums = _mm512_add_epi32(counts, _mm512_alignr_epi32::<15>(counts, zero));
        let sums = _mm512_add_epi32(sums, _mm512_alignr_epi32::<14>(sums, zero));
        let sums = _mm512_add_epi32(sums, _mm512_alignr_epi32::<12>(sums, zero));
        _mm512_add_epi32(sums, _mm512_alignr_epi32::<8>(sums, zero))
    }

    /// As the plain loop does it.
    #[target_feature(enable = "avx512f,avx512bw")]
    pub(crate) fn walk(
        first: &mut [u32; ROOM],
        second: &mut [u32; ROOM],
        steps: std::ops::Range<usize>,
        n_pairs: usize,
        node: Node<'_>,
    ) -> Option<Best> {
        let zero = _mm512_setzero_si512();
        let ends = _mm512_set1_epi32(15);
        let half = _mm512_set1_epi32(0xffff);
        let all = _mm512_set1_epi32(node.n.cast_signed());
        let least = _mm512_set1_epi32(node.least.cast_signed());
        let mut carried = [zero; CLASSES / 2];
        let mut occurring = Occurring::default();
        // Of each of 16 lanes its best score, and in which step it was.
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
                // SAFETY: 16 counts of either.
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
                let left = _mm512_add_epi32(running(counts), *carried);
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
            let allowed =
                occurs & _mm512_cmpge_epu32_mask(n_left, least) & _mm512_cmpge_epu32_mask(n_right, least);
            let now = _mm512_set1_epi64(step as i64);
            for side in 0..2 {
                let lanes = (allowed >> (8 * side)) as u8;
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
            // SAFETY: the arrays have as many bytes as the registers.
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
        fn every_level_finds_the_best_of_all_thresholds(
            rows in proptest::collection::vec((prop_oneof![Just(0u8), Just(255), 40..50u8, any::<u8>()], 0u8..16, 1u16..5), 2..600),
            n_classes in 2u8..17,
            least in 1u32..9,
        ) {
            let rows: Vec<(u8, u8, u32)> = rows.iter().map(|&(value, class, weight)| (value, class % n_classes, u32::from(weight))).collect();
            let mut all = [0; CLASSES];
            rows.iter().for_each(|&(_, class, weight)| all[usize::from(class)] += weight);
            let n: u32 = all.iter().sum();
            let mut values: Vec<u8> = rows.iter().map(|row| row.0).collect();
            values.sort_unstable();
            values.dedup();
            let mut expected: Option<Best> = None;
            for pair in values.windows(2) {
                let mut left = [0; CLASSES];
                rows.iter().filter(|row| row.0 <= pair[0]).for_each(|&(_, class, weight)| left[usize::from(class)] += weight);
                let n_left: u32 = left.iter().sum();
                let squares = |counts: [u32; CLASSES]| f64::from(counts.iter().map(|count| count * count).sum::<u32>());
                let right = std::array::from_fn(|class| all[class] - left[class]);
                let score = squares(left) / f64::from(n_left) + squares(right) / f64::from(n - n_left);
                if n_left >= least && n - n_left >= least && expected.is_none_or(|best| score > best.score) {
                    expected = Some(Best { low: pair[0], high: pair[1], score });
                }
            }
            let mut counts = PairCounts::new();
            let column: Vec<u8> = rows.iter().map(|row| row.0).collect();
            let keys: Vec<Key> = rows.iter().map(|&(_, class, weight)| Key::new(class, weight as u16)).collect();
            let ends = (values[0], values[values.len() - 1]);
            // One after the other: nothing of a feature is left for the next one.
            for simd in Simd::available() {
                counts.count(&column, &keys);
                prop_assert_eq!(counts.walk_with(simd, ends, &all, usize::from(n_classes), least), expected);
            }
        }
    }
}
