//! ZCA whitening: rotates patches to their principal axes, scales each axis to variance 1, and rotates them back.

use linfa_linalg::eigh::EighInto;
use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, ArrayViewMut2, Axis};

use super::extraction::Extraction;
use crate::data::Images;

/// Patches per block.
const BLOCK: usize = 1024;

/// The whitening of normalized patches: subtract the mean, then multiply with the matrix.
#[derive(Clone, Debug)]
pub(super) struct Whitening {
    /// Mean of each pixel of a patch.
    mean: Array1<f32>,
    /// Symmetric, one row and column per pixel.
    matrix: Array2<f32>,
}

impl Whitening {
    /// Estimates mean and covariance from the chosen patches; sums are in `f64`.
    ///
    /// The regulariser is added to each eigenvalue of the covariance, so that directions of no variance stay small.
    #[expect(clippy::cast_precision_loss, reason = "numbers of patches are small")]
    pub(super) fn fit(
        images: Images<'_>,
        extraction: &Extraction,
        chosen: &[usize],
        regulariser: f64,
    ) -> Whitening {
        let n_pixels = extraction.n_pixels();
        let mut mean = Array1::<f64>::zeros(n_pixels);
        let mut covariance = Array2::<f64>::zeros((n_pixels, n_pixels));
        for block in chosen.chunks(BLOCK) {
            let patches = extraction.gather(images, block).mapv(f64::from);
            general_mat_mul(1.0, &patches, &patches.t(), 1.0, &mut covariance);
            mean += &patches.sum_axis(Axis(1));
        }
        let n_patches = chosen.len() as f64;
        mean /= n_patches;
        for ((i, j), product) in covariance.indexed_iter_mut() {
            *product = *product / n_patches - mean[i] * mean[j];
        }
        let (variances, axes) = covariance.eigh_into().expect("a square matrix of finite numbers");
        let scaled = &axes * &variances.mapv(|variance| (variance.max(0.0) + regulariser).sqrt().recip());
        Whitening {
            mean: mean.mapv(|value| value as f32),
            matrix: scaled.dot(&axes.t()).mapv(|value| value as f32),
        }
    }

    /// The matrix: one row and column per pixel, symmetric.
    pub(super) fn matrix(&self) -> &Array2<f32> {
        &self.matrix
    }

    /// One patch, whitened in `f64`.
    #[cfg(test)]
    pub(super) fn one(&self, patch: &[f64]) -> Vec<f64> {
        let centred: Array1<f64> = patch
            .iter()
            .zip(&self.mean)
            .map(|(value, mean)| value - f64::from(*mean))
            .collect();
        self.matrix.mapv(f64::from).dot(&centred).to_vec()
    }

    /// Subtracts the mean of each pixel from patches that have one row per pixel.
    pub(super) fn centre(&self, mut patches: ArrayViewMut2<'_, f32>) {
        for (mut values, mean) in patches.rows_mut().into_iter().zip(&self.mean) {
            values -= *mean;
        }
    }

    /// The chosen patches, whitened: one row per patch, one column per pixel.
    pub(super) fn whitened(
        &self,
        images: Images<'_>,
        extraction: &Extraction,
        chosen: &[usize],
    ) -> Array2<f32> {
        let mut whitened = Array2::zeros((chosen.len(), extraction.n_pixels()));
        for (block, mut rows) in chosen
            .chunks(BLOCK)
            .zip(whitened.axis_chunks_iter_mut(Axis(0), BLOCK))
        {
            let mut patches = extraction.gather(images, block);
            self.centre(patches.view_mut());
            general_mat_mul(1.0, &patches.t(), &self.matrix, 0.0, &mut rows);
        }
        whitened
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preprocessing::patches::settings::Patches;
    use crate::preprocessing::patches::test_images::{HEIGHT, WIDTH, pixels};

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "few patches")]
    fn whitened_patches_have_mean_0_and_the_identity_as_covariance() {
        let pixels = pixels(100);
        let images = Images::new(&pixels, HEIGHT, WIDTH);
        let patches = Patches {
            size: 3,
            ..Patches::DEFAULT
        };
        let extraction = Extraction::new(patches, HEIGHT, WIDTH);
        let all: Vec<usize> = (0..100 * 8 * 7).collect();
        let whitening = Whitening::fit(images, &extraction, &all, 1e-6);
        let whitened = whitening.whitened(images, &extraction, &all).mapv(f64::from);
        let n_patches = whitened.nrows() as f64;
        assert!(
            (whitened.sum_axis(Axis(0)) / n_patches)
                .iter()
                .all(|mean| mean.abs() < 1e-4)
        );
        // The mean of a patch is 0, so that one of the nine directions has no variance.
        let constant = Array2::<f64>::ones((9, 9)) / 9.0;
        let expected = Array2::<f64>::eye(9) - constant;
        let covariance = whitened.t().dot(&whitened) / n_patches;
        for (found, expected) in covariance.iter().zip(&expected) {
            assert!((found - expected).abs() < 1e-3, "{found} {expected}");
        }
    }
}
