//! Grows a regression tree on residuals, depth first.

use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use std::ops::Range;

use crate::estimator::error::FitError;
use crate::estimator::subset_size::SubsetSize;
use crate::native::boosting::histogram_splitter::HistogramSplitter;
use crate::native::boosting::root_histograms::RootHistograms;
use crate::native::boosting::row_partition::RowPartition;
use crate::native::boosting::split_search::{SplitRequest, SplitResult};
use crate::native::data::random::uniform_index;
use crate::native::data::split_thresholds::SplitThresholds;
use crate::native::kernels::feature_blocks::FeatureBlocks;
use crate::native::kernels::gradient_histogram::{Bin, GRADIENT_ONE, Gain, SparseHistogram, SplitInfo};
use crate::native::tree::decision_tree::check_tree_limits;
use crate::native::tree::feature_sampler::FeatureSampler;
use crate::native::tree::nodes::TreeNodes;

/// What `min_impurity_decrease` is compared with. Both criteria choose the same splits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RegressionCriterion {
    /// Friedman's improvement `n_left n_right / (n_left + n_right) · (mean_left - mean_right)²` (Friedman, 2001,
    /// equation 35).
    #[default]
    FriedmanMse,
    /// The decrease of the mean squared error, times the node's share of all rows.
    SquaredError,
}

/// Settings of one regression tree, with scikit-learn's names. The defaults are those of its
/// `GradientBoostingClassifier`.
#[derive(Clone, Debug)]
pub struct RegressionTreeSettings {
    /// What `min_impurity_decrease` is compared with.
    pub criterion: RegressionCriterion,
    /// The largest number of splits between the root and a leaf, at least 1. `None`: no limit.
    pub max_depth: Option<usize>,
    /// The fewest rows of a node that is split, at least 2.
    pub min_samples_split: usize,
    /// The fewest rows on either side of a split, at least 1.
    pub min_samples_leaf: usize,
    /// Features drawn without replacement for each split. Features that are constant in the node count, but more are
    /// drawn until one is found that is not.
    pub max_features: SubsetSize,
    /// The smallest decrease of the impurity that is worth a split, at least 0.
    pub min_impurity_decrease: f64,
}

impl Default for RegressionTreeSettings {
    fn default() -> RegressionTreeSettings {
        RegressionTreeSettings {
            criterion: RegressionCriterion::FriedmanMse,
            max_depth: Some(3),
            min_samples_split: 2,
            min_samples_leaf: 1,
            max_features: SubsetSize::All,
            min_impurity_decrease: 0.0,
        }
    }
}

impl RegressionTreeSettings {
    /// Checks the documented ranges.
    ///
    /// # Errors
    /// [`FitError::Setting`] names the first setting that is out of range.
    pub(crate) fn check(&self) -> Result<(), FitError> {
        check_tree_limits(
            self.max_depth,
            self.min_samples_split,
            self.min_samples_leaf,
            self.max_features,
            self.min_impurity_decrease,
        )
    }
}

/// Grows trees on the same training rows.
pub(crate) struct RegressionTreeBuilder<'a, T> {
    settings: &'a RegressionTreeSettings,
    thresholds: &'a T,
    splitter: HistogramSplitter<'a, SquaredMeanDifference>,
    /// The number of features drawn for each split. `None`: every split looks at all features.
    n_drawn_features: Option<usize>,
}

/// The gain of a split under both criteria: `(n_right Σ_left - n_left Σ_right)² / (n_left n_right)`, with the sums `Σ` of
/// the residuals of either side.
struct SquaredMeanDifference {
    min_rows: usize,
}

/// A node that has been searched but not been split yet.
struct PendingNode {
    rows: Range<usize>,
    depth: usize,
    /// The sum over all rows of the node.
    total: Bin,
    result: SplitResult,
    /// The number of features that are known to be constant in the node.
    n_constants: usize,
    /// The split whose right child this node is.
    parent: Option<usize>,
}

/// The random state of one tree, and scratch space.
struct Draws {
    random: Xoshiro256PlusPlus,
    features: FeatureSampler,
    histogram: SparseHistogram,
}

