//! Patches of images, normalized to mean 0 and a standard deviation of about 1.

use std::ops::Range;

use ndarray::Array2;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::random::below;
use super::settings::Patches;
use crate::data::Images;

/// Patches that are normalized together: their statistics stay in registers and the first-level cache.
const LANES: usize = 64;

/// Copies and normalizes patches of images of one size.
///
/// Patches come pixel by pixel: the first pixel of every patch, then the second pixel of every patch. This order suits both
/// the normalization and a matrix product.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extraction {
    size: usize,
    width: usize,
    positions: [usize; 2],
    contrast: f32,
}

impl Extraction {
    pub(super) fn new(patches: Patches, height: usize, width: usize) -> Extraction {
        Extraction {
            size: patches.size,
            width,
            positions: patches.positions(height, width),
            contrast: patches.contrast.get() as f32,
        }
    }

    /// Positions of a patch down and across an image.
    pub(super) fn positions(&self) -> [usize; 2] {
        self.positions
    }

    /// Pixels of a patch.
    pub(super) fn n_pixels(&self) -> usize {
        self.size * self.size
    }

    /// The patches at some positions of an image; positions count from left to right and from top to bottom.
    pub(super) fn patches_at(&self, image: &[u8], positions: Range<usize>, patches: &mut [f32]) {
        let across = self.positions[1];
        let n_patches = positions.len();
        assert_eq!(patches.len(), self.n_pixels() * n_patches);
        for (pixel, mut values) in patches.chunks_exact_mut(n_patches).enumerate() {
            let mut position = positions.start;
            while !values.is_empty() {
                let (row, column) = (position / across, position % across);
                let (of_row, rest) = values.split_at_mut((across - column).min(values.len()));
                let start = (row + pixel / self.size) * self.width + column + pixel % self.size;
                let bytes = &image[start..start + of_row.len()];
                (of_row.iter_mut().zip(bytes)).for_each(|(value, byte)| *value = f32::from(*byte));
                position += of_row.len();
                values = rest;
            }
        }
        self.normalize(patches, n_patches);
    }

    /// Chooses `n` different patches of the images, in order: one from each of `n` parts of equal length.
    pub(super) fn sample(&self, images: Images<'_>, n: usize, random: &mut Xoshiro256PlusPlus) -> Vec<usize> {
        let n_all = images.n_rows() * self.positions[0] * self.positions[1];
        let n = n.min(n_all);
        let start = |part: usize| (part as u128 * n_all as u128 / n as u128) as usize;
        let one_of = |part: usize| start(part) + below(start(part + 1) - start(part), random);
        (0..n).map(one_of).collect()
    }

    /// The patches that [`Extraction::sample`] has chosen: one row per pixel, one column per patch.
    pub(super) fn gather(&self, images: Images<'_>, chosen: &[usize]) -> Array2<f32> {
        let [down, across] = self.positions;
        let mut patches = Array2::zeros((self.n_pixels(), chosen.len()));
        for (&index, mut patch) in chosen.iter().zip(patches.columns_mut()) {
            let (image, position) = (images.row(index / (down * across)), index % (down * across));
            let corner = position / across * self.width + position % across;
            for (pixel, value) in patch.iter_mut().enumerate() {
                *value = f32::from(image[corner + pixel / self.size * self.width + pixel % self.size]);
            }
        }
        let values = patches.as_slice_mut().expect("a new array is contiguous");
        self.normalize(values, chosen.len());
        patches
    }

    /// Subtracts the mean of each patch and divides by the root of its variance plus the constant.
    #[expect(clippy::cast_precision_loss, reason = "pixels of a patch")]
    fn normalize(&self, patches: &mut [f32], n_patches: usize) {
        let n_pixels = self.n_pixels() as f32;
        for start in (0..n_patches).step_by(LANES) {
            let group = start..(start + LANES).min(n_patches);
            let (mut mean, mut scale) = ([0.0_f32; LANES], [0.0_f32; LANES]);
            for values in patches.chunks_exact(n_patches) {
                let values = mean.iter_mut().zip(&values[group.clone()]);
                values.for_each(|(sum, value)| *sum += value);
            }
            mean.iter_mut().for_each(|sum| *sum /= n_pixels);
            for values in patches.chunks_exact(n_patches) {
                for ((square, mean), value) in scale.iter_mut().zip(&mean).zip(&values[group.clone()]) {
                    *square += (value - mean) * (value - mean);
                }
            }
            let divisor = |square: f32| (square / n_pixels + self.contrast).sqrt();
            scale
                .iter_mut()
                .for_each(|square| *square = divisor(*square).recip());
            for values in patches.chunks_exact_mut(n_patches) {
                for ((value, mean), scale) in values[group.clone()].iter_mut().zip(&mean).zip(&scale) {
                    *value = (*value - mean) * scale;
                }
            }
        }
    }
}
