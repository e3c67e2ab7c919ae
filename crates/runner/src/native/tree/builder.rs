//! Grows a tree depth first: each node is split at the best threshold among the features that are drawn for it.

use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::estimator::split_criterion::SplitCriterion;
use crate::native::kernels::impurity::{ClassCounts, Impurity, Measure};
use crate::native::kernels::node_rows::NodeRows;
use crate::native::kernels::threshold_search::Scratch;
use crate::native::tree::bootstrap::BootstrapSample;
use crate::native::tree::decision_tree::{DecisionTree, Splitter, TreeSettings};
use crate::native::tree::feature_sampler::FeatureSampler;
use crate::native::tree::nodes::TreeNodes;
use crate::native::tree::tree_features::TreeFeatures;

/// Grows trees on the same training rows.
pub(crate) struct TreeBuilder<'a, F> {
    settings: &'a TreeSettings,
    features: &'a F,
    n_rows: usize,
    n_features: usize,
    /// Class code of every row.
    classes: &'a [u8],
    n_classes: usize,
    impurity: Impurity,
}

/// A node that has not been split yet: a range of [`Workspace::rows`].
struct PendingNode {
    start: usize,
    end: usize,
    depth: usize,
    /// The number of features that are known to be constant in the parent. They come first in the sampler's list.
    n_constants: usize,
    /// The split whose right child this node is.
    parent: Option<usize>,
}

/// The rows of one tree in the order of its nodes, with their classes and weights, and scratch space.
struct Workspace {
    rows: Vec<u32>,
    classes: Vec<u8>,
    weights: Vec<u16>,
    right_rows: Vec<u32>,
    right_classes: Vec<u8>,
    right_weights: Vec<u16>,
    features: FeatureSampler,
    scratch: Scratch,
    /// Class counts of the current node.
    counts: ClassCounts,
    random: Xoshiro256PlusPlus,
}

/// The best split of a node.
struct Split<T> {
    feature: usize,
    cut: Cut<T>,
    /// The score of [`Impurity::score`].
    score: f64,
}

/// Where the values of a feature are split.
enum Cut<T> {
    /// Between two neighbouring bytes of the node.
    Between(u8, u8),
    /// At a drawn threshold: rows go left whose byte is at most the first.
    At(u8, T),
}

impl<T> Cut<T> {
    /// The largest byte that goes left, among those that the search has read.
    fn below(&self) -> u8 {
        match *self {
            Cut::Between(below, _) | Cut::At(below, _) => below,
        }
    }
}

impl From<SplitCriterion> for Measure {
    fn from(criterion: SplitCriterion) -> Measure {
        match criterion {
            SplitCriterion::Gini => Measure::Gini,
            SplitCriterion::Entropy => Measure::Entropy,
        }
    }
}

