//! Rows as f64, one at a time as they are met: of bytes they are preprocessed then, an eighth of the memory that doubles of all rows would
//! take and move; features of several pixels are kept in f32.

use loader::Images;
use ndarray::Array2;

use crate::estimator::samples::Samples;
use crate::native::data::pixel_map::PixelMap;
use crate::native::data::row_source::RowSource;
use crate::native::kernels::vector_ops::VectorOps;

/// The rows and what is done to them.
pub(crate) struct RowReader<'a> {
    kept: Kept<'a>,
    scale: PixelMap,
    kernels: VectorOps,
}

/// What is read.
#[derive(Clone, Copy)]
enum Kept<'a> {
    Bytes(Images<'a>),
    Floats(&'a Array2<f32>),
}

impl<'a> RowReader<'a> {
    pub(crate) fn new(samples: &'a Samples) -> RowReader<'a> {
        RowReader {
            kept: match samples.as_bytes() {
                Some((images, _)) => Kept::Bytes(images),
                None => Kept::Floats(samples.f32()),
            },
            scale: PixelMap::of(samples),
            kernels: VectorOps::detect(),
        }
    }

    pub(crate) fn n_features(&self) -> usize {
        self.scale.steps.len()
    }

    /// Room for a row.
    pub(crate) fn room(&self) -> Vec<f64> {
        vec![0.0; self.n_features()]
    }

    /// Writes a row, preprocessed.
    pub(crate) fn read(&self, row: usize, wide: &mut [f64]) {
        match self.kept {
            Kept::Bytes(images) => {
                self.kernels
                    .map_pixels(wide, images.row(row), &self.scale.starts, &self.scale.steps);
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

impl RowSource for RowReader<'_> {
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

    use loader::ImageBuffer;
    use loader::Preprocessing;
    use loader::Transform;

    use super::*;
    use crate::estimator::samples::Layout;

    #[test]
    fn rows_are_those_of_the_scaler() {
        let pixels: Vec<u8> = (0..60).map(|i: u32| (i * i % 251) as u8).collect();
        for &preprocessing in Preprocessing::EXAMPLES.iter().filter(|one| one.is_of_pixels()) {
            let images = ImageBuffer::new(pixels.clone(), 2, 3);
            let scaler = Arc::new(Transform::fit(preprocessing, images.view()));
            let floats = scaler.to_f64(images.view());
            let samples = Samples::new(images, &scaler, Layout::BytesOrF32);
            let rows = RowReader::new(&samples);
            let mut wide = rows.room();
            for (row, expected) in floats.rows().into_iter().enumerate() {
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
        let scaler = Arc::new(Transform::fit("pca(2)".parse().unwrap(), images.view()));
        let samples = Samples::new(images, &scaler, Layout::BytesOrF32);
        let rows = RowReader::new(&samples);
        let mut wide = rows.room();
        assert_eq!(wide.len(), 2);
        for (row, expected) in samples.f32().rows().into_iter().enumerate() {
            rows.read(row, &mut wide);
            assert!(wide.iter().zip(expected).all(|(a, b)| *a == f64::from(*b)));
        }
    }
}
