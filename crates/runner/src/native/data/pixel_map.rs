//! The preprocessing of a byte as one linear function per pixel: `offset + slope · byte`.

use crate::estimator::samples::Samples;

/// One linear function per feature: a stored value `v` stands for `offsets[i] + slopes[i] · v`.
pub(crate) struct PixelMap {
    /// The feature for a stored value of 0.
    pub(crate) offsets: Vec<f64>,
    /// The change of the feature per unit of the stored value.
    pub(crate) slopes: Vec<f64>,
}

impl PixelMap {
    /// The map of these samples: their preprocessing for bytes, the identity for rows that are stored as floats.
    pub(crate) fn of(samples: &Samples) -> PixelMap {
        let n_features = samples.n_features();
        match samples.as_bytes() {
            Some((_, transform)) => PixelMap {
                offsets: (0..n_features).map(|pixel| transform.value(pixel, 0)).collect(),
                slopes: transform.steps(),
            },
            None => PixelMap {
                offsets: vec![0.0; n_features],
                slopes: vec![1.0; n_features],
            },
        }
    }
}
