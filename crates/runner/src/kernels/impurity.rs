//! Impurity of class counts, as a score that a split maximises: gini and entropy, both in exact integers until the last step.
//!
//! With counts `c` of `n` rows in all, gini's weighted impurity is `n - Σ c²/n` and entropy's `n log n - Σ c log c`, so that the
//! split with the least impurity has the largest `Σ c²/n`, or `Σ c log c - n log n`, summed over its two sides. `Σ c²` is a whole
//! number, and `c log c` is taken from a table in fixed point: rows may be counted in any order, and equal counts give equal scores.

/// What a split is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    Gini,
    Entropy,
}

/// Fixed point of the logarithms: 2^-30 of a bit.
const FIXED: f64 = (1u64 << 30) as f64;

/// One measure, with its table.
#[derive(Clone, Debug)]
pub(crate) struct Impurity {
    measure: Measure,
    /// `x log2 x` in fixed point for every count there can be; empty for gini.
    logs: Vec<i64>,
}

/// The counts of one side of a split, with the sum that its score needs.
#[derive(Clone, Debug)]
pub(crate) struct Side {
    counts: Vec<u32>,
    total: u32,
    /// `Σ c²`, or `Σ c log c` in fixed point.
    sum: i64,
}

impl Side {
    pub(crate) fn empty(n_classes: usize) -> Side {
        Side {
            counts: vec![0; n_classes],
            total: 0,
            sum: 0,
        }
    }

    pub(crate) fn counts(&self) -> &[u32] {
        &self.counts
    }

    pub(crate) fn total(&self) -> u32 {
        self.total
    }

    /// Makes it a copy of another without a new allocation.
    pub(crate) fn set(&mut self, other: &Side) {
        self.counts.copy_from_slice(&other.counts);
        (self.total, self.sum) = (other.total, other.sum);
    }

    /// Makes it empty.
    pub(crate) fn clear(&mut self) {
        self.counts.fill(0);
        (self.total, self.sum) = (0, 0);
    }
}

impl Impurity {
    /// For at most `most` rows, weights counted.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "2^32 rows times 32 bits times 2^30 is below 2^63 only up to 2^28 rows, which no memory here holds"
    )]
    pub(crate) fn new(measure: Measure, most: usize) -> Impurity {
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
                Measure::Entropy => (0..=most).map(log).collect(),
            },
        }
    }

    /// Puts `weight` rows of a class on a side.
    #[inline]
    pub(crate) fn add(&self, side: &mut Side, class: usize, weight: u32) {
        let before = side.counts[class];
        let after = before + weight;
        side.sum += self.change(before, after);
        side.counts[class] = after;
        side.total += weight;
    }

    /// Takes `weight` rows of a class from a side that has them.
    #[inline]
    pub(crate) fn remove(&self, side: &mut Side, class: usize, weight: u32) {
        let before = side.counts[class];
        let after = before - weight;
        side.sum += self.change(before, after);
        side.counts[class] = after;
        side.total -= weight;
    }

    #[inline]
    fn change(&self, before: u32, after: u32) -> i64 {
        match self.measure {
            Measure::Gini => {
                let (before, after) = (i64::from(before), i64::from(after));
                (after - before) * (after + before)
            }
            Measure::Entropy => self.logs[after as usize] - self.logs[before as usize],
        }
    }

    /// The larger, the purer: of one side, to be added to the other's.
    #[inline]
    #[expect(
        clippy::cast_precision_loss,
        reason = "one rounding, the same for equal counts"
    )]
    pub(crate) fn score(&self, side: &Side) -> f64 {
        match self.measure {
            Measure::Gini => side.sum as f64 / f64::from(side.total),
            Measure::Entropy => (side.sum - self.logs[side.total as usize]) as f64 / FIXED,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The impurity itself: gini in 0..1, entropy in bits.
    fn impurity_of(impurity: &Impurity, side: &Side) -> f64 {
        let n = f64::from(side.total);
        match impurity.measure {
            Measure::Gini => 1.0 - impurity.score(side) / n,
            Measure::Entropy => -impurity.score(side) / n,
        }
    }

    fn naive(measure: Measure, counts: &[u32]) -> f64 {
        let n: f64 = counts.iter().map(|&count| f64::from(count)).sum();
        let shares = counts.iter().map(|&count| f64::from(count) / n);
        match measure {
            Measure::Gini => 1.0 - shares.map(|share| share * share).sum::<f64>(),
            Measure::Entropy => -shares
                .filter(|share| *share > 0.0)
                .map(|share| share * share.log2())
                .sum::<f64>(),
        }
    }

    proptest! {
        #[test]
        fn impurity_is_that_of_its_formula_however_the_rows_came(
            rows in proptest::collection::vec((0usize..5, 1u32..4), 1..60), gone in 0usize..10
        ) {
            for measure in [Measure::Gini, Measure::Entropy] {
                let impurity = Impurity::new(measure, 400);
                let mut side = Side::empty(5);
                rows.iter().for_each(|&(class, weight)| impurity.add(&mut side, class, weight));
                let mut counts = side.counts().to_vec();
                prop_assert!((impurity_of(&impurity, &side) - naive(measure, &counts)).abs() < 1e-7);
                for &(class, weight) in rows.iter().take(gone.min(rows.len() - 1)) {
                    impurity.remove(&mut side, class, weight);
                    counts[class] -= weight;
                }
                prop_assert_eq!(side.counts(), &counts[..]);
                prop_assert!((impurity_of(&impurity, &side) - naive(measure, &counts)).abs() < 1e-7);
            }
        }
    }
}
