//! Rows as f64, one at a time as they are met: of bytes they are preprocessed then, an eighth of the memory that doubles of all rows would
//! take and move; features of several pixels are kept in f32.

use loader::Images;
use ndarray::Array2;

use crate::classifiers::Samples;
use crate::classifiers::native_hinge::ReadRows;
use crate::kernels::linear_steps::LinearSteps;

/// The rows and what is done to them.
pub(in crate::classifiers) struct WideRows<'a> {
    kept: Kept<'a>,
    scale: Scale,
    kernels: LinearSteps,
}

/// What is read.
#[derive(Clone, Copy)]
enum Kept<'a> {
    Bytes(Images<'a>),
    Floats(&'a Array2<f32>),
}

/// What a feature is where 0 is kept for it, and how much more for each 1 more.
pub(in crate::classifiers) struct Scale {
    pub(in crate::classifiers) starts: Vec<f64>,
    pub(in crate::classifiers) steps: Vec<f64>,
}

impl Scale {
    /// Of bytes what the preprocessing does to them; features of several pixels are kept as they are.
    pub(in crate::classifiers) fn of(samples: &Samples) -> Scale {
        let (scaler, n_features) = (samples.scaler(), samples.n_features());
        if scaler.is_of_pixels() {
            Scale {
                starts: (0..n_features).map(|pixel| scaler.value(pixel, 0)).collect(),
                steps: scaler.steps(),
            }
        } else {
            Scale {
                starts: vec![0.0; n_features],
                steps: vec![1.0; n_features],
            }
        }
    }
}

impl<'a> WideRows<'a> {
    pub(in crate::classifiers) fn new(samples: &'a Samples) -> WideRows<'a> {
        WideRows {
            kept: if samples.scaler().is_of_pixels() {
                Kept::Bytes(samples.bytes())
            } else {
                Kept::Floats(samples.f32())
            },
            scale: Scale::of(samples),
            kernels: LinearSteps::here(),
        }
    }

    pub(in crate::classifiers) fn n_features(&self) -> usize {
        self.scale.steps.len()
    }

    /// Room for a row.
    pub(in crate::classifiers) fn room(&self) -> Vec<f64> {
        vec![0.0; self.n_features()]
    }

    /// Writes a row, preprocessed.
    pub(in crate::classifiers) fn read(&self, row: usize, wide: &mut [f64]) {
        match self.kept {
            Kept::Bytes(images) => {
                self.kernels
                    .widen(wide, images.row(row), &self.scale.starts, &self.scale.steps);
            }
            Kept::Floats(rows) => {
                let values = rows.row(row);
                wide.iter_mut()
                    .zip(&values)
                    .for_each(|(wide, value)| *wide = f64::from(*value));
            }
        }
    }
}

impl ReadRows for WideRows<'_> {
    fn n_features(&self) -> usize {
        self.n_features()
    }

    fn read(&self, row: usize, wide: &mut [f64]) {
        self.read(row, wide);
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
        for &preprocessing in Preprocessing::EXAMPLES.iter().filter(|one| one.is_of_pixels()) {
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

    #[test]
    fn features_of_several_pixels_are_read_as_they_are_kept() {
        let pixels: Vec<u8> = (0..60).map(|i: u32| (i * i % 251) as u8).collect();
        let images = ImageBuffer::new(pixels, 2, 3);
        let scaler = Arc::new(Scaler::fit("pca(2)".parse().unwrap(), images.view()));
        let samples = Samples::new(images, scaler);
        let rows = WideRows::new(&samples);
        let mut wide = rows.room();
        assert_eq!(wide.len(), 2);
        for (row, expected) in samples.f32().rows().into_iter().enumerate() {
            rows.read(row, &mut wide);
            assert!(wide.iter().zip(expected).all(|(a, b)| *a == f64::from(*b)));
        }
    }
}
