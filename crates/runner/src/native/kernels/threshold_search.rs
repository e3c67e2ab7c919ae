//! The best threshold of a feature over the rows of a node, exact because a byte has only 256 values.
//!
//! Many rows are counted by value and class. Few rows are linked into one list per value, so values that do not occur cost nothing.

#![expect(
    unsafe_code,
    reason = "row numbers are checked once per node instead of once per feature"
)]

use crate::native::kernels::gini_scan::{Key, MAX_CLASSES, MAX_WEIGHT, PairCounts};
use crate::native::kernels::impurity::{ClassCounts, Division, Impurity, Measure};
use crate::native::kernels::left_counts::{MOST_CLASSES, count_left};
use crate::native::kernels::node_rows::{Matrix, NodeRows};
use crate::native::kernels::simd::Simd;

/// Largest number of rows for lists instead of counts. Measured with ten classes on one core of an AMD Zen 3, 2026-11.
const MAX_LISTED: usize = 256;

/// Largest number of rows for lists instead of counts by pairs of classes. Measured on one core of an Intel Sapphire Rapids, 2026-11.
const MAX_LISTED_ELSE_PAIRED: usize = 64;

/// Largest number of rows whose bytes are read from the matrix by rows. A cache line of a column rarely holds two of so few rows, while that
/// of a row holds several of the candidate features. Measured on one core of an Intel Sapphire Rapids, 2026-11.
const MAX_READ_BY_ROW: usize = 2048;

/// Least number of rows that are counted in two tables in turn, so that consecutive rows seldom write to the same address.
const TWO_TABLES: usize = 1024;

/// Marks the end of a list.
const NONE: u16 = u16::MAX;

/// A threshold between two neighbouring values of a node: rows with a byte of at most `low` go left, those of at least `high` right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Threshold {
    pub(crate) low: u8,
    pub(crate) high: u8,
    /// The score of [`Impurity::score`]; a larger score means purer sides.
    pub(crate) score: f64,
}

/// Buffers that are reused for every feature.
pub(crate) struct Scratch {
    simd: Simd,
    n_classes: usize,
    /// The method for the current node.
    method: Method,
    /// The bytes of the current feature, one per row of the node.
    values: Vec<u8>,
    /// Those of the best feature so far.
    best_values: Vec<u8>,
    /// The last row of each value, or `NONE`. All are `NONE` between two features.
    heads: Box<[u16; 256]>,
    /// The previous row of the same value, for each row.
    previous: Vec<u16>,
    /// Two tables of counts `[value][class]`. All are 0 between two features.
    counts: [Vec<u32>; 2],
    pairs: PairCounts,
    /// One key per row of the node, for [`Method::Pairs`].
    keys: Vec<Key>,
    division: Division,
}

/// How the thresholds of a feature are searched.
#[derive(Clone, Copy, Debug)]
enum Method {
    /// A list of rows per value.
    Lists,
    /// Counts by value and class.
    Counts,
    /// Counts by value and pair of classes: [`PairCounts`], for Gini with few enough rows and classes.
    Pairs,
}

impl Scratch {
    pub(crate) fn new(n_classes: usize) -> Scratch {
        Scratch {
            simd: Simd::detect(),
            n_classes,
            method: Method::Lists,
            values: Vec::new(),
            best_values: Vec::new(),
            heads: Box::new([NONE; 256]),
            previous: vec![NONE; MAX_LISTED],
            counts: [vec![0; 256 * n_classes], vec![0; 256 * n_classes]],
            pairs: PairCounts::new(),
            keys: Vec::new(),
            division: Division::new(),
        }
    }

    /// Prepares for the features of a node, whose class counts are `all`.
    pub(crate) fn start(
        &mut self,
        node: &NodeRows<'_>,
        all: &ClassCounts,
        impurity: &Impurity,
        min_rows: usize,
    ) {
        // `PairCounts` compares the minimum with weights instead of rows. Both agree where the minimum is 1.
        let are_rows_counted = node.weights().is_empty() || min_rows <= 1;
        let is_gini = impurity.measure() == Measure::Gini;
        let is_paired =
            is_gini && are_rows_counted && self.n_classes <= MAX_CLASSES && all.total() <= MAX_WEIGHT;
        let listed = if is_paired {
            MAX_LISTED_ELSE_PAIRED
        } else {
            MAX_LISTED
        };
        self.method = match node.rows().len() {
            n if n <= listed => Method::Lists,
            _ if is_paired => Method::Pairs,
            _ => Method::Counts,
        };
        if let Method::Pairs = self.method {
            self.keys.clear();
            if node.weights().is_empty() {
                self.keys
                    .extend(node.classes().iter().map(|&class| Key::new(class, 1)));
            } else {
                let rows = node.classes().iter().zip(node.weights());
                self.keys
                    .extend(rows.map(|(&class, &weight)| Key::new(class, weight)));
            }
        }
    }

