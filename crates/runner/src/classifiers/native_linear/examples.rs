//! Nine rows of three classes, and what scikit-learn 1.9 makes of them, for the tests of the linear solvers.

use std::sync::Arc;

use loader::{ImageBuffer, Label, Preprocessing, Scaler};

use super::Plane;
use crate::classifiers::Samples;
use crate::classifiers::class_index::ClassIndex;

const PIXELS: [[u8; 4]; 9] = [
    [0, 255, 51, 102],
    [204, 0, 153, 51],
    [51, 51, 255, 0],
    [0, 204, 0, 153],
    [255, 51, 102, 102],
    [102, 0, 204, 51],
    [153, 153, 51, 255],
    [204, 102, 0, 0],
    [51, 0, 153, 204],
];

/// The rows, on unit pixels.
pub(in crate::classifiers) fn samples() -> Samples {
    first(PIXELS.len())
}

/// The first of the rows.
pub(in crate::classifiers) fn first(n_rows: usize) -> Samples {
    let images = ImageBuffer::new(PIXELS[..n_rows].as_flattened().to_vec(), 2, 2);
    let scaler = Arc::new(Scaler::fit(Preprocessing::UNIT, images.view()));
    Samples::new(images, scaler)
}

/// Their classes.
pub(in crate::classifiers) fn classes() -> ClassIndex {
    ClassIndex::new(&[0, 1, 2, 0, 1, 2, 0, 1, 2].map(Label))
}

/// Checks planes: weights and then the intercept.
pub(in crate::classifiers) fn check(planes: &[Plane], expected: [[f64; 5]; 3], tolerance: f64) {
    assert_eq!(planes.len(), 3);
    for (plane, expected) in planes.iter().zip(expected) {
        let found = plane.weights.iter().chain([&plane.intercept]);
        for (found, wanted) in found.zip(expected) {
            assert!((found - wanted).abs() < tolerance, "{plane:?} {expected:?}");
        }
    }
}
