//! Quadratic model of a smooth function, minimized with an l1 penalty by coordinate descent with soft thresholding.
//!
//! The Hessian of the model is the Kronecker product of a coupling matrix of blocks (classes) and one matrix inside each block (features),
//! plus BFGS updates from earlier steps. No row of the data is read.
//!
//! # Reference
//! Yuan, Ho, Lin (2012), An improved GLMNET for L1-regularized logistic regression; Bertrand, Massias (2021), Anderson acceleration of
//! coordinate descent.

use ndarray::{Array1, Array2};

use crate::native::kernels::vector_ops::{VectorOps, soft_threshold};
use crate::native::linalg::cholesky::Cholesky;

/// Capacity for BFGS updates. After that many, the caller makes a new model.
pub(crate) const MAX_UPDATES: usize = 100;

/// Sweeps per Anderson extrapolation.
const SWEEPS_PER_EXTRAPOLATION: usize = 5;

/// The Hessian of a quadratic function.
pub(crate) struct QuadraticModel {
    /// The matrix inside a block of variables, the same for all blocks.
    block: Array2<f64>,
    /// The coupling matrix of the blocks.
    coupling: Array2<f64>,
    /// Rank-one terms that the updates add and subtract: `MAX_UPDATES` entries per variable, variable by variable.
    added: Vec<f64>,
    subtracted: Vec<f64>,
    n_updates: usize,
    /// The diagonal of the Hessian.
    diagonal: Vec<f64>,
}

/// A point, with the products from which the slopes of the model are computed. All of them are linear in the point.
#[derive(Clone)]
struct ModelPoint {
    point: Vec<f64>,
    /// `block` times the displacement, block by block.
    hessian_product: Vec<f64>,
    /// Products of the rank-one terms with the displacement.
    added: Vec<f64>,
    subtracted: Vec<f64>,
}

impl QuadraticModel {
    /// A model without updates: `coupling ⊗ block`.
    pub(crate) fn new(block: Array2<f64>, coupling: Array2<f64>) -> QuadraticModel {
        let n_variables = block.nrows() * coupling.nrows();
        let diagonal = (0..n_variables)
            .map(|i| {
                let (block_index, own) = (i / block.nrows(), i % block.nrows());
                coupling[[block_index, block_index]] * block[[own, own]]
            })
            .collect();
        QuadraticModel {
            block,
            coupling,
            added: vec![0.0; n_variables * MAX_UPDATES],
            subtracted: vec![0.0; n_variables * MAX_UPDATES],
            n_updates: 0,
            diagonal,
        }
    }

    /// Adds `factor · matrix` to the matrix inside each block.
    pub(crate) fn damp(&mut self, factor: f64, matrix: &Array2<f64>) {
        self.block.scaled_add(factor, matrix);
        let order = matrix.nrows();
        for (variable, curvature) in self.diagonal.iter_mut().enumerate() {
            let (block, own) = (variable / order, variable % order);
            *curvature += factor * self.coupling[[block, block]] * matrix[[own, own]];
        }
    }

    /// The first `n` entries of one variable in `added` or `subtracted`.
    fn terms(values: &[f64], variable: usize, n: usize) -> &[f64] {
        &values[variable * MAX_UPDATES..][..n]
    }

    /// The Hessian times a vector.
    fn product(&self, vector: &[f64]) -> Vec<f64> {
        let (order, n, ops) = (self.block.nrows(), self.n_updates, VectorOps::detect());
        let mut hessian_product = vec![0.0; vector.len()];
        for (hessian_product, vector) in hessian_product
            .chunks_exact_mut(order)
            .zip(vector.chunks_exact(order))
        {
            for (row, factor) in self.block.rows().into_iter().zip(vector) {
                ops.axpy(hessian_product, row.as_slice().unwrap_or_default(), *factor);
            }
        }
        let mut products = vec![0.0; vector.len()];
        for (block, products) in products.chunks_exact_mut(order).enumerate() {
            for (other, hessian_product) in hessian_product.chunks_exact(order).enumerate() {
                ops.axpy(products, hessian_product, self.coupling[[block, other]]);
            }
        }
        let (mut added, mut subtracted) = (vec![0.0; n], vec![0.0; n]);
        for (variable, factor) in vector.iter().enumerate() {
            ops.axpy(&mut added, Self::terms(&self.added, variable, n), *factor);
            ops.axpy(
                &mut subtracted,
                Self::terms(&self.subtracted, variable, n),
                *factor,
            );
        }
        for (variable, product) in products.iter_mut().enumerate() {
            *product += ops.dot(Self::terms(&self.added, variable, n), &added)
                - ops.dot(Self::terms(&self.subtracted, variable, n), &subtracted);
        }
        products
    }

