//! The Hessian of a loss over the rows: second derivatives by row, and Gram matrices weighted by them.

use ndarray::{Array1, Array2, Axis, s};
use rayon::prelude::*;

use crate::native::linalg::gram::add_gram;
use crate::native::linear::smooth_loss::{LossProblem, Scores, SmoothLoss};

/// Rows per matrix product.
const CHUNK: usize = 2048;

/// Rows that add less to the trace than this share of the mean row are left out.
const MIN_SHARE: f64 = 1e-3;

impl LossProblem<'_> {
    /// `Σ weight · row · rowᵀ`, with the constant feature last.
    pub(crate) fn weighted_gram(&self, weights: &[f64], squared_norms: &[f64]) -> Array2<f64> {
        let n_features = self.x.ncols();
        let order = n_features + usize::from(self.constant.is_some());
        let added = |row: usize| weights[row] * squared_norms[row];
        #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
        let least = MIN_SHARE * (0..weights.len()).map(added).sum::<f64>() / weights.len() as f64;
        let kept: Vec<usize> = (0..weights.len()).filter(|row| added(*row) > least).collect();
        let mut matrix = Array2::zeros((order, order));
        let mut chunk = Array2::<f32>::zeros((CHUNK.min(kept.len()), order));
        for rows in kept.chunks(CHUNK) {
            for (mut to, &row) in chunk.rows_mut().into_iter().zip(rows) {
                let factor = weights[row].sqrt() as f32;
                to.slice_mut(s![..n_features])
                    .zip_mut_with(&self.x.row(row), |to, value| *to = factor * value);
                if let Some(value) = self.constant {
                    to[n_features] = factor * value as f32;
                }
            }
            add_gram(chunk.slice(s![..rows.len(), ..]), &mut matrix);
        }
        for row in 0..order {
            for column in row + 1..order {
                matrix[[row, column]] = matrix[[column, row]];
            }
        }
        matrix
    }

    /// The weight of a row in a mean: `1 / n_rows`.
    pub(crate) fn row_share(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
        let n_rows = self.x.nrows() as f64;
        n_rows.recip()
    }

    /// The second derivative of the mean loss by row, for one hyperplane, and the coupling matrix of the hyperplanes.
    ///
    /// A joint problem has one weight per row for all hyperplanes: the trace of `diag(p) - p pᵀ`. Its coupling matrix has the trace 1.
    pub(crate) fn hessian_weights(&self, hyperplane: usize, scores: &Scores) -> (Vec<f64>, Array2<f64>) {
        let mut weights = Vec::with_capacity(self.targets.len());
        let mut coupling = Array2::ones((1, 1));
        match self.loss {
            SmoothLoss::Multinomial | SmoothLoss::SmoothedMax(_) => {
                let n_hyperplanes = self.n_hyperplanes;
                coupling = Array2::zeros((n_hyperplanes, n_hyperplanes));
                let mut probabilities = Array1::<f64>::zeros(n_hyperplanes);
                for chunk in scores.chunks() {
                    for row in 0..chunk.ncols() {
                        probabilities.assign(&chunk.column(row));
                        let highest = probabilities.fold(f64::NEG_INFINITY, |a, b| a.max(*b));
                        probabilities.mapv_inplace(|score| (score - highest).exp());
                        probabilities /= probabilities.sum();
                        weights.push(1.0 - probabilities.dot(&probabilities));
                        for (one, probability) in probabilities.iter().enumerate() {
                            coupling[[one, one]] += probability;
                            coupling.row_mut(one).scaled_add(-probability, &probabilities);
                        }
                    }
                }
                coupling /= weights.iter().sum::<f64>();
            }
            SmoothLoss::Logistic => {
                let second_derivative = |score: f64| {
                    let small = (-score.abs()).exp();
                    small / (1.0 + small).powi(2)
                };
                for chunk in scores.chunks() {
                    weights.extend(
                        chunk
                            .row(hyperplane)
                            .iter()
                            .map(|score| second_derivative(*score)),
                    );
                }
            }
            SmoothLoss::SquaredHinge => {
                let own_scores = scores.chunks().flat_map(|chunk| chunk.row(hyperplane).to_vec());
                let (of_class, of_rest) = self.row_weights[hyperplane];
                weights.extend(self.targets.iter().zip(own_scores).map(|(target, score)| {
                    let (side, weight) = if *target == hyperplane {
                        (1.0, of_class)
                    } else {
                        (-1.0, of_rest)
                    };
                    if side * score < 1.0 { 2.0 * weight } else { 0.0 }
                }));
            }
        }
        let share = self.row_share();
        weights.iter_mut().for_each(|weight| *weight *= share);
        (weights, coupling)
    }

    /// The squared norm of every row, including the constant feature.
    pub(crate) fn squared_norms(&self) -> Vec<f64> {
        let constant = self.constant.unwrap_or(0.0).powi(2);
        let rows = self.x.axis_iter(Axis(0)).into_par_iter();
        rows.map(|row| constant + f64::from(row.dot(&row))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weighted_gram_matrix_equals_the_plain_sum() {
        let x = Array2::from_shape_fn((40, 450), |(i, j)| ((i * 31 + j * 17) % 23) as f32 - 11.0);
        let rows = LossProblem {
            x: x.view(),
            targets: vec![0; 40],
            n_hyperplanes: 1,
            constant: Some(2.0),
            loss: SmoothLoss::Logistic,
            row_weights: vec![(1.0, 1.0)],
        };
        // Squares, so that their roots are exact. Rows of weight 0 are left out.
        let weights: Vec<f64> = (0..40).map(|row| f64::from(row % 4).powi(2)).collect();
        let found = rows.weighted_gram(&weights, &rows.squared_norms());
        let value = |row: usize, feature: usize| {
            if feature < 450 {
                f64::from(x[[row, feature]])
            } else {
                2.0
            }
        };
        let product = |(i, j)| {
            (0..40)
                .map(|row| weights[row] * value(row, i) * value(row, j))
                .sum::<f64>()
        };
        assert_eq!(found, Array2::from_shape_fn((451, 451), product));
    }

    #[test]
    fn hessian_weights_are_second_derivatives() {
        let x = Array2::<f32>::zeros((2, 1));
        let mut rows = LossProblem {
            x: x.view(),
            targets: vec![0, 1],
            n_hyperplanes: 2,
            constant: None,
            loss: SmoothLoss::Logistic,
            row_weights: vec![(3.0, 0.5); 2],
        };
        // At scores of 0, in a mean over two rows.
        let scores = Scores::new(2, 2);
        let hessian_weights = |rows: &LossProblem<'_>| rows.hessian_weights(0, &scores);
        assert_eq!(hessian_weights(&rows), (vec![0.125; 2], Array2::ones((1, 1))));
        rows.loss = SmoothLoss::SquaredHinge;
        assert_eq!(hessian_weights(&rows).0, [3.0, 0.5]);
        rows.loss = SmoothLoss::Multinomial;
        let (weights, coupling) = hessian_weights(&rows);
        // Probabilities of ½: ¼ on the diagonal and -¼ elsewhere, divided by the sum of the weights.
        assert_eq!(weights, [0.25; 2]);
        assert_eq!(coupling, ndarray::array![[0.5, -0.5], [-0.5, 0.5]]);
    }
}
