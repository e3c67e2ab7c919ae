//! Principal component analysis: the two directions of largest variance.
//!
//! # Reference
//! Jolliffe (2002), Principal Component Analysis.

use loader::{ImageBuffer, Preprocessing, Transform};

use super::layout::Layout2d;
use super::method::Method;

pub(super) const METHOD: Method = Method {
    name: "pca",
    about: "principal components, linear",
    min_rows: 2,
    embed: |images, _| embed(images),
};

/// The first two principal components of the images; the second is 0 for images of one pixel.
pub(super) fn embed(images: &ImageBuffer) -> Layout2d {
    let view = images.view();
    let n_components = view.n_features().min(view.n_rows()).min(2);
    let preprocessing: Preprocessing = format!("pca({n_components})")
        .parse()
        .expect("a preprocessing of the registry");
    let (_, values) = Transform::fit_to_f32(preprocessing, view);
    let second = |row: &[f32]| if n_components > 1 { row[1] } else { 0.0 };
    let values: Vec<f32> = values.iter().copied().collect();
    Layout2d(
        values
            .chunks(n_components)
            .map(|row| [row[0], second(row)])
            .collect(),
    )
}
