//! Rows of bytes, preprocessed to f64 one at a time as they are met: an eighth of the memory that floats of all rows would take and move.

use loader::Images;

use crate::classifiers::Samples;
use crate::kernels::linear_steps::LinearSteps;

/// The rows and what is done to their bytes.
pub(in crate::classifiers) struct WideRows<'a> {
    images: Images<'a>,
    /// What each pixel is where its byte is 0.
    starts: Vec<f64>,
    /// How much more it is for each byte more.
    steps: Vec<f64>,
    kernels: LinearSteps,
}

impl<'a> WideRows<'a> {
    pub(in crate::classifiers) fn new(samples: &'a Samples) -> WideRows<'a> {
        let images = samples.bytes();
        let n_features = images.n_features();
        WideRows {
            images,
            starts: (0..n_features)
                .map(|pixel| samples.scaler().value(pixel, 0))
                .collect(),
            steps: samples.scaler().steps(n_features),
            kernels: LinearSteps::here(),
        }
    }

    pub(in crate::classifiers) fn n_features(&self) -> usize {
        self.images.n_features()
    }

    /// Room for a row.
    pub(in crate::classifiers) fn room(&self) -> Vec<f64> {
        vec![0.0; self.n_features()]
    }

    /// Writes a row, preprocessed.
    pub(in crate::classifiers) fn read(&self, row: usize, wide: &mut [f64]) {
        self.kernels
            .widen(wide, self.images.row(row), &self.starts, &self.steps);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use loader::{ImageBuffer, Preprocessing, Scaler};

    use super::*;

    #[test]
    fn rows_are_those_of_the_scaler() {
        let pixels: Vec<u8> = (0..60).map(|i: u32| (i * i % 251) as u8).collect();
        for &preprocessing in Preprocessing::ALL {
            let images = ImageBuffer::new(pixels.clone(), 2, 3);
            let scaler = Arc::new(Scaler::fit(preprocessing, images.view()));
            let samples = Samples::new(images, scaler);
            let rows = WideRows::new(&samples);
            let mut wide = rows.room();
            for (row, expected) in samples.f64().rows().into_iter().enumerate() {
                rows.read(row, &mut wide);
                assert!(
                    wide.iter()
                        .zip(expected)
                        .all(|(a, b)| (a - b).abs() < 1e-12 * (1.0 + b.abs()))
                );
            }
        }
    }
}
