//! The best splits of a node's two children, over all features: the smaller child is summed, the larger is what its parent has without it.

use std::sync::Mutex;

use crate::native::boosting::root_histograms::{FEW, RootBins};
use crate::native::boosting::row_partition::NodeRows;
use crate::native::kernels::feature_blocks::{FeatureBlocks, WIDTH, Word};
use crate::native::kernels::gradient_histogram::{
    Bin, BlockBins, Gain, SparseHistogram, SplitInfo, VALUES, add, best_split, occurring,
};
use crate::native::kernels::mean_split_scan::MeanSplitScan;
use crate::native::kernels::simd::Simd;
use crate::native::kernels::small_node_split;
use crate::native::kernels::small_node_split::best_features;

/// Nodes with fewer than one in so many rows have their words gathered before they are summed: a cache line has eight.
const GATHERED: usize = 8;

/// Sums of a node by block; only those of its live blocks mean anything.
pub(crate) type NodeBins = Vec<BlockBins>;

/// Searches nodes of trees on the same rows.
pub(crate) struct HistogramSplitter<'a, G> {
    pub(crate) blocks: &'a FeatureBlocks,
    pub(crate) gain: G,
    simd: Simd,
    /// Sums that nobody needs any more, to be used again.
    spare: Mutex<Vec<NodeBins>>,
}

/// A node to be searched.
pub(crate) struct SplitRequest<'a> {
    pub(crate) rows: NodeRows<'a>,
    pub(crate) all: Bin,
    /// Whether it is asked for a split at all; else it is a leaf.
    pub(crate) is_split: bool,
}

impl SplitRequest<'_> {
    fn n_rows(&self) -> usize {
        self.rows.rows.len()
    }
}

/// What the search knows of a node.
#[derive(Default)]
pub(crate) struct SplitResult {
    /// All splits that are equally good and better than any other, with the feature of each.
    pub(crate) best: Vec<(usize, SplitInfo)>,
    /// The same of a node of very few rows, whose cuts are still to be looked for: features alone.
    pub(crate) tied: Vec<u32>,
    /// Sums of a node that is large enough to be worth keeping them for its children.
    pub(crate) bins: Option<NodeBins>,
    /// Blocks in which not all rows have zeros.
    pub(crate) live: Vec<usize>,
}

/// Room to search in.
pub(crate) struct Scratch {
    columns: Columns,
    block: Box<BlockBins>,
    smaller: Vec<Word>,
    larger: Vec<Word>,
}

/// Room for one feature at a time.
struct Columns {
    few: SparseHistogram,
    /// Where the gain is of that kind.
    cuts: Option<MeanSplitScan>,
}

impl SplitResult {
    /// Takes a cut in if none is better.
    pub(crate) fn consider(&mut self, feature: usize, cut: Option<SplitInfo>) {
        let Some(cut) = cut else { return };
        if cut.gain > self.floor() {
            self.best.clear();
        }
        self.best.push((feature, cut));
    }

    /// The gain of the best.
    fn floor(&self) -> f64 {
        self.best.first().map_or(0.0, |(_, cut)| cut.gain)
    }

    fn scan(
        &mut self,
        block: usize,
        bins: &BlockBins,
        all: Bin,
        gain: &impl Gain,
        cuts: &mut Option<MeanSplitScan>,
    ) {
        for (i, bins) in bins.iter().enumerate() {
            let cut = best(occurring(bins), all, gain, self.floor(), cuts);
            self.consider(block * WIDTH + i, cut);
        }
    }
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

    /// Room for the searches of one thread.
    pub(crate) fn scratch(&self) -> Scratch {
        let min_rows = self.gain.distance_of_means();
        Scratch {
            columns: Columns {
                few: SparseHistogram::new(),
                cuts: min_rows.map(|min_rows| MeanSplitScan::new(self.simd, min_rows)),
            },
            block: Box::new([[Bin::default(); VALUES]; WIDTH]),
            smaller: Vec::new(),
            larger: Vec::new(),
        }
    }

