//! Initial Hessian of L-BFGS for the losses of linear classifiers: the Gram matrix of the rows times a coupling matrix of the classes.
//!
//! It changes the speed of a search, not its result. All rows enter with equal weight. A sample of the rows would miss rare pixels, along
//! which steps would be far too long. Weights by the second derivatives of the loss would hold for short steps only.

use ndarray::{Array1, Array2, Axis, s};
use rayon::prelude::*;
use std::sync::Arc;

use crate::native::linalg::cholesky::Cholesky;
use crate::native::linalg::gram::gram;
use crate::native::linear::smooth_loss::{CHUNK, LossProblem, PARTS, Scores};
use crate::native::optim::lbfgs::{BlockHessian, InitialHessian};

/// Assumed second derivative of the logistic loss of a row, `p (1 - p)`.
const ROW_CURVATURE: f64 = 0.05;

/// Ridge on the class coupling matrix, relative to its trace.
const COUPLING_RIDGE: f64 = 2e-3;

impl LossProblem<'_> {
    /// The initial Hessian of one hyperplane: the mean Gram matrix of the rows times [`ROW_CURVATURE`], plus l2 and a small ridge.
    pub(crate) fn initial_hessian(&self, l2: f64, penalize_intercept: bool) -> InitialHessian {
        let part = self.x.nrows().div_ceil(PARTS).max(1);
        let parts: Vec<(Array2<f32>, Array1<f32>)> = (self.x.axis_chunks_iter(Axis(0), part).into_par_iter())
            .map(|rows| (gram(rows), rows.sum_axis(Axis(0))))
            .collect();
        let n_features = self.x.ncols();
        let order = n_features + usize::from(self.constant.is_some());
        let mut matrix = Array2::<f64>::zeros((order, order));
        #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
        let share = ROW_CURVATURE / self.x.nrows() as f64;
        let add = |sum: &mut f64, value: &f32| *sum += share * f64::from(*value);
        for (products, sums) in &parts {
            let mut features = matrix.slice_mut(s![..n_features, ..n_features]);
            features.zip_mut_with(products, add);
            if let Some(value) = self.constant {
                let mut constant = matrix.slice_mut(s![n_features, ..n_features]);
                constant.zip_mut_with(sums, |sum, other| *sum += value * share * f64::from(*other));
            }
        }
        if let Some(value) = self.constant {
            matrix[[n_features, n_features]] = value * value * ROW_CURVATURE;
        }
        #[expect(clippy::cast_precision_loss, reason = "feature counts are small")]
        let ridge = 1e-6 * matrix.diag().sum() / order as f64 + f64::MIN_POSITIVE;
        for (feature, value) in matrix.diag_mut().iter_mut().enumerate() {
            let is_free = feature == n_features && !penalize_intercept;
            *value += ridge + if is_free { 0.0 } else { l2 };
        }
        let block = Cholesky::of(matrix).map_or(BlockHessian::Unknown, |cholesky| {
            BlockHessian::Matrix(Arc::new(cholesky))
        });
        InitialHessian {
            block,
            coupling_inverse: None,
        }
    }
}

impl LossProblem<'_> {
    /// The inverse of the class coupling matrix of a joint problem, scaled to a mean diagonal of 1.
    ///
    /// The coupling matrix is the mean over rows of `diag(p) - p pᵀ`, where `p` are the class probabilities of the row.
    pub(crate) fn class_coupling_inverse(&self, scores: &Scores) -> Option<Array2<f64>> {
        let n_hyperplanes = self.n_hyperplanes;
        let mut coupling = Array2::<f64>::zeros((n_hyperplanes, n_hyperplanes));
        for (chunk, targets) in scores.chunks().zip(self.targets.chunks(CHUNK)) {
            let mut probabilities = chunk.to_owned();
            self.joint_slopes(targets, probabilities.as_slice_mut()?);
            for (row, target) in targets.iter().enumerate() {
                probabilities[[*target, row]] += 1.0;
            }
            coupling
                .diag_mut()
                .scaled_add(1.0, &probabilities.sum_axis(Axis(1)));
            coupling -= &probabilities.dot(&probabilities.t());
        }
        // The matrix is singular along equal shifts of all scores. The ridge makes it invertible.
        let ridge = COUPLING_RIDGE * coupling.diag().sum();
        coupling.diag_mut().mapv_inplace(|value| value + ridge);
        let scale = coupling.diag().mean()?;
        let cholesky = Cholesky::of(coupling)?;
        let mut inverse = Array2::eye(n_hyperplanes) * scale;
        for mut row in inverse.rows_mut() {
            cholesky.solve(row.as_slice_mut()?);
        }
        Some(inverse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::linear::smooth_loss::SmoothLoss;

    #[test]
    fn at_equal_scores_the_coupling_is_that_of_equal_probabilities() {
        // Three classes with probabilities of 1/3: the coupling is 2/9 on the diagonal and -1/9 elsewhere.
        let x = Array2::zeros((500, 1));
        let rows = LossProblem {
            x: x.view(),
            targets: (0..500).map(|row| row % 3).collect(),
            n_hyperplanes: 3,
            constant: None,
            loss: SmoothLoss::Multinomial,
            row_weights: vec![(1.0, 1.0); 3],
        };
        let inverse = rows.class_coupling_inverse(&Scores::new(500, 3)).unwrap();
        let ridge = COUPLING_RIDGE * 6.0 / 9.0;
        let coupling = Array2::from_shape_fn(
            (3, 3),
            |(i, j)| if i == j { 2.0 / 9.0 + ridge } else { -1.0 / 9.0 },
        );
        let product = inverse.dot(&coupling) / (2.0 / 9.0 + ridge);
        assert!(
            (product - Array2::<f64>::eye(3))
                .iter()
                .all(|difference| difference.abs() < 1e-9)
        );
    }
}
