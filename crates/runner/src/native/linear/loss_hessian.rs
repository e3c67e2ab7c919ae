//! Products of the rows with themselves, each row with a weight of its own: how a sum over rows is bent.

use ndarray::{Array1, Array2, Axis, s};
use rayon::prelude::*;

use crate::native::linalg::gram::add_products;
use crate::native::linear::smooth_loss::{LossProblem, Scores, SmoothLoss};

/// Rows that are multiplied at once.
const CHUNK: usize = 2048;

/// Rows are left out that add less to the diagonal than this share of the mean.
const LITTLE: f64 = 1e-3;

impl LossProblem<'_> {
    /// `Σ weight · row · rowᵀ`, with the constant as the last feature; `lengths` are the rows' products with themselves.
    pub(crate) fn weighted_products(&self, weights: &[f64], lengths: &[f64]) -> Array2<f64> {
        let n_features = self.x.ncols();
        let order = n_features + usize::from(self.constant.is_some());
        let added = |row: usize| weights[row] * lengths[row];
        #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
        let least = LITTLE * (0..weights.len()).map(added).sum::<f64>() / weights.len() as f64;
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
            add_products(chunk.slice(s![..rows.len(), ..]), &mut matrix);
        }
        for row in 0..order {
            for column in row + 1..order {
                matrix[[row, column]] = matrix[[column, row]];
            }
        }
        matrix
    }

    /// A row's share in a mean.
    pub(crate) fn share(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
        let n_rows = self.x.nrows() as f64;
        n_rows.recip()
    }

    /// How much every row bends the mean loss of a plane, or of all in one problem for them, and how much the planes bend each other.
    pub(crate) fn bends(&self, plane: usize, scores: &Scores) -> (Vec<f64>, Array2<f64>) {
        let mut weights = Vec::with_capacity(self.planes.len());
        let mut between = Array2::ones((1, 1));
        match self.loss {
            SmoothLoss::Multinomial | SmoothLoss::RoundedMaximum(_) => {
                let n_planes = self.n_planes;
                between = Array2::zeros((n_planes, n_planes));
                let mut shares = Array1::<f64>::zeros(n_planes);
                for lines in scores.lines() {
                    for row in 0..lines.ncols() {
                        shares.assign(&lines.column(row));
                        let highest = shares.fold(f64::NEG_INFINITY, |a, b| a.max(*b));
                        shares.mapv_inplace(|score| (score - highest).exp());
                        shares /= shares.sum();
                        weights.push(1.0 - shares.dot(&shares));
                        for (one, share) in shares.iter().enumerate() {
                            between[[one, one]] += share;
                            between.row_mut(one).scaled_add(-share, &shares);
                        }
                    }
                }
                between /= weights.iter().sum::<f64>();
            }
            SmoothLoss::Logistic => {
                let bend = |score: f64| {
                    let small = (-score.abs()).exp();
                    small / (1.0 + small).powi(2)
                };
                for lines in scores.lines() {
                    weights.extend(lines.row(plane).iter().map(|score| bend(*score)));
                }
            }
            SmoothLoss::SquaredHinge => {
                let own = self.planes.iter();
                let line = scores.lines().flat_map(|lines| lines.row(plane).to_vec());
                let (cost, of_rest) = self.costs[plane];
                weights.extend(own.zip(line).map(|(own, score)| {
                    let (side, cost) = if *own == plane {
                        (1.0, cost)
                    } else {
                        (-1.0, of_rest)
                    };
                    if side * score < 1.0 { 2.0 * cost } else { 0.0 }
                }));
            }
        }
        let share = self.share();
        weights.iter_mut().for_each(|weight| *weight *= share);
        (weights, between)
    }

    /// Every row's product with itself.
    pub(crate) fn lengths(&self) -> Vec<f64> {
        let constant = self.constant.unwrap_or(0.0).powi(2);
        let rows = self.x.axis_iter(Axis(0)).into_par_iter();
        rows.map(|row| constant + f64::from(row.dot(&row))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_those_of_the_plain_loop() {
        let x = Array2::from_shape_fn((40, 450), |(i, j)| ((i * 31 + j * 17) % 23) as f32 - 11.0);
        let rows = LossProblem {
            x: x.view(),
            planes: vec![0; 40],
            n_planes: 1,
            constant: Some(2.0),
            loss: SmoothLoss::Logistic,
            costs: vec![(1.0, 1.0)],
        };
        // Squares, so that roots are exact; rows of none are left out.
        let weights: Vec<f64> = (0..40).map(|row| f64::from(row % 4).powi(2)).collect();
        let found = rows.weighted_products(&weights, &rows.lengths());
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
    fn rows_bend_a_loss_as_its_formula_says() {
        let x = Array2::<f32>::zeros((2, 1));
        let mut rows = LossProblem {
            x: x.view(),
            planes: vec![0, 1],
            n_planes: 2,
            constant: None,
            loss: SmoothLoss::Logistic,
            costs: vec![(3.0, 0.5); 2],
        };
        // At scores of 0, as a mean over two rows.
        let scores = Scores::new(2, 2);
        let bends = |rows: &LossProblem<'_>| rows.bends(0, &scores);
        assert_eq!(bends(&rows), (vec![0.125; 2], Array2::ones((1, 1))));
        rows.loss = SmoothLoss::SquaredHinge;
        assert_eq!(bends(&rows).0, [3.0, 0.5]);
        rows.loss = SmoothLoss::Multinomial;
        let (weights, between) = bends(&rows);
        // Halves for each of two classes: bends of ¼, and -¼ between them, over the ½ that the weights have.
        assert_eq!(weights, [0.25; 2]);
        assert_eq!(between, ndarray::array![[0.5, -0.5], [-0.5, 0.5]]);
    }
}
