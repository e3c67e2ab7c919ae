//! The largest allowed difference between the mean accuracies of two engines, by family.
//!
//! Two correct implementations still differ in random numbers, ties and rounding. A family without a tolerance is compared
//! but not judged.

use crate::input::families;

/// A tolerance, its families and its reason.
pub(super) struct Tolerance {
    /// Largest absolute difference of mean accuracies.
    pub(super) accuracy: f64,
    /// The families.
    pub(super) families: &'static [&'static str],
    /// Why correct implementations may differ.
    pub(super) reason: &'static str,
}

/// Every tolerance, smallest first.
pub(super) const TOLERANCES: &[Tolerance] = &[
    Tolerance {
        accuracy: 0.0003,
        families: families::EXACT,
        reason: "exact and deterministic; ties and rounding may change 3 of 10,000 images",
    },
    Tolerance {
        accuracy: 0.001,
        families: families::KERNEL_SVMS,
        reason: "one optimum; both solvers stop within `tol` of it",
    },
    Tolerance {
        accuracy: 0.002,
        families: families::SINGLE_SOLUTION,
        reason: "one solution in a flat region: the last iterations and the numerical rank change a few images",
    },
    Tolerance {
        accuracy: 0.004,
        families: families::TREE_ENSEMBLES,
        reason: "random numbers and ties in each tree, averaged over many trees",
    },
    Tolerance {
        accuracy: 0.005,
        families: families::GAUSSIAN_PROCESSES,
        reason: "exact and deterministic; rounding decides where the latent mean is near zero",
    },
    Tolerance {
        accuracy: 0.005,
        families: families::SINGLE_TREES,
        reason: "one tree: a random or tied split changes every split below it",
    },
    Tolerance {
        accuracy: 0.006,
        families: families::NEURAL_NETWORKS,
        reason: "random initial weights and batches, which also change when training stops",
    },
    Tolerance {
        accuracy: 0.01,
        families: families::ONLINE_LINEAR,
        reason: "random row order; the last rows of the last epoch change the score",
    },
];

/// The tolerance of a family, if it has one.
pub(super) fn tolerance(family: &str) -> Option<f64> {
    TOLERANCES
        .iter()
        .find(|tolerance| tolerance.families.contains(&family))
        .map(|tolerance| tolerance.accuracy)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_family_has_at_most_one_tolerance() {
        let names: Vec<&str> = TOLERANCES
            .iter()
            .flat_map(|tolerance| tolerance.families.iter().copied())
            .collect();
        assert_eq!(names.len(), names.iter().collect::<BTreeSet<_>>().len());
        assert!(TOLERANCES.is_sorted_by(|a, b| a.accuracy <= b.accuracy));
        assert_eq!(tolerance("SVC"), Some(0.001));
        assert_eq!(tolerance("NearestCentroid"), None);
    }
}
