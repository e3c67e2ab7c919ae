//! Minimising a quadratic function plus l1, a variable at a time, each with its own soft threshold.
//!
//! No row is read: what the function does is in a matrix of the features. How all variables bend it is that matrix, times how much the
//! classes of one problem bend each other, corrected by what was seen of the gradient on earlier steps (BFGS).
//!
//! # Reference
//! Yuan, Ho, Lin (2012), An improved GLMNET for L1-regularized logistic regression; Bertrand, Massias (2021), Anderson acceleration of
//! coordinate descent.

use ndarray::{Array1, Array2};

use crate::native::kernels::vector_ops::{VectorOps, soft_threshold};
use crate::native::linalg::cholesky::Cholesky;

/// Corrections that are kept; who has more starts from a new matrix.
pub(crate) const MOST_CORRECTIONS: usize = 100;

/// Rounds over the variables from whose changes the next point is guessed.
const GUESSED_FROM: usize = 5;

/// How a function is bent.
pub(crate) struct QuadraticModel {
    /// For each of several blocks of variables, the same for all.
    within: Array2<f64>,
    /// How much the blocks bend each other.
    between: Array2<f64>,
    /// What corrections add and take away: each variable's share in all of them stands together.
    added: Vec<f64>,
    taken: Vec<f64>,
    n_corrections: usize,
    curvatures: Vec<f64>,
}

/// A point on the way to the minimum, and what the function's slopes there are made of; all of it is linear in the point.
#[derive(Clone)]
struct Place {
    to: Vec<f64>,
    /// `within` times the way, block by block.
    bent: Vec<f64>,
    added: Vec<f64>,
    taken: Vec<f64>,
}

impl QuadraticModel {
    pub(crate) fn new(within: Array2<f64>, between: Array2<f64>) -> QuadraticModel {
        let n_variables = within.nrows() * between.nrows();
        let curvatures = (0..n_variables)
            .map(|i| {
                let (block, own) = (i / within.nrows(), i % within.nrows());
                between[[block, block]] * within[[own, own]]
            })
            .collect();
        QuadraticModel {
            within,
            between,
            added: vec![0.0; n_variables * MOST_CORRECTIONS],
            taken: vec![0.0; n_variables * MOST_CORRECTIONS],
            n_corrections: 0,
            curvatures,
        }
    }

    /// Bends each block more, by `factor` of a matrix.
    pub(crate) fn stiffen(&mut self, factor: f64, matrix: &Array2<f64>) {
        self.within.scaled_add(factor, matrix);
        let order = matrix.nrows();
        for (variable, curvature) in self.curvatures.iter_mut().enumerate() {
            let (block, own) = (variable / order, variable % order);
            *curvature += factor * self.between[[block, block]] * matrix[[own, own]];
        }
    }

    fn line(values: &[f64], variable: usize, n: usize) -> &[f64] {
        &values[variable * MOST_CORRECTIONS..][..n]
    }

    /// The quadratic's matrix times a vector.
    fn times(&self, by: &[f64]) -> Vec<f64> {
        let (order, n, steps) = (self.within.nrows(), self.n_corrections, VectorOps::detect());
        let mut bent = vec![0.0; by.len()];
        for (bent, by) in bent.chunks_exact_mut(order).zip(by.chunks_exact(order)) {
            for (row, factor) in self.within.rows().into_iter().zip(by) {
                steps.axpy(bent, row.as_slice().unwrap_or_default(), *factor);
            }
        }
        let mut products = vec![0.0; by.len()];
        for (block, products) in products.chunks_exact_mut(order).enumerate() {
            for (other, bent) in bent.chunks_exact(order).enumerate() {
                steps.axpy(products, bent, self.between[[block, other]]);
            }
        }
        let (mut added, mut taken) = (vec![0.0; n], vec![0.0; n]);
        for (variable, factor) in by.iter().enumerate() {
            steps.axpy(&mut added, Self::line(&self.added, variable, n), *factor);
            steps.axpy(&mut taken, Self::line(&self.taken, variable, n), *factor);
        }
        for (variable, product) in products.iter_mut().enumerate() {
            *product += steps.dot(Self::line(&self.added, variable, n), &added)
                - steps.dot(Self::line(&self.taken, variable, n), &taken);
        }
        products
    }

