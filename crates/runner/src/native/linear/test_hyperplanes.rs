//! An assertion on hyperplanes, for tests.

use crate::native::linear::linear_model::Hyperplane;

/// Compares three hyperplanes with expected weights, after which the intercept follows.
pub(crate) fn check(hyperplanes: &[Hyperplane], expected: [[f64; 5]; 3], tolerance: f64) {
    assert_eq!(hyperplanes.len(), 3);
    for (hyperplane, expected) in hyperplanes.iter().zip(expected) {
        let found = hyperplane.weights.iter().chain([&hyperplane.intercept]);
        for (found, wanted) in found.zip(expected) {
            assert!((found - wanted).abs() < tolerance, "{hyperplane:?} {expected:?}");
        }
    }
}
