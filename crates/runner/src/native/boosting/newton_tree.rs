//! Grows a tree on gradients and Hessians, best first: the leaf whose split has the largest gain is split next.

use rand::SeedableRng;
use rand::seq::index::sample;
use rand_xoshiro::Xoshiro256PlusPlus;
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::ops::Range;

use crate::estimator::checks::check_setting;
use crate::estimator::error::FitError;
use crate::native::boosting::boosted_model::BoostedTree;
use crate::native::boosting::histogram_splitter::HistogramSplitter;
use crate::native::boosting::root_histograms::RootHistograms;
use crate::native::boosting::row_partition::RowPartition;
use crate::native::boosting::split_search::{SplitRequest, SplitResult};
use crate::native::data::split_thresholds::SplitThresholds;
use crate::native::kernels::feature_blocks::FeatureBlocks;
use crate::native::kernels::gradient_histogram::{
    Bin, GRADIENT_ONE, Gain, HESSIAN_ONE, SparseHistogram, SplitInfo,
};
use crate::native::tree::nodes::TreeNodes;

/// Settings of one Newton tree, with scikit-learn's names. The defaults are those of its
/// `HistGradientBoostingClassifier`.
#[derive(Clone, Debug)]
pub struct NewtonTreeSettings {
    /// The largest number of leaves, at least 2. `None`: no limit.
    pub max_leaf_nodes: Option<usize>,
    /// The largest number of splits between the root and a leaf, at least 1. `None`: no limit.
    pub max_depth: Option<usize>,
    /// The fewest rows on either side of a split, at least 1.
    pub min_samples_leaf: usize,
    /// Added to every sum of Hessians, at least 0.
    pub l2_regularization: f64,
    /// The share of the features drawn without replacement for each split, above 0 and at most 1. At least one is drawn.
    pub max_features: f64,
}

/// The smallest sum of Hessians on either side of a split: scikit-learn's `min_hessian_to_split`.
const MIN_HESSIAN: f64 = 1e-3;

/// Grows trees on the same training rows.
pub(crate) struct NewtonTreeBuilder<'a, T> {
    settings: &'a NewtonTreeSettings,
    thresholds: &'a T,
    splitter: HistogramSplitter<'a, NewtonGain>,
    /// The number of features drawn for each split. `None`: every split looks at all features.
    n_drawn_features: Option<usize>,
}

/// `G_left² / (H_left + l2) + G_right² / (H_right + l2)`, with the sums of gradients `G` and Hessians `H` in fixed point.
struct NewtonGain {
    min_rows: usize,
    l2: f64,
}

/// A node of a growing tree.
struct GrowingNode<T> {
    rows: Range<usize>,
    depth: usize,
    /// The sum over all rows of the node.
    total: Bin,
    /// `None` for a leaf.
    split: Option<Split<T>>,
}

struct Split<T> {
    feature: usize,
    threshold: T,
    /// Node indices.
    children: [usize; 2],
}

/// A leaf that can be split, with its best split. Candidates are ordered by gain; of equal ones the older node is first.
struct Candidate {
    node: usize,
    feature: usize,
    cut: SplitInfo,
    gain: f64,
    result: SplitResult,
}

/// The random state of one tree, and scratch space.
struct Draws {
    random: Xoshiro256PlusPlus,
    histogram: SparseHistogram,
}

impl Default for NewtonTreeSettings {
    fn default() -> NewtonTreeSettings {
        NewtonTreeSettings {
            max_leaf_nodes: Some(31),
            max_depth: None,
            min_samples_leaf: 20,
            l2_regularization: 0.0,
            max_features: 1.0,
        }
    }
}

impl NewtonTreeSettings {
    /// Checks the documented ranges.
    ///
    /// # Errors
    /// [`FitError::Setting`] names the first setting that is out of range.
    pub(crate) fn check(&self) -> Result<(), FitError> {
        let leaves = self.max_leaf_nodes.unwrap_or(2);
        check_setting(leaves >= 2, "max_leaf_nodes", "at least 2", leaves)?;
        let depth = self.max_depth.unwrap_or(1);
        check_setting(depth >= 1, "max_depth", "at least 1", depth)?;
        let leaf = self.min_samples_leaf;
        check_setting(leaf >= 1, "min_samples_leaf", "at least 1", leaf)?;
        let l2 = self.l2_regularization;
        check_setting(l2 >= 0.0 && l2.is_finite(), "l2_regularization", "at least 0", l2)?;
        let share = self.max_features;
        let is_share = share > 0.0 && share <= 1.0;
        check_setting(is_share, "max_features", "above 0 and at most 1", share)
    }
}