    /// Corrects the matrix by how the gradient changed over a step.
    pub(crate) fn correct(&mut self, step: &[f64], change: &[f64]) {
        let steps = VectorOps::detect();
        let seen = steps.dot(step, change);
        let believed = self.times(step);
        let old = steps.dot(step, &believed);
        if self.n_corrections == MOST_CORRECTIONS || seen <= 1e-8 * old || old <= 0.0 {
            return;
        }
        let (added, taken) = (seen.sqrt().recip(), old.sqrt().recip());
        for (variable, curvature) in self.curvatures.iter_mut().enumerate() {
            let place = variable * MOST_CORRECTIONS + self.n_corrections;
            self.added[place] = added * change[variable];
            self.taken[place] = taken * believed[variable];
            *curvature += self.added[place].powi(2) - self.taken[place].powi(2);
        }
        self.n_corrections += 1;
    }

    /// Where `gradient · way + ½ way · matrix · way + l1 · |point + way|` is about least: until no variable's slope changes by more than
    /// `enough` in a round, or for so many rounds.
    pub(crate) fn minimum(
        &self,
        point: &[f64],
        gradient: &[f64],
        l1: &[f64],
        enough: f64,
        most_rounds: usize,
    ) -> Vec<f64> {
        let mut place = Place {
            to: point.to_vec(),
            bent: vec![0.0; point.len()],
            added: vec![0.0; self.n_corrections],
            taken: vec![0.0; self.n_corrections],
        };
        let mut before = vec![place.clone()];
        for _ in 0..most_rounds {
            if self.round(&mut place, gradient, l1) <= enough {
                break;
            }
            before.push(place.clone());
            if before.len() > GUESSED_FROM {
                if let Some(guess) = guess(&before)
                    && self.objective(&guess, point, gradient, l1)
                        < self.objective(&place, point, gradient, l1)
                {
                    place = guess;
                }
                before = vec![place.clone()];
            }
        }
        place.to
    }

    /// Moves each variable to its minimum, one after the other, and answers the largest change of a slope.
    fn round(&self, place: &mut Place, gradient: &[f64], l1: &[f64]) -> f64 {
        let (order, n, steps) = (self.within.nrows(), self.n_corrections, VectorOps::detect());
        let n_blocks = self.between.nrows();
        let mut most = 0.0_f64;
        for own in 0..order {
            let row = self.within.row(own);
            let row = row.as_slice().unwrap_or_default();
            for block in 0..n_blocks {
                let variable = block * order + own;
                let curvature = self.curvatures[variable];
                if curvature <= 0.0 {
                    continue;
                }
                let (added, taken) = (
                    Self::line(&self.added, variable, n),
                    Self::line(&self.taken, variable, n),
                );
                let mut slope = gradient[variable];
                for other in 0..n_blocks {
                    slope += self.between[[block, other]] * place.bent[other * order + own];
                }
                if n > 0 {
                    slope += steps.dot(added, &place.added) - steps.dot(taken, &place.taken);
                }
                let from = place.to[variable];
                let to = soft_threshold(curvature * from - slope, l1[variable]) / curvature;
                let by = to - from;
                if by == 0.0 {
                    continue;
                }
                most = most.max(by.abs() * curvature);
                place.to[variable] = to;
                steps.axpy(&mut place.bent[block * order..][..order], row, by);
                steps.axpy(&mut place.added, added, by);
                steps.axpy(&mut place.taken, taken, by);
            }
        }
        most
    }

