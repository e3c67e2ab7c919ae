//! The largest allowed difference between the mean accuracies of two engines, by kind.
//!
//! Two correct implementations still differ in random numbers, ties and rounding. A family without a tolerance is compared
//! but not judged. Families that are named have a tolerance of their own, because their kind has others.

use crate::input::{families, kinds};

/// A tolerance, what it holds for, and its reason.
pub(super) struct Tolerance {
    /// Largest absolute difference of mean accuracies.
    pub(super) accuracy: f64,
    /// The kinds whose families it holds for.
    pub(super) kinds: &'static [&'static str],
    /// More families that it holds for.
    pub(super) families: &'static [&'static str],
    /// Why correct implementations may differ.
    pub(super) reason: &'static str,
}

/// Every tolerance, smallest first.
pub(super) const TOLERANCES: &[Tolerance] = &[
    Tolerance {
        accuracy: 0.0003,
        kinds: &[],
        families: families::EXACT,
        reason: "exact and deterministic; ties and rounding may change 3 of 10,000 images",
    },
    Tolerance {
        accuracy: 0.001,
        kinds: &[kinds::KERNEL],
        families: &[],
        reason: "one optimum; both solvers stop within `tol` of it",
    },
    Tolerance {
        accuracy: 0.002,
        kinds: &[kinds::LINEAR, kinds::DISCRIMINANT],
        families: &[],
        reason: "one solution in a flat region: the last iterations and the numerical rank change a few images",
    },
    Tolerance {
        accuracy: 0.004,
        kinds: &[kinds::TREE_ENSEMBLE],
        families: &[],
        reason: "random numbers and ties in each tree, averaged over many trees",
    },
    Tolerance {
        accuracy: 0.005,
        kinds: &[kinds::GAUSSIAN_PROCESS],
        families: &[],
        reason: "exact and deterministic; rounding decides where the latent mean is near zero",
    },
    Tolerance {
        accuracy: 0.005,
        kinds: &[kinds::TREE],
        families: &[],
        reason: "one tree: a random or tied split changes every split below it",
    },
    Tolerance {
        accuracy: 0.006,
        kinds: &[kinds::NEURAL_NETWORK],
        families: &[],
        reason: "random initial weights and batches, which also change when training stops",
    },
    Tolerance {
        accuracy: 0.01,
        kinds: &[kinds::ONLINE_LINEAR],
        families: &[],
        reason: "random row order; the last rows of the last epoch change the score",
    },
];

/// The tolerance of a family of some kind, if it has one.
pub(super) fn tolerance(family: &str, kind: &str) -> Option<f64> {
    TOLERANCES
        .iter()
        .find(|tolerance| tolerance.families.contains(&family) || tolerance.kinds.contains(&kind))
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
            .flat_map(|tolerance| tolerance.families.iter().chain(tolerance.kinds).copied())
            .collect();
        assert_eq!(names.len(), names.iter().collect::<BTreeSet<_>>().len());
        assert!(TOLERANCES.is_sorted_by(|a, b| a.accuracy <= b.accuracy));
        assert_eq!(tolerance("SVC", "kernel"), Some(0.001));
        assert_eq!(tolerance("GaussianNB", "bayes"), Some(0.0003));
        assert_eq!(tolerance("MultinomialNB", "bayes"), None);
        assert_eq!(tolerance("NearestCentroid", "neighbors"), None);
    }
}
