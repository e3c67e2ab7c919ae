//! Rows of three classes, on which tests compare solvers with scikit-learn 1.9: nine of bytes, and any number of floats.

use loader::{ImageBuffer, Label, Preprocessing, Transform};
use ndarray::Array2;
use std::sync::Arc;

use crate::estimator::classifier::{Classifier, FitContext};
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

/// Rows of four floats from -2 to 4, by a formula, from row `first` of it on.
pub(crate) fn floats(first: usize, n_rows: usize) -> Array2<f32> {
    let value = |row: usize, feature: usize| (row * 37 + feature * 101 + row * row * (feature + 1) * 13) % 97;
    Array2::from_shape_fn((n_rows, 4), |(row, feature)| {
        value(first + row, feature) as f32 / 16.0 - 2.0
    })
}

/// The class of each row, which its features decide.
pub(crate) fn float_labels(rows: &Array2<f32>) -> Vec<Label> {
    let class = |row: ndarray::ArrayView1<'_, f32>| match (row[0] + row[1] < 1.5, row[2] > 1.0) {
        (true, _) => 0,
        (false, true) => 1,
        (false, false) => 2,
    };
    rows.rows().into_iter().map(|row| Label(class(row))).collect()
}

/// Trains on the first 60 rows of [`floats`] plus `offset` and predicts the next 40: one digit per row.
pub(crate) fn predict_floats(classifier: &dyn Classifier, offset: f32) -> String {
    let (rows, queries) = (floats(0, 60), floats(60, 40));
    let labels = float_labels(&rows);
    let train = Samples::from_f32(rows + offset);
    let model = classifier.fit(&train, &labels, &FitContext::default()).unwrap();
    let predicted = model.predict(&Samples::from_f32(queries + offset)).unwrap();
    predicted.iter().map(|label| label.0.to_string()).collect()
}