    fn objective(&self, place: &Place, point: &[f64], gradient: &[f64], l1: &[f64]) -> f64 {
        let (order, steps) = (self.within.nrows(), VectorOps::detect());
        let way: Vec<f64> = place.to.iter().zip(point).map(|(to, from)| to - from).collect();
        let mut objective = steps.dot(&way, gradient)
            + 0.5 * (steps.dot(&place.added, &place.added) - steps.dot(&place.taken, &place.taken));
        for (block, way) in way.chunks_exact(order).enumerate() {
            for (other, bent) in place.bent.chunks_exact(order).enumerate() {
                objective += 0.5 * self.between[[block, other]] * steps.dot(way, bent);
            }
        }
        let absolute = |(to, strength): (&f64, &f64)| strength * to.abs();
        objective + place.to.iter().zip(l1).map(absolute).sum::<f64>()
    }
}

/// Anderson's guess of where points are going.
fn guess(decision_classes: &[Place]) -> Option<Place> {
    let steps = VectorOps::detect();
    let differences: Vec<Vec<f64>> = decision_classes
        .windows(2)
        .map(|pair| {
            pair[1]
                .to
                .iter()
                .zip(&pair[0].to)
                .map(|(to, from)| to - from)
                .collect()
        })
        .collect();
    let n = differences.len();
    let mut products = Array2::from_shape_fn((n, n), |(i, j)| steps.dot(&differences[i], &differences[j]));
    let little = 1e-10 * products.diag().sum();
    products.diag_mut().mapv_inplace(|value| value + little);
    let mut shares = Array1::ones(n);
    Cholesky::of(products)?.solve(shares.as_slice_mut()?);
    let sum = shares.sum();
    if !sum.is_finite() || sum == 0.0 {
        return None;
    }
    let mix = |part: fn(&Place) -> &Vec<f64>| {
        let mut mixed = vec![0.0; part(&decision_classes[0]).len()];
        for (place, share) in decision_classes[1..].iter().zip(&shares) {
            steps.axpy(&mut mixed, part(place), share / sum);
        }
        mixed
    };
    Some(Place {
        to: mix(|place| &place.to),
        bent: mix(|place| &place.bent),
        added: mix(|place| &place.added),
        taken: mix(|place| &place.taken),
    })
}

#[cfg(test)]
mod tests {
    use ndarray::Array1;
    use ndarray::array;

    use super::*;

    /// Two blocks of three variables, in the order of the blocks.
    fn matrix(within: &Array2<f64>, between: &Array2<f64>) -> Array2<f64> {
        Array2::from_shape_fn((6, 6), |(i, j)| between[[i / 3, j / 3]] * within[[i % 3, j % 3]])
    }

    /// The slopes at the minimum are those of the kink, or as much as it takes.
    #[test]
    fn the_minimum_has_no_slope_but_what_l1_takes() {
        let within = array![[4.0, 1.9, 0.3], [1.9, 1.0, 0.1], [0.3, 0.1, 0.5]];
        let between = array![[1.0, -0.9], [-0.9, 2.0]];
        let mut quadratic = QuadraticModel::new(within.clone(), between.clone());
        let mut all = matrix(&within, &between);
        // What BFGS makes of a step.
        let step = array![1.0, 0.0, -1.0, 0.5, 0.0, 0.2];
        let change = array![3.0, 0.5, -1.0, 1.0, 0.3, 0.1];
        quadratic.correct(&step.to_vec(), &change.to_vec());
        let believed = all.dot(&step);
        for i in 0..6 {
            for j in 0..6 {
                all[[i, j]] += change[i] * change[j] / change.dot(&step)
                    - believed[i] * believed[j] / believed.dot(&step);
            }
        }
        quadratic.stiffen(0.5, &within);
        all += &(0.5 * matrix(&within, &between));
        let point = array![0.0, 0.3, -0.2, 0.0, 0.0, 1.0];
        let gradient = array![2.0, -1.0, 0.1, -0.6, 0.2, 0.9];
        let l1 = [0.5; 6];
        let to = quadratic.minimum(&point.to_vec(), &gradient.to_vec(), &l1, 1e-12, 1000);
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
