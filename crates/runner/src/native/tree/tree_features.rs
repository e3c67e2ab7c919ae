//! The features that a decision tree splits: bytes, or floats that are searched by their bins.

use rand::RngCore;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::native::data::binned_floats::{BinnedFloats, round_down};
use crate::native::data::random::uniform_index;
use crate::native::data::split_thresholds::{ByteMidpoints, SplitThresholds};
use crate::native::kernels::node_rows::{Matrix, NodeRows};
use crate::native::kernels::threshold_search::Scratch;

/// Largest number of rows that are compared as floats. Their cache lines stay in the second-level cache between two passes.
const MAX_COMPARED: usize = 2048;

/// Features whose splits are searched among bytes.
pub(crate) trait TreeFeatures: SplitThresholds {
    /// The bytes that are searched: stored values, or the bins of floats.
    fn matrix(&self) -> &Matrix<'_>;

    /// A threshold that is uniform between the smallest and the largest stored value of the node. `None` if they are equal. Leaves a
    /// byte for every row of the node in `scratch`.
    fn draw(
        &self,
        feature: usize,
        node: &NodeRows<'_>,
        scratch: &mut Scratch,
        random: &mut Xoshiro256PlusPlus,
    ) -> Option<DrawnThreshold<Self::Value>>;
}

/// A random threshold. Rows go left whose byte is at most `below`, among the bytes that [`TreeFeatures::draw`] leaves.
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

    /// The largest byte below a threshold that is uniform between two bytes; it is at least `low` and less than `high`.
    fn draw(
        &self,
        feature: usize,
        node: &NodeRows<'_>,
        scratch: &mut Scratch,
        random: &mut Xoshiro256PlusPlus,
    ) -> Option<DrawnThreshold<u8>> {
        let (low, high) = scratch.gather(feature, &self.matrix, node);
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

    /// Few rows are compared as floats. Of many rows, most are decided by their bins, which are contiguous in memory.
    fn draw(
        &self,
        feature: usize,
        node: &NodeRows<'_>,
        scratch: &mut Scratch,
        random: &mut Xoshiro256PlusPlus,
    ) -> Option<DrawnThreshold<f32>> {
        let value = |row: u32| self.floats.value(row, feature);
        let is_small = node.rows().len() <= MAX_COMPARED;
        let (mut min, mut max) = (f32::INFINITY, f32::NEG_INFINITY);
        if is_small {
            for &row in node.rows() {
                (min, max) = (min.min(value(row)), max.max(value(row)));
            }
        } else {
            let (low, high) = scratch.gather(feature, &self.matrix, node);
            for (&row, bin) in node.rows().iter().zip(scratch.values()) {
                if *bin == low || *bin == high {
                    (min, max) = (min.min(value(row)), max.max(value(row)));
                }
            }
        }
        if min >= max {
            return None;
        }
        let (low, high) = (f64::from(min), f64::from(max));
        // 53 random bits: a share from 0 to below 1. Rounding may reach the largest value, whose right side would be empty.
        let share = (random.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
        let threshold = round_down(low + share * (high - low)).min(max.next_down());
        if is_small {
            scratch.set_values(node.rows().iter().map(|&row| u8::from(value(row) > threshold)));
        } else {
            let bin_of_threshold = self.floats.bins()[feature].bin_of(threshold);
            for (&row, bin) in node.rows().iter().zip(scratch.values()) {
                let is_right = *bin > bin_of_threshold || *bin == bin_of_threshold && value(row) > threshold;
                *bin = u8::from(is_right);
            }
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

    #[test]
    fn random_thresholds_are_uniform_among_the_values_of_the_node_in_any_bins() {
        // The node has the values 4, 9, ..., 1600 in steps that grow, each several times in a large node.
        let values: Vec<f32> = (0..50u16).map(|i| f32::from(i * i)).collect();
        for (max_bins, n_copies) in [(2, 1), (255, 1), (2, 60), (5, 60), (255, 60)] {
            let node: Vec<u32> = (2..41)
                .flat_map(|row| std::iter::repeat_n(row, n_copies))
                .collect();
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
                let drawn = features.draw(0, &of_node, &mut scratch, &mut random).unwrap();
                assert!((4.0..1600.0).contains(&drawn.threshold));
                assert_eq!(scratch.values().len(), node.len());
                for (&row, &byte) in node.iter().zip(&*scratch.values()) {
                    let is_left = values[row as usize] <= drawn.threshold;
                    assert_eq!(byte <= drawn.below, is_left);
                }
                n_low += usize::from(drawn.threshold < 4.0 + 0.3 * 1596.0);
            }
            // Three standard deviations of the binomial distribution: 87.
            assert!(n_low.abs_diff(1200) < 87, "{n_low}");
            let same = vec![7; node.len()];
            let same = NodeRows::new(&same, &classes, &[], 50);
            assert!(features.draw(0, &same, &mut scratch, &mut random).is_none());
        }
    }
}