impl<'a, F: TreeFeatures> TreeBuilder<'a, F> {
    /// `features` holds `classes.len()` rows. The weights of a tree's rows add up to at most `max_weight`.
    pub(crate) fn new(
        settings: &'a TreeSettings,
        features: &'a F,
        classes: &'a [u8],
        n_classes: usize,
        max_weight: usize,
    ) -> TreeBuilder<'a, F> {
        TreeBuilder {
            settings,
            n_rows: classes.len(),
            n_features: features.matrix().n_features(),
            features,
            classes,
            n_classes,
            impurity: Impurity::new(settings.criterion.into(), max_weight),
        }
    }

    /// Grows a tree on a sample of the rows. It depends on the sample and the seed alone.
    pub(crate) fn build(&self, sample: BootstrapSample, seed: u64) -> DecisionTree<F::Value> {
        let mut tree = DecisionTree {
            nodes: TreeNodes::new(),
            leaf_probabilities: Vec::new(),
            n_classes: self.n_classes,
        };
        let mut work = self.workspace(sample, seed);
        let n = work.rows.len();
        let total = self.count_classes(&mut work, 0, n);
        let mut pending = vec![PendingNode {
            start: 0,
            end: n,
            depth: 0,
            n_constants: 0,
            parent: None,
        }];
        while let Some(node) = pending.pop() {
            if let Some(parent) = node.parent {
                tree.nodes.set_right_child(parent);
            }
            let weight = self.count_classes(&mut work, node.start, node.end);
            match self.split(&mut work, &node, weight / total) {
                Some((split, n_constants)) => {
                    let (feature, below) = (split.feature, split.cut.below());
                    let threshold = match split.cut {
                        Cut::Between(low, high) => {
                            let rows = &work.rows[node.start..node.end];
                            self.features.between(feature, low, high, rows)
                        }
                        Cut::At(_, threshold) => threshold,
                    };
                    let middle = partition(&mut work, &node, below);
                    let parent = tree.nodes.push_split(feature, threshold);
                    let child = |start, end, parent| PendingNode {
                        start,
                        end,
                        depth: node.depth + 1,
                        n_constants,
                        parent,
                    };
                    pending.push(child(middle, node.end, Some(parent)));
                    pending.push(child(node.start, middle, None));
                }
                None => {
                    tree.nodes.push_leaf();
                    let counts = work.counts.counts().iter();
                    tree.leaf_probabilities
                        .extend(counts.map(|&count| f64::from(count) / weight));
                }
            }
        }
        tree
    }

    fn workspace(&self, sample: BootstrapSample, seed: u64) -> Workspace {
        Workspace {
            classes: sample
                .rows
                .iter()
                .map(|&row| self.classes[row as usize])
                .collect(),
            rows: sample.rows,
            weights: sample.weights,
            right_rows: Vec::new(),
            right_classes: Vec::new(),
            right_weights: Vec::new(),
            features: FeatureSampler::new(self.n_features),
            scratch: Scratch::new(self.n_classes),
            counts: ClassCounts::empty(self.n_classes),
            random: Xoshiro256PlusPlus::seed_from_u64(seed),
        }
    }

    /// Counts the classes of a node's rows into `work.counts` and returns the sum of their weights.
    fn count_classes(&self, work: &mut Workspace, start: usize, end: usize) -> f64 {
        work.counts.clear();
        for i in start..end {
            let weight = work.weights.get(i).map_or(1, |&weight| u32::from(weight));
            work.counts.add(work.classes[i], weight);
        }
        f64::from(work.counts.total())
    }

    /// The best split of a node whose classes are counted, and the number of features that are constant in it. `None`
    /// for a leaf. `weight_share` is the node's share of the weight of all rows.
    fn split(
        &self,
        work: &mut Workspace,
        node: &PendingNode,
        weight_share: f64,
    ) -> Option<(Split<F::Value>, usize)> {
        let n = node.end - node.start;
        let is_pure = work.counts.counts().iter().filter(|count| **count > 0).count() <= 1;
        let is_deep = self
            .settings
            .max_depth
            .is_some_and(|max_depth| node.depth >= max_depth);
        let is_small =
            n < self.settings.min_samples_split || n < self.settings.min_samples_leaf.saturating_mul(2);
        if is_pure || is_deep || is_small {
            return None;
        }
        let (split, n_constants) = self.search(work, node);
        let split = split?;
        // scikit-learn's weighted impurity decrease, with its tolerance of one epsilon.
        let before = self.impurity.score_of_all(&work.counts);
        let gain = (split.score - before) / self.impurity.unit();
        let decrease = weight_share * gain / f64::from(work.counts.total());
        (decrease + f64::EPSILON >= self.settings.min_impurity_decrease).then_some((split, n_constants))
    }

    /// The best split among the drawn features, and the number of features that are known to be constant in the node.
    fn search(&self, work: &mut Workspace, node: &PendingNode) -> (Option<Split<F::Value>>, usize) {
        let rows = NodeRows::new(
            &work.rows[node.start..node.end],
            &work.classes[node.start..node.end],
            work.weights.get(node.start..node.end).unwrap_or_default(),
            self.n_rows,
        );
        let min_rows = self.settings.min_samples_leaf;
        if let Splitter::Best = self.settings.splitter {
            work.scratch.start(&rows, &work.counts, &self.impurity, min_rows);
        }
        let mut best: Option<Split<F::Value>> = None;
        let max_features = self.settings.max_features.of(self.n_features);
        let mut draws = work.features.node(node.n_constants, max_features);
        while let Some(feature) = draws.next(&mut work.random) {
            let (scratch, counts, impurity) = (&mut work.scratch, &work.counts, &self.impurity);
            let found = match self.settings.splitter {
                Splitter::Best => {
                    let (low, high) = scratch.gather(feature, self.features.matrix(), &rows);
                    (low < high).then(|| {
                        let best = scratch.best((low, high), &rows, counts, impurity, min_rows);
                        best.map(|found| (Cut::Between(found.low, found.high), found.score))
                    })
                }
                Splitter::Random => {
                    let drawn = self.features.draw(feature, &rows, scratch, &mut work.random);
                    drawn.map(|drawn| {
                        let score = scratch.score_of(drawn.below, &rows, counts, impurity, min_rows);
                        score.map(|score| (Cut::At(drawn.below, drawn.threshold), score))
                    })
                }
            };
            // Whether the feature varies, and then whether it has a threshold that is allowed.
            let Some(found) = found else {
                draws.mark_constant();
                continue;
            };
            draws.mark_varying();
            if let Some((cut, score)) = found
                && best.as_ref().is_none_or(|best| score > best.score)
            {
                best = Some(Split { feature, cut, score });
                work.scratch.keep_values();
            }
        }
        (best, draws.finish())
    }
}

/// Moves the rows of the left child to the front, with both children in their old order, by the bytes of the best feature that the search has
/// kept. Returns the start of the right child.
fn partition(work: &mut Workspace, node: &PendingNode, below: u8) -> usize {
    let n = node.end - node.start;
    let values = &work.scratch.best_values()[..n];
    let left = divide(
        &mut work.rows[node.start..node.end],
        &mut work.right_rows,
        values,
        below,
    );
    divide(
        &mut work.classes[node.start..node.end],
        &mut work.right_classes,
        values,
        below,
    );
    if !work.weights.is_empty() {
        divide(
            &mut work.weights[node.start..node.end],
            &mut work.right_weights,
            values,
            below,
        );
    }
    node.start + left
}

/// Moves the items whose value is at most `below` to the front, with both parts in their old order. Returns the number of them. Each item is
/// written to both parts, of which one goes on: whether a row goes left cannot be predicted.
fn divide<T: Copy + Default>(items: &mut [T], right: &mut Vec<T>, values: &[u8], below: u8) -> usize {
    if right.len() < items.len() {
        right.resize(items.len(), T::default());
    }
    let (mut n_left, mut n_right) = (0, 0);
    for (i, &value) in values.iter().enumerate() {
        let item = items[i];
        let is_left = value <= below;
        items[n_left] = item;
        right[n_right] = item;
        n_left += usize::from(is_left);
        n_right += usize::from(!is_left);
    }
    items[n_left..].copy_from_slice(&right[..n_right]);
    n_left
}
