//! Sums of residuals by value of a feature, and the split of them that scikit-learn's `friedman_mse` likes best.
//!
//! Residuals are whole multiples of 2^-30, so that their sums are exact: rows may be added in any order, and what one child has is what
//! its parent has without the other.

/// Residuals in fixed point: 2^30 is 1.
pub(crate) const ONE: f64 = (1u32 << 30) as f64;

/// Sum and number of the rows that have one value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bin {
    /// In fixed point.
    pub(crate) sum: i64,
    pub(crate) count: i64,
}

impl Bin {
    pub(crate) fn and(self, other: Bin) -> Bin {
        Bin {
            sum: self.sum + other.sum,
            count: self.count + other.count,
        }
    }

    pub(crate) fn without(self, other: Bin) -> Bin {
        Bin {
            sum: self.sum - other.sum,
            count: self.count - other.count,
        }
    }
}

/// A threshold: rows with `byte <= below` go left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cut {
    /// The largest byte that goes left among those between the two values that it separates.
    pub(crate) below: u8,
    /// `(n_right Σ_left - n_left Σ_right)² / (n_left n_right)`, in squared fixed point.
    pub(crate) score: f64,
    /// The rows that go left.
    pub(crate) left: Bin,
}

/// The best threshold; of equal ones the lowest. `None` if each leaves fewer than `min_rows` rows on a side. `bins` are those of the values
/// that occur, ascending, and `all` is their sum.
#[expect(
    clippy::cast_precision_loss,
    reason = "sums of fewer than 2^22 residuals are below 2^53"
)]
pub(crate) fn best(bins: impl Iterator<Item = (u8, Bin)>, all: Bin, min_rows: usize) -> Option<Cut> {
    let min_rows = min_rows as i64;
    let mut best: Option<Cut> = None;
    let mut left = Bin::default();
    let mut last: Option<u8> = None;
    for (value, bin) in bins {
        if let Some(last) = last {
            let right = all.without(left);
            if left.count >= min_rows && right.count >= min_rows {
                let (n_left, n_right) = (left.count as f64, right.count as f64);
                let apart = n_right * left.sum as f64 - n_left * right.sum as f64;
                let score = apart * apart / (n_left * n_right);
                if best.is_none_or(|best| score > best.score) {
                    best = Some(Cut {
                        below: u8::midpoint(last, value),
                        score,
                        left,
                    });
                }
            }
        }
        left = left.and(bin);
        last = Some(value);
    }
    best
}

/// Of all 256 bins those that are not empty.
pub(crate) fn occurring(bins: &[Bin]) -> impl Iterator<Item = (u8, Bin)> {
    (0..=u8::MAX)
        .zip(bins.iter().copied())
        .filter(|(_, bin)| bin.count > 0)
}

/// Bins of few rows, of which only those that occur are looked at.
pub(crate) struct FewBins {
    /// All empty but between filling and draining.
    bins: Box<[Bin; 256]>,
    occurs: [u64; 4],
}

impl FewBins {
    pub(crate) fn new() -> FewBins {
        FewBins {
            bins: Box::new([Bin::default(); 256]),
            occurs: [0; 4],
        }
    }

    /// Adds a row.
    pub(crate) fn add(&mut self, value: u8, residual: i32) {
        let bin = &mut self.bins[usize::from(value)];
        bin.sum += i64::from(residual);
        bin.count += 1;
        self.occurs[usize::from(value >> 6)] |= 1 << (value & 63);
    }

    /// The number of different values.
    pub(crate) fn n_values(&self) -> u32 {
        self.occurs.iter().map(|block| block.count_ones()).sum()
    }

    /// The bins that occur, ascending; each is empty again once it was given.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = (u8, Bin)> {
        let FewBins { bins, occurs } = self;
        (0u8..)
            .zip(occurs)
            .flat_map(move |(block, bits)| {
                std::iter::from_fn(move || {
                    let bit = (*bits != 0).then(|| bits.trailing_zeros() as u8)?;
                    *bits &= *bits - 1;
                    Some(64 * block + bit)
                })
            })
            .map(move |value| (value, std::mem::take(&mut bins[usize::from(value)])))
    }
}

