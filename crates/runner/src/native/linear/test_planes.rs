//! An assertion on hyperplanes, for tests.

use crate::native::linear::linear_model::Hyperplane;

/// Checks planes: weights and then the intercept.
pub(crate) fn check(planes: &[Hyperplane], expected: [[f64; 5]; 3], tolerance: f64) {
    assert_eq!(planes.len(), 3);
    for (plane, expected) in planes.iter().zip(expected) {
        let found = plane.weights.iter().chain([&plane.intercept]);
        for (found, wanted) in found.zip(expected) {
            assert!((found - wanted).abs() < tolerance, "{plane:?} {expected:?}");
        }
    }
}
