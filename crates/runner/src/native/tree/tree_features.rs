//! The features that a decision tree splits: bytes, or floats that are searched by their bins.

use rand::RngCore;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::native::data::binned_floats::{BinnedFloats, round_down};
use crate::native::data::random::uniform_index;
use crate::native::data::split_thresholds::{ByteMidpoints, SplitThresholds};
use crate::native::kernels::node_rows::Matrix;

/// Features whose splits are searched among bytes.
pub(crate) trait TreeFeatures: SplitThresholds {
    /// The bytes that are searched: stored values, or the bins of floats.
    fn matrix(&self) -> &Matrix<'_>;

    /// Whether the stored value of a row is at most the threshold.
    fn is_left(&self, row: u32, feature: usize, threshold: Self::Value) -> bool;

    /// A threshold that is uniform between the smallest and the largest stored value of the node. `None` if they are equal.
    ///
    /// `bytes` are those of the node's `rows`, the smallest is `low` and the largest `high`.
    fn draw(
        &self,
        feature: usize,
        rows: &[u32],
        bytes: &mut [u8],
        range: (u8, u8),
        random: &mut Xoshiro256PlusPlus,
    ) -> Option<DrawnThreshold<Self::Value>>;
}

/// A random threshold. Rows whose byte is at most `below` go left, where the bytes are those that [`TreeFeatures::draw`] leaves.
pub(crate) struct DrawnThreshold<T> {
    pub(crate) below: u8,
    pub(crate) threshold: T,
}

/// Features that are stored as bytes.
pub(crate) struct ByteFeatures<'a> {
    pub(crate) matrix: Matrix<'a>,
}

impl SplitThresholds for ByteFeatures<'_> {
    type Value = u8;

    fn between(&self, feature: usize, low: u8, high: u8, rows: &[u32]) -> u8 {
        ByteMidpoints.between(feature, low, high, rows)
    }
}

impl TreeFeatures for ByteFeatures<'_> {
    fn matrix(&self) -> &Matrix<'_> {
        &self.matrix
    }

    #[inline]
    fn is_left(&self, row: u32, feature: usize, threshold: u8) -> bool {
        self.matrix.get(row as usize, feature) <= threshold
    }

    /// The largest byte below a threshold that is uniform between two bytes; it is at least `low` and less than `high`.
    fn draw(
        &self,
        _: usize,
        _: &[u32],
        _: &mut [u8],
        (low, high): (u8, u8),
        random: &mut Xoshiro256PlusPlus,
    ) -> Option<DrawnThreshold<u8>> {
        (low < high).then(|| {
            let below = low + uniform_index(random, usize::from(high - low)) as u8;
            DrawnThreshold {
                below,
                threshold: below,
            }
        })
    }
}

/// Features that are stored as floats.
pub(crate) struct FloatFeatures<'a> {
    /// The bins.
    pub(crate) matrix: Matrix<'a>,
    pub(crate) floats: &'a BinnedFloats<'a>,
}

impl SplitThresholds for FloatFeatures<'_> {
    type Value = f32;

    fn between(&self, feature: usize, low: u8, high: u8, rows: &[u32]) -> f32 {
        self.floats.between(feature, low, high, rows)
    }
}

impl TreeFeatures for FloatFeatures<'_> {
    fn matrix(&self) -> &Matrix<'_> {
        &self.matrix
    }

    #[inline]
    fn is_left(&self, row: u32, feature: usize, threshold: f32) -> bool {
        self.floats.value(row, feature) <= threshold
    }

    /// Exact, although the bins may have several values: where a bin does not decide, the floats do.
    fn draw(
        &self,
        feature: usize,
        rows: &[u32],
        bytes: &mut [u8],
        (low, high): (u8, u8),
        random: &mut Xoshiro256PlusPlus,
    ) -> Option<DrawnThreshold<f32>> {
        let value = |row: u32| self.floats.value(row, feature);
        let (mut min, mut max) = (f32::INFINITY, f32::NEG_INFINITY);
        for (&row, &byte) in rows.iter().zip(&*bytes) {
            if byte == low || byte == high {
                (min, max) = (min.min(value(row)), max.max(value(row)));
            }
        }
        if min >= max {
            return None;
        }
        let (low, high) = (f64::from(min), f64::from(max));
        // 53 random bits: a share from 0 to below 1. Rounding may reach the largest value, whose right side would be empty.
        let share = (random.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
        let threshold = round_down(low + share * (high - low)).min(max.next_down());
        let bin = self.floats.bins()[feature].bin_of(threshold);
        for (&row, byte) in rows.iter().zip(bytes) {
            let is_right = *byte > bin || *byte == bin && value(row) > threshold;
            *byte = u8::from(is_right);
        }
        Some(DrawnThreshold { below: 0, threshold })
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;
    use crate::estimator::stored_rows::StoredRows;
    use crate::native::data::transpose::transpose;
    use crate::native::kernels::node_rows::NodeRows;
    use crate::native::kernels::threshold_search::Scratch;

    #[test]
    fn random_thresholds_are_uniform_among_the_values_of_the_node_in_any_bins() {
        // The node has the values 4, 9, ..., 1600 in steps that grow.
        let values: Vec<f32> = (0..50u16).map(|i| f32::from(i * i)).collect();
        let node: Vec<u32> = (2..41).collect();
        for max_bins in [2, 5, 255] {
            let all: Vec<u32> = (0..50).collect();
            let (floats, columns) = BinnedFloats::new(StoredRows::new(&values, 1), &all, max_bins);
            let rows = transpose(&columns, 50);
            let features = FloatFeatures {
                matrix: Matrix::new(&rows, &columns, 50),
                floats: &floats,
            };
            let classes = vec![0; node.len()];
            let of_node = NodeRows::new(&node, &classes, &[], 50);
            let mut scratch = Scratch::new(1);
            let mut random = Xoshiro256PlusPlus::seed_from_u64(7);
            let mut n_low = 0;
            for _ in 0..4000 {
                let range = scratch.gather(0, features.matrix(), &of_node);
                let bytes = scratch.values();
                let drawn = features.draw(0, &node, bytes, range, &mut random).unwrap();
                assert!((4.0..1600.0).contains(&drawn.threshold));
                for (&row, &byte) in node.iter().zip(&*bytes) {
                    let is_left = values[row as usize] <= drawn.threshold;
                    assert_eq!(byte <= drawn.below, is_left);
                    assert_eq!(features.is_left(row, 0, drawn.threshold), is_left);
                }
                n_low += usize::from(drawn.threshold < 4.0 + 0.3 * 1596.0);
            }
            // Three standard deviations of the binomial distribution: 87.
            assert!(n_low.abs_diff(1200) < 87, "{n_low}");
            let same = [7, 7, 7];
            let bin = floats.bins()[0].bin_of(values[7]);
            let drawn = features.draw(0, &same, &mut [bin; 3], (bin, bin), &mut random);
            assert!(drawn.is_none());
        }
    }
}
