//! Growing a tree: nodes in depth-first order, each split at the best threshold among the features that it looks at.

use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::native::data::random::uniform_index;
use crate::native::kernels::impurity::{ClassCounts, Impurity};
use crate::native::kernels::node_rows::{Matrix, NodeRows};
use crate::native::kernels::threshold_search::{Scratch, Threshold};
use crate::native::tree::bootstrap::BootstrapSample;
use crate::native::tree::decision_tree::{Splitter, Tree, TreeSettings};
use crate::native::tree::feature_sampler::Features;
use crate::native::tree::nodes::TreeNodes;

/// What all trees on the same rows share.
pub(crate) struct TreeBuilder<'a> {
    settings: &'a TreeSettings,
    matrix: Matrix<'a>,
    n_rows: usize,
    n_features: usize,
    /// Class of every row.
    classes: &'a [u8],
    n_classes: usize,
    impurity: Impurity,
}

/// A node that is still to be grown.
struct Pending {
    start: usize,
    end: usize,
    depth: usize,
    /// How many of the features at the front of the list are known to be constant here.
    n_constant: usize,
    /// The split whose right child it is.
    parent: Option<usize>,
}

/// Rows of the tree in the order of its leaves, what belongs to them, and room to work in.
struct Work {
    rows: Vec<u32>,
    classes: Vec<u8>,
    weights: Vec<u16>,
    right_rows: Vec<u32>,
    right_classes: Vec<u8>,
    right_weights: Vec<u16>,
    features: Features,
    scratch: Scratch,
    all: ClassCounts,
    random: Xoshiro256PlusPlus,
}

/// The best split of a node.
struct Split {
    feature: usize,
    threshold: Threshold,
}

