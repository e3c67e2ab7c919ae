//! Mean and covariance of every class, of the rows as preprocessed.

use ndarray::Array2;

use crate::estimator::labels::EncodedLabels;
use crate::estimator::samples::Samples;
use crate::native::data::class_scatter::{ClassScatter, class_scatter};
use crate::native::data::pixel_map::PixelMap;

/// The rows of one class in two figures.
pub(crate) struct Moments {
    pub(crate) n_rows: f64,
    pub(crate) mean: Vec<f64>,
    /// Divided by the number of rows.
    pub(crate) covariance: Array2<f64>,
}

/// One for each class.
pub(crate) fn moments(samples: &Samples, classes: &EncodedLabels) -> Vec<Moments> {
    let PixelMap {
        offsets: starts,
        slopes: steps,
    } = PixelMap::of(samples);
    let of_class = |class: ClassScatter| {
        let ClassScatter {
            n_rows,
            sums,
            products: mut covariance,
        } = class;
        for ((i, j), product) in covariance.indexed_iter_mut() {
            // Of bytes both terms are whole numbers below 2⁵³, and their difference is exact.
            let centered = n_rows * *product - sums[i] * sums[j];
            *product = steps[i] * steps[j] * (centered / (n_rows * n_rows));
        }
        let of_pixels = sums.iter().zip(&starts).zip(&steps);
        Moments {
            n_rows,
            mean: of_pixels
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
    use crate::native::data::test_rows::classes;
    use crate::native::data::test_rows::samples;

    #[test]
    fn moments_are_those_of_the_rows() {
        let (floats, samples, classes) = (samples(Layout::F64), samples(Layout::BytesOrF32), classes());
        let rows = floats.f64();
        for (class, found) in moments(&samples, &classes).iter().enumerate() {
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
