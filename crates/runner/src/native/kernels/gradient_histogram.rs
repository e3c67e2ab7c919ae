//! Sums of gradients and hessians by value of a feature, and the best threshold that they give.
//!
//! Gradients and hessians are in fixed point, so that their sums are exact: rows may be added in any order, and what one child has is
//! what its parent has without the other.
//!
//! The bin of value 0 holds nothing of use: a block of eight zeros, of which images are full, is not added at all. A threshold's left side
//! is what all rows have without the right one, so that nobody misses it.

#![expect(
    unsafe_code,
    reason = "vector instructions that were looked for before they are used"
)]

use crate::native::kernels::feature_blocks::{WIDTH, Word};
use crate::native::kernels::simd::Simd;

/// Values of a byte.
pub(crate) const VALUES: usize = 256;

/// Gradients in fixed point: 2^30 is 1.
pub(crate) const GRADIENT_ONE: f64 = (1u32 << 30) as f64;

/// Hessians in fixed point: 2^26 is 1. What is lost of 60,000 rows is less than half of the least hessian that a side may have: with fewer
/// bits the many rows that are all but certain would add up to nothing, and a step divided by it leads far astray.
pub(crate) const HESSIAN_ONE: f64 = (1u32 << 26) as f64;

/// Rows that a bin can hold: of hessians up to a quarter each.
pub(crate) const MOST_ROWS: usize = (1 << COUNT_BITS) - 1;

const COUNT_BITS: u32 = 20;

/// Sums of gradients and hessians, and the number of rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C, align(16))]
pub(crate) struct Bin {
    gradient: i64,
    /// The count in the lower 20 bits, the hessian above: one addition does both.
    weight: u64,
}

/// The bins of a block's features.
pub(crate) type BlockBins = [[Bin; VALUES]; WIDTH];

impl Bin {
    /// One row: a gradient between -1 and 1, a hessian between 0 and 1/4.
    pub(crate) fn row(gradient: f64, hessian: f64) -> Bin {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "small numbers"
        )]
        let (gradient, hessian) = (
            (gradient * GRADIENT_ONE).round() as i64,
            (hessian * HESSIAN_ONE).round() as u64,
        );
        Bin {
            gradient,
            weight: hessian << COUNT_BITS | 1,
        }
    }

    pub(crate) fn sum<'b>(bins: impl IntoIterator<Item = &'b Bin>) -> Bin {
        let mut sum = Bin::default();
        bins.into_iter().for_each(|bin| sum.add(*bin));
        sum
    }

    pub(crate) fn add(&mut self, other: Bin) {
        self.gradient += other.gradient;
        self.weight += other.weight;
    }

    /// What is left without `other`, which is a part of it; of the bins of value 0, which hold nothing of use, anything.
    pub(crate) fn without(self, other: Bin) -> Bin {
        Bin {
            gradient: self.gradient - other.gradient,
            weight: self.weight.wrapping_sub(other.weight),
        }
    }

    pub(crate) fn count(self) -> usize {
        (self.weight & ((1 << COUNT_BITS) - 1)) as usize
    }

    /// In fixed point, exactly.
    pub(crate) fn whole_gradient(self) -> i64 {
        self.gradient
    }

    /// In fixed point.
    #[expect(clippy::cast_precision_loss, reason = "sums of 2^20 gradients are below 2^53")]
    pub(crate) fn gradient(self) -> f64 {
        self.gradient as f64
    }

    /// In fixed point.
    #[expect(clippy::cast_precision_loss, reason = "44 bits")]
    pub(crate) fn hessian(self) -> f64 {
        (self.weight >> COUNT_BITS) as f64
    }

    /// Whether no row was added.
    fn is_empty(self) -> bool {
        self.weight == 0
    }
}

/// How good it is to part a node's rows.
pub(crate) trait Gain: Sync {
    /// Numerator and denominator of the gain, which may lack what is the same for all thresholds of a node; `None` where there must be no
    /// such split. Both sides have rows.
    fn of(&self, left: Bin, right: Bin) -> Option<(f64, f64)>;

