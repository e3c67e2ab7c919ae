//! A model of how the losses of linear classifiers are curved, for the first step of a quasi-Newton direction.
//!
//! It decides how fast a search is, not where it ends. All rows are in it, alike in weight: some of them would leave out pixels that few
//! rows have, in which a step would then be far too long, and weights by how much each row bends the loss hold only for short steps.

use ndarray::{Array1, Array2, Axis, s};
use rayon::prelude::*;
use std::sync::Arc;

use crate::native::linalg::cholesky::Cholesky;
use crate::native::linalg::gram::lower_products;
use crate::native::linear::smooth_loss::{CHUNK, LossProblem, PARTS, Scores};
use crate::native::optim::lbfgs::{BlockHessian, InitialHessian};

/// What a row's share of the curvature is guessed to be: a probability times what is left of it to 1.
const CURVATURE_SHARE: f64 = 0.05;

/// What is added to how much each class bends itself, as a share of all.
const LITTLE: f64 = 2e-3;

/// Columns of products that are made at once, of which none is above the diagonal but in the last rows.
pub(crate) const COLUMNS: usize = 128;

impl LossProblem<'_> {
    /// A model of every plane's curvature: the products of all rows, and l2.
    pub(crate) fn curvature(&self, l2: f64, penalise_constant: bool) -> InitialHessian {
        let part = self.x.nrows().div_ceil(PARTS).max(1);
        let parts: Vec<(Array2<f32>, Array1<f32>)> = (self.x.axis_chunks_iter(Axis(0), part).into_par_iter())
            .map(|rows| (lower_products(rows), rows.sum_axis(Axis(0))))
            .collect();
        let n_features = self.x.ncols();
        let order = n_features + usize::from(self.constant.is_some());
        let mut matrix = Array2::<f64>::zeros((order, order));
        #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
        let share = CURVATURE_SHARE / self.x.nrows() as f64;
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
            matrix[[n_features, n_features]] = value * value * CURVATURE_SHARE;
        }
        #[expect(clippy::cast_precision_loss, reason = "feature counts are small")]
        let small = 1e-6 * matrix.diag().sum() / order as f64 + f64::MIN_POSITIVE;
        for (feature, value) in matrix.diag_mut().iter_mut().enumerate() {
            let is_free = feature == n_features && !penalise_constant;
            *value += small + if is_free { 0.0 } else { l2 };
        }
        let within = Cholesky::of(matrix).map_or(BlockHessian::Unknown, |within| {
            BlockHessian::Matrix(Arc::new(within))
        });
        InitialHessian {
            within,
            between: None,
        }
    }
}

impl LossProblem<'_> {
    /// The inverse of how much the classes of one problem for all bend each other: the mean over rows of the covariance of a label that is
    /// drawn by its shares. Times the model of one plane, it is a model for all.
    pub(crate) fn between_classes(&self, scores: &Scores) -> Option<Array2<f64>> {
        let n_planes = self.n_planes;
        let mut bends = Array2::<f64>::zeros((n_planes, n_planes));
        for (lines, own) in scores.lines().zip(self.planes.chunks(CHUNK)) {
            let mut shares = lines.to_owned();
            self.slopes_of_all(own, shares.as_slice_mut()?);
            for (row, own) in own.iter().enumerate() {
                shares[[*own, row]] += 1.0;
            }
            bends.diag_mut().scaled_add(1.0, &shares.sum_axis(Axis(1)));
            bends -= &shares.dot(&shares.t());
        }
        // Nothing changes where all scores do alike: without a little more the inverse would have no end there.
        let little = LITTLE * bends.diag().sum();
        bends.diag_mut().mapv_inplace(|bend| bend + little);
        let scale = bends.diag().mean()?;
        let cholesky = Cholesky::of(bends)?;
        let mut inverse = Array2::eye(n_planes) * scale;
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
    fn products_are_those_of_the_plain_loop_on_and_below_the_diagonal() {
        let rows = Array2::from_shape_fn((7, 300), |(i, j)| ((i * 31 + j * 17) % 23) as f32 - 11.0);
        let (found, plain) = (lower_products(rows.view()), rows.t().dot(&rows));
        for i in 0..300 {
            for j in 0..=i {
                assert_eq!(found[[i, j]], plain[[i, j]]);
            }
        }
    }

    #[test]
    fn at_equal_scores_classes_bend_each_other_alike() {
        // Of three classes, all as likely: each bends itself by 2/9, and another by -1/9.
        let x = Array2::zeros((500, 1));
        let rows = LossProblem {
            x: x.view(),
            planes: (0..500).map(|row| row % 3).collect(),
            n_planes: 3,
            constant: None,
            loss: SmoothLoss::Multinomial,
            costs: vec![(1.0, 1.0); 3],
        };
        let inverse = rows.between_classes(&Scores::new(500, 3)).unwrap();
        let little = LITTLE * 6.0 / 9.0;
        let bends = Array2::from_shape_fn(
            (3, 3),
            |(i, j)| if i == j { 2.0 / 9.0 + little } else { -1.0 / 9.0 },
        );
        let product = inverse.dot(&bends) / (2.0 / 9.0 + little);
        assert!(
            (product - Array2::<f64>::eye(3))
                .iter()
                .all(|apart| apart.abs() < 1e-9)
        );
    }
}
