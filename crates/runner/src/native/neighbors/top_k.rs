//! The k nearest of the rows seen so far.

/// The nearest rows, sorted. Of rows at equal distance the one with the lower index is nearer.
#[derive(Clone, Debug)]
pub(crate) struct TopK {
    k: usize,
    /// Distance and row, ascending.
    rows: Vec<(f64, u32)>,
}

impl TopK {
    /// `k` is at least 1.
    pub(crate) fn new(k: usize) -> TopK {
        TopK {
            k,
            rows: Vec::with_capacity(k + 1),
        }
    }

    /// The distance of the k-th nearest row: no farther row can be among the nearest. Infinite for fewer than k rows.
    pub(crate) fn bound(&self) -> f64 {
        if self.rows.len() < self.k {
            f64::INFINITY
        } else {
            self.rows[self.k - 1].0
        }
    }

    /// Adds a row if it is among the k nearest. Rows may come in any order, each once.
    pub(crate) fn offer(&mut self, distance: f64, row: u32) {
        let is_before = |other: &(f64, u32)| (other.0, other.1) < (distance, row);
        let position = self.rows.partition_point(is_before);
        if position < self.k {
            self.rows.insert(position, (distance, row));
            self.rows.truncate(self.k);
        }
    }

    /// Distance and row index of the nearest rows, in ascending order.
    pub(crate) fn rows(&self) -> &[(f64, u32)] {
        &self.rows
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_nearest_rows_are_the_first_after_sorting(distances in proptest::collection::vec(0u8..20, 0..80), k in 1usize..10) {
            let mut all: Vec<(f64, u32)> = distances.iter().map(|&distance| f64::from(distance)).zip(0..).collect();
            let mut top = TopK::new(k);
            // In reverse: the order of the offers must not matter.
            all.iter().rev().for_each(|&(distance, row)| top.offer(distance, row));
            all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            all.truncate(k);
            prop_assert_eq!(top.rows(), &all[..]);
            prop_assert_eq!(top.bound(), if all.len() < k { f64::INFINITY } else { all[k - 1].0 });
        }
    }
}