    /// The fewest rows of a side, if the gain is the squared distance of the sides' means as [`few_rows`](super::few_rows) has it.
    fn distance_of_means(&self) -> Option<usize> {
        None
    }
}

/// A threshold: the rows up to `low` go left, those from `high` on go right; no row of the node lies between.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cut {
    pub(crate) low: u8,
    pub(crate) high: u8,
    pub(crate) gain: f64,
    pub(crate) left: Bin,
    pub(crate) right: Bin,
}

/// The best threshold of a feature whose gain is `floor` or more; of equal ones the lowest. `bins` are those that are not empty, falling,
/// without that of value 0, and `all` is the sum of the node's rows.
pub(crate) fn best_cut(
    bins: impl Iterator<Item = (u8, Bin)>,
    all: Bin,
    gain: &impl Gain,
    floor: f64,
) -> Option<Cut> {
    // Nothing that reaches the floor is lost to the rounding of a product instead of a quotient.
    const SLACK: f64 = 1.0 - 1e-15;
    let mut best: Option<Cut> = None;
    let mut floor = floor;
    let mut right = Bin::default();
    let mut high = 0;
    let mut consider = |low: u8, high: u8, right: Bin| {
        let left = all.without(right);
        if let Some((over, under)) = gain.of(left, right)
            && over >= floor * under * SLACK
            && over / under >= floor
        {
            floor = over / under;
            best = Some(Cut {
                low,
                high,
                gain: floor,
                left,
                right,
            });
        }
    };
    for (value, bin) in bins {
        if !right.is_empty() {
            consider(value, high, right);
        }
        right.add(bin);
        high = value;
    }
    if !right.is_empty() && right.count() < all.count() {
        consider(0, high, right);
    }
    best
}

/// Of all bins but that of value 0 those that are not empty, falling.
pub(crate) fn occurring(bins: &[Bin; VALUES]) -> impl Iterator<Item = (u8, Bin)> {
    (1..=u8::MAX)
        .rev()
        .map(|value| (value, bins[usize::from(value)]))
        .filter(|(_, bin)| !bin.is_empty())
}

/// Adds rows to the bins of a block; whether any of them has more than zeros.
pub(crate) fn add(bins: &mut BlockBins, words: impl Iterator<Item = Word>, of_rows: &[Bin]) -> bool {
    let mut any = 0;
    for (values, &of_row) in words.zip(of_rows) {
        let together = u64::from_le_bytes(values);
        any |= together;
        if together != 0 {
            for (bins, value) in bins.iter_mut().zip(values) {
                bins[usize::from(value)].add(of_row);
            }
        }
    }
    any != 0
}

/// The same for several gradients a row at once, one a score: `bins[feature][value][score]`. `of_rows` has `n_scores` for every row of the
/// block.
///
/// # Panics
/// If the lengths do not fit.
pub(crate) fn add_all_scores(
    bins: &mut [Bin],
    block: &[Word],
    rows: &[u32],
    of_rows: &[Bin],
    n_scores: usize,
) {
    assert_eq!(bins.len(), WIDTH * VALUES * n_scores, "a bin a score");
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2")]
        fn avx2(bins: &mut [Bin], block: &[Word], rows: &[u32], of_rows: &[Bin], n_scores: usize) {
            add_all_scores_body(bins, block, rows, of_rows, n_scores);
        }
        if Simd::here() != Simd::Plain {
            // SAFETY: `Simd` names only what the processor has, and what has AVX-512 has AVX2.
            return unsafe { avx2(bins, block, rows, of_rows, n_scores) };
        }
    }
    add_all_scores_body(bins, block, rows, of_rows, n_scores);
}

