//! Growing one regression tree on residuals, depth first.

use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use std::ops::Range;

use crate::estimator::subset_size::SubsetSize;
use crate::native::boosting::histogram_splitter::{HistogramSplitter, SplitRequest, SplitResult};
use crate::native::boosting::root_histograms::RootBins;
use crate::native::boosting::row_partition::RowPartition;
use crate::native::data::random::uniform_index;
use crate::native::kernels::feature_blocks::FeatureBlocks;
use crate::native::kernels::gradient_histogram::{Bin, GRADIENT_ONE, Gain, SparseHistogram, SplitInfo};
use crate::native::tree::feature_sampler::Features;
use crate::native::tree::nodes::TreeNodes;

/// What all trees on the same rows share.
pub(crate) struct Grower<'a> {
    settings: &'a RegressionTree,
    search: HistogramSplitter<'a, SquaredMeanDifference>,
    /// Features that a split looks at, where it does not look at all.
    some: Option<usize>,
}

/// `(n_right Σ_left - n_left Σ_right)² / (n_left n_right)`: what both criteria compare splits by.
struct SquaredMeanDifference {
    min_rows: usize,
}

/// A node that is still to be grown.
struct Pending {
    rows: Range<usize>,
    depth: usize,
    all: Bin,
    searched: SplitResult,
    n_constant: usize,
    parent: Option<usize>,
}

/// What the draws of a tree go through.
struct Draws {
    random: Xoshiro256PlusPlus,
    features: Features,
    few: SparseHistogram,
}

impl Gain for SquaredMeanDifference {
    #[inline]
    #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
    fn of(&self, left: Bin, right: Bin) -> Option<(f64, f64)> {
        let counts = [left.count(), right.count()];
        if counts[0] < self.min_rows || counts[1] < self.min_rows {
            return None;
        }
        let [n_left, n_right] = counts.map(|count| count as f64);
        let apart = n_right * left.gradient() - n_left * right.gradient();
        Some((apart * apart, n_left * n_right))
    }

    fn distance_of_means(&self) -> Option<usize> {
        Some(self.min_rows)
    }
}

