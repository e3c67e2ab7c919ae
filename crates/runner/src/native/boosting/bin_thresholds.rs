//! Thresholds between bins: the upper end of the lower bin, as in scikit-learn's histogram gradient boosting.

use crate::estimator::stored_rows::StoredValue;
use crate::native::data::split_thresholds::SplitThresholds;

/// The upper end of each bin of each feature; a last bin without one is never the lower side of a split.
pub(crate) struct BinThresholds<T> {
    pub(crate) of_feature: Vec<Vec<T>>,
}

impl<T: StoredValue> SplitThresholds for BinThresholds<T> {
    type Value = T;

    fn between(&self, feature: usize, low: u8, _: u8, _: &[u32]) -> T {
        self.of_feature[feature][usize::from(low)]
    }
}
