//! Growing one regression tree on residuals: of large nodes the sums by value of all features are kept, so that a child costs only the rows
//! of the smaller one; small nodes are looked at feature by feature.

use loader::Images;
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;

use super::RegressionTree;
use crate::classifiers::native_tree::{Features, Splits};
use crate::kernels::residual_split::{Bin, Cut, FewBins, ONE, add, add_all_classes, best, occurring};

/// Values of a byte.
const VALUES: usize = 256;

/// Up to so many rows a node's sums are not kept: they have 256 places a feature, most of them empty. Measured on one Zen 3 core, 2026-11.
const SMALL: usize = 1024;

/// What all trees on the same rows share.
pub(super) struct Grower<'a> {
    settings: &'a RegressionTree,
    images: Images<'a>,
    /// `n_features × n_rows`.
    columns: &'a [u8],
}

/// Of the rows of a round: for every feature the sums by value, of all scores at once, since every tree starts with the same rows.
pub(super) struct RootSums {
    n_scores: usize,
    /// `n_features × 256 × n_scores`.
    sums: Vec<i64>,
    /// `n_features × 256`.
    counts: Vec<u32>,
}

/// A node that is still to be grown.
struct Pending {
    start: usize,
    end: usize,
    depth: usize,
    all: Bin,
    /// Sums by value of all features, `n_features × 256`; of small nodes none.
    bins: Option<Vec<Bin>>,
    n_constant: usize,
    parent: Option<usize>,
}

/// The rows of a tree in the order of its leaves. A place is a position among the rows of the round.
struct Rows {
    rows: Vec<u32>,
    places: Vec<u32>,
    residuals: Vec<i32>,
}

impl RootSums {
    /// `residuals` are `rows.len() × n_scores`.
    pub(super) fn new(grower: &Grower<'_>, rows: &[u32], residuals: &[i32], n_scores: usize) -> RootSums {
        let n_features = grower.images.n_features();
        let mut sums = vec![0; n_features * VALUES * n_scores];
        let mut counts = vec![0; n_features * VALUES];
        sums.par_chunks_mut(VALUES * n_scores)
            .zip(counts.par_chunks_mut(VALUES))
            .enumerate()
            .for_each(|(feature, (sums, counts))| {
                let counts = counts.try_into().expect("256 values a feature");
                add_all_classes(sums, counts, grower.column(feature), rows, residuals, n_scores);
            });
        RootSums {
            n_scores,
            sums,
            counts,
        }
    }

    fn bins(&self, score: usize) -> Vec<Bin> {
        let sums = self.sums.iter().skip(score).step_by(self.n_scores);
        let bins = sums.zip(&self.counts).map(|(&sum, &count)| Bin {
            sum,
            count: i64::from(count),
        });
        bins.collect()
    }
}

impl<'a> Grower<'a> {
    pub(super) fn new(settings: &'a RegressionTree, images: Images<'a>, columns: &'a [u8]) -> Grower<'a> {
        Grower {
            settings,
            images,
            columns,
        }
    }

    pub(super) fn images(&self) -> Images<'a> {
        self.images
    }

    fn column(&self, feature: usize) -> &[u8] {
        let n_rows = self.images.n_rows();
        &self.columns[feature * n_rows..][..n_rows]
    }

    /// Grows a tree on these rows, ascending, with a residual each; its splits, and for each leaf the places of its rows, ascending.
    pub(super) fn grow(
        &self,
        rows: &[u32],
        residuals: Vec<i32>,
        root: &RootSums,
        score: usize,
        seed: u64,
    ) -> (Splits, Vec<Vec<u32>>) {
        let mut rows = Rows {
            places: (0..rows.len() as u32).collect(),
            rows: rows.to_vec(),
            residuals,
        };
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut features = Features::new(self.images.n_features());
        let mut splits = Splits::default();
        let mut leaves = Vec::new();
        let n = rows.rows.len();
        let mut pending = vec![Pending {
            start: 0,
            end: n,
            depth: 0,
            all: rows.all(0, n),
            bins: (n > SMALL).then(|| root.bins(score)),
            n_constant: 0,
            parent: None,
        }];
        while let Some(mut node) = pending.pop() {
            if let Some(parent) = node.parent {
                splits.right_child_of(parent);
            }
            let found = if self.is_leaf(&node, &rows) {
                None
            } else {
                self.search(&rows, &node, &mut features, &mut random)
            };
            let Some((feature, cut, n_constant)) = found.filter(|(_, cut, _)| self.is_worth(cut, &node, n))
            else {
                splits.leaf();
                leaves.push(rows.places[node.start..node.end].to_vec());
                continue;
            };
            let middle = rows.partition(node.start, node.end, self.column(feature), cut.below);
            let bins = self.child_bins(&mut node, middle, &rows);
            let at = splits.split(feature, cut.below);
            let child = |start, end, all, bins, parent| Pending {
                start,
                end,
                depth: node.depth + 1,
                all,
                bins,
                n_constant,
                parent,
            };
            let [left, right] = bins;
            pending.push(child(
                middle,
                node.end,
                node.all.without(cut.left),
                right,
                Some(at),
            ));
            pending.push(child(node.start, middle, cut.left, left, None));
        }
        (splits, leaves)
    }

