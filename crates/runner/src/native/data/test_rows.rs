//! Nine rows of three classes, and what scikit-learn 1.9 makes of them, for the tests of the linear solvers.

use loader::{ImageBuffer, Label, Preprocessing, Transform};
use std::sync::Arc;

use crate::estimator::labels::EncodedLabels;
use crate::estimator::samples::{Layout, Samples};

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
pub(crate) fn samples(layout: Layout) -> Samples {
    first(PIXELS.len(), layout)
}

/// The first of the rows.
pub(crate) fn first(n_rows: usize, layout: Layout) -> Samples {
    let images = ImageBuffer::new(PIXELS[..n_rows].as_flattened().to_vec(), 2, 2);
    let scaler = Arc::new(Transform::fit(Preprocessing::UNIT, images.view()));
    Samples::new(images, &scaler, layout)
}

/// Their classes.
pub(crate) fn classes() -> EncodedLabels {
    EncodedLabels::new(&[0, 1, 2, 0, 1, 2, 0, 1, 2].map(Label))
}
