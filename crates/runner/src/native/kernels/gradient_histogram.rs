//! Histograms of gradients and Hessians by feature value, and the best threshold of a histogram.
//!
//! Gradients and Hessians are in fixed point, so their sums are exact: rows may be added in any order, and a child's histogram is its
//! parent's less its sibling's.
//!
//! The bin of value 0 is undefined. Images are full of zeros, so a block of eight zeros is not added at all. The left side of a threshold
//! is the sum of all rows less the right side, which needs no bin of value 0.

use crate::native::kernels::dispatch::dispatch;
use crate::native::kernels::feature_blocks::{WIDTH, Word};
use crate::native::kernels::simd::Simd;

/// Number of values of a byte.
pub(crate) const VALUES: usize = 256;

/// The gradient 1 in fixed point.
pub(crate) const GRADIENT_ONE: f64 = (1u32 << 30) as f64;

/// The Hessian 1 in fixed point. The rounding error of 60,000 rows is less than half of the least Hessian of a side, 1e-3. With fewer bits,
/// many rows with probabilities near 0 or 1 would sum to 0, and a Newton step would divide by it.
pub(crate) const HESSIAN_ONE: f64 = (1u32 << 26) as f64;

/// Largest number of rows of a bin, with Hessians of up to 1/4 each.
pub(crate) const MAX_ROWS: usize = (1 << COUNT_BITS) - 1;

const COUNT_BITS: u32 = 20;

/// Sums of gradients and Hessians, and the number of rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C, align(16))]
pub(crate) struct Bin {
    gradient: i64,
    /// The count in the lower 20 bits and the Hessian above them, so that one addition updates both.
    weight: u64,
}

/// The bins of the eight features of a block.
pub(crate) type BlockBins = [[Bin; VALUES]; WIDTH];

impl Bin {
    /// The bin of one row: a gradient in -1..=1, a Hessian in 0..=1/4.
    pub(crate) fn row(gradient: f64, hessian: f64) -> Bin {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "magnitudes are at most 2^30"
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

    /// The bin less `other`, a part of it. Undefined bins of value 0 give an undefined result.
    pub(crate) fn without(self, other: Bin) -> Bin {
        Bin {
            gradient: self.gradient - other.gradient,
            weight: self.weight.wrapping_sub(other.weight),
        }
    }

    pub(crate) fn count(self) -> usize {
        (self.weight & ((1 << COUNT_BITS) - 1)) as usize
    }

    /// In fixed point, as an exact integer.
    pub(crate) fn whole_gradient(self) -> i64 {
        self.gradient
    }

    /// In units of 1 / [`GRADIENT_ONE`].
    #[expect(clippy::cast_precision_loss, reason = "sums of 2^20 gradients are below 2^53")]
    pub(crate) fn gradient(self) -> f64 {
        self.gradient as f64
    }

    /// In units of 1 / [`HESSIAN_ONE`].
    #[expect(clippy::cast_precision_loss, reason = "44 bits")]
    pub(crate) fn hessian(self) -> f64 {
        (self.weight >> COUNT_BITS) as f64
    }

    /// Whether no row was added.
    fn is_empty(self) -> bool {
        self.weight == 0
    }
}

/// The gain of a split.
pub(crate) trait Gain: Sync {
    /// Numerator and denominator of the gain, up to a constant that all thresholds of a node share; `None` where the split is not allowed.
    /// Both sides have rows.
    fn of(&self, left: Bin, right: Bin) -> Option<(f64, f64)>;

    /// The least number of rows of a side, if the gain is the squared difference of the sides' means as in
    /// [`small_node_split`](super::small_node_split).
    fn distance_of_means(&self) -> Option<usize> {
        None
    }
}

/// A threshold with its gain and its two sides. Rows with values up to `low` go left, rows with values from `high` on go right; no row of
/// the node has a value between them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct SplitInfo {
    pub(crate) low: u8,
    pub(crate) high: u8,
    pub(crate) gain: f64,
    pub(crate) left: Bin,
    pub(crate) right: Bin,
}