    fn is_leaf(&self, node: &Pending, rows: &Rows) -> bool {
        let n = node.end - node.start;
        let residuals = &rows.residuals[node.start..node.end];
        self.settings.max_depth.is_some_and(|most| node.depth >= most)
            || n < self.settings.min_samples_split
            || n < 2 * self.settings.min_samples_leaf
            || residuals.iter().all(|residual| *residual == residuals[0])
    }

    /// Whether the decrease of impurity is as large as it must be: Friedman's, or that of the mean squared error, weighed by the node's share
    /// of the rows.
    #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
    fn is_worth(&self, cut: &Cut, node: &Pending, n_rows: usize) -> bool {
        let n = (node.end - node.start) as f64;
        let gained = cut.score / (ONE * ONE) / n;
        let decrease = if self.settings.friedman {
            gained
        } else {
            gained / n_rows as f64
        };
        decrease + f64::EPSILON >= self.settings.min_impurity_decrease
    }

    /// The best split of a node, and how many features are known to be constant in it.
    fn search(
        &self,
        rows: &Rows,
        node: &Pending,
        features: &mut Features,
        random: &mut Xoshiro256PlusPlus,
    ) -> Option<(usize, Cut, usize)> {
        let mut found: Option<(usize, Cut)> = None;
        let mut few = FewBins::new();
        let least = self.settings.min_samples_leaf;
        let most = self.settings.max_features.of(self.images.n_features());
        let mut draw = features.draw(node.n_constant, most);
        while let Some(feature) = draw.next(random) {
            let (is_constant, cut) = match &node.bins {
                Some(bins) => {
                    let bins = &bins[feature * VALUES..][..VALUES];
                    let is_constant = bins.iter().any(|bin| bin.count == node.all.count);
                    (is_constant, best(occurring(bins), node.all, least))
                }
                None => {
                    self.add_rows(&mut few, feature, rows, node);
                    (few.n_values() == 1, best(few.drain(), node.all, least))
                }
            };
            if is_constant {
                draw.is_constant();
                continue;
            }
            draw.varies();
            if let Some(cut) = cut
                && found.is_none_or(|(_, best)| cut.score > best.score)
            {
                found = Some((feature, cut));
            }
        }
        let n_constant = draw.finish();
        found.map(|(feature, cut)| (feature, cut, n_constant))
    }

    /// Sums a small node's rows, read row by row: few of them share a cache line of a column.
    fn add_rows(&self, few: &mut FewBins, feature: usize, rows: &Rows, node: &Pending) {
        let range = node.start..node.end;
        for (&row, &residual) in rows.rows[range.clone()].iter().zip(&rows.residuals[range]) {
            few.add(self.images.row(row as usize)[feature], residual);
        }
    }

    /// The sums of the two children where they will be asked for them: those of the smaller from its rows, those of the larger by subtraction.
    fn child_bins(&self, node: &mut Pending, middle: usize, rows: &Rows) -> [Option<Vec<Bin>>; 2] {
        let sizes = [middle - node.start, node.end - middle];
        let is_last = self.settings.max_depth.is_some_and(|most| node.depth + 1 >= most);
        let Some(mut larger) = node.bins.take() else {
            return [None, None];
        };
        if is_last || sizes.iter().all(|&size| size <= SMALL) {
            return [None, None];
        }
        let range = if sizes[0] <= sizes[1] {
            node.start..middle
        } else {
            middle..node.end
        };
        let mut smaller = vec![Bin::default(); larger.len()];
        for (feature, bins) in smaller.chunks_exact_mut(VALUES).enumerate() {
            let bins = bins.try_into().expect("256 values a feature");
            let (rows, residuals) = (&rows.rows[range.clone()], &rows.residuals[range.clone()]);
            add(bins, self.column(feature), rows, residuals);
        }
        for (larger, smaller) in larger.iter_mut().zip(&smaller) {
            *larger = larger.without(*smaller);
        }
        let kept = |bins: Vec<Bin>, size: usize| (size > SMALL).then_some(bins);
        if sizes[0] <= sizes[1] {
            [kept(smaller, sizes[0]), kept(larger, sizes[1])]
        } else {
            [kept(larger, sizes[0]), kept(smaller, sizes[1])]
        }
    }
}

impl Rows {
    fn all(&self, start: usize, end: usize) -> Bin {
        Bin {
            sum: self.residuals[start..end]
                .iter()
                .map(|&residual| i64::from(residual))
                .sum(),
            count: (end - start) as i64,
        }
    }

    /// Moves the rows that go left to the front, both sides in their old order; where the right side starts.
    fn partition(&mut self, start: usize, end: usize, column: &[u8], below: u8) -> usize {
        let mut right = Vec::new();
        let mut left = start;
        for i in start..end {
            let moved = (self.rows[i], self.places[i], self.residuals[i]);
            if column[moved.0 as usize] <= below {
                (self.rows[left], self.places[left], self.residuals[left]) = moved;
                left += 1;
            } else {
                right.push(moved);
            }
        }
        for (i, moved) in (left..end).zip(right) {
            (self.rows[i], self.places[i], self.residuals[i]) = moved;
        }
        left
    }
}
