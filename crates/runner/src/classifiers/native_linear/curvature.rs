//! Models of how the losses of linear classifiers are curved, from some of the rows, for the first step of a quasi-Newton direction.
//!
//! They decide how fast a search is, not where it ends.

use std::rc::Rc;

use ndarray::{Array2, ArrayView1, Axis, s};

use super::cholesky::Cholesky;
use super::loss_sums::{CHUNK, Rows, SmoothLoss};
use super::quasi_newton::Curvature;
use crate::kernels::narrow_products::{COLUMNS, NarrowProducts};

/// Rows that the model of the curvature is made of.
const CURVATURE_ROWS: usize = 12_000;

/// Rows that a plane's model of the curvature is made of where the search is under way.
const REMODELLED_ROWS: usize = 6_000;

/// What a row's share of the curvature is guessed to be: a probability times what is left of it to 1.
const CURVATURE_SHARE: f64 = 0.05;

impl Rows<'_> {
    /// A model of every plane's curvature before anything is known: rows alike in weight, and l2.
    pub(in crate::classifiers) fn first_curvature(&self, l2: f64, penalise_constant: bool) -> Curvature {
        let stride = self.x.nrows().div_ceil(CURVATURE_ROWS).max(1);
        let rows: Vec<usize> = (0..self.x.nrows()).step_by(stride).collect();
        #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
        let share = CURVATURE_SHARE / rows.len() as f64;
        let factors = vec![share.sqrt() as f32; rows.len()];
        let model = self.model(&rows, &factors, l2, penalise_constant);
        model.into_iter().map(Rc::new).collect()
    }

    /// A model of each plane's curvature where the planes are: of rows drawn by how much they bend the loss there.
    pub(in crate::classifiers) fn curvature_at(
        &self,
        planes: &[&[f64]],
        l2: f64,
        penalise_constant: bool,
    ) -> Option<Curvature> {
        let bends = self.bends(planes)?;
        let model = |bends: &Vec<f32>| {
            let (rows, factors) = drawn(bends);
            self.model(&rows, &factors, l2, penalise_constant).map(Rc::new)
        };
        bends.iter().map(model).collect()
    }

    /// For each plane how much each row bends the loss: its second derivative by the row's score.
    fn bends(&self, planes: &[&[f64]]) -> Option<Vec<Vec<f32>>> {
        let (columns, constants) = self.columns(planes);
        let by = NarrowProducts::here();
        let rows = self.x.to_slice()?;
        let mut bends = vec![Vec::with_capacity(self.x.nrows()); self.n_planes];
        let mut products = vec![vec![[0.0; COLUMNS]; CHUNK]; columns.len()];
        let mut scores = vec![0.0; self.n_planes];
        for (rows, own) in rows.chunks(CHUNK * self.x.ncols()).zip(self.planes.chunks(CHUNK)) {
            for (columns, products) in columns.iter().zip(&mut products) {
                by.products(rows, columns, &mut products[..own.len()]);
            }
            for (row, own) in own.iter().enumerate() {
                for (plane, score) in scores.iter_mut().enumerate() {
                    *score = f64::from(products[plane / COLUMNS][row][plane % COLUMNS]) + constants[plane];
                }
                let lacks = |plane: usize, score: f64| {
                    if plane == *own { score < 1.0 } else { score > -1.0 }
                };
                let cost = |plane: usize| {
                    if plane == *own {
                        self.costs[plane].0
                    } else {
                        self.costs[plane].1
                    }
                };
                match self.loss {
                    SmoothLoss::SquaredHinge => {
                        for (plane, score) in scores.iter_mut().enumerate() {
                            *score = if lacks(plane, *score) {
                                2.0 * cost(plane)
                            } else {
                                0.0
                            };
                        }
                    }
                    SmoothLoss::Logistic => scores.iter_mut().for_each(|score| {
                        let small = (-score.abs()).exp();
                        *score = small / ((1.0 + small) * (1.0 + small));
                    }),
                    SmoothLoss::Multinomial => {
                        let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                        scores
                            .iter_mut()
                            .for_each(|score| *score = (*score - highest).exp());
                        let sum: f64 = scores.iter().sum();
                        scores
                            .iter_mut()
                            .for_each(|score| *score = *score / sum * (1.0 - *score / sum));
                    }
                }
                bends
                    .iter_mut()
                    .zip(&scores)
                    .for_each(|(bends, score)| bends.push(*score as f32));
            }
        }
        Some(bends)
    }

    /// The second derivatives of these rows, each times its factor, and of l2, taken apart.
    fn model(&self, rows: &[usize], factors: &[f32], l2: f64, penalise_constant: bool) -> Option<Cholesky> {
        let mut sample = self.x.select(Axis(0), rows);
        for (mut row, factor) in sample.rows_mut().into_iter().zip(factors) {
            row *= *factor;
        }
        let n_features = sample.ncols();
        let order = n_features + usize::from(self.constant.is_some());
        let mut matrix = Array2::zeros((order, order));
        let products = sample.t().dot(&sample).mapv(f64::from);
        matrix.slice_mut(s![..n_features, ..n_features]).assign(&products);
        if let Some(value) = self.constant {
            let factors = ArrayView1::from(factors);
            let sums = sample.t().dot(&factors).mapv(|sum| value * f64::from(sum));
            matrix.slice_mut(s![n_features, ..n_features]).assign(&sums);
            matrix[[n_features, n_features]] = value * value * f64::from(factors.dot(&factors));
        }
        #[expect(clippy::cast_precision_loss, reason = "feature counts are small")]
        let small = 1e-6 * matrix.diag().sum() / order as f64 + f64::MIN_POSITIVE;
        for (feature, value) in matrix.diag_mut().iter_mut().enumerate() {
            *value += small
                + if feature < n_features || penalise_constant {
                    l2
                } else {
                    0.0
                };
        }
        Cholesky::of(matrix)
    }
}

/// Rows drawn by their bends, and the factors by which they stand for all: a row is drawn where the running sum of the bends passes
/// the next of evenly spaced marks, so that nothing is left to chance.
#[expect(clippy::cast_precision_loss, reason = "row counts are small")]
fn drawn(bends: &[f32]) -> (Vec<usize>, Vec<f32>) {
    let total: f64 = bends.iter().map(|bend| f64::from(*bend)).sum();
    let spacing = total / REMODELLED_ROWS.min(bends.len()) as f64;
    let (mut rows, mut factors) = (Vec::new(), Vec::new());
    let mut sum = 0.0;
    let mut mark = 0.5 * spacing;
    for (row, bend) in bends.iter().enumerate() {
        let bend = f64::from(*bend);
        sum += bend;
        if bend > 0.0 && sum >= mark {
            // A row that bends more than the spacing stands for itself, any other for all between two marks.
            rows.push(row);
            factors.push((bend.max(spacing) / bends.len() as f64).sqrt() as f32);
            while mark <= sum {
                mark += spacing;
            }
        }
    }
    (rows, factors)
}
