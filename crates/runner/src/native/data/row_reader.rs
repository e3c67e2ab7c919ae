//! Reads rows as `f64`, one at a time.
//!
//! Rows stored as bytes are preprocessed when they are read. That takes an eighth of the memory of an `f64` copy of all rows, and of the
//! memory traffic. Features made of several pixels are stored as `f32` and only converted.

use loader::Images;
use ndarray::Array2;

use crate::estimator::samples::Samples;
use crate::native::data::pixel_map::PixelMap;
use crate::native::data::row_source::RowSource;
use crate::native::kernels::vector_ops::VectorOps;

/// Stored rows and the preprocessing that is applied when they are read.
pub(crate) struct RowReader<'a> {
    source: Source<'a>,
    pixel_map: PixelMap,
    ops: VectorOps,
}

/// How the rows are stored.
#[derive(Clone, Copy)]
enum Source<'a> {
    Bytes(Images<'a>),
    Floats(&'a Array2<f32>),
}

impl<'a> RowReader<'a> {
    /// Reads the rows of these samples.
    ///
    /// # Panics
    /// If their layout is neither bytes nor `f32`.
    pub(crate) fn new(samples: &'a Samples) -> RowReader<'a> {
        RowReader {
            source: match samples.as_bytes() {
                Some((images, _)) => Source::Bytes(images),
                None => Source::Floats(samples.f32()),
            },
            pixel_map: PixelMap::of(samples),
            ops: VectorOps::detect(),
        }
    }

    /// Number of features of a row.
    pub(crate) fn n_features(&self) -> usize {
        self.pixel_map.slopes.len()
    }

    /// A buffer for one row.
    pub(crate) fn buffer(&self) -> Vec<f64> {
        vec![0.0; self.n_features()]
    }

    /// Writes the values of row `row` as they are stored into `row_f64`: bytes, or features that are stored as floats.
    pub(crate) fn read_stored(&self, row: usize, row_f64: &mut [f64]) {
        match self.source {
            Source::Bytes(images) => {
                let stored = row_f64.iter_mut().zip(images.row(row));
                stored.for_each(|(row_f64, byte)| *row_f64 = f64::from(*byte));
            }
            // The preprocessing of floats is done.
            Source::Floats(_) => self.read(row, row_f64),
        }
    }

    /// Writes the preprocessed features of row `row` into `row_f64`.
    pub(crate) fn read(&self, row: usize, row_f64: &mut [f64]) {
        match self.source {
            Source::Bytes(images) => {
                self.ops.map_pixels(
                    row_f64,
                    images.row(row),
                    &self.pixel_map.offsets,
                    &self.pixel_map.slopes,
                );
            }
            Source::Floats(rows) => {
                let values = rows.row(row);
                row_f64
                    .iter_mut()
                    .zip(&values)
                    .for_each(|(row_f64, value)| *row_f64 = f64::from(*value));
            }
        }
    }
}

impl RowSource for RowReader<'_> {
    fn n_features(&self) -> usize {
        self.n_features()
    }

    fn read(&self, row: usize, row_f64: &mut [f64]) {
        self.read(row, row_f64);
    }

    /// Of bytes without their preprocessing, which is part of the weights instead: `Σ w · (offset + slope · byte)`.
    fn products(&self, n_rows: usize, weights: &[f64]) -> Vec<f64> {
        let PixelMap { offsets, slopes } = &self.pixel_map;
        let constant = self.ops.dot(weights, offsets);
        let of_bytes: Vec<f64> = weights
            .iter()
            .zip(slopes)
            .map(|(weight, slope)| weight * slope)
            .collect();
        let mut row_f64 = self.buffer();
        let product = |row| match self.source {
            Source::Bytes(images) => constant + self.ops.dot_bytes(&of_bytes, images.row(row)),
            Source::Floats(_) => {
                self.read(row, &mut row_f64);
                self.ops.dot(weights, &row_f64)
            }
        };
        (0..n_rows).map(product).collect()
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
    fn rows_are_those_of_the_transform() {
        let pixels: Vec<u8> = (0..60).map(|i: u32| (i * i % 251) as u8).collect();
        for &preprocessing in Preprocessing::EXAMPLES.iter().filter(|one| one.is_of_pixels()) {
            let images = ImageBuffer::new(pixels.clone(), 2, 3);
            let transform = Arc::new(Transform::fit(preprocessing, images.view()));
            let floats = transform.to_f64(images.view());
            let samples = Samples::new(images, &transform, Layout::BytesOrF32);
            let rows = RowReader::new(&samples);
            let mut row_f64 = rows.buffer();
            for (row, expected) in floats.rows().into_iter().enumerate() {
                rows.read(row, &mut row_f64);
                assert!(
                    row_f64
                        .iter()
                        .zip(expected)
                        .all(|(a, b)| (a - b).abs() < 1e-12 * (1.0 + b.abs()))
                );
                rows.read_stored(row, &mut row_f64);
                let bytes = &pixels[row * 6..][..6];
                assert!(row_f64.iter().zip(bytes).all(|(a, b)| *a == f64::from(*b)));
            }
            let weights = [3.0, -1.0, 0.5, 2.0, 0.0, -0.25];
            for (product, row) in rows.products(10, &weights).into_iter().zip(floats.rows()) {
                let expected: f64 = row
                    .iter()
                    .zip(weights)
                    .map(|(value, weight)| value * weight)
                    .sum();
                assert!(
                    (product - expected).abs() < 1e-12 * (1.0 + expected.abs()),
                    "{product} {expected}"
                );
            }
        }
    }

    #[test]
    fn features_of_several_pixels_are_read_as_they_are_stored() {
        let pixels: Vec<u8> = (0..60).map(|i: u32| (i * i % 251) as u8).collect();
        let images = ImageBuffer::new(pixels, 2, 3);
        let transform = Arc::new(Transform::fit("pca(2)".parse().unwrap(), images.view()));
        let samples = Samples::new(images, &transform, Layout::BytesOrF32);
        let rows = RowReader::new(&samples);
        let mut row_f64 = rows.buffer();
        assert_eq!(row_f64.len(), 2);
        for (row, expected) in samples.f32().rows().into_iter().enumerate() {
            rows.read(row, &mut row_f64);
            assert!(row_f64.iter().zip(expected).all(|(a, b)| *a == f64::from(*b)));
        }
    }
}
