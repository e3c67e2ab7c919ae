//! Floats in bins, so that trees can search them as bytes.
//!
//! The bins are those of scikit-learn's `_BinMapper` (1.9), on all rows: one bin per value, or one per quantile range if a feature has
//! too many values. Thresholds are rounded down to `f32`, which changes no comparison with an `f32`.

use rayon::prelude::*;

use crate::estimator::stored_rows::StoredRows;
use crate::native::data::quantiles::quantiles;
use crate::native::data::split_thresholds::SplitThresholds;

/// The most bins that trees use.
pub(crate) const MAX_BINS: usize = 255;

/// Features that are read from the rows together: one cache line.
const TOGETHER: usize = 16;

/// Rows of floats, and the bins of their features.
pub(crate) struct BinnedFloats<'a> {
    rows: StoredRows<'a, f32>,
    bins: Vec<FeatureBins>,
}

/// The bins of one feature.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FeatureBins {
    /// The upper end of each bin but the last, ascending. A value in bin `i` is at most `thresholds[i]` and above `thresholds[i - 1]`.
    pub(crate) thresholds: Vec<f32>,
    /// Whether each bin has one value only.
    is_exact: bool,
}

impl<'a> BinnedFloats<'a> {
    /// Bins all rows. The bins are fitted to the values in the rows `fitted`; `max_bins` is 2 to 255. Also returns the bin of every
    /// value, `n_features × n_rows`.
    pub(crate) fn new(
        rows: StoredRows<'a, f32>,
        fitted: &[u32],
        max_bins: usize,
    ) -> (BinnedFloats<'a>, Vec<u8>) {
        let n_rows = rows.n_rows();
        let mut columns = vec![0; rows.values().len()];
        let bins = columns
            .par_chunks_mut((TOGETHER * n_rows).max(1))
            .enumerate()
            .map(|(block, codes)| {
                let n = codes.len() / n_rows;
                let mut values = vec![0.0; codes.len()];
                for row in 0..n_rows {
                    let of_row = &rows.row(row)[block * TOGETHER..][..n];
                    for (feature, value) in of_row.iter().enumerate() {
                        values[feature * n_rows + row] = *value;
                    }
                }
                let features = values.chunks_exact(n_rows).zip(codes.chunks_exact_mut(n_rows));
                let bin = |(values, codes): (&[f32], &mut [u8])| {
                    let mut sorted: Vec<f32> = fitted.iter().map(|&row| values[row as usize]).collect();
                    sorted.sort_unstable_by(f32::total_cmp);
                    let bins = FeatureBins::new(&sorted, max_bins);
                    for (code, value) in codes.iter_mut().zip(values) {
                        *code = bins.bin_of(*value);
                    }
                    bins
                };
                features.map(bin).collect::<Vec<FeatureBins>>()
            })
            .collect::<Vec<_>>()
            .concat();
        (BinnedFloats { rows, bins }, columns)
    }

    /// The bins of every feature.
    pub(crate) fn bins(&self) -> &[FeatureBins] {
        &self.bins
    }

    #[inline]
    pub(crate) fn value(&self, row: u32, feature: usize) -> f32 {
        self.rows.values()[row as usize * self.rows.n_features() + feature]
    }

    /// What a reader of the scores must know, if some bin has several values.
    pub(crate) fn notice(&self) -> Option<String> {
        let n_coarse = self.bins.iter().filter(|bins| !bins.is_exact).count();
        (n_coarse > 0).then(|| {
            format!(
                "features were binned to at most {MAX_BINS} quantiles: {n_coarse} of {} have more distinct values",
                self.bins.len()
            )
        })
    }
}

/// The midpoint of the two values of the node that are next to the split, as in scikit-learn's trees.
impl SplitThresholds for BinnedFloats<'_> {
    type Value = f32;

    fn between(&self, feature: usize, low: u8, _: u8, rows: &[u32]) -> f32 {
        let split = self.bins[feature].thresholds[usize::from(low)];
        let (mut below, mut above) = (f32::NEG_INFINITY, f32::INFINITY);
        for &row in rows {
            let value = self.value(row, feature);
            if value <= split {
                below = below.max(value);
            } else {
                above = above.min(value);
            }
        }
        round_down(f64::from(below) / 2.0 + f64::from(above) / 2.0)
    }
}

