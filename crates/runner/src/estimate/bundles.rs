//! Bundles of nearly equal cost.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// For each item, the bundle from 0 that it goes to: the most expensive item comes first, and each goes to the bundle that costs least
/// so far (Graham 1969, Bounds on multiprocessing timing anomalies). A negative cost counts as 0.
pub(crate) fn bundles(costs: &[f64], n_bundles: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..costs.len()).collect();
    order.sort_by(|a, b| costs[*b].total_cmp(&costs[*a]));
    // Sums that are not negative are in the order of their bits.
    let empty = (0..n_bundles).map(|bundle| Reverse((0.0_f64.to_bits(), bundle)));
    let mut sums: BinaryHeap<Reverse<(u64, usize)>> = empty.collect();
    let mut bundle_of = vec![0; costs.len()];
    for item in order {
        if let Some(mut least) = sums.peek_mut() {
            let Reverse((bits, bundle)) = *least;
            bundle_of[item] = bundle;
            let sum = f64::from_bits(bits) + costs[item].max(0.0);
            *least = Reverse((sum.to_bits(), bundle));
        }
    }
    bundle_of
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_expensive_items_are_apart() {
        assert_eq!(bundles(&[1.0, 5.0, 1.0, 1.0, 2.0], 2), [1, 0, 1, 1, 1]);
        assert_eq!(bundles(&[1.0], 3), [0]);
        assert!(bundles(&[], 2).is_empty());
    }

    proptest! {
        #[test]
        fn bundles_differ_by_one_item_at_most(
            costs in prop::collection::vec(0.1_f64..100.0, 1..60),
            n_bundles in 1usize..8,
        ) {
            let bundle_of = bundles(&costs, n_bundles);
            let mut sums = vec![0.0; n_bundles];
            for (item, bundle) in bundle_of.iter().enumerate() {
                sums[*bundle] += costs[item];
            }
            let most = sums.iter().copied().fold(0.0, f64::max);
            let least = sums.iter().copied().fold(f64::INFINITY, f64::min);
            let largest = costs.iter().copied().fold(0.0, f64::max);
            prop_assert!(most - least <= largest + 1e-9);
            prop_assert!(costs.len() < n_bundles || least > 0.0);
        }
    }
}
