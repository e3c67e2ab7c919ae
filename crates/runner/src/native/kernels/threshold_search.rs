//! The best threshold of one feature over the rows of a node: exact, since a byte has only 256 values.
//!
//! Many rows are counted by value and class, and the values that occur are walked in order. Few rows are put in a list for each value
//! and walked one by one, which costs nothing for values that do not occur.

#![expect(
    unsafe_code,
    reason = "an index that was checked once a node is not checked again for every feature"
)]

use crate::native::kernels::gini_scan::{CLASSES, Key, MOST, PairCounts};
use crate::native::kernels::impurity::{ClassCounts, Division, Impurity, Measure};
use crate::native::kernels::node_rows::{Matrix, NodeRows};

/// Up to so many rows are listed. Measured on one Zen 3 core, 2026-11, with ten classes.
const LISTED: usize = 256;

/// Where rows can be counted in pairs of classes, up to so many are listed. Measured on one Sapphire Rapids core, 2026-11.
const LISTED_ELSE_PAIRED: usize = 64;

/// Up to so many rows are gathered from the rows: they are so few that a column has hardly two of them in a cache line, and a row has
/// several of the features that are looked at. Measured as above.
const BY_ROW: usize = 2048;

/// From so many rows on, two tables are counted into in turn, so that the same place is seldom written twice in a row.
const TWO_TABLES: usize = 1024;

/// The end of a list.
const NONE: u16 = u16::MAX;

/// A threshold: rows with `byte <= below` go left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Threshold {
    /// The largest byte that goes left among those between the two values that it separates.
    pub(crate) below: u8,
    /// What it is worth; the larger, the purer its two sides.
    pub(crate) score: f64,
}

/// Room that is used anew for every feature.
pub(crate) struct Scratch {
    n_classes: usize,
    /// How the node at hand is searched.
    way: Way,
    /// The bytes of the feature that was gathered.
    values: Vec<u8>,
    /// For each value the last row that has it, for each row the one before; all `NONE` between two features.
    heads: Box<[u16; 256]>,
    before: Vec<u16>,
    /// Counts by value, class within, twice; all 0 between two features.
    counts: [Vec<u32>; 2],
    pairs: PairCounts,
    /// Of each row of the node, where rows are counted in pairs of classes.
    keys: Vec<Key>,
    division: Division,
}

/// How a feature's values are gone through.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// A list of rows for each value.
    Lists,
    /// Counts by value and class.
    Counts,
    /// The same for gini, where there are neither too many rows nor classes.
    Pairs,
}

impl Scratch {
    pub(crate) fn new(n_classes: usize) -> Scratch {
        Scratch {
            n_classes,
            way: Way::Lists,
            values: Vec::new(),
            heads: Box::new([NONE; 256]),
            before: vec![NONE; LISTED],
            counts: [vec![0; 256 * n_classes], vec![0; 256 * n_classes]],
            pairs: PairCounts::new(),
            keys: Vec::new(),
            division: Division::new(),
        }
    }

    /// Prepares for a node of which [`Scratch::best`] is asked for several features.
    pub(crate) fn start(
        &mut self,
        node: &NodeRows<'_>,
        all: &ClassCounts,
        impurity: &Impurity,
        min_rows: usize,
    ) {
        // Where weights are counted, rows are something else; it matters only if a side must have more than one.
        let are_rows_counted = node.weights.is_empty() || min_rows <= 1;
        let is_gini = impurity.measure() == Measure::Gini;
        let is_paired = is_gini && are_rows_counted && self.n_classes <= CLASSES && all.total() <= MOST;
        let listed = if is_paired { LISTED_ELSE_PAIRED } else { LISTED };
        self.way = match node.rows.len() {
            n if n <= listed => Way::Lists,
            _ if is_paired => Way::Pairs,
            _ => Way::Counts,
        };
        if let Way::Pairs = self.way {
            self.keys.clear();
            if node.weights.is_empty() {
                self.keys
                    .extend(node.classes.iter().map(|&class| Key::new(class, 1)));
            } else {
                let rows = node.classes.iter().zip(node.weights);
                self.keys
                    .extend(rows.map(|(&class, &weight)| Key::new(class, weight)));
            }
        }
    }

