//! The Laplace approximation of one binary problem: Newton iterations to the mode of the posterior.

use ndarray::{Array2, ArrayViewMut2, Axis, aview_mut1};
use rayon::prelude::*;

use crate::estimator::error::FitError;
use crate::native::gaussian_process::covariance::{
    Covariance, multiply, newton_matrix, not_positive_definite,
};
use crate::native::gaussian_process::logistic_normal::logistic;
use crate::native::linalg::blocked_cholesky::BlockedCholesky;

/// Newton's method stops when the approximate log marginal likelihood rises by less than this.
const MIN_LIKELIHOOD_GAIN: f64 = 1e-10;

/// The posterior mode in the form that predictions need. Both lists have one value per training row.
#[derive(Clone, Debug)]
pub(crate) struct PosteriorMode {
    /// The target, 1 or 0, minus its probability.
    pub(crate) residuals: Vec<f64>,
    /// Square roots of the Hessian weights: the second derivative of the negative log likelihood by the latent value.
    pub(crate) sqrt_hessian_weights: Vec<f64>,
    /// Whether the likelihood stopped rising within the allowed iterations.
    pub(crate) has_converged: bool,
}

/// Newton's method on the rows of one component.
struct ComponentState {
    is_positive: Vec<bool>,
    latent: Vec<f64>,
    residuals: Vec<f64>,
    sqrt_hessian_weights: Vec<f64>,
}

/// Finds the mode in at most `max_iter` iterations. As in scikit-learn, residuals and Hessian weights are those before the last
/// iteration.
///
/// # Errors
/// [`FitError::Numerical`] if the covariance is not positive definite after rounding.
pub(crate) fn find_mode(
    covariance: &Covariance,
    is_positive: &[bool],
    max_iter: usize,
) -> Result<PosteriorMode, FitError> {
    let state = |component: &Vec<usize>| ComponentState {
        is_positive: component.iter().map(|&row| is_positive[row]).collect(),
        latent: vec![0.0; component.len()],
        residuals: vec![0.0; component.len()],
        sqrt_hessian_weights: vec![0.0; component.len()],
    };
    let mut states: Vec<ComponentState> = covariance.components.iter().map(state).collect();
    let mut last_likelihood = f64::NEG_INFINITY;
    let mut has_converged = false;
    for _ in 0..max_iter {
        let likelihoods: Option<Vec<f64>> = (states.par_iter_mut().zip(&covariance.blocks))
            .map(|(state, block)| state.newton_step(block))
            .collect();
        let likelihood: f64 = likelihoods.ok_or_else(not_positive_definite)?.iter().sum();
        if likelihood - last_likelihood < MIN_LIKELIHOOD_GAIN {
            has_converged = true;
            break;
        }
        last_likelihood = likelihood;
    }
    let mut mode = PosteriorMode {
        residuals: vec![0.0; is_positive.len()],
        sqrt_hessian_weights: vec![0.0; is_positive.len()],
        has_converged,
    };
    for (component, state) in covariance.components.iter().zip(&states) {
        for (i, &row) in component.iter().enumerate() {
            mode.residuals[row] = state.residuals[i];
            mode.sqrt_hessian_weights[row] = state.sqrt_hessian_weights[i];
        }
    }
    Ok(mode)
}

impl ComponentState {
    /// One iteration of algorithm 3.1, lines 4 to 10. Returns the component's part of the log marginal likelihood, or `None` if
    /// the covariance is not positive definite.
    fn newton_step(&mut self, block: &Array2<f64>) -> Option<f64> {
        for (i, &latent) in self.latent.iter().enumerate() {
            let probability = logistic(latent);
            self.residuals[i] = f64::from(u8::from(self.is_positive[i])) - probability;
            self.sqrt_hessian_weights[i] = (probability * (1.0 - probability)).sqrt();
        }
        if self.latent.len() == 1 {
            return Some(self.newton_step_of_single_row());
        }
        let roots = &self.sqrt_hessian_weights;
        let factor = BlockedCholesky::of(newton_matrix(block, roots))?;
        // `b = W f + residuals`, then `a = b - S B⁻¹ S K b` and `f = K a`.
        let right_side: Vec<f64> = (roots.iter().zip(&self.residuals).zip(&self.latent))
            .map(|((root, residual), latent)| root * root * latent + residual)
            .collect();
        let mut solved = multiply(block, &right_side);
        (solved.iter_mut().zip(roots)).for_each(|(value, root)| *value *= root);
        factor.solve(as_column(&mut solved));
        let weights: Vec<f64> = (right_side.iter().zip(&solved).zip(roots))
            .map(|((right, solved), root)| right - root * solved)
            .collect();
        self.latent = multiply(block, &weights);
        let rows = weights.iter().zip(&self.latent).zip(&self.is_positive);
        let sum: f64 = rows
            .map(|((weight, latent), is_positive)| log_posterior(*weight, *latent, *is_positive))
            .sum();
        Some(sum - factor.half_log_determinant())
    }

    /// [`ComponentState::newton_step`] for a component of one row, whose covariance is 1. At a short length scale most
    /// components have one row.
    fn newton_step_of_single_row(&mut self) -> f64 {
        let hessian_weight = self.sqrt_hessian_weights[0] * self.sqrt_hessian_weights[0];
        let weight = (hessian_weight * self.latent[0] + self.residuals[0]) / (1.0 + hessian_weight);
        self.latent[0] = weight;
        log_posterior(weight, weight, self.is_positive[0]) - 0.5 * hessian_weight.ln_1p()
    }
}

