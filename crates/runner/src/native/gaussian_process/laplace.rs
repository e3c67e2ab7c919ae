//! Laplace's approximation of one problem of two classes: Newton's steps to the mode of the posterior.

use ndarray::{Array2, ArrayViewMut2, Axis, aview_mut1};
use rayon::prelude::*;

use crate::estimator::error::FitError;
use crate::native::gaussian_process::covariance::{Covariance, not_positive, scaled, times};
use crate::native::gaussian_process::logistic_normal::logistic;
use crate::native::linalg::blocked_cholesky::BlockedCholesky;

/// The steps end where the approximate log marginal likelihood rises by less.
const RISE: f64 = 1e-10;

/// The mode, as predictions need it: every value is of one training row.
#[derive(Clone, Debug)]
pub(crate) struct Mode {
    /// What is 1 or 0 less its probability.
    pub(crate) residuals: Vec<f64>,
    /// The square root of how much the likelihood is curved.
    pub(crate) root_curvatures: Vec<f64>,
    /// Whether the likelihood stopped rising before the most steps were made.
    pub(crate) has_converged: bool,
}

/// The rows of an island on the way to the mode.
struct State {
    is_positive: Vec<bool>,
    latent: Vec<f64>,
    residuals: Vec<f64>,
    root_curvatures: Vec<f64>,
}

/// Finds the mode by at most so many steps. Probabilities and curvatures are those before the last step, as scikit-learn leaves them.
///
/// # Errors
/// If the covariance is no longer positive by rounding.
pub(crate) fn mode(covariance: &Covariance, is_positive: &[bool], max_iter: usize) -> Result<Mode, FitError> {
    let state = |island: &Vec<usize>| State {
        is_positive: island.iter().map(|&row| is_positive[row]).collect(),
        latent: vec![0.0; island.len()],
        residuals: vec![0.0; island.len()],
        root_curvatures: vec![0.0; island.len()],
    };
    let mut states: Vec<State> = covariance.islands.iter().map(state).collect();
    let mut reached = f64::NEG_INFINITY;
    let mut has_converged = false;
    for _ in 0..max_iter {
        let parts = (states.par_iter_mut().zip(&covariance.blocks)).map(|(state, block)| state.step(block));
        let parts: Option<Vec<f64>> = parts.collect();
        let likelihood: f64 = parts.ok_or_else(not_positive)?.iter().sum();
        if likelihood - reached < RISE {
            has_converged = true;
            break;
        }
        reached = likelihood;
    }
    let mut mode = Mode {
        residuals: vec![0.0; is_positive.len()],
        root_curvatures: vec![0.0; is_positive.len()],
        has_converged,
    };
    for (island, state) in covariance.islands.iter().zip(&states) {
        for (at, &row) in island.iter().enumerate() {
            mode.residuals[row] = state.residuals[at];
            mode.root_curvatures[row] = state.root_curvatures[at];
        }
    }
    Ok(mode)
}

impl State {
    /// A step of algorithm 3.1; what the island adds to the log marginal likelihood, by its lines 4 to 10. `None` if the covariance is not
    /// positive.
    fn step(&mut self, block: &Array2<f64>) -> Option<f64> {
        for (at, &latent) in self.latent.iter().enumerate() {
            let probability = logistic(latent);
            self.residuals[at] = f64::from(u8::from(self.is_positive[at])) - probability;
            self.root_curvatures[at] = (probability * (1.0 - probability)).sqrt();
        }
        if self.latent.len() == 1 {
            return Some(self.step_alone());
        }
        let factor = BlockedCholesky::of(scaled(block, &self.root_curvatures))?;
        let rows = || self.root_curvatures.iter().zip(&self.residuals).zip(&self.latent);
        let sides: Vec<f64> = rows()
            .map(|((root, residual), latent)| root * root * latent + residual)
            .collect();
        let mut solved = times(block, &sides);
        (solved.iter_mut().zip(&self.root_curvatures)).for_each(|(value, root)| *value *= root);
        factor.solve(column(&mut solved));
        let weights: Vec<f64> = (sides.iter().zip(&solved).zip(&self.root_curvatures))
            .map(|((side, solved), root)| side - root * solved)
            .collect();
        self.latent = times(block, &weights);
        let rows = weights.iter().zip(&self.latent).zip(&self.is_positive);
        let sum: f64 = rows
            .map(|((weight, latent), is_positive)| fit(*weight, *latent, *is_positive))
            .sum();
        Some(sum - factor.half_log_determinant())
    }