#[inline(always)]
fn add_all_scores_body(bins: &mut [Bin], block: &[Word], rows: &[u32], of_rows: &[Bin], n_scores: usize) {
    for &row in rows {
        let values = block[row as usize];
        if u64::from_le_bytes(values) == 0 {
            continue;
        }
        let of_row = &of_rows[row as usize * n_scores..][..n_scores];
        for (feature, value) in values.into_iter().enumerate() {
            let at = (feature * VALUES + usize::from(value)) * n_scores;
            for (bin, &of_row) in bins[at..at + n_scores].iter_mut().zip(of_row) {
                bin.add(of_row);
            }
        }
    }
}

/// Bins of few rows, of which only those that occur are looked at.
pub(crate) struct SparseHistogram {
    /// All empty but between adding and draining.
    bins: Box<BlockBins>,
    occurs: [[u64; 4]; WIDTH],
}

impl SparseHistogram {
    pub(crate) fn new() -> SparseHistogram {
        SparseHistogram {
            bins: Box::new([[Bin::default(); VALUES]; WIDTH]),
            occurs: [[0; 4]; WIDTH],
        }
    }

    /// Adds rows to the bins of a block; whether any of them has more than zeros.
    pub(crate) fn add(&mut self, words: &[Word], of_rows: &[Bin]) -> bool {
        let mut any = 0;
        for (&values, &of_row) in words.iter().zip(of_rows) {
            let together = u64::from_le_bytes(values);
            any |= together;
            if together != 0 {
                for (feature, value) in values.into_iter().enumerate() {
                    self.add_one(feature, value, of_row);
                }
            }
        }
        any != 0
    }

    /// Adds a row to one feature of a block.
    pub(crate) fn add_one(&mut self, feature: usize, value: u8, of_row: Bin) {
        self.bins[feature][usize::from(value)].add(of_row);
        self.occurs[feature][usize::from(value >> 6)] |= 1 << (value & 63);
    }

    /// The number of different values of a feature whose rows were added one by one.
    pub(crate) fn n_values(&self, feature: usize) -> u32 {
        self.occurs[feature].iter().map(|block| block.count_ones()).sum()
    }