    /// BFGS update by the change of the gradient over a step. An update that would lose positive definiteness is skipped.
    pub(crate) fn bfgs_update(&mut self, step: &[f64], change: &[f64]) {
        let ops = VectorOps::detect();
        let observed = ops.dot(step, change);
        let predicted = self.product(step);
        let old = ops.dot(step, &predicted);
        if self.n_updates == MAX_UPDATES || observed <= 1e-8 * old || old <= 0.0 {
            return;
        }
        let (added, subtracted) = (observed.sqrt().recip(), old.sqrt().recip());
        for (variable, curvature) in self.diagonal.iter_mut().enumerate() {
            let entry = variable * MAX_UPDATES + self.n_updates;
            self.added[entry] = added * change[variable];
            self.subtracted[entry] = subtracted * predicted[variable];
            *curvature += self.added[entry].powi(2) - self.subtracted[entry].powi(2);
        }
        self.n_updates += 1;
    }

    /// The approximate minimum of `gradient · d + ½ dᵀ H d + l1 · |point + d|` over the displacement `d`, as `point + d`.
    ///
    /// Coordinate descent stops when no slope changes by more than `tolerance` in a sweep, or after `max_sweeps` sweeps.
    pub(crate) fn minimize(
        &self,
        point: &[f64],
        gradient: &[f64],
        l1: &[f64],
        tolerance: f64,
        max_sweeps: usize,
    ) -> Vec<f64> {
        let mut current = ModelPoint {
            point: point.to_vec(),
            hessian_product: vec![0.0; point.len()],
            added: vec![0.0; self.n_updates],
            subtracted: vec![0.0; self.n_updates],
        };
        let mut before = vec![current.clone()];
        for _ in 0..max_sweeps {
            if self.sweep(&mut current, gradient, l1) <= tolerance {
                break;
            }
            before.push(current.clone());
            if before.len() > SWEEPS_PER_EXTRAPOLATION {
                if let Some(extrapolated) = anderson_step(&before)
                    && self.objective(&extrapolated, point, gradient, l1)
                        < self.objective(&current, point, gradient, l1)
                {
                    current = extrapolated;
                }
                before = vec![current.clone()];
            }
        }
        current.point
    }

    /// Moves each variable to its minimum, one after the other. Returns the largest change of a slope.
    fn sweep(&self, current: &mut ModelPoint, gradient: &[f64], l1: &[f64]) -> f64 {
        let (order, n, ops) = (self.block.nrows(), self.n_updates, VectorOps::detect());
        let n_blocks = self.coupling.nrows();
        let mut largest = 0.0_f64;
        for own in 0..order {
            let row = self.block.row(own);
            let row = row.as_slice().unwrap_or_default();
            for block in 0..n_blocks {
                let variable = block * order + own;
                let curvature = self.diagonal[variable];
                if curvature <= 0.0 {
                    continue;
                }
                let (added, subtracted) = (
                    Self::terms(&self.added, variable, n),
                    Self::terms(&self.subtracted, variable, n),
                );
                let mut slope = gradient[variable];
                for other in 0..n_blocks {
                    slope += self.coupling[[block, other]] * current.hessian_product[other * order + own];
                }
                if n > 0 {
                    slope += ops.dot(added, &current.added) - ops.dot(subtracted, &current.subtracted);
                }
                let from = current.point[variable];
                let to = soft_threshold(curvature * from - slope, l1[variable]) / curvature;
                let by = to - from;
                if by == 0.0 {
                    continue;
                }
                largest = largest.max(by.abs() * curvature);
                current.point[variable] = to;
                ops.axpy(&mut current.hessian_product[block * order..][..order], row, by);
                ops.axpy(&mut current.added, added, by);
                ops.axpy(&mut current.subtracted, subtracted, by);
            }
        }
        largest
    }

