//! Mean and covariance of every class, of the rows as preprocessed.

use ndarray::Array2;

use crate::classifiers::Samples;
use crate::classifiers::class_index::ClassIndex;
use crate::classifiers::native_linear::class_scatter::{ClassScatter, class_scatter};
use crate::classifiers::native_linear::wide_rows::Scale;

/// The rows of one class in two figures.
pub(in crate::classifiers) struct Moments {
    pub(in crate::classifiers) n_rows: f64,
    pub(in crate::classifiers) mean: Vec<f64>,
    /// Divided by the number of rows.
    pub(in crate::classifiers) covariance: Array2<f64>,
}

/// One for each class.
pub(in crate::classifiers) fn moments(samples: &Samples, classes: &ClassIndex) -> Vec<Moments> {
    let Scale { starts, steps } = Scale::of(samples);
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
    use super::super::super::native_linear::examples::{classes, samples};
    use super::*;

    #[test]
    fn moments_are_those_of_the_rows() {
        let (samples, classes) = (samples(), classes());
        let rows = samples.f64();
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
