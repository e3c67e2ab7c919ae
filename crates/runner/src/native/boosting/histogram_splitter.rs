//! Finds the best splits of nodes over all features, from histograms of gradients and Hessians.
//!
//! Both children of a node are searched together. The histogram of the smaller child is computed from its rows; that of
//! the larger child is the difference to the parent's histogram.

use std::sync::Mutex;

use crate::native::boosting::root_histograms::{MAX_SPARSE_ROWS, RootHistograms};
use crate::native::boosting::split_search::{
    NodeHistogram, SplitRequest, SplitResult, best_split_of_feature,
};
use crate::native::kernels::feature_blocks::{FeatureBlocks, WIDTH, Word};
use crate::native::kernels::gradient_histogram::{
    Bin, BlockBins, Gain, SparseHistogram, SplitInfo, VALUES, add, best_split, occurring,
};
use crate::native::kernels::mean_split_scan::MeanSplitScan;
use crate::native::kernels::simd::Simd;
use crate::native::kernels::small_node_split;
use crate::native::kernels::small_node_split::best_features;
use crate::native::kernels::value_sums::{NodeTotals, ValueSums};

/// The values of a node with fewer than one in this many rows are gathered before they are summed: a cache line holds the
/// words of eight rows.
const GATHERED_SHARE: usize = 8;

/// Least number of rows of a block with a byte other than 0 whose thresholds are scored together. Fewer rows have few values, which are
/// visited one by one.
const MIN_SUMMED_ROWS: usize = 24;

/// Searches the nodes of all trees of a fit.
pub(crate) struct HistogramSplitter<'a, G> {
    pub(crate) blocks: &'a FeatureBlocks,
    pub(crate) gain: G,
    simd: Simd,
    /// Histograms to be reused.
    spare: Mutex<Vec<NodeHistogram>>,
}

/// Scratch space of one thread.
pub(crate) struct Scratch {
    features: FeatureScratch,
    block: Box<BlockBins>,
    smaller: Vec<Word>,
    larger: Vec<Word>,
}

/// Scratch space for one feature at a time.
struct FeatureScratch {
    sparse: SparseHistogram,
    /// `None` if the gain is not a squared distance of means.
    mean_scan: Option<MeanSplitScan>,
    /// Likewise, and for processors without the instructions.
    value_sums: Option<ValueSums>,
}