/// Adds the rows of a node, of one feature, to its bins.
///
/// # Panics
/// If there are fewer residuals than rows, or a row is beyond the column.
pub(crate) fn add(bins: &mut [Bin; 256], column: &[u8], rows: &[u32], residuals: &[i32]) {
    for (&row, &residual) in rows.iter().zip(residuals) {
        let bin = &mut bins[usize::from(column[row as usize])];
        bin.sum += i64::from(residual);
        bin.count += 1;
    }
}

/// The same for several residuals a row at once, one a class: `sums[value][class]`. All rows of the column, or those of a mask.
///
/// # Panics
/// If the lengths do not fit.
pub(crate) fn add_all_classes(
    sums: &mut [i64],
    counts: &mut [u32; 256],
    column: &[u8],
    rows: &[u32],
    residuals: &[i32],
    n_classes: usize,
) {
    assert_eq!(
        residuals.len(),
        rows.len() * n_classes,
        "a residual a row and class"
    );
    for (&row, residuals) in rows.iter().zip(residuals.chunks_exact(n_classes)) {
        let value = usize::from(column[row as usize]);
        counts[value] += 1;
        let sums = &mut sums[value * n_classes..][..n_classes];
        for (sum, &residual) in sums.iter_mut().zip(residuals) {
            *sum += i64::from(residual);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_best_cut_is_that_of_the_plain_search(
            rows in proptest::collection::vec((prop_oneof![Just(0u8), any::<u8>()], -1000i32..1000), 2..120), min_rows in 1usize..4
        ) {
            let column: Vec<u8> = rows.iter().map(|row| row.0).collect();
            let residuals: Vec<i32> = rows.iter().map(|row| row.1).collect();
            let numbers: Vec<u32> = (0..rows.len() as u32).collect();
            let mut bins = [Bin::default(); 256];
            add(&mut bins, &column, &numbers, &residuals);
            let all = bins.iter().fold(Bin::default(), |all, &bin| all.and(bin));
            prop_assert_eq!(all, Bin { sum: residuals.iter().map(|&r| i64::from(r)).sum(), count: rows.len() as i64 });
            let mut values = column.clone();
            values.sort_unstable();
            values.dedup();
            let mut expected: Option<(u8, f64)> = None;
            for pair in values.windows(2) {
                let (left, right): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.0 <= pair[0]);
                if left.len() < min_rows || right.len() < min_rows { continue; }
                let mean = |rows: &[&(u8, i32)]| rows.iter().map(|row| f64::from(row.1)).sum::<f64>() / rows.len() as f64;
                let (n_left, n_right) = (left.len() as f64, right.len() as f64);
                let score = n_left * n_right * (mean(&left) - mean(&right)).powi(2);
                if expected.is_none_or(|best| score > best.1 * (1.0 + 1e-12)) {
                    expected = Some((u8::midpoint(pair[0], pair[1]), score));
                }
            }
            let found = best(occurring(&bins), all, min_rows);
            let mut few = FewBins::new();
            for _ in 0..2 {
                rows.iter().for_each(|&(value, residual)| few.add(value, residual));
                prop_assert_eq!(few.n_values() as usize, values.len());
                prop_assert_eq!(best(few.drain(), all, min_rows), found);
            }
            prop_assert_eq!(found.is_some(), expected.is_some());
            if let (Some(found), Some(expected)) = (found, expected) {
                prop_assert!((found.score - expected.1).abs() <= 1e-9 * expected.1.max(1.0));
            }
        }

        #[test]
        fn all_classes_at_once_are_each_by_itself(values in proptest::collection::vec(any::<u8>(), 1..50)) {
            let rows: Vec<u32> = (0..values.len() as u32).step_by(2).collect();
            let residuals: Vec<i32> = (0..rows.len() as i32 * 3).map(|i| i * 17 % 23 - 11).collect();
            let (mut sums, mut counts) = (vec![0; 256 * 3], [0; 256]);
            add_all_classes(&mut sums, &mut counts, &values, &rows, &residuals, 3);
            for class in 0..3 {
                let own: Vec<i32> = residuals.iter().skip(class).step_by(3).copied().collect();
                let mut bins = [Bin::default(); 256];
                add(&mut bins, &values, &rows, &own);
                for value in 0..256 {
                    let together = Bin { sum: sums[value * 3 + class], count: i64::from(counts[value]) };
                    prop_assert_eq!(bins[value], together);
                }
            }
        }
    }
}
