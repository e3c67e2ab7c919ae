//! Impurity of class counts as a score that a split maximizes: Gini and entropy, both in exact integers until the last step.
//!
//! With counts `c` of `n` rows, the weighted impurity is `n - Σ c²/n` for Gini and `n log n - Σ c log c` for entropy. So the split with the
//! least impurity has the largest `Σ c²/n`, or `Σ c log c - n log n`, summed over its two sides. `Σ c²` is an integer, and `c log c` comes
//! from a fixed-point table: rows may be counted in any order, and equal counts give equal scores.

/// An impurity measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    Gini,
    Entropy,
}

/// One bit of entropy in fixed point.
const FIXED: f64 = (1u64 << 30) as f64;

/// A measure with its table.
#[derive(Clone, Debug)]
pub(crate) struct Impurity {
    measure: Measure,
    /// `x log2 x` in fixed point for every possible count; empty for Gini.
    logs: Vec<i64>,
}

/// The class counts of a node's rows.
#[derive(Clone, Debug)]
pub(crate) struct ClassCounts {
    /// One count per class. An array of 256 needs no bounds check for a byte.
    counts: [u32; 256],
    n_classes: usize,
    total: u32,
}

impl ClassCounts {
    pub(crate) fn empty(n_classes: usize) -> ClassCounts {
        ClassCounts {
            counts: [0; 256],
            n_classes,
            total: 0,
        }
    }

    pub(crate) fn counts(&self) -> &[u32] {
        &self.counts[..self.n_classes]
    }

    /// The counts of the first `N` classes, at most 256; 0 for those beyond the last class.
    pub(crate) fn first<const N: usize>(&self) -> &[u32; N] {
        self.counts.first_chunk().expect("N is at most 256")
    }

    pub(crate) fn total(&self) -> u32 {
        self.total
    }

    pub(crate) fn add(&mut self, class: u8, weight: u32) {
        self.counts[usize::from(class)] += weight;
        self.total += weight;
    }

    pub(crate) fn clear(&mut self) {
        self.counts[..self.n_classes].fill(0);
        self.total = 0;
    }
}

/// A division of a node's rows into left and right. All rows start on the right and move to the left one after the other.
#[derive(Clone, Debug)]
pub(crate) struct Division {
    left: [u32; 256],
    left_total: u32,
    /// `Σ c²` of the left and the right side, or `Σ c log c` in fixed point.
    sums: [i64; 2],
}

impl Division {
    pub(crate) fn new() -> Division {
        Division {
            left: [0; 256],
            left_total: 0,
            sums: [0; 2],
        }
    }
}

