//! A node to be searched for a split, and what the search finds.

use crate::native::boosting::row_partition::NodeRows;
use crate::native::kernels::feature_blocks::WIDTH;
use crate::native::kernels::gradient_histogram::{Bin, BlockBins, Gain, SplitInfo, best_split, occurring};
use crate::native::kernels::mean_split_scan::MeanSplitScan;

/// The histogram of a node by block. Only its nonzero blocks are valid.
pub(crate) type NodeHistogram = Vec<BlockBins>;

/// A node to be searched for a split.
pub(crate) struct SplitRequest<'a> {
    pub(crate) rows: NodeRows<'a>,
    /// The sum over all rows of the node.
    pub(crate) total: Bin,
    /// Whether a split is allowed; otherwise the node is a leaf.
    pub(crate) is_split: bool,
}

impl SplitRequest<'_> {
    /// The number of rows of the node.
    #[inline]
    pub(crate) fn n_rows(&self) -> usize {
        self.rows.rows.len()
    }
}

/// The best splits of a node, and its histogram for the search of its children.
#[derive(Default)]
pub(crate) struct SplitResult {
    /// All splits of the largest gain, each with its feature.
    pub(crate) best: Vec<(usize, SplitInfo)>,
    /// The same for a node of very few rows: only the features, without their thresholds.
    pub(crate) tied_features: Vec<u32>,
    /// The histogram, if the node has too many rows for a sparse one.
    pub(crate) histogram: Option<NodeHistogram>,
    /// Blocks in which some row has a value other than 0.
    pub(crate) nonzero_blocks: Vec<usize>,
}

impl SplitResult {
    /// Keeps a split if none is better.
    #[inline]
    pub(crate) fn consider(&mut self, feature: usize, split: Option<SplitInfo>) {
        let Some(split) = split else { return };
        if split.gain > self.max_gain() {
            self.best.clear();
        }
        self.best.push((feature, split));
    }

    /// The gain of the best splits so far.
    #[inline]
    pub(crate) fn max_gain(&self) -> f64 {
        self.best.first().map_or(0.0, |(_, split)| split.gain)
    }

    /// Searches the features of a block.
    pub(crate) fn scan(
        &mut self,
        block: usize,
        bins: &BlockBins,
        total: Bin,
        gain: &impl Gain,
        mean_scan: &mut Option<MeanSplitScan>,
    ) {
        for (i, bins) in bins.iter().enumerate() {
            let split = best_split_of_feature(occurring(bins), total, gain, self.max_gain(), mean_scan);
            self.consider(block * WIDTH + i, split);
        }
    }
}

/// The best split of a feature whose gain is at least `min_gain`.
pub(crate) fn best_split_of_feature(
    bins: impl Iterator<Item = (u8, Bin)>,
    total: Bin,
    gain: &impl Gain,
    min_gain: f64,
    mean_scan: &mut Option<MeanSplitScan>,
) -> Option<SplitInfo> {
    match mean_scan {
        Some(mean_scan) => mean_scan.best(bins, total, min_gain),
        None => best_split(bins, total, gain, min_gain),
    }
}
