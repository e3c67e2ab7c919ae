//! Growing one tree on gradients and hessians, leaf by leaf: the leaf whose split gains most is split next.

use rand::SeedableRng;
use rand::seq::index::sample;
use rand_xoshiro::Xoshiro256PlusPlus;
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::ops::Range;

use crate::native::boosting::bin_mapper::BinMapper;
use crate::native::boosting::boosted_model::BoostedTree;
use crate::native::boosting::histogram_splitter::{HistogramSplitter, SplitRequest, SplitResult};
use crate::native::boosting::root_histograms::RootBins;
use crate::native::boosting::row_partition::RowPartition;
use crate::native::kernels::feature_blocks::FeatureBlocks;
use crate::native::kernels::gradient_histogram::{
    Bin, GRADIENT_ONE, Gain, HESSIAN_ONE, SparseHistogram, SplitInfo,
};
use crate::native::tree::nodes::TreeNodes;

/// The settings of one tree.
#[derive(Clone, Debug)]
pub(crate) struct NewtonTree {
    pub(crate) max_leaf_nodes: Option<usize>,
    pub(crate) max_depth: Option<usize>,
    pub(crate) min_samples_leaf: usize,
    pub(crate) l2_regularization: f64,
    /// Share of the features that a split looks at.
    pub(crate) max_features: f64,
}

/// A side with less hessian is no side: scikit-learn's `min_hessian_to_split`.
const MIN_HESSIAN: f64 = 1e-3;

/// What all trees on the same rows share.
pub(crate) struct Grower<'a> {
    settings: &'a NewtonTree,
    codes: &'a [BinMapper],
    search: HistogramSplitter<'a, Newton>,
    /// Features that a split looks at, where it does not look at all.
    some: Option<usize>,
}

/// `G_left² / (H_left + l2) + G_right² / (H_right + l2)`, in fixed point.
struct Newton {
    min_rows: usize,
    l2: f64,
}

/// A node that may be split, or else is a leaf.
struct Node {
    rows: Range<usize>,
    depth: usize,
    all: Bin,
    split: Option<Split>,
}

struct Split {
    feature: usize,
    below: u8,
    children: [usize; 2],
}

/// A leaf with the split that is best in it.
struct Candidate {
    node: usize,
    feature: usize,
    cut: SplitInfo,
    gain: f64,
    searched: SplitResult,
}

/// What the draws of a tree go through.
struct Draws {
    random: Xoshiro256PlusPlus,
    few: SparseHistogram,
}

impl Newton {
    /// `G² / (H + l2)` of one side.
    fn side(&self, rows: Bin) -> f64 {
        rows.gradient() * rows.gradient() / (rows.hessian() + self.l2)
    }
}

impl Gain for Newton {
    #[inline]
    fn of(&self, left: Bin, right: Bin) -> Option<(f64, f64)> {
        const LEAST: f64 = MIN_HESSIAN * HESSIAN_ONE;
        let hessians = [left.hessian(), right.hessian()];
        let is_enough = left.count() >= self.min_rows
            && right.count() >= self.min_rows
            && hessians[0] >= LEAST
            && hessians[1] >= LEAST;
        if !is_enough {
            return None;
        }
        let [of_left, of_right] = hessians.map(|hessian| hessian + self.l2);
        let (left, right) = (left.gradient(), right.gradient());
        Some((
            left * left * of_right + right * right * of_left,
            of_left * of_right,
        ))
    }
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Candidate {}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_gain = self.gain.total_cmp(&other.gain);
        by_gain.then_with(|| other.node.cmp(&self.node))
    }
}