    /// The same of a row that is an island, as most are at a short length scale: its covariance is 1.
    fn step_alone(&mut self) -> f64 {
        let curvature = self.root_curvatures[0] * self.root_curvatures[0];
        let weight = (curvature * self.latent[0] + self.residuals[0]) / (1.0 + curvature);
        self.latent[0] = weight;
        fit(weight, weight, self.is_positive[0]) - 0.5 * curvature.ln_1p()
    }
}

/// What a row adds to the log likelihood, less its part of the latent function's prior.
fn fit(weight: f64, latent: f64, is_positive: bool) -> f64 {
    let margin = if is_positive { latent } else { -latent };
    -0.5 * weight * latent - (-margin).exp().ln_1p()
}

fn column(values: &mut [f64]) -> ArrayViewMut2<'_, f64> {
    aview_mut1(values).insert_axis(Axis(1))
}

#[cfg(test)]
mod tests {
    use ndarray::Array1;
    use proptest::prelude::*;

    use super::*;
    use crate::native::gaussian_process::squared_distances::NormedRows;
    use crate::native::gaussian_process::squared_distances::similarities;
    use crate::native::gaussian_process::test_rows::training_rows;
    use crate::native::linalg::cholesky::Cholesky;

    /// Length scales; of rows 0, 1, 2, 40, 41 and 79 of classes 1 (negative) and 3 (positive), `pi_` and `W_sr_` of
    /// `_BinaryGaussianProcessClassifierLaplace` with `ConstantKernel(1.0, "fixed") * RBF(length_scale, "fixed")`.
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
    fn probabilities_and_curvatures_are_those_of_scikit_learn() {
        let pair: Vec<usize> = (40..80).chain(120..160).collect();
        let table = training_rows().select(&pair);
        let is_positive: Vec<bool> = (0..80).map(|row| row >= 40).collect();
        for (length_scale, probabilities, roots) in EXPECTED {
            let covariance = Covariance::of(&table, 0.5 / (length_scale * length_scale)).unwrap();
            let mode = mode(&covariance, &is_positive, 100).unwrap();
            assert!(mode.has_converged);
            for (at, row) in [0, 1, 2, 40, 41, 79].into_iter().enumerate() {
                let probability = f64::from(u8::from(is_positive[row])) - mode.residuals[row];
                assert!(
                    (probability - probabilities[at]).abs() < 1e-9,
                    "{length_scale} {row}"
                );
                assert!(
                    (mode.root_curvatures[row] - roots[at]).abs() < 1e-9,
                    "{length_scale} {row}"
                );
            }
            assert!(
                !crate::native::gaussian_process::laplace::mode(&covariance, &is_positive, 1)
                    .unwrap()
                    .has_converged
            );
        }
    }

    /// Newton's method as it stands in the book, on the whole covariance and by plain elimination.
    fn plainly(covariance: &Array2<f64>, is_positive: &[bool]) -> Array1<f64> {
        let n = is_positive.len();
        let targets: Array1<f64> = is_positive.iter().map(|&is| f64::from(u8::from(is))).collect();
        let mut latent = Array1::<f64>::zeros(n);
        for _ in 0..30 {
            let probabilities = latent.mapv(logistic);
            let curvatures = &probabilities * &probabilities.mapv(|value| 1.0 - value);
            let roots = curvatures.mapv(f64::sqrt);
            let matrix = Array2::from_shape_fn((n, n), |(i, j)| {
                roots[i] * covariance[[i, j]] * roots[j] + f64::from(u8::from(i == j))
            });
            let side = &curvatures * &latent + &targets - &probabilities;
            let mut solved = (&roots * &covariance.dot(&side)).to_vec();
            Cholesky::of(matrix).unwrap().solve(&mut solved);
            latent = covariance.dot(&(side - &roots * &Array1::from(solved)));
        }
        targets - latent.mapv(logistic)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn islands_find_the_mode_of_the_whole_covariance(
            decision_classes in proptest::collection::vec((-40.0..40.0f64, -4.0..4.0f64, proptest::bool::ANY), 2..160), gamma in 0.02..3.0f64
        ) {
            let coordinate = |(row, axis): (usize, usize)| if axis == 0 { decision_classes[row].0 } else { decision_classes[row].1 };
            let table = NormedRows::new(Array2::from_shape_fn((decision_classes.len(), 2), coordinate));
            let is_positive: Vec<bool> = decision_classes.iter().map(|place| place.2).collect();
            let covariance = Covariance::of(&table, gamma).unwrap();
            let found = mode(&covariance, &is_positive, 100).unwrap();
            prop_assert!(found.has_converged);
            let expected = plainly(&similarities(&table, &table, gamma), &is_positive);
            for (found, expected) in found.residuals.iter().zip(expected) {
                prop_assert!((found - expected).abs() < 1e-5, "{} islands", covariance.islands.len());
            }
        }
    }
}