impl<'a> TreeBuilder<'a> {
    /// `matrix` holds `classes.len()` rows; at most `most_weight` rows count for a tree.
    pub(crate) fn new(
        settings: &'a TreeSettings,
        matrix: Matrix<'a>,
        classes: &'a [u8],
        n_classes: usize,
        most_weight: usize,
    ) -> TreeBuilder<'a> {
        TreeBuilder {
            settings,
            n_rows: classes.len(),
            n_features: matrix.n_features(),
            matrix,
            classes,
            n_classes,
            impurity: Impurity::new(settings.criterion.into(), most_weight),
        }
    }

    /// Grows a tree on these rows; all that is random in it comes from the seed.
    pub(crate) fn grow(&self, drawn: BootstrapSample, seed: u64) -> Tree {
        let mut tree = Tree {
            splits: TreeNodes::default(),
            shares: Vec::new(),
            n_classes: self.n_classes,
        };
        let mut work = self.work(drawn, seed);
        let n = work.rows.len();
        let total = self.count(&mut work, 0, n);
        let mut pending = vec![Pending {
            start: 0,
            end: n,
            depth: 0,
            n_constant: 0,
            parent: None,
        }];
        while let Some(node) = pending.pop() {
            if let Some(parent) = node.parent {
                tree.splits.right_child_of(parent);
            }
            let weight = self.count(&mut work, node.start, node.end);
            match self.split(&mut work, &node, weight / total) {
                Some((split, n_constant)) => {
                    let middle = self.partition(&mut work, &node, &split);
                    let at = tree.splits.split(split.feature, split.threshold.below);
                    let child = |start, end, parent| Pending {
                        start,
                        end,
                        depth: node.depth + 1,
                        n_constant,
                        parent,
                    };
                    pending.push(child(middle, node.end, Some(at)));
                    pending.push(child(node.start, middle, None));
                }
                None => {
                    tree.splits.leaf();
                    let shares = work.all.counts().iter().map(|&count| f64::from(count) / weight);
                    tree.shares.extend(shares);
                }
            }
        }
        tree
    }

    fn work(&self, drawn: BootstrapSample, seed: u64) -> Work {
        let n = drawn.rows.len();
        Work {
            classes: drawn.rows.iter().map(|&row| self.classes[row as usize]).collect(),
            rows: drawn.rows,
            weights: drawn.weights,
            right_rows: Vec::with_capacity(n),
            right_classes: Vec::with_capacity(n),
            right_weights: Vec::new(),
            features: Features::new(self.n_features),
            scratch: Scratch::new(self.n_classes),
            all: ClassCounts::empty(self.n_classes),
            random: Xoshiro256PlusPlus::seed_from_u64(seed),
        }
    }

    /// Counts the classes of a node's rows into `work.all`; their weight.
    fn count(&self, work: &mut Work, start: usize, end: usize) -> f64 {
        work.all.clear();
        for i in start..end {
            let weight = work.weights.get(i).map_or(1, |&weight| u32::from(weight));
            work.all.add(work.classes[i], weight);
        }
        f64::from(work.all.total())
    }

    /// The best split of a node whose rows are counted, and how many features are known to be constant in its children; `None`
    /// for a leaf. `share` is the node's share of the weight of all rows.
    fn split(&self, work: &mut Work, node: &Pending, share: f64) -> Option<(Split, usize)> {
        let n = node.end - node.start;
        let is_pure = work.all.counts().iter().filter(|count| **count > 0).count() <= 1;
        let is_deep = self.settings.max_depth.is_some_and(|most| node.depth >= most);
        let is_small = n < self.settings.min_samples_split || n < 2 * self.settings.min_samples_leaf;
        if is_pure || is_deep || is_small {
            return None;
        }
        let (split, n_constant) = self.search(work, node);
        let split = split?;
        // Impurity less that of the two sides, weighted: what scikit-learn bounds from below.
        let before = self.impurity.score_of_all(&work.all);
        let gained = (split.threshold.score - before) / self.impurity.unit();
        let decrease = share * gained / f64::from(work.all.total());
        (decrease + f64::EPSILON >= self.settings.min_impurity_decrease).then_some((split, n_constant))
    }

    /// Draws features and keeps the best split; how many are known to be constant in the node.
    fn search(&self, work: &mut Work, node: &Pending) -> (Option<Split>, usize) {
        let rows = NodeRows::new(
            &work.rows[node.start..node.end],
            &work.classes[node.start..node.end],
            work.weights.get(node.start..node.end).unwrap_or_default(),
            self.n_rows,
        );
        let least = self.settings.min_samples_leaf;
        if let Splitter::Best = self.settings.splitter {
            work.scratch.start(&rows, &work.all, &self.impurity, least);
        }
        let mut best: Option<Split> = None;
        let most = self.settings.max_features.of(self.n_features);
        let mut draw = work.features.draw(node.n_constant, most);
        while let Some(feature) = draw.next(&mut work.random) {
            let (low, high) = work.scratch.gather(feature, &self.matrix, &rows);
            if low == high {
                draw.is_constant();
                continue;
            }
            draw.varies();
            let found = match self.settings.splitter {
                Splitter::Best => work
                    .scratch
                    .best((low, high), &rows, &work.all, &self.impurity, least),
                Splitter::Random => {
                    let cut = between(&mut work.random, low, high);
                    work.scratch
                        .score_of(cut, &rows, &work.all, &self.impurity, least)
                }
            };
            if let Some(threshold) = found
                && best
                    .as_ref()
                    .is_none_or(|best| threshold.score > best.threshold.score)
            {
                best = Some(Split { feature, threshold });
            }
        }
        (best, draw.finish())
    }

    /// Moves the rows that go left to the front, both sides in their old order; where the right side starts.
    fn partition(&self, work: &mut Work, node: &Pending, split: &Split) -> usize {
        work.right_rows.clear();
        work.right_classes.clear();
        work.right_weights.clear();
        let mut left = node.start;
        for i in node.start..node.end {
            let row = work.rows[i];
            if self.matrix.get(row as usize, split.feature) <= split.threshold.below {
                work.rows[left] = row;
                work.classes[left] = work.classes[i];
                if !work.weights.is_empty() {
                    work.weights[left] = work.weights[i];
                }
                left += 1;
            } else {
                work.right_rows.push(row);
                work.right_classes.push(work.classes[i]);
                if !work.weights.is_empty() {
                    work.right_weights.push(work.weights[i]);
                }
            }
        }
        work.rows[left..node.end].copy_from_slice(&work.right_rows);
        work.classes[left..node.end].copy_from_slice(&work.right_classes);
        if !work.weights.is_empty() {
            work.weights[left..node.end].copy_from_slice(&work.right_weights);
        }
        left
    }
}

/// The byte below which a threshold lies that is uniform between two bytes: `low <= it < high`.
fn between(random: &mut Xoshiro256PlusPlus, low: u8, high: u8) -> u8 {
    low + uniform_index(random, usize::from(high - low)) as u8
}

pub(crate) fn index(n: usize) -> u32 {
    u32::try_from(n).expect("fewer than 2^32 rows, features and nodes")
}
