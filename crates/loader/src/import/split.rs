//! The split of rows into training and test rows: stratified, shuffled, and the same on every machine.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{RngCore, SeedableRng};

/// Positions of rows: training rows and test rows, each in a random order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Split {
    pub(super) train: Vec<usize>,
    pub(super) test: Vec<usize>,
}

/// Splits rows so that the share of the test rows is the same in every class.
///
/// The number of test rows of a class is its share, rounded; a class with at least two rows has a row in both.
pub(super) fn stratified(labels: &[u8], n_classes: usize, test_share: f64, seed: u64) -> Split {
    let mut left = vec![0_usize; n_classes];
    labels.iter().for_each(|&label| left[usize::from(label)] += 1);
    for n in &mut left {
        // A class has fewer rows than 2^53.
        let share = (*n as f64 * test_share).round() as usize;
        *n = if *n < 2 { 0 } else { share.clamp(1, *n - 1) };
    }
    let mut split = Split {
        train: Vec::new(),
        test: Vec::new(),
    };
    for row in shuffled(labels.len(), seed) {
        let left = &mut left[usize::from(labels[row])];
        if *left > 0 {
            *left -= 1;
            split.test.push(row);
        } else {
            split.train.push(row);
        }
    }
    split
}

/// The numbers `0..n` in a random order (Fisher and Yates).
pub(super) fn shuffled(n: usize, seed: u64) -> Vec<usize> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut order: Vec<usize> = (0..n).collect();
    for end in (1..n).rev() {
        order.swap(end, below(&mut random, end as u64 + 1));
    }
    order
}

/// Uniform in `0..n`, up to a bias of n / 2^64.
fn below(random: &mut Xoshiro256PlusPlus, n: u64) -> usize {
    ((u128::from(random.next_u64()) * u128::from(n)) >> 64) as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_order_of_a_seed_is_the_same_for_ever() {
        assert_eq!(shuffled(8, 0), [5, 3, 4, 1, 0, 6, 7, 2]);
        assert_ne!(shuffled(8, 0), shuffled(8, 1));
    }

    #[test]
    fn classes_with_one_row_are_trained_and_others_tested_too() {
        let labels = [0, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2];
        for (share, expected) in [(0.01, [0, 1, 1]), (0.5, [0, 1, 5]), (0.99, [0, 1, 9])] {
            let split = stratified(&labels, 3, share, 7);
            let mut counts = [0; 3];
            split
                .test
                .iter()
                .for_each(|&row| counts[usize::from(labels[row])] += 1);
            assert_eq!(counts, expected, "{share}");
        }
    }

    proptest! {
        #[test]
        fn every_row_is_in_one_split(labels in prop::collection::vec(0_u8..5, 0..200), share in 0.001..0.999, seed: u64) {
            let split = stratified(&labels, 5, share, seed);
            let mut rows = [split.train, split.test].concat();
            rows.sort_unstable();
            prop_assert_eq!(rows, (0..labels.len()).collect::<Vec<_>>());
        }
    }
}