    /// The bins of a feature that are not empty, falling, without that of value 0. All are empty once they were given.
    pub(crate) fn drain(&mut self, feature: usize) -> impl Iterator<Item = (u8, Bin)> {
        let bins = &mut self.bins[feature];
        let occurs = &mut self.occurs[feature];
        bins[0] = Bin::default();
        occurs[0] &= !1;
        let blocks = (0u8..4).zip(occurs).rev();
        blocks
            .flat_map(|(block, bits)| {
                std::iter::from_fn(move || {
                    let bit = (*bits != 0).then(|| 63 - bits.leading_zeros() as u8)?;
                    *bits ^= 1 << bit;
                    Some(64 * block + bit)
                })
            })
            .map(|value| (value, std::mem::take(&mut bins[usize::from(value)])))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Squared distance of the means, as a regression tree has it.
    struct Apart {
        min_rows: usize,
    }

    impl Gain for Apart {
        fn of(&self, left: Bin, right: Bin) -> Option<(f64, f64)> {
            let counts = [left.count(), right.count()];
            let [n_left, n_right] = counts.map(|count| count as f64);
            let apart = n_right * left.gradient() - n_left * right.gradient();
            counts
                .iter()
                .all(|&count| count >= self.min_rows)
                .then_some((apart * apart, n_left * n_right))
        }
    }

    /// A column in the fifth place of a block; the other decision_classes have something in them or not.
    fn block(column: &[u8], filled: bool) -> Vec<Word> {
        let other = |row: usize| if filled { (row % 3) as u8 } else { 0 };
        let values = |(row, &value): (usize, &u8)| [other(row), 0, 0, 0, value, 0, 0, 0];
        column.iter().enumerate().map(values).collect()
    }

    proptest! {
        #[test]
        fn the_best_cut_is_that_of_the_plain_search(
            rows in proptest::collection::vec((prop_oneof![Just(0u8), any::<u8>()], -100i32..100), 2..120),
            min_rows in 1usize..4,
            filled: bool,
        ) {
            let column: Vec<u8> = rows.iter().map(|row| row.0).collect();
            let of_rows: Vec<Bin> = rows.iter().map(|row| Bin::row(f64::from(row.1) / 128.0, 0.25)).collect();
            let all = Bin::sum(&of_rows);
            prop_assert_eq!(all.count(), rows.len());
            prop_assert_eq!(all.hessian(), 0.25 * HESSIAN_ONE * rows.len() as f64);
            let mut values = column.clone();
            values.sort_unstable();
            values.dedup();
            let mut expected: Option<(u8, u8, f64)> = None;
            for pair in values.windows(2) {
                let (left, right): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.0 <= pair[0]);
                if left.len() < min_rows || right.len() < min_rows { continue; }
                let mean = |rows: &[&(u8, i32)]| rows.iter().map(|row| f64::from(row.1) / 128.0).sum::<f64>() / rows.len() as f64;
                let (n_left, n_right) = (left.len() as f64, right.len() as f64);
                let gain = n_left * n_right * (mean(&left) - mean(&right)).powi(2);
                if expected.is_none_or(|best| gain > best.2 * (1.0 + 1e-12)) {
                    expected = Some((pair[0], pair[1], gain));
                }
            }
            let gain = Apart { min_rows };
            let block = block(&column, filled);
            let mut bins = [[Bin::default(); VALUES]; WIDTH];
            let any = add(&mut bins, block.iter().copied(), &of_rows);
            prop_assert_eq!(any, block.iter().any(|values| *values != [0; WIDTH]));
            let found = best_cut(occurring(&bins[4]), all, &gain, 0.0);
            let mut few = SparseHistogram::new();
            for _ in 0..2 {
                prop_assert_eq!(few.add(&block, &of_rows), any);
                for feature in 0..WIDTH {
                    let cut = best_cut(few.drain(feature), all, &gain, 0.0);
                    if feature == 4 { prop_assert_eq!(cut, found); }
                }
            }
            column.iter().zip(&of_rows).for_each(|(&value, &of_row)| few.add_one(2, value, of_row));
            prop_assert_eq!(few.n_values(2) as usize, values.len());
            prop_assert_eq!(best_cut(few.drain(2), all, &gain, 0.0), found);
            prop_assert_eq!(found.is_some(), expected.is_some());
            if let (Some(found), Some((low, high, gain_expected))) = (found, expected) {
                prop_assert!((found.gain / GRADIENT_ONE.powi(2) - gain_expected).abs() <= 1e-9 * gain_expected.max(1.0));
                if found.gain > 0.0 { prop_assert_eq!((found.low, found.high), (low, high)); }
                // Equal cuts of two features are equal, and one that is less is not found.
                prop_assert_eq!(best_cut(occurring(&bins[4]), all, &gain, found.gain), Some(found));
                prop_assert_eq!(best_cut(occurring(&bins[4]), all, &gain, found.gain * 1.001 + 1.0), None);
            }
        }

        #[test]
        fn all_scores_at_once_are_each_by_itself(column in proptest::collection::vec(any::<u8>(), 1..50)) {
            let rows: Vec<u32> = (0..column.len() as u32).step_by(2).collect();
            let of_all: Vec<Bin> = (0..column.len() as i32 * 3).map(|i| Bin::row(f64::from(i * 17 % 23 - 11) / 32.0, 0.1)).collect();
            let block = block(&column, true);
            let mut together = vec![Bin::default(); WIDTH * VALUES * 3];
            add_all_scores(&mut together, &block, &rows, &of_all, 3);
            for score in 0..3 {
                let own: Vec<Bin> = rows.iter().map(|&row| of_all[row as usize * 3 + score]).collect();
                let mut bins = [[Bin::default(); VALUES]; WIDTH];
                add(&mut bins, rows.iter().map(|&row| block[row as usize]), &own);
                for (place, bin) in bins.as_flattened().iter().enumerate() {
                    prop_assert_eq!(*bin, together[place * 3 + score]);
                }
            }
        }
    }
}