impl<'a> Grower<'a> {
    /// `blocks` hold the codes of the features.
    pub(crate) fn new(
        settings: &'a NewtonTree,
        blocks: &'a FeatureBlocks,
        codes: &'a [BinMapper],
    ) -> Grower<'a> {
        let n_features = blocks.n_features();
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a feature count"
        )]
        let most = ((settings.max_features * n_features as f64) as usize).max(1);
        let gain = Newton {
            min_rows: settings.min_samples_leaf.max(1),
            l2: settings.l2_regularization * HESSIAN_ONE,
        };
        Grower {
            settings,
            codes,
            some: (most < n_features).then_some(most),
            search: HistogramSplitter::new(blocks, gain),
        }
    }

    /// What the trees of a round share; `of_rows` has `n_scores` for every row, chosen or not.
    pub(crate) fn root(&self, rows: &[u32], of_rows: &[Bin], n_scores: usize) -> Option<RootBins> {
        self.some.map_or_else(
            || RootBins::new(self.search.blocks, rows, of_rows, n_scores),
            |_| None,
        )
    }

    /// Grows a tree on these rows, each with its gradient and hessian.
    pub(crate) fn grow(
        &self,
        rows: &[u32],
        of_rows: Vec<Bin>,
        root: Option<&RootBins>,
        score: usize,
        seed: u64,
    ) -> BoostedTree {
        let mut rows = RowPartition {
            rows: rows.to_vec(),
            of_rows,
        };
        let mut draws = Draws {
            random: Xoshiro256PlusPlus::seed_from_u64(seed),
            few: SparseHistogram::new(),
        };
        let mut scratch = self.search.scratch();
        let mut nodes = vec![Node {
            rows: 0..rows.rows.len(),
            depth: 0,
            all: Bin::sum(&rows.of_rows),
            split: None,
        }];
        let mut candidates = BinaryHeap::new();
        let wanted = self.wanted(&rows, &nodes[0]);
        let searched = match root {
            _ if self.some.is_some() => self.draw(&wanted, &mut draws),
            Some(root) if wanted.is_split => self.search.root(root, score, wanted.all, &mut scratch),
            _ => self.search.few(&wanted, &mut scratch),
        };
        self.consider(&mut candidates, &nodes, 0, searched);
        let mut n_leaves = 1;
        while self.settings.max_leaf_nodes.is_none_or(|most| n_leaves < most)
            && let Some(best) = candidates.pop()
        {
            n_leaves += 1;
            let node = &nodes[best.node];
            let (range, depth) = (node.rows.clone(), node.depth + 1);
            let middle = rows.partition(range.clone(), self.search.blocks, best.feature, best.cut.low);
            let first = nodes.len();
            let child = |rows, all| Node {
                rows,
                depth,
                all,
                split: None,
            };
            let children = [
                child(range.start..middle, best.cut.left),
                child(middle..range.end, best.cut.right),
            ];
            nodes[best.node].split = Some(Split {
                feature: best.feature,
                below: self.codes[best.feature].upper[usize::from(best.cut.low)],
                children: [first, first + 1],
            });
            nodes.extend(children);
            if self.settings.max_leaf_nodes == Some(n_leaves) {
                best.searched
                    .bins
                    .into_iter()
                    .for_each(|bins| self.search.give_back(bins));
                break;
            }
            let wanted = [first, first + 1].map(|child| self.wanted(&rows, &nodes[child]));
            let searched = if self.some.is_none() {
                self.search.children(best.searched, wanted, &mut scratch)
            } else {
                wanted.map(|wanted| self.draw(&wanted, &mut draws))
            };
            for (child, searched) in (first..).zip(searched) {
                self.consider(&mut candidates, &nodes, child, searched);
            }
        }
        let unused = candidates
            .into_iter()
            .filter_map(|candidate| candidate.searched.bins);
        unused.for_each(|bins| self.search.give_back(bins));
        self.grown(&nodes)
    }

    fn wanted<'r>(&self, rows: &'r RowPartition, node: &Node) -> SplitRequest<'r> {
        SplitRequest {
            rows: rows.of(node.rows.clone()),
            all: node.all,
            is_split: self.settings.max_depth.is_none_or(|most| node.depth < most)
                && node.rows.len() >= 2 * self.settings.min_samples_leaf.max(1)
                && node.all.hessian() >= MIN_HESSIAN * HESSIAN_ONE,
        }
    }

    /// Takes a node in if there is something to be gained by its best split; of equal ones that of the first feature.
    fn consider(
        &self,
        candidates: &mut BinaryHeap<Candidate>,
        nodes: &[Node],
        node: usize,
        mut searched: SplitResult,
    ) {
        let best = searched.best.iter().min_by_key(|(feature, _)| *feature).copied();
        let gain = best.map_or(0.0, |(_, cut)| cut.gain - self.search.gain.side(nodes[node].all));
        match best {
            Some((feature, cut)) if gain > 0.0 => candidates.push(Candidate {
                node,
                feature,
                cut,
                gain,
                searched,
            }),
            _ => searched
                .bins
                .take()
                .into_iter()
                .for_each(|bins| self.search.give_back(bins)),
        }
    }

    /// Searches a node in features that are drawn.
    fn draw(&self, node: &SplitRequest<'_>, draws: &mut Draws) -> SplitResult {
        let mut found = SplitResult::default();
        if let Some(most) = self.some.filter(|_| node.is_split) {
            for feature in sample(&mut draws.random, self.codes.len(), most) {
                let (_, cut) = self.search.one_feature(feature, node, &mut draws.few);
                found.consider(feature, cut);
            }
        }
        found
    }

    /// The tree in depth-first order, with Newton's step in every leaf.
    fn grown(&self, nodes: &[Node]) -> BoostedTree {
        let mut splits = TreeNodes::default();
        let mut values = Vec::new();
        let mut pending = vec![(0, None)];
        while let Some((at, parent)) = pending.pop() {
            if let Some(parent) = parent {
                splits.right_child_of(parent);
            }
            let node: &Node = &nodes[at];
            match &node.split {
                Some(split) => {
                    let place = splits.split(split.feature, split.below);
                    pending.push((split.children[1], Some(place)));
                    pending.push((split.children[0], None));
                }
                None => {
                    splits.leaf();
                    let hessian = node.all.hessian() / HESSIAN_ONE + self.settings.l2_regularization;
                    values.push(node.all.gradient() / GRADIENT_ONE / (hessian + 1e-15));
                }
            }
        }
        BoostedTree { splits, values }
    }
}