    /// Takes a feature's bytes of the node's rows; the smallest and the largest of them.
    pub(crate) fn gather(&mut self, feature: usize, matrix: &Matrix<'_>, node: &NodeRows<'_>) -> (u8, u8) {
        assert_eq!(matrix.n_rows, node.n_rows, "a matrix of as many rows");
        self.values.clear();
        let (bytes, step) = if node.rows.len() <= BY_ROW {
            (&matrix.rows[feature..], matrix.n_features)
        } else {
            (&matrix.columns[feature * matrix.n_rows..], 1)
        };
        // SAFETY: every row is below `n_rows`, which `NodeRows::new` has checked; the feature is below `n_features`, or the slices
        // above would not be there; and both matrices hold `n_rows * n_features` bytes, which `Matrix::new` has checked.
        let values = node
            .rows
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

    /// The best threshold of the feature that was gathered, which is not constant: of equal ones the lowest. `None` if each
    /// leaves fewer than `min_rows` rows on a side. `all` are the counts of the whole node, for which [`Scratch::start`] was called.
    pub(crate) fn best(
        &mut self,
        (low, high): (u8, u8),
        node: &NodeRows<'_>,
        all: &ClassCounts,
        impurity: &Impurity,
        min_rows: usize,
    ) -> Option<Threshold> {
        match self.way {
            Way::Lists => {
                impurity.start(&mut self.division, all);
                self.walk_lists(node, all, impurity, min_rows)
            }
            Way::Counts => {
                impurity.start(&mut self.division, all);
                self.walk_counts((low, high), node, all, impurity, min_rows)
            }
            Way::Pairs => {
                self.pairs.count(&self.values, &self.keys);
                let least = u32::try_from(min_rows).unwrap_or(u32::MAX);
                let found = self.pairs.walk((low, high), all.first(), self.n_classes, least)?;
                Some(Threshold {
                    below: u8::midpoint(found.low, found.high),
                    score: found.score,
                })
            }
        }
    }

    fn walk_lists(
        &mut self,
        node: &NodeRows<'_>,
        all: &ClassCounts,
        impurity: &Impurity,
        min_rows: usize,
    ) -> Option<Threshold> {
        let n = node.rows.len();
        let mut occurs = [0u64; 4];
        for (i, &value) in (0u16..).zip(&self.values) {
            let head = &mut self.heads[usize::from(value)];
            self.before[usize::from(i)] = *head;
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
                    let (class, weight) = (node.classes[at], node.weight(at));
                    impurity.take(&mut self.division, all, class, weight);
                    rows += 1;
                    i = self.before[at];
                }
                last = Some(value);
            }
        }
        best
    }

    fn walk_counts(
        &mut self,
        (low, high): (u8, u8),
        node: &NodeRows<'_>,
        all: &ClassCounts,
        impurity: &Impurity,
        min_rows: usize,
    ) -> Option<Threshold> {
        let n_classes = self.n_classes;
        self.count(node);
        let rows_of_value = (!node.weights.is_empty() && min_rows > 1).then(|| {
            let mut rows = [0usize; 256];
            self.values
                .iter()
                .for_each(|&value| rows[usize::from(value)] += 1);
            rows
        });
        let n = match rows_of_value {
            Some(_) => node.rows.len(),
            None => all.total() as usize,
        };
        let [counts, second] = &mut self.counts;
        let span = usize::from(low) * n_classes..(usize::from(high) + 1) * n_classes;
        if node.rows.len() >= TWO_TABLES {
            for (count, other) in counts[span.clone()].iter_mut().zip(&mut second[span.clone()]) {
                *count += std::mem::take(other);
            }
        }
        let mut before = 0;
        let mut last: Option<u8> = None;
        let mut best: Option<Threshold> = None;
        for (value, counts) in (low..=high).zip(counts[span].chunks_exact_mut(n_classes)) {
            let weight: u32 = counts.iter().sum();
            if weight == 0 {
                continue;
            }
            if let Some(last) = last
                && before >= min_rows
                && n - before >= min_rows
            {
                keep(&mut best, last, value, impurity, &self.division, all);
            }
            for (class, count) in (0u8..).zip(counts) {
                if *count > 0 {
                    impurity.take(&mut self.division, all, class, *count);
                    *count = 0;
                }
            }
            before += rows_of_value.map_or(weight as usize, |rows| rows[usize::from(value)]);
            last = Some(value);
        }
        best
    }

    /// Counts by value and class.
    fn count(&mut self, node: &NodeRows<'_>) {
        let n_classes = self.n_classes;
        let place = |value: u8, class: u8| usize::from(value) * n_classes + usize::from(class);
        let [counts, second] = &mut self.counts;
        if !node.weights.is_empty() {
            let rows = self.values.iter().zip(node.classes).zip(node.weights);
            if node.rows.len() < TWO_TABLES {
                rows.for_each(|((&value, &class), &weight)| counts[place(value, class)] += u32::from(weight));
                return;
            }
            let (values, value_rest) = self.values.as_chunks::<2>();
            let (classes, class_rest) = node.classes.as_chunks::<2>();
            let (weights, weight_rest) = node.weights.as_chunks::<2>();
            for ((values, classes), weights) in values.iter().zip(classes).zip(weights) {
                counts[place(values[0], classes[0])] += u32::from(weights[0]);
                second[place(values[1], classes[1])] += u32::from(weights[1]);
            }
            for ((&value, &class), &weight) in value_rest.iter().zip(class_rest).zip(weight_rest) {
                counts[place(value, class)] += u32::from(weight);
            }
            return;
        }
        let rows = self.values.iter().zip(node.classes);
        if node.rows.len() < TWO_TABLES {
            rows.for_each(|(&value, &class)| counts[place(value, class)] += 1);
            return;
        }
        let (values, value_rest) = self.values.as_chunks::<2>();
        let (classes, class_rest) = node.classes.as_chunks::<2>();
        for (values, classes) in values.iter().zip(classes) {
            counts[place(values[0], classes[0])] += 1;
            second[place(values[1], classes[1])] += 1;
        }
        for (&value, &class) in value_rest.iter().zip(class_rest) {
            counts[place(value, class)] += 1;
        }
    }

    /// What a given threshold of the feature that was gathered is worth; `None` if it leaves fewer than `min_rows` rows on a
    /// side.
    pub(crate) fn score_of(
        &mut self,
        below: u8,
        node: &NodeRows<'_>,
        all: &ClassCounts,
        impurity: &Impurity,
        min_rows: usize,
    ) -> Option<Threshold> {
        let counts = &mut self.counts[0][..self.n_classes];
        let mut rows = 0;
        for (i, (&value, &class)) in self.values.iter().zip(node.classes).enumerate() {
            let is_left = u32::from(value <= below);
            counts[usize::from(class)] += is_left * node.weight(i);
            rows += is_left as usize;
        }
        impurity.start(&mut self.division, all);
        for (class, count) in (0u8..).zip(counts) {
            impurity.take(&mut self.division, all, class, *count);
            *count = 0;
        }
        let is_allowed = rows >= min_rows && node.rows.len() - rows >= min_rows;
        is_allowed.then(|| Threshold {
            below,
            score: impurity.score(&self.division, all),
        })
    }
}

