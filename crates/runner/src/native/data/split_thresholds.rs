//! Thresholds of splits that were found among bytes, in the unit of the stored values.

use crate::estimator::stored_rows::StoredValue;

/// Translates a split between two neighbouring bytes of a node into a threshold. The bytes are stored values or numbers of bins.
pub(crate) trait SplitThresholds: Sync {
    /// The type of the stored values.
    type Value: StoredValue;

    /// The threshold between `low` and `high`, of which no row of the node has a byte in between. `rows` are the rows of the node.
    fn between(&self, feature: usize, low: u8, high: u8, rows: &[u32]) -> Self::Value;
}

/// The midpoints of stored bytes, rounded down.
pub(crate) struct ByteMidpoints;

impl SplitThresholds for ByteMidpoints {
    type Value = u8;

    fn between(&self, _: usize, low: u8, high: u8, _: &[u32]) -> u8 {
        u8::midpoint(low, high)
    }
}
