//! Weights looked for among combinations of a few directions, to which each reading of the rows adds one for each class.
//!
//! A direction is the model's way down the gradient. Where the rows lie along it is kept, so that a step among the combinations costs as
//! many products a row as there are directions rather than features: of multinomial regression on 784 pixels some 25 readings of the rows
//! and 150 such steps do what takes a quasi-Newton search over all weights 90 readings.
//!
//! In the coordinates of the model's triangle, `Lᵀ · weights`, the model is the unit matrix. There directions are orthonormal, and a search
//! among their combinations needs no model but of how classes bend each other.

use ndarray::{Array1, Array2, ArrayView2, s};
use rayon::prelude::*;
use std::sync::Arc;

use crate::estimator::error::FitError;
use crate::native::kernels::skinny_gemm::SkinnyGemm;
use crate::native::linalg::cholesky::Cholesky;
use crate::native::linear::smooth_loss::{CHUNK, LossProblem};

/// Values of a row along the directions are made up to a multiple of this by zeros: whole vectors.
const VECTOR: usize = 16;

/// Directions are at most one for so many weights of a plane: a step among more hardly costs less than one among all weights.
const SHARE: usize = 2;

/// What is left of a direction beside the others, as a share of its norm, for it to be a new one rather than their rounding.
const NEW: f64 = 1e-4;

/// The directions, and where the rows lie along them.
pub(crate) struct Subspace {
    triangle: Arc<Cholesky>,
    /// In the coordinates of the triangle.
    orthonormal: Array2<f64>,
    /// As weights, and then the constant's.
    directions: Array2<f64>,
    /// Products of the directions with each other, of as many of their entries as are penalised.
    products: Array2<f64>,
    n_penalised: usize,
    /// A row's products with the directions, and zeros up to a whole number of vectors.
    along: Vec<f32>,
}

impl Subspace {
    /// One of no directions. The first `n_penalised` entries of planes are penalised.
    pub(crate) fn new(triangle: Arc<Cholesky>, n_penalised: usize) -> Subspace {
        let nothing = Array2::zeros((0, triangle.order()));
        Subspace {
            triangle,
            orthonormal: nothing.clone(),
            directions: nothing,
            products: Array2::zeros((0, 0)),
            n_penalised,
            along: Vec::new(),
        }
    }

    pub(crate) fn n_directions(&self) -> usize {
        self.directions.nrows()
    }

    /// Whether so many more directions are worth it.
    pub(crate) fn has_room(&self, more: usize) -> bool {
        (self.n_directions() + more) * SHARE <= self.triangle.order()
    }

    pub(crate) fn directions(&self) -> ArrayView2<'_, f64> {
        self.directions.view()
    }

    /// Products of what is penalised of the directions with each other.
    pub(crate) fn products(&self) -> ArrayView2<'_, f64> {
        self.products.view()
    }

    /// Planes of so many classes, one after the other, from their shares of the directions.
    pub(crate) fn planes(&self, n_classes: usize, shares: &[f64]) -> Vec<f64> {
        let n = self.n_directions();
        let shares =
            Array2::from_shape_fn((n_classes, n), |(class, direction)| shares[class * n + direction]);
        shares.dot(&self.directions).into_iter().collect()
    }

    /// Values a row in [`Subspace::along`].
    pub(crate) fn width(&self) -> usize {
        self.n_directions().next_multiple_of(VECTOR)
    }

    /// Where the rows lie along the directions.
    pub(crate) fn along(&self) -> Result<ArrayView2<'_, f32>, FitError> {
        let width = self.width();
        ArrayView2::from_shape((self.along.len() / width.max(1), width), &self.along)
            .map_err(|error| FitError::Data(error.to_string()))
    }

    /// Adds the model's ways down these gradients, a line for each class. That of the last class is minus the sum of the others, and adds nothing.
    pub(crate) fn grow(
        &mut self,
        rows: &LossProblem<'_>,
        gradients: ArrayView2<'_, f64>,
    ) -> Result<(), FitError> {
        let mut found: Vec<Array1<f64>> = Vec::new();
        for gradient in gradients.rows().into_iter().take(gradients.nrows() - 1) {
            let mut way = gradient.to_vec();
            self.triangle.solve_lower(&mut way);
            let mut way = Array1::from(way);
            let norm = way.dot(&way).sqrt();
            // Twice, for what rounding leaves.
            for _ in 0..2 {
                let shares = self.orthonormal.dot(&way);
                way -= &shares.dot(&self.orthonormal);
                for other in &found {
                    let share = other.dot(&way);
                    way.scaled_add(-share, other);
                }
            }
            let left = way.dot(&way).sqrt();
            if left > NEW * norm {
                found.push(way / left);
            }
        }
        let before = self.width();
        let from = self.n_directions();
        for way in found {
            let mut direction = way.to_vec();
            self.triangle.solve_upper(&mut direction);
            push(&mut self.orthonormal, &way)?;
            push(&mut self.directions, &Array1::from(direction))?;
        }
        self.multiply(from);
        self.widen(rows.x.nrows(), before);
        let new = self.directions.slice(s![from.., ..]).to_owned();
        self.project(rows, new.view(), from)
    }

    /// Makes the directions' products with each other, of those that there are from one on.
    fn multiply(&mut self, from: usize) {
        let penalised = self.directions.slice(s![.., ..self.n_penalised]);
        let new = penalised.slice(s![from.., ..]).dot(&penalised.t());
        let mut products = Array2::zeros((self.n_directions(), self.n_directions()));
        products.slice_mut(s![..from, ..from]).assign(&self.products);
        products.slice_mut(s![from.., ..]).assign(&new);
        products.slice_mut(s![.., from..]).assign(&new.t());
        self.products = products;
    }

    /// Makes each row of the products as wide as there are directions.
    fn widen(&mut self, n_rows: usize, from: usize) {
        let to = self.width();
        if to == from {
            return;
        }
        self.along.resize(n_rows * to, 0.0);
        for row in (0..n_rows).rev() {
            self.along.copy_within(row * from..(row + 1) * from, row * to);
            self.along[row * to + from..(row + 1) * to].fill(0.0);
        }
    }

    /// Writes the rows' products with some directions, the first of them at `place`.
    fn project(
        &mut self,
        rows: &LossProblem<'_>,
        directions: ArrayView2<'_, f64>,
        place: usize,
    ) -> Result<(), FitError> {
        let (n_features, width) = (rows.x.ncols(), self.width());
        let weights = directions.slice(s![.., ..n_features]);
        let weights: Vec<f32> = weights.iter().map(|weight| *weight as f32).collect();
        let constant = |direction| {
            let value = rows
                .constant
                .map_or(0.0, |value| value * directions[[direction, n_features]]);
            value as f32
        };
        let constants: Vec<f32> = (0..directions.nrows()).map(constant).collect();
        let part = |(rows, along): (&[f32], &mut [f32])| {
            let mut products = vec![0.0; constants.len() * CHUNK];
            let chunks = rows
                .chunks(CHUNK * n_features)
                .zip(along.chunks_mut(CHUNK * width));
            for (rows, along) in chunks {
                let n_rows = along.len() / width;
                let products = &mut products[..constants.len() * n_rows];
                SkinnyGemm::detect().products(rows, &weights, products, n_features);
                for (row, along) in along.chunks_exact_mut(width).enumerate() {
                    for (direction, to) in along[place..][..constants.len()].iter_mut().enumerate() {
                        *to = products[direction * n_rows + row] + constants[direction];
                    }
                }
            }
        };
        let part_rows = rows.part_rows();
        (rows.values()?.par_chunks(part_rows * n_features))
            .zip(self.along.par_chunks_mut(part_rows * width))
            .for_each(part);
        Ok(())
    }
}