    /// Reads the feature's bytes of the node's rows, and returns the smallest and the largest.
    ///
    /// # Panics
    /// If the matrix does not have the feature, or has a different number of rows than the node was checked for.
    pub(crate) fn gather(&mut self, feature: usize, matrix: &Matrix<'_>, node: &NodeRows<'_>) -> (u8, u8) {
        assert!(
            feature < matrix.n_features(),
            "the matrix does not have this feature"
        );
        assert_eq!(
            matrix.n_rows(),
            node.n_rows(),
            "the node is of a different matrix"
        );
        self.values.clear();
        let (bytes, step) = if node.rows().len() <= MAX_READ_BY_ROW {
            (&matrix.rows()[feature..], matrix.n_features())
        } else {
            (&matrix.columns()[feature * matrix.n_rows()..], 1)
        };
        // SAFETY: `row < n_rows`, which `NodeRows::new` has asserted for the number of rows that equals the matrix's, and
        // `feature < n_features`, both asserted above. By row the index in the matrix is `row * n_features + feature`, by column
        // `feature * n_rows + row`; both are below `n_rows * n_features`, the length of both orders, as `Matrix::new` has asserted.
        let values = node
            .rows()
            .iter()
            .map(|&row| unsafe { *bytes.get_unchecked(row as usize * step) });
        self.values.extend(values);
        let (mut low, mut high) = (u8::MAX, 0);
        for &value in &self.values {
            low = low.min(value);
            high = high.max(value);
        }
        (low, high)
    }

    /// The best threshold of the current feature, which is not constant; equal scores go to the lowest threshold. `None` if each leaves fewer
    /// than `min_rows` rows on a side. The arguments are those of [`Scratch::start`] and the result of [`Scratch::gather`].
    pub(crate) fn best(
        &mut self,
        (low, high): (u8, u8),
        node: &NodeRows<'_>,
        all: &ClassCounts,
        impurity: &Impurity,
        min_rows: usize,
    ) -> Option<Threshold> {
        match self.method {
            Method::Lists => {
                impurity.start(&mut self.division, all);
                self.search_lists(node, all, impurity, min_rows)
            }
            Method::Counts => {
                impurity.start(&mut self.division, all);
                self.search_counts((low, high), node, all, impurity, min_rows)
            }
            Method::Pairs => {
                self.pairs.count(&self.values, &self.keys);
                let min_weight = u32::try_from(min_rows).unwrap_or(u32::MAX);
                let found = self
                    .pairs
                    .best_split((low, high), all.first(), self.n_classes, min_weight)?;
                Some(Threshold {
                    low: found.low,
                    high: found.high,
                    score: found.score,
                })
            }
        }
    }

    fn search_lists(
        &mut self,
        node: &NodeRows<'_>,
        all: &ClassCounts,
        impurity: &Impurity,
        min_rows: usize,
    ) -> Option<Threshold> {
        let n = node.rows().len();
        let mut occurs = [0u64; 4];
        for (i, &value) in (0u16..).zip(&self.values) {
            let head = &mut self.heads[usize::from(value)];
            self.previous[usize::from(i)] = *head;
            *head = i;
            occurs[usize::from(value >> 6)] |= 1 << (value & 63);
        }
        let mut best: Option<Threshold> = None;
        let mut rows = 0;
        let mut last = None;
        for (block, mut bits) in (0u8..).zip(occurs) {
            while bits != 0 {
                let value = 64 * block + bits.trailing_zeros() as u8;
                bits &= bits - 1;
                if let Some(last) = last
                    && rows >= min_rows
                    && n - rows >= min_rows
                {
                    keep(&mut best, last, value, impurity, &self.division, all);
                }
                let mut i = std::mem::replace(&mut self.heads[usize::from(value)], NONE);
                while i != NONE {
                    let at = usize::from(i);
                    let (class, weight) = (node.classes()[at], node.weight(at));
                    impurity.take(&mut self.division, all, class, weight);
                    rows += 1;
                    i = self.previous[at];
                }
                last = Some(value);
            }
        }
        best
    }