impl Impurity {
    /// For nodes with weights that sum to at most `max_weight`.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "2^28 rows times 28 bits times 2^30 is below 2^63, and a node has fewer rows"
    )]
    pub(crate) fn new(measure: Measure, max_weight: usize) -> Impurity {
        let log = |x: usize| {
            let x = x as f64;
            if x > 1.0 {
                (x * x.log2() * FIXED).round() as i64
            } else {
                0
            }
        };
        Impurity {
            measure,
            logs: match measure {
                Measure::Gini => Vec::new(),
                Measure::Entropy => (0..=max_weight).map(log).collect(),
            },
        }
    }

    pub(crate) fn measure(&self) -> Measure {
        self.measure
    }

    /// Puts all rows of a node on the right.
    pub(crate) fn start(&self, division: &mut Division, all: &ClassCounts) {
        division.left[..all.n_classes].fill(0);
        division.left_total = 0;
        division.sums = [0, self.sum(all)];
    }

    /// Moves a weight of a class from the right to the left; the right side has at least this weight.
    #[inline]
    pub(crate) fn take(&self, division: &mut Division, all: &ClassCounts, class: u8, weight: u32) {
        let class = usize::from(class);
        let left = division.left[class];
        let right = all.counts[class] - left;
        let [left_sum, right_sum] = &mut division.sums;
        match self.measure {
            Measure::Gini => {
                let (left, right, weight) = (i64::from(left), i64::from(right), i64::from(weight));
                *left_sum += weight * (2 * left + weight);
                *right_sum -= weight * (2 * right - weight);
            }
            Measure::Entropy => {
                *left_sum += self.logs[(left + weight) as usize] - self.logs[left as usize];
                *right_sum += self.logs[(right - weight) as usize] - self.logs[right as usize];
            }
        }
        division.left[class] = left + weight;
        division.left_total += weight;
    }

    /// The score of a division; a larger score means purer sides. Neither side may be empty.
    #[inline]
    pub(crate) fn score(&self, division: &Division, all: &ClassCounts) -> f64 {
        let [left, right] = division.sums;
        let right_total = all.total - division.left_total;
        self.scored(left, division.left_total) + self.scored(right, right_total)
    }

    /// The score of the division whose left side has the counts `left`, one per class. Neither side may be empty.
    pub(crate) fn score_of_left(&self, left: &[u32], all: &ClassCounts) -> f64 {
        let sides = || {
            left.iter()
                .zip(all.counts())
                .map(|(&left, &all)| (left, all - left))
        };
        let left_total: u32 = left.iter().sum();
        let (mut left_sum, mut right_sum) = (0, 0);
        match self.measure {
            Measure::Gini => sides().for_each(|(left, right)| {
                left_sum += i64::from(left) * i64::from(left);
                right_sum += i64::from(right) * i64::from(right);
            }),
            Measure::Entropy => sides().for_each(|(left, right)| {
                left_sum += self.logs[left as usize];
                right_sum += self.logs[right as usize];
            }),
        }
        self.scored(left_sum, left_total) + self.scored(right_sum, all.total - left_total)
    }

    /// The score of the undivided node.
    pub(crate) fn score_of_all(&self, all: &ClassCounts) -> f64 {
        self.scored(self.sum(all), all.total)
    }

    #[inline]
    #[expect(clippy::cast_precision_loss, reason = "equal counts round equally")]
    fn scored(&self, sum: i64, total: u32) -> f64 {
        match self.measure {
            Measure::Gini => sum as f64 / f64::from(total),
            Measure::Entropy => (sum - self.logs[total as usize]) as f64,
        }
    }

    /// The scale of the scores: an impurity difference of 1 gives a score difference of this unit times the number of rows.
    pub(crate) fn unit(&self) -> f64 {
        match self.measure {
            Measure::Gini => 1.0,
            Measure::Entropy => FIXED,
        }
    }

    fn sum(&self, all: &ClassCounts) -> i64 {
        let counts = all.counts().iter();
        match self.measure {
            Measure::Gini => counts.map(|&count| i64::from(count) * i64::from(count)).sum(),
            Measure::Entropy => counts.map(|&count| self.logs[count as usize]).sum(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The number of rows times the impurity: Gini in 0..1, entropy in bits.
    fn naive(measure: Measure, counts: &[u32]) -> f64 {
        let n: f64 = counts.iter().map(|&count| f64::from(count)).sum();
        let probabilities = counts.iter().map(|&count| f64::from(count) / n);
        n * match measure {
            Measure::Gini => {
                1.0 - probabilities
                    .map(|probability| probability * probability)
                    .sum::<f64>()
            }
            Measure::Entropy => -probabilities
                .filter(|probability| *probability > 0.0)
                .map(|probability| probability * probability.log2())
                .sum::<f64>(),
        }
    }

    proptest! {
        #[test]
        fn scores_match_the_impurity_formulas_for_any_order_of_rows(
            rows in proptest::collection::vec((0u8..5, 1u32..4), 2..60), n_left in 1usize..59
        ) {
            let n_left = n_left.min(rows.len() - 1);
            for measure in [Measure::Gini, Measure::Entropy] {
                let impurity = Impurity::new(measure, 400);
                let mut all = ClassCounts::empty(5);
                rows.iter().for_each(|&(class, weight)| all.add(class, weight));
                let n = f64::from(all.total());
                let weighted = |score: f64| match measure {
                    Measure::Gini => n - score,
                    Measure::Entropy => -score / impurity.unit(),
                };
                prop_assert!((weighted(impurity.score_of_all(&all)) - naive(measure, all.counts())).abs() < 1e-6);
                let mut division = Division::new();
                impurity.start(&mut division, &all);
                let mut left = vec![0; 5];
                for &(class, weight) in &rows[..n_left] {
                    impurity.take(&mut division, &all, class, weight);
                    left[usize::from(class)] += weight;
                }
                let right: Vec<u32> = all.counts().iter().zip(&left).map(|(all, left)| all - left).collect();
                let expected = naive(measure, &left) + naive(measure, &right);
                prop_assert!((weighted(impurity.score(&division, &all)) - expected).abs() < 1e-6);
            }
        }
    }
}
