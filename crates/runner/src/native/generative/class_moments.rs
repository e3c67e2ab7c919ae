//! Mean and covariance of every class, of the preprocessed rows.

use ndarray::Array2;

use crate::estimator::labels::EncodedLabels;
use crate::estimator::samples::Samples;
use crate::native::data::class_scatter::{ClassScatter, class_scatter};
use crate::native::data::pixel_map::PixelMap;

/// The first two moments of the rows of one class.
pub(crate) struct ClassMoments {
    pub(crate) n_rows: f64,
    pub(crate) mean: Vec<f64>,
    /// `n_features × n_features`, divided by the number of rows.
    pub(crate) covariance: Array2<f64>,
}

/// The moments of each class, in ascending order of labels.
pub(crate) fn class_moments(samples: &Samples, classes: &EncodedLabels) -> Vec<ClassMoments> {
    let PixelMap { offsets, slopes } = PixelMap::of(samples);
    let of_class = |class: ClassScatter| {
        let ClassScatter {
            n_rows,
            sums,
            products: mut covariance,
        } = class;
        for ((i, j), product) in covariance.indexed_iter_mut() {
            // For bytes both terms are whole numbers below 2⁵³, so the difference is exact.
            let centered = n_rows * *product - sums[i] * sums[j];
            *product = slopes[i] * slopes[j] * (centered / (n_rows * n_rows));
        }
        let features = sums.iter().zip(&offsets).zip(&slopes);
        ClassMoments {
            n_rows,
            mean: features
                .map(|((sum, start), step)| start + step * (sum / n_rows))
                .collect(),
            covariance,
        }
    };
    class_scatter(samples, classes)
        .into_iter()
        .map(of_class)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimator::samples::Layout;
    use crate::native::data::test_rows::{classes, samples};

    #[test]
    fn moments_equal_those_of_the_preprocessed_rows() {
        let (floats, samples, classes) = (samples(Layout::F64), samples(Layout::BytesOrF32), classes());
        let rows = floats.f64();
        for (class, found) in class_moments(&samples, &classes).iter().enumerate() {
            let own: Vec<usize> = (0..9).filter(|row| row % 3 == class).collect();
            let mean = |i: usize| own.iter().map(|row| rows[[*row, i]]).sum::<f64>() / 3.0;
            for i in 0..4 {
                assert!((found.mean[i] - mean(i)).abs() < 1e-14);
                for j in 0..4 {
                    let products = own
                        .iter()
                        .map(|row| (rows[[*row, i]] - mean(i)) * (rows[[*row, j]] - mean(j)));
                    let expected = products.sum::<f64>() / 3.0;
                    assert!((found.covariance[[i, j]] - expected).abs() < 1e-14);
                }
            }
        }
    }
}