    fn search_counts(
        &mut self,
        (low, high): (u8, u8),
        node: &NodeRows<'_>,
        all: &ClassCounts,
        impurity: &Impurity,
        min_rows: usize,
    ) -> Option<Threshold> {
        let n_classes = self.n_classes;
        self.count(node);
        let rows_of_value = (!node.weights().is_empty() && min_rows > 1).then(|| {
            let mut rows = [0usize; 256];
            self.values
                .iter()
                .for_each(|&value| rows[usize::from(value)] += 1);
            rows
        });
        let n = match rows_of_value {
            Some(_) => node.rows().len(),
            None => all.total() as usize,
        };
        let [counts, second] = &mut self.counts;
        let span = usize::from(low) * n_classes..(usize::from(high) + 1) * n_classes;
        if node.rows().len() >= TWO_TABLES {
            for (count, other) in counts[span.clone()].iter_mut().zip(&mut second[span.clone()]) {
                *count += std::mem::take(other);
            }
        }
        let mut n_left = 0;
        let mut last: Option<u8> = None;
        let mut best: Option<Threshold> = None;
        for (value, counts) in (low..=high).zip(counts[span].chunks_exact_mut(n_classes)) {
            let weight: u32 = counts.iter().sum();
            if weight == 0 {
                continue;
            }
            if let Some(last) = last
                && n_left >= min_rows
                && n - n_left >= min_rows
            {
                keep(&mut best, last, value, impurity, &self.division, all);
            }
            for (class, count) in (0u8..).zip(counts) {
                if *count > 0 {
                    impurity.take(&mut self.division, all, class, *count);
                    *count = 0;
                }
            }
            n_left += rows_of_value.map_or(weight as usize, |rows| rows[usize::from(value)]);
            last = Some(value);
        }
        best
    }

    /// Counts by value and class.
    fn count(&mut self, node: &NodeRows<'_>) {
        let n_classes = self.n_classes;
        let place = |value: u8, class: u8| usize::from(value) * n_classes + usize::from(class);
        let [counts, second] = &mut self.counts;
        if !node.weights().is_empty() {
            let rows = self.values.iter().zip(node.classes()).zip(node.weights());
            if node.rows().len() < TWO_TABLES {
                rows.for_each(|((&value, &class), &weight)| counts[place(value, class)] += u32::from(weight));
                return;
            }
            let (values, value_rest) = self.values.as_chunks::<2>();
            let (classes, class_rest) = node.classes().as_chunks::<2>();
            let (weights, weight_rest) = node.weights().as_chunks::<2>();
            for ((values, classes), weights) in values.iter().zip(classes).zip(weights) {
                counts[place(values[0], classes[0])] += u32::from(weights[0]);
                second[place(values[1], classes[1])] += u32::from(weights[1]);
            }
            for ((&value, &class), &weight) in value_rest.iter().zip(class_rest).zip(weight_rest) {
                counts[place(value, class)] += u32::from(weight);
            }
            return;
        }
        let rows = self.values.iter().zip(node.classes());
        if node.rows().len() < TWO_TABLES {
            rows.for_each(|(&value, &class)| counts[place(value, class)] += 1);
            return;
        }
        let (values, value_rest) = self.values.as_chunks::<2>();
        let (classes, class_rest) = node.classes().as_chunks::<2>();
        for (values, classes) in values.iter().zip(classes) {
            counts[place(values[0], classes[0])] += 1;
            second[place(values[1], classes[1])] += 1;
        }
        for (&value, &class) in value_rest.iter().zip(class_rest) {
            counts[place(value, class)] += 1;
        }
    }

    /// The bytes of the current feature, one per row of the node. A caller that writes its own bytes to them, such as 0 for rows that go
    /// left and 1 for others, gets the score of this split from [`Scratch::score_of`].
    pub(crate) fn values(&mut self) -> &mut [u8] {
        &mut self.values
    }

    /// The current feature is the best so far: [`Scratch::best_values`] are its bytes from now on. The bytes of the current feature are
    /// lost.
    pub(crate) fn keep_values(&mut self) {
        std::mem::swap(&mut self.values, &mut self.best_values);
    }

    /// The bytes of the feature of the last [`Scratch::keep_values`], one per row of its node.
    pub(crate) fn best_values(&self) -> &[u8] {
        &self.best_values
    }

    /// Replaces the bytes of the current feature, as with [`Scratch::values`].
    pub(crate) fn set_values(&mut self, values: impl Iterator<Item = u8>) {
        self.values.clear();
        self.values.extend(values);
    }