/// Keeps the better one; the threshold lies halfway between two values that follow each other.
#[inline]
fn keep(
    best: &mut Option<Threshold>,
    value: u8,
    next: u8,
    impurity: &Impurity,
    division: &Division,
    all: &ClassCounts,
) {
    let score = impurity.score(division, all);
    if best.is_none_or(|best| score > best.score) {
        *best = Some(Threshold {
            below: u8::midpoint(value, next),
            score,
        });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::native::kernels::impurity::Measure;

    /// Every threshold in turn, its two sides counted anew.
    fn naive(
        column: &[u8],
        node: &NodeRows<'_>,
        impurity: &Impurity,
        n_classes: usize,
        min_rows: usize,
    ) -> Option<Threshold> {
        let mut values: Vec<u8> = node.rows.iter().map(|&row| column[row as usize]).collect();
        values.sort_unstable();
        values.dedup();
        let mut best: Option<Threshold> = None;
        for pair in values.windows(2) {
            let mut all = ClassCounts::empty(n_classes);
            (0..node.rows.len()).for_each(|i| all.add(node.classes[i], node.weight(i)));
            let mut division = Division::new();
            impurity.start(&mut division, &all);
            let mut rows = [0, 0];
            for (i, &row) in node.rows.iter().enumerate() {
                let is_left = column[row as usize] <= pair[0];
                rows[usize::from(is_left)] += 1;
                if is_left {
                    impurity.take(&mut division, &all, node.classes[i], node.weight(i));
                }
            }
            let score = impurity.score(&division, &all);
            if rows.iter().all(|&rows| rows >= min_rows) && best.is_none_or(|best| score > best.score) {
                best = Some(Threshold {
                    below: u8::midpoint(pair[0], pair[1]),
                    score,
                });
            }
        }
        best
    }

    proptest! {
        #[test]
        fn the_best_threshold_is_that_of_the_plain_search(
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
                // Twice: nothing of a feature is left for the next one.
                for _ in 0..2 {
                    prop_assert_eq!(scratch.best((low, high), &node, &all, &impurity, min_rows), expected);
                }
                if let Some(found) = expected {
                    prop_assert_eq!(scratch.score_of(found.below, &node, &all, &impurity, min_rows), expected);
                }
            }
        }
    }
}