/// The best threshold of a feature with a gain of at least `floor`; equal gains go to the lowest threshold. `bins` yields the nonempty bins
/// in descending order of values, without that of value 0. `all` is the sum of the node's rows.
pub(crate) fn best_split(
    bins: impl Iterator<Item = (u8, Bin)>,
    all: Bin,
    gain: &impl Gain,
    floor: f64,
) -> Option<SplitInfo> {
    // The product below rounds differently from the quotient; this tolerance keeps every gain that reaches the floor.
    const TOLERANCE: f64 = 1.0 - 1e-15;
    let mut best: Option<SplitInfo> = None;
    let mut floor = floor;
    let mut right = Bin::default();
    let mut high = 0;
    let mut consider = |low: u8, high: u8, right: Bin| {
        let left = all.without(right);
        if let Some((numerator, denominator)) = gain.of(left, right)
            && numerator >= floor * denominator * TOLERANCE
            && numerator / denominator >= floor
        {
            floor = numerator / denominator;
            best = Some(SplitInfo {
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

/// The nonempty bins in descending order of values, without that of value 0.
pub(crate) fn occurring(bins: &[Bin; VALUES]) -> impl Iterator<Item = (u8, Bin)> {
    (1..=u8::MAX)
        .rev()
        .map(|value| (value, bins[usize::from(value)]))
        .filter(|(_, bin)| !bin.is_empty())
}

/// Adds rows to the bins of a block, and returns whether any byte is not 0.
pub(crate) fn add(bins: &mut BlockBins, words: impl Iterator<Item = Word>, of_rows: &[Bin]) -> bool {
    let mut any = 0;
    for (values, &of_row) in words.zip(of_rows) {
        let word = u64::from_le_bytes(values);
        any |= word;
        if word != 0 {
            for (bins, value) in bins.iter_mut().zip(values) {
                bins[usize::from(value)].add(of_row);
            }
        }
    }
    any != 0
}

/// Adds rows to the histograms of several scores at once: `bins[feature][value][score]`. `of_rows` has `n_scores` bins for every row of the
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
    add_all_scores_with(Simd::detect(), bins, block, rows, of_rows, n_scores);
}

fn add_all_scores_with(
    simd: Simd,
    bins: &mut [Bin],
    block: &[Word],
    rows: &[u32],
    of_rows: &[Bin],
    n_scores: usize,
) {
    assert_eq!(
        bins.len(),
        WIDTH * VALUES * n_scores,
        "not one bin per feature, value and score"
    );
    dispatch!(
        simd, (bins: &mut [Bin], block: &[Word], rows: &[u32], of_rows: &[Bin], n_scores: usize) -> (),
        plain: add_all_scores_body, avx2("avx2"): add_all_scores_body,
    );
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

/// The histograms of a block for few rows. Visits only the bins of values that occur.
pub(crate) struct SparseHistogram {
    /// All empty, except between `add` and `drain`.
    bins: Box<BlockBins>,
    /// One bit for each value of each feature.
    occurs: [[u64; 4]; WIDTH],
}

impl SparseHistogram {
    pub(crate) fn new() -> SparseHistogram {
        SparseHistogram {
            bins: Box::new([[Bin::default(); VALUES]; WIDTH]),
            occurs: [[0; 4]; WIDTH],
        }
    }

    /// Adds rows to the bins of a block, and returns whether any byte is not 0.
    pub(crate) fn add(&mut self, words: &[Word], of_rows: &[Bin]) -> bool {
        let mut any = 0;
        for (&values, &of_row) in words.iter().zip(of_rows) {
            let word = u64::from_le_bytes(values);
            any |= word;
            if word != 0 {
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

    /// The number of distinct values of a feature whose rows were all added by [`SparseHistogram::add_one`].
    pub(crate) fn n_values(&self, feature: usize) -> u32 {
        self.occurs[feature].iter().map(|block| block.count_ones()).sum()
    }

    /// The nonempty bins of a feature in descending order of values, without that of value 0. Leaves all of them empty.
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
    use crate::native::kernels::test_gain::Means;

    /// A block with the column as its fifth feature; one other feature has values if `is_filled`.
    fn block(column: &[u8], is_filled: bool) -> Vec<Word> {
        let other = |row: usize| if is_filled { (row % 3) as u8 } else { 0 };
        let values = |(row, &value): (usize, &u8)| [other(row), 0, 0, 0, value, 0, 0, 0];
        column.iter().enumerate().map(values).collect()
    }

    proptest! {
        #[test]
        fn the_best_split_matches_the_plain_search(
            rows in proptest::collection::vec((prop_oneof![Just(0u8), any::<u8>()], -100i32..100), 2..120),
            min_rows in 1usize..4,
            is_filled: bool,
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
            let gain = Means(min_rows);
            let block = block(&column, is_filled);
            let mut bins = [[Bin::default(); VALUES]; WIDTH];
            let any = add(&mut bins, block.iter().copied(), &of_rows);
            prop_assert_eq!(any, block.iter().any(|values| *values != [0; WIDTH]));
            let found = best_split(occurring(&bins[4]), all, &gain, 0.0);
            let mut sparse = SparseHistogram::new();
            for _ in 0..2 {
                prop_assert_eq!(sparse.add(&block, &of_rows), any);
                for feature in 0..WIDTH {
                    let split = best_split(sparse.drain(feature), all, &gain, 0.0);
                    if feature == 4 { prop_assert_eq!(split, found); }
                }
            }
            column.iter().zip(&of_rows).for_each(|(&value, &of_row)| sparse.add_one(2, value, of_row));
            prop_assert_eq!(sparse.n_values(2) as usize, values.len());
            prop_assert_eq!(best_split(sparse.drain(2), all, &gain, 0.0), found);
            prop_assert_eq!(found.is_some(), expected.is_some());
            if let (Some(found), Some((low, high, gain_expected))) = (found, expected) {
                prop_assert!((found.gain / GRADIENT_ONE.powi(2) - gain_expected).abs() <= 1e-9 * gain_expected.max(1.0));
                if found.gain > 0.0 { prop_assert_eq!((found.low, found.high), (low, high)); }
                // A split with a gain equal to the floor is found, and one with a smaller gain is not.
                prop_assert_eq!(best_split(occurring(&bins[4]), all, &gain, found.gain), Some(found));
                prop_assert_eq!(best_split(occurring(&bins[4]), all, &gain, found.gain * 1.001 + 1.0), None);
            }
        }

        #[test]
        fn all_scores_at_once_match_one_score_at_a_time_at_every_level(column in proptest::collection::vec(any::<u8>(), 1..50)) {
            let rows: Vec<u32> = (0..column.len() as u32).step_by(2).collect();
            let of_all: Vec<Bin> = (0..column.len() as i32 * 3).map(|i| Bin::row(f64::from(i * 17 % 23 - 11) / 32.0, 0.1)).collect();
            let block = block(&column, true);
            for simd in Simd::available() {
                let mut together = vec![Bin::default(); WIDTH * VALUES * 3];
                add_all_scores_with(simd, &mut together, &block, &rows, &of_all, 3);
                for score in 0..3 {
                    let own: Vec<Bin> = rows.iter().map(|&row| of_all[row as usize * 3 + score]).collect();
                    let mut bins = [[Bin::default(); VALUES]; WIDTH];
                    add(&mut bins, rows.iter().map(|&row| block[row as usize]), &own);
                    for (at, bin) in bins.as_flattened().iter().enumerate() {
                        prop_assert_eq!(*bin, together[at * 3 + score]);
                    }
                }
            }
        }
    }
}