impl NewtonGain {
    /// `G² / (H + l2)`.
    fn of_node(&self, rows: Bin) -> f64 {
        rows.gradient() * rows.gradient() / (rows.hessian() + self.l2)
    }
}

impl Gain for NewtonGain {
    #[inline]
    fn of(&self, left: Bin, right: Bin) -> Option<(f64, f64)> {
        const MIN: f64 = MIN_HESSIAN * HESSIAN_ONE;
        let hessians = [left.hessian(), right.hessian()];
        let is_allowed = left.count() >= self.min_rows
            && right.count() >= self.min_rows
            && hessians[0] >= MIN
            && hessians[1] >= MIN;
        if !is_allowed {
            return None;
        }
        let [hessian_left, hessian_right] = hessians.map(|hessian| hessian + self.l2);
        let (left, right) = (left.gradient(), right.gradient());
        Some((
            left * left * hessian_right + right * right * hessian_left,
            hessian_left * hessian_right,
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

impl<'a, T: SplitThresholds> NewtonTreeBuilder<'a, T> {
    /// `blocks` hold the bins of all rows, and `thresholds` translates splits between them.
    pub(crate) fn new(
        settings: &'a NewtonTreeSettings,
        blocks: &'a FeatureBlocks,
        thresholds: &'a T,
    ) -> NewtonTreeBuilder<'a, T> {
        let n_features = blocks.n_features();
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "shares of feature counts are small"
        )]
        let n_drawn = ((settings.max_features * n_features as f64) as usize).max(1);
        let gain = NewtonGain {
            min_rows: settings.min_samples_leaf,
            l2: settings.l2_regularization * HESSIAN_ONE,
        };
        NewtonTreeBuilder {
            settings,
            thresholds,
            n_drawn_features: (n_drawn < n_features).then_some(n_drawn),
            splitter: HistogramSplitter::new(blocks, gain),
        }
    }

    /// The root histograms of a round, unless features are drawn. `gradients` is `n_rows × n_scores` for all rows, not only
    /// those in `rows`.
    pub(crate) fn root_histograms(
        &self,
        rows: &[u32],
        gradients: &[Bin],
        n_scores: usize,
    ) -> Option<RootHistograms> {
        match self.n_drawn_features {
            None => RootHistograms::new(self.splitter.blocks, rows, gradients, n_scores),
            Some(_) => None,
        }
    }

    /// Grows a tree on these rows, each with its gradient and Hessian.
    pub(crate) fn build(
        &self,
        rows: &[u32],
        gradients: Vec<Bin>,
        root: Option<&RootHistograms>,
        score: usize,
        seed: u64,
    ) -> BoostedTree<T::Value> {
        let mut rows = RowPartition {
            rows: rows.to_vec(),
            gradients,
        };
        let mut draws = Draws {
            random: Xoshiro256PlusPlus::seed_from_u64(seed),
            histogram: SparseHistogram::new(),
        };
        let mut scratch = self.splitter.scratch();
        let mut nodes = vec![GrowingNode {
            rows: 0..rows.rows.len(),
            depth: 0,
            total: Bin::sum(&rows.gradients),
            split: None,
        }];
        let mut candidates = BinaryHeap::new();
        let request = self.request(&rows, &nodes[0]);
        let result = match root {
            _ if self.n_drawn_features.is_some() => self.search_drawn_features(&request, &mut draws),
            Some(root) if request.is_split => {
                self.splitter
                    .search_root(root, score, request.total, &mut scratch)
            }
            _ => self.splitter.search_small_root(&request, &mut scratch),
        };
        self.add_candidate(&mut candidates, &nodes, 0, result);
        let mut n_leaves = 1;
        while self
            .settings
            .max_leaf_nodes
            .is_none_or(|max_leaves| n_leaves < max_leaves)
            && let Some(best) = candidates.pop()
        {
            n_leaves += 1;
            let node = &nodes[best.node];
            let (range, depth) = (node.rows.clone(), node.depth + 1);
            let cut = best.cut;
            let threshold =
                (self.thresholds).between(best.feature, cut.low, cut.high, &rows.rows[range.clone()]);
            let middle = rows.partition(range.clone(), self.splitter.blocks, best.feature, cut.low);
            let first = nodes.len();
            let child = |rows, total| GrowingNode {
                rows,
                depth,
                total,
                split: None,
            };
            let children = [
                child(range.start..middle, cut.left),
                child(middle..range.end, cut.right),
            ];
            nodes[best.node].split = Some(Split {
                feature: best.feature,
                threshold,
                children: [first, first + 1],
            });
            nodes.extend(children);
            if self.settings.max_leaf_nodes == Some(n_leaves) {
                if let Some(histogram) = best.result.histogram {
                    self.splitter.recycle(histogram);
                }
                break;
            }
            let requests = [first, first + 1].map(|child| self.request(&rows, &nodes[child]));
            let results = if self.n_drawn_features.is_none() {
                self.splitter.search_children(best.result, requests, &mut scratch)
            } else {
                requests.map(|request| self.search_drawn_features(&request, &mut draws))
            };
            for (child, result) in (first..).zip(results) {
                self.add_candidate(&mut candidates, &nodes, child, result);
            }
        }
        let unused = candidates
            .into_iter()
            .filter_map(|candidate| candidate.result.histogram);
        unused.for_each(|histogram| self.splitter.recycle(histogram));
        self.finish(&nodes)
    }

    fn request<'r>(&self, rows: &'r RowPartition, node: &GrowingNode<T::Value>) -> SplitRequest<'r> {
        let max_depth = self.settings.max_depth;
        SplitRequest {
            rows: rows.node(node.rows.clone()),
            total: node.total,
            is_split: max_depth.is_none_or(|max_depth| node.depth < max_depth)
                && node.rows.len() >= self.settings.min_samples_leaf.saturating_mul(2)
                && node.total.hessian() >= MIN_HESSIAN * HESSIAN_ONE,
        }
    }

    /// Adds a node if its best split has a positive gain. Ties go to the first feature.
    fn add_candidate(
        &self,
        candidates: &mut BinaryHeap<Candidate>,
        nodes: &[GrowingNode<T::Value>],
        node: usize,
        result: SplitResult,
    ) {
        let best = result.best.iter().min_by_key(|(feature, _)| *feature).copied();
        let gain = best.map_or(0.0, |(_, cut)| {
            cut.gain - self.splitter.gain.of_node(nodes[node].total)
        });
        match best {
            Some((feature, cut)) if gain > 0.0 => candidates.push(Candidate {
                node,
                feature,
                cut,
                gain,
                result,
            }),
            _ => {
                if let Some(histogram) = result.histogram {
                    self.splitter.recycle(histogram);
                }
            }
        }
    }

    /// Searches a node among drawn features.
    fn search_drawn_features(&self, node: &SplitRequest<'_>, draws: &mut Draws) -> SplitResult {
        let mut result = SplitResult::default();
        if let Some(n_drawn) = self.n_drawn_features.filter(|_| node.is_split) {
            for feature in sample(&mut draws.random, self.splitter.blocks.n_features(), n_drawn) {
                let (_, cut) = self.splitter.search_feature(feature, node, &mut draws.histogram);
                result.consider(feature, cut);
            }
        }
        result
    }

    /// The tree in depth-first order, with a Newton step as the value of every leaf.
    fn finish(&self, nodes: &[GrowingNode<T::Value>]) -> BoostedTree<T::Value> {
        let mut tree = TreeNodes::new();
        let mut values = Vec::new();
        let mut pending = vec![(0, None)];
        while let Some((i, parent)) = pending.pop() {
            if let Some(parent) = parent {
                tree.set_right_child(parent);
            }
            let node = &nodes[i];
            match &node.split {
                Some(split) => {
                    let parent = tree.push_split(split.feature, split.threshold);
                    pending.push((split.children[1], Some(parent)));
                    pending.push((split.children[0], None));
                }
                None => {
                    tree.push_leaf();
                    let hessian = node.total.hessian() / HESSIAN_ONE + self.settings.l2_regularization;
                    values.push(node.total.gradient() / GRADIENT_ONE / (hessian + 1e-15));
                }
            }
        }
        BoostedTree { nodes: tree, values }
    }
}