impl FeatureBins {
    /// `sorted`: the values of the feature in ascending order, at least one.
    fn new(sorted: &[f32], max_bins: usize) -> FeatureBins {
        let mut distinct: Vec<f32> = Vec::with_capacity(max_bins + 1);
        for &value in sorted {
            if distinct.last() != Some(&value) {
                distinct.push(value);
                if distinct.len() > max_bins {
                    break;
                }
            }
        }
        let is_exact = distinct.len() <= max_bins;
        let mut thresholds: Vec<f32> = if is_exact {
            let midpoint = |pair: &[f32]| round_down(f64::midpoint(pair[0].into(), pair[1].into()));
            distinct.windows(2).map(midpoint).collect()
        } else {
            quantiles(sorted.len(), max_bins, |rank| f64::from(sorted[rank]))
                .map(round_down)
                .collect()
        };
        thresholds.dedup();
        FeatureBins { thresholds, is_exact }
    }

    /// The bin of a value: the number of thresholds below it.
    #[inline]
    pub(crate) fn bin_of(&self, value: f32) -> u8 {
        self.thresholds.partition_point(|threshold| *threshold < value) as u8
    }
}

/// The largest `f32` that is not above `value`.
pub(crate) fn round_down(value: f64) -> f32 {
    let nearest = value as f32;
    if f64::from(nearest) > value {
        nearest.next_down()
    } else {
        nearest
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bins(values: &[f32], max_bins: usize) -> FeatureBins {
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f32::total_cmp);
        FeatureBins::new(&sorted, max_bins)
    }

    /// The expected values are `_BinMapper(n_bins=max_bins + 1).fit(x).bin_thresholds_` of scikit-learn 1.9.
    #[test]
    fn many_values_share_the_bins_of_their_quantiles() {
        let values: Vec<f32> = (0..50u16).map(|i| f32::from(i * i * 7 % 101) / 8.0).collect();
        for (max_bins, expected) in [
            (4, &[3.625, 6.3125, 9.0][..]),
            (7, &[1.5, 4.25, 5.5, 7.125, 8.375, 10.75]),
            (
                10,
                &[
                    1.125, 2.75, 4.3125, 5.1875, 6.3125, 7.4375, 8.3125, 9.3125, 11.3125,
                ],
            ),
        ] {
            let found = bins(&values, max_bins);
            assert_eq!(found.thresholds, expected);
            assert!(!found.is_exact);
        }
        let repeated = bins(&[0.0, 0.0, 0.0, 0.0, 0.1, 3.0, 5.0, 7.0, 9.0], 4);
        assert_eq!(repeated.thresholds, [0.0, 0.1, 5.0]);
    }

    #[test]
    fn few_values_have_one_bin_each() {
        let found = bins(&[0.5, -2.0, 0.5, 7.0, 0.0, -0.0], 4);
        assert_eq!(found.thresholds, [-1.0, 0.25, 3.75]);
        assert!(found.is_exact);
        let in_bins = [-9.0, -1.0, -0.5, 0.25, 0.26, 3.75, 99.0].map(|value| found.bin_of(value));
        assert_eq!(in_bins, [0, 0, 1, 1, 2, 2, 3]);
        assert!(bins(&[3.5, 3.5], 255).thresholds.is_empty());
    }

    #[test]
    fn thresholds_are_midpoints_of_the_values_in_the_node() {
        let values: Vec<f32> = (0..40u8).map(|i| f32::from(i).exp2()).collect();
        let rows = StoredRows::new(&values, 1);
        let all: Vec<u32> = (0..40).collect();
        for max_bins in [4, 255] {
            let (floats, codes) = BinnedFloats::new(rows, &all, max_bins);
            assert_eq!(floats.notice().is_some(), max_bins == 4);
            let (low, high) = (codes[3], codes[33]);
            // The rows 3, 5 and 33; the first two share a bin of the four.
            let low = low.max(codes[5]);
            assert_eq!(floats.between(0, low, high, &[3, 5, 33]), 2.0f32.powi(32) + 16.0);
        }
    }

    proptest! {
        #[test]
        fn bins_are_in_the_order_of_the_values(
            values in proptest::collection::vec(prop_oneof![Just(0.0f32), -3.0..3.0f32, -1e30..1e30f32], 1..700),
            max_bins in 2usize..256,
        ) {
            let rows = StoredRows::new(&values, 1);
            let all: Vec<u32> = (0..values.len() as u32).collect();
            let (floats, codes) = BinnedFloats::new(rows, &all, max_bins);
            let thresholds = &floats.bins()[0].thresholds;
            prop_assert!(thresholds.len() < max_bins);
            for (value, code) in values.iter().zip(&codes) {
                let below = thresholds.iter().filter(|threshold| *threshold < value).count();
                prop_assert_eq!(usize::from(*code), below);
            }
        }

        #[test]
        fn rounding_down_changes_no_comparison(threshold in -1e3..1e3f64, ulps in -3i32..4) {
            let mut value = threshold as f32;
            for _ in 0..ulps.abs() {
                value = if ulps < 0 { value.next_down() } else { value.next_up() };
            }
            prop_assert_eq!(value <= round_down(threshold), f64::from(value) <= threshold);
        }
    }
}
