//! A normal distribution: how likely a row is under it, by the triangle of its covariance.

use ndarray::{Array2, ArrayView2, s};

use crate::native::linalg::cholesky::Cholesky;

/// Rows of the inverse triangle that are multiplied at once: what is right of the diagonal is 0, and not multiplied but for a block.
const BLOCK: usize = 128;

/// Its mean and its covariance, `L Lᵀ`.
pub(crate) struct Gaussian {
    mean: Vec<f64>,
    /// `L⁻¹`.
    inverse: Array2<f64>,
    log_determinant: f64,
}

impl Gaussian {
    /// `None` unless every variance along an axis of the distribution is above `least`.
    pub(crate) fn new(mean: Vec<f64>, covariance: Array2<f64>, least: f64) -> Option<Gaussian> {
        let mut lowered = covariance.clone();
        lowered.diag_mut().iter_mut().for_each(|value| *value -= least);
        Cholesky::of(lowered)?;
        let cholesky = Cholesky::of(covariance)?;
        Some(Gaussian {
            mean,
            inverse: cholesky.inverse_lower(),
            log_determinant: cholesky.log_determinant(),
        })
    }

    /// The logarithm of the density of every row, but for a constant that is the same for all distributions.
    pub(crate) fn log_densities(&self, rows: ArrayView2<'_, f64>) -> Vec<f64> {
        let n_features = self.mean.len();
        let apart = &rows - &ndarray::aview1(&self.mean);
        let mut lengths = vec![0.0; rows.nrows()];
        for start in (0..n_features).step_by(BLOCK) {
            let end = (start + BLOCK).min(n_features);
            let part = apart
                .slice(s![.., ..end])
                .dot(&self.inverse.slice(s![start..end, ..end]).t());
            for (length, row) in lengths.iter_mut().zip(part.rows()) {
                *length += row.dot(&row);
            }
        }
        lengths
            .into_iter()
            .map(|length| -0.5 * (length + self.log_determinant))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array1;
    use ndarray::array;

    use super::*;

    #[test]
    fn densities_are_those_of_the_formula() {
        let covariance = array![[4.0, 2.0], [2.0, 5.0]];
        let gaussian = Gaussian::new(vec![1.0, -1.0], covariance.clone(), 0.1).unwrap();
        let found = gaussian.log_densities(array![[1.0, -1.0], [3.0, 2.0]].view());
        let inverse = array![[5.0, -2.0], [-2.0, 4.0]] / 16.0;
        let apart: Array1<f64> = array![2.0, 3.0];
        let constant = -0.5 * 16.0f64.ln();
        assert!((found[0] - constant).abs() < 1e-12);
        assert!((found[1] - (constant - 0.5 * apart.dot(&inverse.dot(&apart)))).abs() < 1e-12);
        // The smaller eigenvalue is 2.438.
        assert!(Gaussian::new(vec![0.0; 2], covariance.clone(), 2.43).is_some());
        assert!(Gaussian::new(vec![0.0; 2], covariance, 2.44).is_none());
    }

    #[test]
    fn blocks_of_the_triangle_leave_nothing_out() {
        let n = 2 * BLOCK + 5;
        let covariance = Array2::from_shape_fn((n, n), |(i, j)| {
            1.0 / (1.0 + i.abs_diff(j) as f64) + if i == j { 2.0 } else { 0.0 }
        });
        let gaussian = Gaussian::new(vec![0.5; n], covariance.clone(), 0.0).unwrap();
        let row = Array2::from_shape_fn((1, n), |(_, i)| (i * 7 % 5) as f64);
        let mut solved: Vec<f64> = row.iter().map(|value| value - 0.5).collect();
        let apart = solved.clone();
        let cholesky = Cholesky::of(covariance).unwrap();
        cholesky.solve(&mut solved);
        let length: f64 = apart.iter().zip(&solved).map(|(a, b)| a * b).sum();
        let expected = -0.5 * (length + cholesky.log_determinant());
        let found = gaussian.log_densities(row.view())[0];
        assert!(
            (found - expected).abs() < 1e-9 * expected.abs(),
            "{found} {expected}"
        );
    }
}