impl<'a> Grower<'a> {
    pub(crate) fn new(settings: &'a RegressionTree, blocks: &'a FeatureBlocks) -> Grower<'a> {
        let most = settings.max_features.of(blocks.n_features());
        let gain = SquaredMeanDifference {
            min_rows: settings.min_samples_leaf,
        };
        Grower {
            settings,
            some: (most < blocks.n_features()).then_some(most),
            search: HistogramSplitter::new(blocks, gain),
        }
    }

    /// What the trees of a round share; `residuals` has `n_scores` for every row, chosen or not.
    pub(crate) fn root(&self, rows: &[u32], residuals: &[Bin], n_scores: usize) -> Option<RootBins> {
        self.some.map_or_else(
            || RootBins::new(self.search.blocks, rows, residuals, n_scores),
            |_| None,
        )
    }

    /// Grows a tree on these rows, ascending, with a residual each; its splits, and the rows of each leaf, ascending.
    pub(crate) fn grow(
        &self,
        rows: &[u32],
        residuals: Vec<Bin>,
        root: Option<&RootBins>,
        score: usize,
        seed: u64,
    ) -> (TreeNodes, Vec<Vec<u32>>) {
        let mut rows = RowPartition {
            rows: rows.to_vec(),
            of_rows: residuals,
        };
        let mut draws = Draws {
            random: Xoshiro256PlusPlus::seed_from_u64(seed),
            features: Features::new(self.search.blocks.n_features()),
            few: SparseHistogram::new(),
        };
        let mut scratch = self.search.scratch();
        let mut splits = TreeNodes::default();
        let mut leaves = Vec::new();
        let n = rows.rows.len();
        let all = Bin::sum(&rows.of_rows);
        let mut first = Pending {
            rows: 0..n,
            depth: 0,
            all,
            searched: SplitResult::default(),
            n_constant: 0,
            parent: None,
        };
        let wanted = self.wanted(&rows, 0..n, 0, all);
        match root {
            _ if self.some.is_some() => {
                (first.searched, first.n_constant) = self.draw(&wanted, 0, &mut draws)
            }
            Some(root) if wanted.is_split => {
                first.searched = self.search.root(root, score, all, &mut scratch)
            }
            _ => first.searched = self.search.few(&wanted, &mut scratch),
        }
        let mut pending = vec![first];
        while let Some(node) = pending.pop() {
            if let Some(parent) = node.parent {
                splits.right_child_of(parent);
            }
            let Some((feature, cut)) = self.chosen(&node, &rows, &mut draws) else {
                splits.leaf();
                leaves.push(rows.rows[node.rows].to_vec());
                node.searched
                    .bins
                    .into_iter()
                    .for_each(|bins| self.search.give_back(bins));
                continue;
            };
            let middle = rows.partition(node.rows.clone(), self.search.blocks, feature, cut.low);
            let at = splits.split(feature, u8::midpoint(cut.low, cut.high));
            let depth = node.depth + 1;
            let wanted = [
                self.wanted(&rows, node.rows.start..middle, depth, cut.left),
                self.wanted(&rows, middle..node.rows.end, depth, cut.right),
            ];
            let children = if self.some.is_none() {
                let found = self.search.children(node.searched, wanted, &mut scratch);
                found.map(|searched| (searched, 0))
            } else {
                wanted.map(|wanted| self.draw(&wanted, node.n_constant, &mut draws))
            };
            let child = |rows, all, (searched, n_constant), parent| Pending {
                rows,
                depth,
                all,
                searched,
                n_constant,
                parent,
            };
            let [left, right] = children;
            pending.push(child(middle..node.rows.end, cut.right, right, Some(at)));
            pending.push(child(node.rows.start..middle, cut.left, left, None));
        }
        (splits, leaves)
    }

    fn wanted<'r>(
        &self,
        rows: &'r RowPartition,
        node: Range<usize>,
        depth: usize,
        all: Bin,
    ) -> SplitRequest<'r> {
        let n = node.len();
        let rows = rows.of(node);
        SplitRequest {
            rows,
            all,
            is_split: self.settings.max_depth.is_none_or(|most| depth < most)
                && n >= self.settings.min_samples_split
                && n >= 2 * self.settings.min_samples_leaf
                && rows.of_rows.iter().any(|residual| *residual != rows.of_rows[0]),
        }
    }

    /// The split of a node, one of the best by chance; `None` for a leaf.
    #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
    fn chosen(&self, node: &Pending, rows: &RowPartition, draws: &mut Draws) -> Option<(usize, SplitInfo)> {
        let mut one_of = |n: usize| match n {
            0 => None,
            1 => Some(0),
            several => Some(uniform_index(&mut draws.random, several)),
        };
        let (best, tied) = (&node.searched.best, &node.searched.tied);
        let (feature, cut) = if let Some(at) = one_of(tied.len()) {
            let feature = tied[at] as usize;
            let wanted = self.wanted(rows, node.rows.clone(), node.depth, node.all);
            let (_, cut) = self.search.one_feature(feature, &wanted, &mut draws.few);
            (feature, cut?)
        } else {
            best[one_of(best.len())?]
        };
        let n_rows = rows.rows.len();
        // The decrease of impurity: Friedman's, or that of the mean squared error, weighed by the node's share of the rows.
        let gained = cut.gain / (GRADIENT_ONE * GRADIENT_ONE) / node.all.count() as f64;
        let decrease = if self.settings.friedman {
            gained
        } else {
            gained / n_rows as f64
        };
        (decrease + f64::EPSILON >= self.settings.min_impurity_decrease).then_some((feature, cut))
    }

    /// Searches a node in features that are drawn; also how many of them are known to be constant in it.
    fn draw(&self, node: &SplitRequest<'_>, n_constant: usize, draws: &mut Draws) -> (SplitResult, usize) {
        let mut found = SplitResult::default();
        let Some(most) = self.some.filter(|_| node.is_split) else {
            return (found, n_constant);
        };
        let mut draw = draws.features.draw(n_constant, most);
        while let Some(feature) = draw.next(&mut draws.random) {
            let (is_constant, cut) = self.search.one_feature(feature, node, &mut draws.few);
            if is_constant {
                draw.is_constant();
                continue;
            }
            draw.varies();
            if let Some(cut) = cut
                && found.best.first().is_none_or(|(_, best)| cut.gain > best.gain)
            {
                found.best = vec![(feature, cut)];
            }
        }
        (found, draw.finish())
    }
}

/// The settings of one tree.
#[derive(Clone, Debug)]
pub(crate) struct RegressionTree {
    /// Whether a decrease of impurity is Friedman's, which is not weighed by the node's share of the rows.
    pub(crate) friedman: bool,
    pub(crate) max_depth: Option<usize>,
    pub(crate) min_samples_split: usize,
    pub(crate) min_samples_leaf: usize,
    pub(crate) max_features: SubsetSize,
    pub(crate) min_impurity_decrease: f64,
}