    /// The tree's first node.
    pub(crate) fn root(&self, root: &RootBins, score: usize, all: Bin, scratch: &mut Scratch) -> SplitResult {
        let mut bins = self.room();
        let mut found = SplitResult::default();
        for &block in &root.live {
            bins[block] = root.bins[block][score];
            found.scan(block, &bins[block], all, &self.gain, &mut scratch.columns.cuts);
        }
        found.live.clone_from(&root.live);
        found.bins = Some(bins);
        found
    }

    /// The first node of a tree on few rows.
    pub(crate) fn few(&self, node: &SplitRequest<'_>, scratch: &mut Scratch) -> SplitResult {
        let mut found = SplitResult::default();
        if node.is_split {
            let all: Vec<usize> = (0..self.blocks.n_blocks()).collect();
            self.blocks.gather(&all, node.rows.rows, &mut scratch.smaller);
            for (&block, words) in all.iter().zip(scratch.smaller.chunks_exact(node.n_rows())) {
                self.few_block(block, node, words, &mut found, None, &mut scratch.columns);
            }
        }
        found
    }

    /// Both children of a node.
    pub(crate) fn children(
        &self,
        parent: SplitResult,
        mut children: [SplitRequest<'_>; 2],
        scratch: &mut Scratch,
    ) -> [SplitResult; 2] {
        let tied = children.each_mut().map(|child| {
            let tied = self.very_few(child);
            // Found, and not to be searched again.
            child.is_split &= tied.is_none();
            tied.unwrap_or_default()
        });
        let [left, right] = &children;
        let mut found = if left.n_rows() <= right.n_rows() {
            self.by_size(parent, [left, right], scratch)
        } else {
            let [smaller, larger] = self.by_size(parent, [right, left], scratch);
            [larger, smaller]
        };
        for (found, tied) in found.iter_mut().zip(tied) {
            found.tied = tied;
        }
        found
    }

    /// The best features of a node of very few rows; `None` if it is no such node.
    fn very_few(&self, node: &SplitRequest<'_>) -> Option<Vec<u32>> {
        let min_rows = self.gain.distance_of_means()?;
        let n_rows = node.n_rows();
        if !node.is_split || n_rows > small_node_split::MAX_ROWS || !small_node_split::is_available(self.simd)
        {
            return None;
        }
        let mut rows: [&[u8]; small_node_split::MAX_ROWS] = [&[]; small_node_split::MAX_ROWS];
        let mut gradients = [0; small_node_split::MAX_ROWS];
        for (i, (&row, of_row)) in node.rows.rows.iter().zip(node.rows.of_rows).enumerate() {
            (rows[i], gradients[i]) = (self.blocks.row(row), of_row.whole_gradient());
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

    /// Both children, the smaller one first.
    fn by_size(
        &self,
        parent: SplitResult,
        [small, large]: [&SplitRequest<'_>; 2],
        scratch: &mut Scratch,
    ) -> [SplitResult; 2] {
        let mut found = [SplitResult::default(), SplitResult::default()];
        let [smaller, larger] = &mut found;
        let mut of_parent = parent.bins;
        let is_subtracted = of_parent.is_some() && large.is_split;
        let is_summed = [small.is_split || is_subtracted, large.is_split && !is_subtracted];
        if is_summed == [false, false] {
            of_parent.into_iter().for_each(|bins| self.give_back(bins));
            return found;
        }
        smaller.bins = (small.is_split && small.n_rows() > FEW).then(|| self.room());
        // Where nothing was kept to be subtracted from, both are small.
        let is_gathered = [is_summed[0] && self.is_gathered(small), is_summed[1]];
        if is_gathered[0] {
            self.blocks
                .gather(&parent.live, small.rows.rows, &mut scratch.smaller);
        }
        if is_gathered[1] {
            self.blocks
                .gather(&parent.live, large.rows.rows, &mut scratch.larger);
        }
        for (at, &block) in parent.live.iter().enumerate() {
            let n_small = small.n_rows();
            let mut of_parent = of_parent
                .as_mut()
                .map(|bins| &mut bins[block])
                .filter(|_| is_subtracted);
            if is_summed[0] && n_small <= FEW {
                let words = &scratch.smaller[at * n_small..][..n_small];
                self.few_block(
                    block,
                    small,
                    words,
                    smaller,
                    of_parent.as_deref_mut(),
                    &mut scratch.columns,
                );
            } else if is_summed[0] {
                let mut kept = smaller.bins.take();
                let bins = kept.as_mut().map_or(&mut *scratch.block, |kept| &mut kept[block]);
                bins.as_flattened_mut().fill(Bin::default());
                let any = if is_gathered[0] {
                    let words = &scratch.smaller[at * n_small..][..n_small];
                    add(bins, words.iter().copied(), small.rows.of_rows)
                } else {
                    let words = self.blocks.block(block);
                    add(
                        bins,
                        small.rows.rows.iter().map(|&row| words[row as usize]),
                        small.rows.of_rows,
                    )
                };
                if any {
                    smaller.live.push(block);
                    if let Some(of_parent) = &mut of_parent {
                        for (of_parent, bin) in
                            of_parent.as_flattened_mut().iter_mut().zip(bins.as_flattened())
                        {
                            *of_parent = of_parent.without(*bin);
                        }
                    }
                    if small.is_split {
                        smaller.scan(block, bins, small.all, &self.gain, &mut scratch.columns.cuts);
                    }
                }
                smaller.bins = kept;
            }
            if let Some(bins) = of_parent {
                larger.scan(block, bins, large.all, &self.gain, &mut scratch.columns.cuts);
            } else if is_summed[1] {
                let words = &scratch.larger[at * large.n_rows()..][..large.n_rows()];
                self.few_block(block, large, words, larger, None, &mut scratch.columns);
            }
        }
        if is_subtracted {
            larger.live = parent.live;
        }
        if is_subtracted && large.n_rows() > FEW {
            larger.bins = of_parent;
        } else if let Some(bins) = of_parent {
            self.give_back(bins);
        }
        found
    }

    fn is_gathered(&self, node: &SplitRequest<'_>) -> bool {
        node.n_rows() <= FEW || node.n_rows() < self.blocks.n_rows() / GATHERED
    }

    /// Sums one block of a node of few rows, takes it from its parent's, and scans it if it is wanted.
    fn few_block(
        &self,
        block: usize,
        node: &SplitRequest<'_>,
        words: &[Word],
        found: &mut SplitResult,
        mut parent: Option<&mut BlockBins>,
        Columns { few, cuts }: &mut Columns,
    ) {
        if !few.add(words, node.rows.of_rows) {
            return;
        }
        found.live.push(block);
        for i in 0..WIDTH {
            let bins = few.drain(i).inspect(|&(value, bin)| {
                if let Some(parent) = &mut parent {
                    let of_parent = &mut parent[i][usize::from(value)];
                    *of_parent = of_parent.without(bin);
                }
            });
            if node.is_split {
                let cut = best(bins, node.all, &self.gain, found.floor(), cuts);
                found.consider(block * WIDTH + i, cut);
            } else {
                bins.for_each(drop);
            }
        }
    }

    /// The best cut of one feature by itself; whether all rows have one value.
    pub(crate) fn one_feature(
        &self,
        feature: usize,
        node: &SplitRequest<'_>,
        few: &mut SparseHistogram,
    ) -> (bool, Option<SplitInfo>) {
        let value = self.blocks.feature(feature);
        for (&row, &of_row) in node.rows.rows.iter().zip(node.rows.of_rows) {
            few.add_one(0, value(row), of_row);
        }
        (
            few.n_values(0) == 1,
            best_split(few.drain(0), node.all, &self.gain, 0.0),
        )
    }

    fn room(&self) -> NodeBins {
        let spare = self
            .spare
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .pop();
        spare.unwrap_or_else(|| vec![[[Bin::default(); VALUES]; WIDTH]; self.blocks.n_blocks()])
    }

    pub(crate) fn give_back(&self, bins: NodeBins) {
        self.spare
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .push(bins);
    }
}

/// The best cut of a feature, by whichever search is faster.
fn best(
    bins: impl Iterator<Item = (u8, Bin)>,
    all: Bin,
    gain: &impl Gain,
    floor: f64,
    cuts: &mut Option<MeanSplitScan>,
) -> Option<SplitInfo> {
    match cuts {
        Some(cuts) => cuts.best(bins, all, floor),
        None => best_split(bins, all, gain, floor),
    }
}