impl<'a, G: Gain> HistogramSplitter<'a, G> {
    pub(crate) fn new(blocks: &'a FeatureBlocks, gain: G) -> HistogramSplitter<'a, G> {
        HistogramSplitter {
            blocks,
            gain,
            simd: Simd::detect(),
            spare: Mutex::new(Vec::new()),
        }
    }

    /// Scratch space for the searches of one thread.
    pub(crate) fn scratch(&self) -> Scratch {
        let min_rows = self.gain.distance_of_means();
        Scratch {
            features: FeatureScratch {
                sparse: SparseHistogram::new(),
                mean_scan: min_rows.map(|min_rows| MeanSplitScan::new(self.simd, min_rows)),
                value_sums: min_rows.and_then(|_| ValueSums::new(self.simd)),
            },
            block: Box::new([[Bin::default(); VALUES]; WIDTH]),
            smaller: Vec::new(),
            larger: Vec::new(),
        }
    }

    /// Searches the root of a tree. `total` is the sum over all of its rows.
    pub(crate) fn search_root(
        &self,
        root: &RootHistograms,
        score: usize,
        total: Bin,
        scratch: &mut Scratch,
    ) -> SplitResult {
        let mut histogram = self.take_histogram();
        let mut found = SplitResult::default();
        let node = (total.count(), total);
        for &block in &root.nonzero_blocks {
            histogram[block] = root.bins[block][score];
            self.scan(block, &histogram[block], node, &mut found, &mut scratch.features);
        }
        found.join();
        found.nonzero_blocks.clone_from(&root.nonzero_blocks);
        found.histogram = Some(histogram);
        found
    }

    /// Searches the root of a tree on at most [`MAX_SPARSE_ROWS`] rows.
    pub(crate) fn search_small_root(&self, node: &SplitRequest<'_>, scratch: &mut Scratch) -> SplitResult {
        let mut found = SplitResult::default();
        if node.is_split {
            let all: Vec<usize> = (0..self.blocks.n_blocks()).collect();
            self.blocks.gather(&all, node.rows.rows, &mut scratch.smaller);
            for (&block, words) in all.iter().zip(scratch.smaller.chunks_exact(node.n_rows())) {
                self.search_sparse_block(block, node, words, &mut found, None, &mut scratch.features);
            }
            found.join();
        }
        found
    }

    /// Searches both children of a node.
    pub(crate) fn search_children(
        &self,
        parent: SplitResult,
        mut children: [SplitRequest<'_>; 2],
        scratch: &mut Scratch,
    ) -> [SplitResult; 2] {
        let tied_features = children.each_mut().map(|child| {
            let tied = self.search_tiny(child);
            // This child needs no other search.
            child.is_split &= tied.is_none();
            tied.unwrap_or_default()
        });
        let [left, right] = &children;
        let mut found = if left.n_rows() <= right.n_rows() {
            self.search_by_size(parent, [left, right], scratch)
        } else {
            let [smaller, larger] = self.search_by_size(parent, [right, left], scratch);
            [larger, smaller]
        };
        for (found, tied) in found.iter_mut().zip(tied_features) {
            found.tied.features.extend(tied);
        }
        found
    }

    /// The best features of a node of at most [`small_node_split::MAX_ROWS`] rows. `None` for larger nodes, for other gains, and
    /// for processors without the instructions.
    fn search_tiny(&self, node: &SplitRequest<'_>) -> Option<Vec<u32>> {
        let min_rows = self.gain.distance_of_means()?;
        let n_rows = node.n_rows();
        if !node.is_split || n_rows > small_node_split::MAX_ROWS || !small_node_split::is_available(self.simd)
        {
            return None;
        }
        let mut rows: [&[u8]; small_node_split::MAX_ROWS] = [&[]; small_node_split::MAX_ROWS];
        let mut gradients = [0; small_node_split::MAX_ROWS];
        for (i, (&row, gradient)) in node.rows.rows.iter().zip(node.rows.gradients).enumerate() {
            (rows[i], gradients[i]) = (self.blocks.row(row), gradient.whole_gradient());
        }
        let mut tied = Vec::new();
        best_features(
            self.simd,
            &rows[..n_rows],
            &gradients[..n_rows],
            min_rows,
            &mut tied,
        )
        .then_some(tied)
    }

    /// Searches both children; the smaller one comes first.
    fn search_by_size(
        &self,
        parent: SplitResult,
        [small, large]: [&SplitRequest<'_>; 2],
        scratch: &mut Scratch,
    ) -> [SplitResult; 2] {
        let mut found = [SplitResult::default(), SplitResult::default()];
        let [smaller, larger] = &mut found;
        let mut histogram = parent.histogram;
        let is_subtracted = histogram.is_some() && large.is_split;
        let is_summed = [small.is_split || is_subtracted, large.is_split && !is_subtracted];
        if is_summed == [false, false] {
            histogram
                .into_iter()
                .for_each(|histogram| self.recycle(histogram));
            return found;
        }
        smaller.histogram =
            (small.is_split && small.n_rows() > MAX_SPARSE_ROWS).then(|| self.take_histogram());
        // If the parent has no histogram, both children are small.
        let is_gathered = [is_summed[0] && self.is_gathered(small), is_summed[1]];
        if is_gathered[0] {
            self.blocks
                .gather(&parent.nonzero_blocks, small.rows.rows, &mut scratch.smaller);
        }
        if is_gathered[1] {
            self.blocks
                .gather(&parent.nonzero_blocks, large.rows.rows, &mut scratch.larger);
        }
        for (i, &block) in parent.nonzero_blocks.iter().enumerate() {
            let n_small = small.n_rows();
            let mut of_parent = histogram
                .as_mut()
                .map(|histogram| &mut histogram[block])
                .filter(|_| is_subtracted);
            if is_summed[0] && n_small <= MAX_SPARSE_ROWS {
                let words = &scratch.smaller[i * n_small..][..n_small];
                self.search_sparse_block(
                    block,
                    small,
                    words,
                    smaller,
                    of_parent.as_deref_mut(),
                    &mut scratch.features,
                );
            } else if is_summed[0] {
                let mut kept = smaller.histogram.take();
                let bins = kept.as_mut().map_or(&mut *scratch.block, |kept| &mut kept[block]);
                bins.as_flattened_mut().fill(Bin::default());
                let is_nonzero = if is_gathered[0] {
                    let words = &scratch.smaller[i * n_small..][..n_small];
                    add(bins, words.iter().copied(), small.rows.gradients)
                } else {
                    let words = self.blocks.block(block);
                    add(
                        bins,
                        small.rows.rows.iter().map(|&row| words[row as usize]),
                        small.rows.gradients,
                    )
                };
                if is_nonzero {
                    smaller.nonzero_blocks.push(block);
                    if let Some(of_parent) = &mut of_parent {
                        for (of_parent, bin) in
                            of_parent.as_flattened_mut().iter_mut().zip(bins.as_flattened())
                        {
                            *of_parent = of_parent.without(*bin);
                        }
                    }
                    if small.is_split {
                        self.scan(
                            block,
                            bins,
                            (n_small, small.total),
                            smaller,
                            &mut scratch.features,
                        );
                    }
                }
                smaller.histogram = kept;
            }
            if let Some(bins) = of_parent {
                let node = (large.n_rows(), large.total);
                self.scan(block, bins, node, larger, &mut scratch.features);
            } else if is_summed[1] {
                let words = &scratch.larger[i * large.n_rows()..][..large.n_rows()];
                self.search_sparse_block(block, large, words, larger, None, &mut scratch.features);
            }
        }
        smaller.join();
        larger.join();
        if is_subtracted {
            larger.nonzero_blocks = parent.nonzero_blocks;
        }
        if is_subtracted && large.n_rows() > MAX_SPARSE_ROWS {
            larger.histogram = histogram;
        } else if let Some(histogram) = histogram {
            self.recycle(histogram);
        }
        found
    }

    /// Searches the features of a block of a node by their histograms.
    fn scan(
        &self,
        block: usize,
        bins: &BlockBins,
        node: (usize, Bin),
        found: &mut SplitResult,
        features: &mut FeatureScratch,
    ) {
        let sums = features.value_sums.as_ref();
        found.scan(block, bins, node, &self.gain, &mut features.mean_scan, sums);
    }

    fn is_gathered(&self, node: &SplitRequest<'_>) -> bool {
        node.n_rows() <= MAX_SPARSE_ROWS || node.n_rows() < self.blocks.n_rows() / GATHERED_SHARE
    }

    /// Searches a block of a node of few rows by a sparse histogram, and subtracts it from the parent's histogram if given.
    fn search_sparse_block(
        &self,
        block: usize,
        node: &SplitRequest<'_>,
        words: &[Word],
        found: &mut SplitResult,
        mut parent: Option<&mut BlockBins>,
        features: &mut FeatureScratch,
    ) {
        let n_nonzero = words.iter().filter(|word| **word != [0; WIDTH]).count();
        if n_nonzero == 0 {
            return;
        }
        let FeatureScratch {
            sparse,
            mean_scan,
            value_sums,
        } = features;
        if let (Some(sums), Some(min_rows), None) = (value_sums, self.gain.distance_of_means(), &parent)
            && node.is_split
            && n_nonzero >= MIN_SUMMED_ROWS
        {
            found.nonzero_blocks.push(block);
            let totals = NodeTotals {
                n_rows: node.n_rows(),
                all: node.total,
                min_rows,
            };
            let gradients = node.rows.gradients;
            found.consider_tied(|tied| sums.search(words, gradients, totals, block * WIDTH, tied));
            return;
        }
        sparse.add(words, node.rows.gradients);
        found.nonzero_blocks.push(block);
        for i in 0..WIDTH {
            let bins = sparse.drain(i).inspect(|&(value, bin)| {
                if let Some(parent) = &mut parent {
                    let of_parent = &mut parent[i][usize::from(value)];
                    *of_parent = of_parent.without(bin);
                }
            });
            if node.is_split {
                let split = best_split_of_feature(bins, node.total, &self.gain, found.max_gain(), mean_scan);
                found.consider(block * WIDTH + i, split);
            } else {
                bins.for_each(drop);
            }
        }
    }

    /// The best split of one feature, whose gain is known to be the largest of the node's.
    pub(crate) fn split_of_tied(
        &self,
        feature: usize,
        node: &SplitRequest<'_>,
        histogram: Option<&NodeHistogram>,
        sparse: &mut SparseHistogram,
    ) -> Option<SplitInfo> {
        match histogram {
            Some(histogram) => {
                let bins = occurring(&histogram[feature / WIDTH][feature % WIDTH]);
                best_split(bins, node.total, &self.gain, 0.0)
            }
            None => self.search_feature(feature, node, sparse).1,
        }
    }

    /// Searches one feature. Returns whether it is constant in the node, and its best split.
    pub(crate) fn search_feature(
        &self,
        feature: usize,
        node: &SplitRequest<'_>,
        sparse: &mut SparseHistogram,
    ) -> (bool, Option<SplitInfo>) {
        let value = self.blocks.feature(feature);
        for (&row, &gradient) in node.rows.rows.iter().zip(node.rows.gradients) {
            sparse.add_one(0, value(row), gradient);
        }
        (
            sparse.n_values(0) == 1,
            best_split(sparse.drain(0), node.total, &self.gain, 0.0),
        )
    }

    /// A histogram with arbitrary content.
    fn take_histogram(&self) -> NodeHistogram {
        let spare = self
            .spare
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .pop();
        spare.unwrap_or_else(|| vec![[[Bin::default(); VALUES]; WIDTH]; self.blocks.n_blocks()])
    }

    /// Takes back a histogram that is no longer needed.
    pub(crate) fn recycle(&self, histogram: NodeHistogram) {
        self.spare
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .push(histogram);
    }
}