    /// The score of the split that sends rows with a byte of at most `below` left; `None` if it leaves fewer than `min_rows` rows on a side.
    pub(crate) fn score_of(
        &mut self,
        below: u8,
        node: &NodeRows<'_>,
        all: &ClassCounts,
        impurity: &Impurity,
        min_rows: usize,
    ) -> Option<f64> {
        let counts = &mut self.counts[0][..self.n_classes];
        let rows = if node.weights().is_empty() && self.n_classes <= MOST_CLASSES {
            count_left(self.simd, &self.values, node.classes(), below, counts);
            counts.iter().map(|&count| count as usize).sum()
        } else {
            let mut rows = 0;
            for (i, (&value, &class)) in self.values.iter().zip(node.classes()).enumerate() {
                let is_left = u32::from(value <= below);
                counts[usize::from(class)] += is_left * node.weight(i);
                rows += is_left as usize;
            }
            rows
        };
        let is_allowed = rows >= min_rows && node.rows().len() - rows >= min_rows;
        let score = is_allowed.then(|| impurity.score_of_left(counts, all));
        counts.fill(0);
        score
    }
}

/// Replaces the best threshold if the one between two neighbouring values has a larger score.
#[inline]
fn keep(
    best: &mut Option<Threshold>,
    low: u8,
    high: u8,
    impurity: &Impurity,
    division: &Division,
    all: &ClassCounts,
) {
    let score = impurity.score(division, all);
    if best.is_none_or(|best| score > best.score) {
        *best = Some(Threshold { low, high, score });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::native::kernels::impurity::Measure;

    /// Counts the two sides of every threshold from the start.
    fn naive(
        column: &[u8],
        node: &NodeRows<'_>,
        impurity: &Impurity,
        n_classes: usize,
        min_rows: usize,
    ) -> Option<Threshold> {
        let mut values: Vec<u8> = node.rows().iter().map(|&row| column[row as usize]).collect();
        values.sort_unstable();
        values.dedup();
        let mut best: Option<Threshold> = None;
        for pair in values.windows(2) {
            let mut all = ClassCounts::empty(n_classes);
            (0..node.rows().len()).for_each(|i| all.add(node.classes()[i], node.weight(i)));
            let mut division = Division::new();
            impurity.start(&mut division, &all);
            let mut rows = [0, 0];
            for (i, &row) in node.rows().iter().enumerate() {
                let is_left = column[row as usize] <= pair[0];
                rows[usize::from(is_left)] += 1;
                if is_left {
                    impurity.take(&mut division, &all, node.classes()[i], node.weight(i));
                }
            }
            let score = impurity.score(&division, &all);
            if rows.iter().all(|&rows| rows >= min_rows) && best.is_none_or(|best| score > best.score) {
                best = Some(Threshold {
                    low: pair[0],
                    high: pair[1],
                    score,
                });
            }
        }
        best
    }

    #[test]
    #[should_panic(expected = "the matrix does not have this feature")]
    fn the_feature_after_the_last_is_refused() {
        let (rows, bytes) = ([0, 1, 2], [1, 2, 3, 4, 5, 6]);
        let (matrix, node) = (
            Matrix::new(&bytes, &bytes, 3),
            NodeRows::new(&rows, &[0; 3], &[], 3),
        );
        Scratch::new(1).gather(2, &matrix, &node);
    }

    proptest! {
        #[test]
        fn the_best_threshold_matches_the_plain_search(
            column in proptest::collection::vec(prop_oneof![Just(0u8), any::<u8>()], 2..2600),
            min_rows in 1usize..5,
            weighted: bool,
        ) {
            let n = column.len() as u32;
            let rows: Vec<u32> = (0..n).filter(|row| row % 5 != 3).collect();
            let classes: Vec<u8> = rows.iter().map(|row| (row * 7 % 11 % 4) as u8).collect();
            let weights: Vec<u16> = if weighted { rows.iter().map(|row| (row % 3 + 1) as u16).collect() } else { vec![] };
            let node = NodeRows::new(&rows, &classes, &weights, column.len());
            for measure in [Measure::Gini, Measure::Entropy] {
                let impurity = Impurity::new(measure, 8000);
                let mut all = ClassCounts::empty(4);
                for (i, &class) in classes.iter().enumerate() {
                    all.add(class, weights.get(i).map_or(1, |&weight| u32::from(weight)));
                }
                let mut scratch = Scratch::new(4);
                let matrix = Matrix::new(&column, &column, column.len());
                let (low, high) = scratch.gather(0, &matrix, &node);
                if low == high { continue; }
                scratch.start(&node, &all, &impurity, min_rows);
                let expected = naive(&column, &node, &impurity, 4, min_rows);
                // The second search finds no counts or lists of the first.
                for _ in 0..2 {
                    prop_assert_eq!(scratch.best((low, high), &node, &all, &impurity, min_rows), expected);
                }
                if let Some(found) = expected {
                    for below in [found.low, found.high - 1] {
                        prop_assert_eq!(scratch.score_of(below, &node, &all, &impurity, min_rows), Some(found.score));
                    }
                }
            }
        }
    }
}