/// One row's log likelihood plus its part of the log prior, `-½ a f`.
fn log_posterior(weight: f64, latent: f64, is_positive: bool) -> f64 {
    let margin = if is_positive { latent } else { -latent };
    -0.5 * weight * latent - (-margin).exp().ln_1p()
}

fn as_column(values: &mut [f64]) -> ArrayViewMut2<'_, f64> {
    aview_mut1(values).insert_axis(Axis(1))
}

#[cfg(test)]
mod tests {
    use ndarray::Array1;
    use proptest::prelude::*;

    use super::*;
    use crate::native::gaussian_process::squared_distances::{NormedRows, rbf_kernel};
    use crate::native::gaussian_process::test_rows::training_rows;
    use crate::native::linalg::cholesky::Cholesky;

    /// Length scales, with `pi_` and `W_sr_` of rows 0, 1, 2, 40, 41 and 79. Class 1 is negative, class 3 positive.
    ///
    /// From scikit-learn 1.9: `_BinaryGaussianProcessClassifierLaplace` with the kernel
    /// `ConstantKernel(1.0, "fixed") * RBF(length_scale, "fixed")`.
    const EXPECTED: [(f64, [f64; 6], [f64; 6]); 3] = [
        (
            0.3,
            [
                0.401068785863,
                0.401064008464,
                0.360356861965,
                0.598941896778,
                0.598937858787,
                0.598917143748,
            ],
            [
                0.490114899661,
                0.490113935304,
                0.480103940829,
                0.490112743215,
                0.490113558371,
                0.490117739602,
            ],
        ),
        (
            1.0,
            [
                0.548535268811,
                0.509009753306,
                0.338724262327,
                0.671610580297,
                0.572957013018,
                0.578261929587,
            ],
            [
                0.49763875219,
                0.499918817755,
                0.473275962244,
                0.469627308331,
                0.494648637167,
                0.493837088904,
            ],
        ),
        (
            3.0,
            [
                0.552880585618,
                0.547677355492,
                0.409974475466,
                0.665415282857,
                0.533682178322,
                0.530490151711,
            ],
            [
                0.497195780015,
                0.497721679027,
                0.491828633705,
                0.471845084956,
                0.498864220869,
                0.49906948479,
            ],
        ),
    ];

    #[test]
    fn probabilities_and_hessian_weights_are_those_of_scikit_learn() {
        let pair: Vec<usize> = (40..80).chain(120..160).collect();
        let rows = training_rows().select(&pair);
        let is_positive: Vec<bool> = (0..80).map(|row| row >= 40).collect();
        for (length_scale, probabilities, roots) in EXPECTED {
            let covariance = Covariance::new(&rows, 0.5 / (length_scale * length_scale)).unwrap();
            let mode = find_mode(&covariance, &is_positive, 100).unwrap();
            assert!(mode.has_converged);
            for (i, row) in [0, 1, 2, 40, 41, 79].into_iter().enumerate() {
                let probability = f64::from(u8::from(is_positive[row])) - mode.residuals[row];
                assert!(
                    (probability - probabilities[i]).abs() < 1e-9,
                    "{length_scale} {row}"
                );
                assert!(
                    (mode.sqrt_hessian_weights[row] - roots[i]).abs() < 1e-9,
                    "{length_scale} {row}"
                );
            }
            let stopped = find_mode(&covariance, &is_positive, 1).unwrap();
            assert!(!stopped.has_converged);
        }
    }

    /// The residuals at the mode by the book's Newton method on the whole covariance.
    fn residuals_by_the_book(covariance: &Array2<f64>, is_positive: &[bool]) -> Array1<f64> {
        let n = is_positive.len();
        let targets: Array1<f64> = is_positive.iter().map(|&is| f64::from(u8::from(is))).collect();
        let mut latent = Array1::<f64>::zeros(n);
        for _ in 0..30 {
            let probabilities = latent.mapv(logistic);
            let hessian_weights = &probabilities * &probabilities.mapv(|value| 1.0 - value);
            let roots = hessian_weights.mapv(f64::sqrt);
            let matrix = Array2::from_shape_fn((n, n), |(i, j)| {
                roots[i] * covariance[[i, j]] * roots[j] + f64::from(u8::from(i == j))
            });
            let right_side = &hessian_weights * &latent + &targets - &probabilities;
            let mut solved = (&roots * &covariance.dot(&right_side)).to_vec();
            Cholesky::of(matrix).unwrap().solve(&mut solved);
            latent = covariance.dot(&(right_side - &roots * &Array1::from(solved)));
        }
        targets - latent.mapv(logistic)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn components_find_the_mode_of_the_whole_covariance(
            points in proptest::collection::vec((-40.0..40.0f64, -4.0..4.0f64, proptest::bool::ANY), 2..160),
            gamma in 0.02..3.0f64,
        ) {
            let coordinate = |(row, axis): (usize, usize)| if axis == 0 { points[row].0 } else { points[row].1 };
            let rows = NormedRows::new(Array2::from_shape_fn((points.len(), 2), coordinate));
            let is_positive: Vec<bool> = points.iter().map(|point| point.2).collect();
            let covariance = Covariance::new(&rows, gamma).unwrap();
            let found = find_mode(&covariance, &is_positive, 100).unwrap();
            prop_assert!(found.has_converged);
            let expected = residuals_by_the_book(&rbf_kernel(&rows, &rows, gamma), &is_positive);
            for (found, expected) in found.residuals.iter().zip(expected) {
                prop_assert!((found - expected).abs() < 1e-5, "{} components", covariance.components.len());
            }
        }
    }
}
