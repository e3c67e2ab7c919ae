//! The k nearest rows that have been seen, nearest first; of rows at equal distance the earlier one is nearer.

/// A list that keeps its best.
#[derive(Clone, Debug)]
pub(crate) struct TopK {
    k: usize,
    /// Distance and row, ascending.
    nearest: Vec<(f64, u32)>,
}

impl TopK {
    /// For `k` of at least 1.
    pub(crate) fn new(k: usize) -> TopK {
        TopK {
            k,
            nearest: Vec::with_capacity(k + 1),
        }
    }

    /// The distance that a later row must stay below to be among them; infinite while there are fewer than k.
    pub(crate) fn bound(&self) -> f64 {
        if self.nearest.len() < self.k {
            f64::INFINITY
        } else {
            self.nearest[self.k - 1].0
        }
    }

    /// Takes a row into account. Rows may come in any order, each once.
    pub(crate) fn offer(&mut self, distance: f64, row: u32) {
        let before = |other: &(f64, u32)| (other.0, other.1) < (distance, row);
        let place = self.nearest.partition_point(before);
        if place < self.k {
            self.nearest.insert(place, (distance, row));
            self.nearest.truncate(self.k);
        }
    }

    /// Distance and row of the nearest, nearest first.
    pub(crate) fn nearest(&self) -> &[(f64, u32)] {
        &self.nearest
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_nearest_are_the_first_of_all_sorted(distances in proptest::collection::vec(0u8..20, 0..80), k in 1usize..10) {
            let mut all: Vec<(f64, u32)> = distances.iter().map(|&distance| f64::from(distance)).zip(0..).collect();
            let mut top = TopK::new(k);
            // Last first: the order in which they come must not matter.
            all.iter().rev().for_each(|&(distance, row)| top.offer(distance, row));
            all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            all.truncate(k);
            prop_assert_eq!(top.nearest(), &all[..]);
            prop_assert_eq!(top.bound(), if all.len() < k { f64::INFINITY } else { all[k - 1].0 });
        }
    }
}
