//! Nine rows of three classes, on which tests compare linear solvers with scikit-learn 1.9.

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

/// All rows, with pixels from 0 to 1.
pub(crate) fn samples(layout: Layout) -> Samples {
    first(PIXELS.len(), layout)
}

/// The first `n_rows` rows.
pub(crate) fn first(n_rows: usize, layout: Layout) -> Samples {
    let images = ImageBuffer::new(PIXELS[..n_rows].as_flattened().to_vec(), 2, 2);
    let transform = Arc::new(Transform::fit(Preprocessing::UNIT, images.view()));
    Samples::new(images, &transform, layout)
}

/// Their labels.
pub(crate) fn labels() -> [Label; 9] {
    [0, 1, 2, 0, 1, 2, 0, 1, 2].map(Label)
}

/// Their labels, encoded.
pub(crate) fn classes() -> EncodedLabels {
    EncodedLabels::new(&labels())
}