    /// The value of the model plus l1.
    fn objective(&self, current: &ModelPoint, point: &[f64], gradient: &[f64], l1: &[f64]) -> f64 {
        let (order, ops) = (self.block.nrows(), VectorOps::detect());
        let displacement: Vec<f64> = current
            .point
            .iter()
            .zip(point)
            .map(|(to, from)| to - from)
            .collect();
        let mut objective = ops.dot(&displacement, gradient)
            + 0.5
                * (ops.dot(&current.added, &current.added)
                    - ops.dot(&current.subtracted, &current.subtracted));
        for (block, displacement) in displacement.chunks_exact(order).enumerate() {
            for (other, hessian_product) in current.hessian_product.chunks_exact(order).enumerate() {
                objective += 0.5 * self.coupling[[block, other]] * ops.dot(displacement, hessian_product);
            }
        }
        let absolute = |(to, strength): (&f64, &f64)| strength * to.abs();
        objective + current.point.iter().zip(l1).map(absolute).sum::<f64>()
    }
}

/// Anderson extrapolation from successive points.
fn anderson_step(points: &[ModelPoint]) -> Option<ModelPoint> {
    let ops = VectorOps::detect();
    let differences: Vec<Vec<f64>> = points
        .windows(2)
        .map(|pair| {
            pair[1]
                .point
                .iter()
                .zip(&pair[0].point)
                .map(|(to, from)| to - from)
                .collect()
        })
        .collect();
    let n = differences.len();
    let mut products = Array2::from_shape_fn((n, n), |(i, j)| ops.dot(&differences[i], &differences[j]));
    let ridge = 1e-10 * products.diag().sum();
    products.diag_mut().mapv_inplace(|value| value + ridge);
    let mut shares = Array1::ones(n);
    Cholesky::of(products)?.solve(shares.as_slice_mut()?);
    let sum = shares.sum();
    if !sum.is_finite() || sum == 0.0 {
        return None;
    }
    let mix = |part: fn(&ModelPoint) -> &Vec<f64>| {
        let mut mixed = vec![0.0; part(&points[0]).len()];
        for (current, share) in points[1..].iter().zip(&shares) {
            ops.axpy(&mut mixed, part(current), share / sum);
        }
        mixed
    };
    Some(ModelPoint {
        point: mix(|current| &current.point),
        hessian_product: mix(|current| &current.hessian_product),
        added: mix(|current| &current.added),
        subtracted: mix(|current| &current.subtracted),
    })
}

#[cfg(test)]
mod tests {
    use ndarray::Array1;
    use ndarray::array;

    use super::*;

    /// The Kronecker product for two blocks of three variables.
    fn matrix(within: &Array2<f64>, between: &Array2<f64>) -> Array2<f64> {
        Array2::from_shape_fn((6, 6), |(i, j)| between[[i / 3, j / 3]] * within[[i % 3, j % 3]])
    }

    #[test]
    fn slopes_at_the_minimum_are_within_the_strength_of_l1() {
        let within = array![[4.0, 1.9, 0.3], [1.9, 1.0, 0.1], [0.3, 0.1, 0.5]];
        let between = array![[1.0, -0.9], [-0.9, 2.0]];
        let mut quadratic = QuadraticModel::new(within.clone(), between.clone());
        let mut all = matrix(&within, &between);
        // One BFGS update.
        let step = array![1.0, 0.0, -1.0, 0.5, 0.0, 0.2];
        let change = array![3.0, 0.5, -1.0, 1.0, 0.3, 0.1];
        quadratic.bfgs_update(&step.to_vec(), &change.to_vec());
        let predicted = all.dot(&step);
        for i in 0..6 {
            for j in 0..6 {
                all[[i, j]] += change[i] * change[j] / change.dot(&step)
                    - predicted[i] * predicted[j] / predicted.dot(&step);
            }
        }
        quadratic.damp(0.5, &within);
        all += &(0.5 * matrix(&within, &between));
        let point = array![0.0, 0.3, -0.2, 0.0, 0.0, 1.0];
        let gradient = array![2.0, -1.0, 0.1, -0.6, 0.2, 0.9];
        let l1 = [0.5; 6];
        let to = quadratic.minimize(&point.to_vec(), &gradient.to_vec(), &l1, 1e-12, 1000);
        let slopes = &gradient + &all.dot(&(Array1::from(to.clone()) - &point));
        let zeros = to.iter().filter(|value| **value == 0.0).count();
        assert!((1..6).contains(&zeros), "{to:?}");
        for (value, slope) in to.iter().zip(slopes) {
            if *value == 0.0 {
                assert!(slope.abs() <= 0.5, "{to:?} {slope}");
            } else {
                assert!((slope + 0.5 * value.signum()).abs() < 1e-9, "{to:?} {slope}");
            }
        }
    }
}
