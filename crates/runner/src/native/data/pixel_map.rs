//! What preprocessing makes of a byte, as an offset and a slope per pixel.

use crate::estimator::samples::Samples;

/// What a feature is where 0 is kept for it, and how much more for each 1 more.
pub(crate) struct PixelMap {
    pub(crate) starts: Vec<f64>,
    pub(crate) steps: Vec<f64>,
}

impl PixelMap {
    /// Of bytes what the preprocessing does to them; features of several pixels are kept as they are.
    pub(crate) fn of(samples: &Samples) -> PixelMap {
        let n_features = samples.n_features();
        match samples.as_bytes() {
            Some((_, transform)) => PixelMap {
                starts: (0..n_features).map(|pixel| transform.value(pixel, 0)).collect(),
                steps: transform.steps(),
            },
            None => PixelMap {
                starts: vec![0.0; n_features],
                steps: vec![1.0; n_features],
            },
        }
    }
}
