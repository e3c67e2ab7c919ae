//! Log density of a multivariate normal distribution, from the Cholesky factor of its covariance.

use ndarray::{Array2, ArrayView2, s};

use crate::native::linalg::cholesky::Cholesky;

/// Rows of the inverse factor that are multiplied at once. The zeros right of the diagonal are skipped, except within a block.
const BLOCK: usize = 128;

/// A normal distribution with covariance `L Lᵀ`.
pub(crate) struct GaussianDensity {
    mean: Vec<f64>,
    /// `L⁻¹`.
    inverse_factor: Array2<f64>,
    log_determinant: f64,
}

impl GaussianDensity {
    /// `None` unless every eigenvalue of the covariance is above `min_variance`.
    pub(crate) fn new(mean: Vec<f64>, covariance: Array2<f64>, min_variance: f64) -> Option<GaussianDensity> {
        let mut lowered = covariance.clone();
        lowered
            .diag_mut()
            .iter_mut()
            .for_each(|value| *value -= min_variance);
        Cholesky::of(lowered)?;
        let cholesky = Cholesky::of(covariance)?;
        Some(GaussianDensity {
            mean,
            inverse_factor: cholesky.inverse_lower(),
            log_determinant: cholesky.log_determinant(),
        })
    }

    /// The log density of every row, without the constant `-n_features/2 · ln 2π`.
    pub(crate) fn log_densities(&self, rows: ArrayView2<'_, f64>) -> Vec<f64> {
        let n_features = self.mean.len();
        let centered = &rows - &ndarray::aview1(&self.mean);
        // Squared Mahalanobis distances: |L⁻¹ (x - mean)|².
        let mut squared_distances = vec![0.0; rows.nrows()];
        for start in (0..n_features).step_by(BLOCK) {
            let end = (start + BLOCK).min(n_features);
            let whitened = centered
                .slice(s![.., ..end])
                .dot(&self.inverse_factor.slice(s![start..end, ..end]).t());
            for (squared_distance, row) in squared_distances.iter_mut().zip(whitened.rows()) {
                *squared_distance += row.dot(&row);
            }
        }
        squared_distances
            .into_iter()
            .map(|squared_distance| -0.5 * (squared_distance + self.log_determinant))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, array};

    use super::*;

    #[test]
    fn densities_are_those_of_the_formula() {
        let covariance = array![[4.0, 2.0], [2.0, 5.0]];
        let gaussian = GaussianDensity::new(vec![1.0, -1.0], covariance.clone(), 0.1).unwrap();
        let found = gaussian.log_densities(array![[1.0, -1.0], [3.0, 2.0]].view());
        let inverse = array![[5.0, -2.0], [-2.0, 4.0]] / 16.0;
        let centered: Array1<f64> = array![2.0, 3.0];
        let constant = -0.5 * 16.0f64.ln();
        assert!((found[0] - constant).abs() < 1e-12);
        assert!((found[1] - (constant - 0.5 * centered.dot(&inverse.dot(&centered)))).abs() < 1e-12);
        // The smaller eigenvalue is 2.438.
        assert!(GaussianDensity::new(vec![0.0; 2], covariance.clone(), 2.43).is_some());
        assert!(GaussianDensity::new(vec![0.0; 2], covariance, 2.44).is_none());
    }

    #[test]
    fn blocks_of_the_factor_cover_all_of_it() {
        let n = 2 * BLOCK + 5;
        let covariance = Array2::from_shape_fn((n, n), |(i, j)| {
            1.0 / (1.0 + i.abs_diff(j) as f64) + if i == j { 2.0 } else { 0.0 }
        });
        let gaussian = GaussianDensity::new(vec![0.5; n], covariance.clone(), 0.0).unwrap();
        let row = Array2::from_shape_fn((1, n), |(_, i)| (i * 7 % 5) as f64);
        let mut solved: Vec<f64> = row.iter().map(|value| value - 0.5).collect();
        let centered = solved.clone();
        let cholesky = Cholesky::of(covariance).unwrap();
        cholesky.solve(&mut solved);
        let squared_distance: f64 = centered.iter().zip(&solved).map(|(a, b)| a * b).sum();
        let expected = -0.5 * (squared_distance + cholesky.log_determinant());
        let found = gaussian.log_densities(row.view())[0];
        assert!(
            (found - expected).abs() < 1e-9 * expected.abs(),
            "{found} {expected}"
        );
    }
}
