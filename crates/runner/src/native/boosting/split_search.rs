//! A node to be searched for a split, and what the search finds.

use crate::native::boosting::row_partition::NodeRows;
use crate::native::kernels::feature_blocks::WIDTH;
use crate::native::kernels::gradient_histogram::{Bin, BlockBins, Gain, SplitInfo, best_split, occurring};
use crate::native::kernels::mean_split_scan::MeanSplitScan;
use crate::native::kernels::value_sums::{NodeTotals, TiedFeatures, ValueSums};

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
    /// The same for a node of few rows: only the features, without their thresholds.
    pub(crate) tied: TiedFeatures,
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
            self.tied.features.clear();
        }
        self.best.push((feature, split));
    }

    /// Lets `search` consider features, which keeps those with the largest gain.
    #[inline]
    pub(crate) fn consider_tied(&mut self, search: impl FnOnce(&mut TiedFeatures)) {
        let max_gain = self.max_gain();
        self.tied.gain = max_gain;
        search(&mut self.tied);
        if self.tied.gain > max_gain {
            self.best.clear();
        }
    }

    /// Joins the features that were found with and without their thresholds.
    pub(crate) fn join(&mut self) {
        if !self.tied.features.is_empty() {
            let best = self.best.drain(..).map(|(feature, _)| feature as u32);
            self.tied.features.extend(best);
            self.tied.features.sort_unstable();
        }
    }

    /// The gain of the best splits so far.
    #[inline]
    pub(crate) fn max_gain(&self) -> f64 {
        let best = self.best.first().map(|(_, split)| split.gain);
        let tied = (!self.tied.features.is_empty()).then_some(self.tied.gain);
        best.or(tied).unwrap_or_default()
    }

    /// Searches the features of a block by their histograms.
    pub(crate) fn scan(
        &mut self,
        block: usize,
        bins: &BlockBins,
        (n_rows, total): (usize, Bin),
        gain: &impl Gain,
        mean_scan: &mut Option<MeanSplitScan>,
        sums: Option<&ValueSums>,
    ) {
        if let (Some(sums), Some(min_rows)) = (sums, gain.distance_of_means()) {
            let node = NodeTotals {
                n_rows,
                all: total,
                min_rows,
            };
            self.consider_tied(|tied| sums.search_histogram(bins, node, block * WIDTH, tied));
            return;
        }
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