impl Gain for SquaredMeanDifference {
    #[inline]
    #[expect(clippy::cast_precision_loss, reason = "row counts are below 2^53")]
    fn of(&self, left: Bin, right: Bin) -> Option<(f64, f64)> {
        let counts = [left.count(), right.count()];
        if counts[0] < self.min_rows || counts[1] < self.min_rows {
            return None;
        }
        let [n_left, n_right] = counts.map(|count| count as f64);
        let difference = n_right * left.gradient() - n_left * right.gradient();
        Some((difference * difference, n_left * n_right))
    }

    fn distance_of_means(&self) -> Option<usize> {
        Some(self.min_rows)
    }
}

impl<'a, T: SplitThresholds> RegressionTreeBuilder<'a, T> {
    /// `blocks` hold the bytes of all rows, and `thresholds` translates splits between them.
    pub(crate) fn new(
        settings: &'a RegressionTreeSettings,
        blocks: &'a FeatureBlocks,
        thresholds: &'a T,
    ) -> RegressionTreeBuilder<'a, T> {
        let max_features = settings.max_features.of(blocks.n_features());
        let gain = SquaredMeanDifference {
            min_rows: settings.min_samples_leaf,
        };
        RegressionTreeBuilder {
            settings,
            thresholds,
            n_drawn_features: (max_features < blocks.n_features()).then_some(max_features),
            splitter: HistogramSplitter::new(blocks, gain),
        }
    }

    /// The root histograms of a round, unless features are drawn. `residuals` is `n_rows × n_scores` for all rows, not only
    /// those in `rows`.
    pub(crate) fn root_histograms(
        &self,
        rows: &[u32],
        residuals: &[Bin],
        n_scores: usize,
    ) -> Option<RootHistograms> {
        match self.n_drawn_features {
            None => RootHistograms::new(self.splitter.blocks, rows, residuals, n_scores),
            Some(_) => None,
        }
    }

    /// Grows a tree on these rows, in ascending order, with one residual each. Returns its nodes, and the rows of each leaf
    /// in ascending order.
    pub(crate) fn build(
        &self,
        rows: &[u32],
        residuals: Vec<Bin>,
        root: Option<&RootHistograms>,
        score: usize,
        seed: u64,
    ) -> (TreeNodes<T::Value>, Vec<Vec<u32>>) {
        let mut rows = RowPartition {
            rows: rows.to_vec(),
            gradients: residuals,
        };
        let mut draws = Draws {
            random: Xoshiro256PlusPlus::seed_from_u64(seed),
            features: FeatureSampler::new(self.splitter.blocks.n_features()),
            histogram: SparseHistogram::new(),
        };
        let mut scratch = self.splitter.scratch();
        let mut nodes = TreeNodes::new();
        let mut leaves = Vec::new();
        let n = rows.rows.len();
        let total = Bin::sum(&rows.gradients);
        let request = self.request(&rows, 0..n, 0, total);
        let (result, n_constants) = match root {
            _ if self.n_drawn_features.is_some() => self.search_drawn_features(&request, 0, &mut draws),
            Some(root) if request.is_split => {
                (self.splitter.search_root(root, score, total, &mut scratch), 0)
            }
            _ => (self.splitter.search_small_root(&request, &mut scratch), 0),
        };
        let mut pending = vec![PendingNode {
            rows: 0..n,
            depth: 0,
            total,
            result,
            n_constants,
            parent: None,
        }];
        while let Some(node) = pending.pop() {
            if let Some(parent) = node.parent {
                nodes.set_right_child(parent);
            }
            let Some((feature, cut)) = self.choose_split(&node, &rows, &mut draws) else {
                nodes.push_leaf();
                leaves.push(rows.rows[node.rows].to_vec());
                if let Some(histogram) = node.result.histogram {
                    self.splitter.recycle(histogram);
                }
                continue;
            };
            let of_node = &rows.rows[node.rows.clone()];
            let threshold = self.thresholds.between(feature, cut.low, cut.high, of_node);
            let parent = nodes.push_split(feature, threshold);
            let middle = rows.partition(node.rows.clone(), self.splitter.blocks, feature, cut.low);
            let depth = node.depth + 1;
            let requests = [
                self.request(&rows, node.rows.start..middle, depth, cut.left),
                self.request(&rows, middle..node.rows.end, depth, cut.right),
            ];
            let [left, right] = if self.n_drawn_features.is_none() {
                let results = self.splitter.search_children(node.result, requests, &mut scratch);
                results.map(|result| (result, 0))
            } else {
                requests.map(|request| self.search_drawn_features(&request, node.n_constants, &mut draws))
            };
            let child = |rows, total, (result, n_constants), parent| PendingNode {
                rows,
                depth,
                total,
                result,
                n_constants,
                parent,
            };
            pending.push(child(middle..node.rows.end, cut.right, right, Some(parent)));
            pending.push(child(node.rows.start..middle, cut.left, left, None));
        }
        (nodes, leaves)
    }

    fn request<'r>(
        &self,
        rows: &'r RowPartition,
        node: Range<usize>,
        depth: usize,
        total: Bin,
    ) -> SplitRequest<'r> {
        let n = node.len();
        let rows = rows.node(node);
        SplitRequest {
            rows,
            total,
            is_split: self.settings.max_depth.is_none_or(|max_depth| depth < max_depth)
                && n >= self.settings.min_samples_split
                && n >= self.settings.min_samples_leaf.saturating_mul(2)
                && rows
                    .gradients
                    .iter()
                    .any(|residual| *residual != rows.gradients[0]),
        }
    }

    /// The split of a node, drawn at random among the best ones. `None` for a leaf.
    #[expect(clippy::cast_precision_loss, reason = "row counts are below 2^53")]
    fn choose_split(
        &self,
        node: &PendingNode,
        rows: &RowPartition,
        draws: &mut Draws,
    ) -> Option<(usize, SplitInfo)> {
        let mut draw_index = |n: usize| match n {
            0 => None,
            1 => Some(0),
            several => Some(uniform_index(&mut draws.random, several)),
        };
        let (best, tied) = (&node.result.best, &node.result.tied.features);
        let (feature, cut) = if let Some(i) = draw_index(tied.len()) {
            let feature = tied[i] as usize;
            let request = self.request(rows, node.rows.clone(), node.depth, node.total);
            let histogram = node.result.histogram.as_ref();
            let cut = self
                .splitter
                .split_of_tied(feature, &request, histogram, &mut draws.histogram);
            (feature, cut?)
        } else {
            best[draw_index(best.len())?]
        };
        let n_rows = rows.rows.len();
        let improvement = cut.gain / (GRADIENT_ONE * GRADIENT_ONE) / node.total.count() as f64;
        let decrease = match self.settings.criterion {
            RegressionCriterion::FriedmanMse => improvement,
            RegressionCriterion::SquaredError => improvement / n_rows as f64,
        };
        (decrease + f64::EPSILON >= self.settings.min_impurity_decrease).then_some((feature, cut))
    }

    /// Searches a node among drawn features. `n_constants` features are known to be constant in the parent. Returns the
    /// result and the number of features that are known to be constant in the node.
    fn search_drawn_features(
        &self,
        node: &SplitRequest<'_>,
        n_constants: usize,
        draws: &mut Draws,
    ) -> (SplitResult, usize) {
        let mut result = SplitResult::default();
        let Some(max_features) = self.n_drawn_features.filter(|_| node.is_split) else {
            return (result, n_constants);
        };
        let mut features = draws.features.node(n_constants, max_features);
        while let Some(feature) = features.next(&mut draws.random) {
            let (is_constant, cut) = self.splitter.search_feature(feature, node, &mut draws.histogram);
            if is_constant {
                features.mark_constant();
                continue;
            }
            features.mark_varying();
            if let Some(cut) = cut
                && result.best.first().is_none_or(|(_, best)| cut.gain > best.gain)
            {
                result.best = vec![(feature, cut)];
            }
        }
        (result, features.finish())
    }
}