fn push(rows: &mut Array2<f64>, row: &Array1<f64>) -> Result<(), FitError> {
    rows.push_row(row.view())
        .map_err(|error| FitError::Data(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::linear::smooth_loss::SmoothLoss;

    #[test]
    fn directions_are_orthonormal_by_the_model_and_rows_lie_along_them() {
        let (n_rows, n_features, n_classes) = (600, 30, 4);
        // What a sine repeats after no whole number.
        let value = |i: usize, j: usize| ((i * 97 + j * 31 + i * j * 7) as f64).sin();
        let x = Array2::from_shape_fn((n_rows, n_features), |(i, j)| value(i, j) as f32);
        let rows = LossProblem {
            x: x.view(),
            planes: vec![0; n_rows],
            n_planes: n_classes,
            constant: Some(2.0),
            loss: SmoothLoss::Multinomial,
            costs: vec![(1.0, 1.0); n_classes],
        };
        let order = n_features + 1;
        let mut features = Array2::<f64>::ones((n_rows, order)) * 2.0;
        features
            .slice_mut(s![.., ..n_features])
            .assign(&x.mapv(f64::from));
        let model = features.t().dot(&features) + Array2::<f64>::eye(order);
        let triangle = Cholesky::of(model.clone()).map(Arc::new).unwrap();
        let mut subspace = Subspace::new(triangle, n_features);
        for (growth, wanted) in [3, 6, 9, 12, 15, 18, 21].into_iter().enumerate() {
            let mut gradients = Array2::from_shape_fn((n_classes, order), |(i, j)| value(i + 5 * growth, j));
            // As of a multinomial loss: all classes' together are nothing.
            let others = gradients
                .slice(s![..n_classes - 1, ..])
                .sum_axis(ndarray::Axis(0));
            gradients.row_mut(n_classes - 1).assign(&(-others));
            subspace.grow(&rows, gradients.view()).unwrap();
            assert_eq!(subspace.n_directions(), wanted);
            // What is there already adds nothing.
            subspace.grow(&rows, gradients.view()).unwrap();
            assert_eq!(subspace.n_directions(), wanted);
            let way = subspace.directions().dot(&model);
            let ways = Array2::from_shape_fn((wanted, wanted), |(i, j)| {
                way.row(i).dot(&subspace.directions().row(j))
            });
            assert!(
                (ways - Array2::<f64>::eye(wanted))
                    .iter()
                    .all(|apart| apart.abs() < 1e-9)
            );
        }
        let (n, along) = (subspace.n_directions(), subspace.along().unwrap());
        let plain = features.dot(&subspace.directions().t());
        for ((row, direction), wanted) in plain.indexed_iter() {
            assert!((f64::from(along[[row, direction]]) - wanted).abs() < 1e-5);
        }
        assert!(along.slice(s![.., n..]).iter().all(|value| *value == 0.0));
        let weights = subspace.directions().slice_move(s![.., ..n_features]);
        let apart = &subspace.products() - &weights.dot(&weights.t());
        assert!(apart.iter().all(|apart| apart.abs() < 1e-9));
        let shares: Vec<f64> = (0..2 * n).map(|i| value(i, 3)).collect();
        let planes = subspace.planes(2, &shares);
        assert!(
            (planes[order]
                - (0..n)
                    .map(|i| shares[n + i] * subspace.directions()[[i, 0]])
                    .sum::<f64>())
            .abs()
                < 1e-9
        );
    }
}
