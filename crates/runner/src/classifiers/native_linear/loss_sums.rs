//! Losses of linear classifiers and their gradients, summed over the rows: for all classes over one read of each row.
//!
//! Products with the rows are in f32, whatever is summed over rows in f64, and the rows are taken in parts that do not depend on the
//! number of threads.

use ndarray::ArrayView2;
use rayon::prelude::*;

use crate::classifiers::FitError;
use crate::kernels::narrow_products::{COLUMNS, NarrowProducts};

/// Rows whose products are made at once: with their pixels they stay in the second-level cache.
pub(in crate::classifiers) const CHUNK: usize = 256;

/// Parts of the rows that threads take.
const PARTS: usize = 16;

/// The sum of logarithms is that of a product as long as it is below this.
const LARGE_PRODUCT: f64 = 1e200;

/// What is minimised beside the penalty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::classifiers) enum SmoothLoss {
    /// Minus the logarithm of a class's probability, one problem for all classes.
    Multinomial,
    /// Minus the logarithm of the probability to be of the class or of the rest.
    Logistic,
    /// The square of what a margin lacks to 1.
    SquaredHinge,
}

/// The rows, and the plane that each belongs to.
pub(in crate::classifiers) struct Rows<'a> {
    pub(in crate::classifiers) x: ArrayView2<'a, f32>,
    /// For each row the index of its plane; of two classes the second has the only one.
    pub(in crate::classifiers) planes: Vec<usize>,
    pub(in crate::classifiers) n_planes: usize,
    pub(in crate::classifiers) constant: Option<f64>,
    pub(in crate::classifiers) loss: SmoothLoss,
    /// What rows of each plane's class cost, and those of the rest.
    pub(in crate::classifiers) costs: Vec<(f64, f64)>,
}

/// Losses and gradients of the planes, summed over rows; in one problem for all the loss stands at the first.
#[derive(Clone)]
pub(in crate::classifiers) struct Sums {
    pub(in crate::classifiers) losses: Vec<f64>,
    /// For sixteen planes each, a line a feature.
    gradients: Vec<Vec<[f64; COLUMNS]>>,
    constants: Vec<f64>,
}

impl Sums {
    fn new(n_planes: usize, n_features: usize) -> Sums {
        Sums {
            losses: vec![0.0; n_planes],
            gradients: vec![vec![[0.0; COLUMNS]; n_features]; n_planes.div_ceil(COLUMNS)],
            constants: vec![0.0; n_planes],
        }
    }

    fn add(&mut self, other: &Sums) {
        let pairs = [
            (&mut self.losses, &other.losses),
            (&mut self.constants, &other.constants),
        ];
        for (to, from) in pairs {
            to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        }
        let (to, from) = (
            self.gradients.iter_mut().flatten(),
            other.gradients.iter().flatten(),
        );
        for (to, from) in to.flatten().zip(from.flatten()) {
            *to += from;
        }
    }

    /// The gradient of one plane by its weights and then its constant.
    pub(in crate::classifiers) fn gradient(&self, plane: usize, constant: Option<f64>) -> Vec<f64> {
        let lines = &self.gradients[plane / COLUMNS];
        let weights = lines.iter().map(|line| line[plane % COLUMNS]);
        weights
            .chain(constant.map(|value| value * self.constants[plane]))
            .collect()
    }
}

impl Rows<'_> {
    /// The planes' weights, sixteen side by side, and their constants.
    pub(in crate::classifiers) fn columns(&self, planes: &[&[f64]]) -> (Vec<Vec<[f32; COLUMNS]>>, Vec<f64>) {
        let n_features = self.x.ncols();
        let columns: Vec<Vec<[f32; COLUMNS]>> = planes
            .chunks(COLUMNS)
            .map(|group| {
                let weight = |feature: usize, plane: usize| {
                    group.get(plane).map_or(0.0, |plane| plane[feature] as f32)
                };
                let line = |feature| std::array::from_fn(|plane| weight(feature, plane));
                (0..n_features).map(line).collect()
            })
            .collect();
        let constants: Vec<f64> = planes
            .iter()
            .map(|plane| self.constant.map_or(0.0, |value| value * plane[n_features]))
            .collect();
        (columns, constants)
    }

    /// Losses and gradients at these planes, each its weights and then its constant.
    pub(in crate::classifiers) fn sums(&self, planes: &[&[f64]]) -> Result<Sums, FitError> {
        let n_features = self.x.ncols();
        let (columns, constants) = self.columns(planes);
        let rows = self
            .x
            .to_slice()
            .ok_or_else(|| FitError("rows are not contiguous".into()))?;
        let part = self.x.nrows().div_ceil(PARTS).max(1);
        let parts: Vec<Sums> = (rows.par_chunks(part * n_features))
            .zip(self.planes.par_chunks(part))
            .map(|(rows, planes)| self.part(rows, planes, &columns, &constants))
            .collect();
        let mut sums = Sums::new(self.n_planes, n_features);
        parts.iter().for_each(|part| sums.add(part));
        Ok(sums)
    }

    fn part(
        &self,
        rows: &[f32],
        planes: &[usize],
        columns: &[Vec<[f32; COLUMNS]>],
        constants: &[f64],
    ) -> Sums {
        let n_features = self.x.ncols();
        let by = NarrowProducts::here();
        let mut sums = Sums::new(self.n_planes, n_features);
        let mut products = vec![vec![[0.0; COLUMNS]; CHUNK]; columns.len()];
        let mut gradient = vec![[0.0; COLUMNS]; n_features];
        for (rows, planes) in rows.chunks(CHUNK * n_features).zip(planes.chunks(CHUNK)) {
            for (columns, products) in columns.iter().zip(&mut products) {
                by.products(rows, columns, &mut products[..planes.len()]);
            }
            self.residuals(planes, constants, &mut products, &mut sums);
            for (residuals, total) in products.iter().zip(&mut sums.gradients) {
                gradient.fill([0.0; COLUMNS]);
                by.add_transposed(rows, &residuals[..planes.len()], &mut gradient);
                for (to, from) in total.as_flattened_mut().iter_mut().zip(gradient.as_flattened()) {
                    *to += f64::from(*from);
                }
            }
        }
        sums
    }

    /// Makes residuals of products: the slopes of the loss.
    fn residuals(
        &self,
        planes: &[usize],
        constants: &[f64],
        products: &mut [Vec<[f32; COLUMNS]>],
        sums: &mut Sums,
    ) {
        let mut factors = vec![1.0; self.n_planes];
        let mut scores = vec![0.0; self.n_planes];
        for (row, own) in planes.iter().enumerate() {
            for (plane, score) in scores.iter_mut().enumerate() {
                *score = f64::from(products[plane / COLUMNS][row][plane % COLUMNS]) + constants[plane];
            }
            match self.loss {
                SmoothLoss::Multinomial => shares(&mut scores, *own, &mut sums.losses[0], &mut factors[0]),
                SmoothLoss::Logistic => {
                    for (plane, score) in scores.iter_mut().enumerate() {
                        let (loss, factor) = (&mut sums.losses[plane], &mut factors[plane]);
                        *score = logistic(*score, plane == *own, loss, factor);
                    }
                }
                SmoothLoss::SquaredHinge => {
                    for (plane, score) in scores.iter_mut().enumerate() {
                        *score = self.squared_hinge(*score, plane, plane == *own, &mut sums.losses[plane]);
                    }
                }
            }
            for (plane, residual) in scores.iter().enumerate() {
                sums.constants[plane] += residual;
                products[plane / COLUMNS][row][plane % COLUMNS] = *residual as f32;
            }
        }
        for (loss, factor) in sums.losses.iter_mut().zip(factors) {
            *loss += factor.ln();
        }
    }

    /// The slope of the squared hinge.
    fn squared_hinge(&self, score: f64, plane: usize, is_class: bool, loss: &mut f64) -> f64 {
        let (own, rest) = self.costs[plane];
        let (side, cost) = if is_class { (1.0, own) } else { (-1.0, rest) };
        let lacks = (1.0 - side * score).max(0.0);
        *loss += cost * lacks * lacks;
        -2.0 * side * cost * lacks
    }
}

/// The slope of the logistic loss: the probability of the class less what it should be. What the row adds to the loss is a summand, and a
/// factor of the product whose logarithm is another.
fn logistic(score: f64, is_class: bool, loss: &mut f64, factor: &mut f64) -> f64 {
    let small = (-score.abs()).exp();
    *loss += if is_class {
        (-score).max(0.0)
    } else {
        score.max(0.0)
    };
    multiply(factor, 1.0 + small, loss);
    (if score > 0.0 { 1.0 } else { small }) / (1.0 + small) - f64::from(u8::from(is_class))
}

/// Makes slopes of the scores of all classes; the rest as [`logistic`].
fn shares(scores: &mut [f64], own: usize, loss: &mut f64, factor: &mut f64) {
    let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    *loss += highest - scores[own];
    let mut sum = 0.0;
    for score in scores.iter_mut() {
        *score = (*score - highest).exp();
        sum += *score;
    }
    scores.iter_mut().for_each(|score| *score /= sum);
    scores[own] -= 1.0;
    multiply(factor, sum, loss);
}

fn multiply(factor: &mut f64, by: f64, loss: &mut f64) {
    *factor *= by;
    if *factor > LARGE_PRODUCT {
        *loss += factor.ln();
        *factor = 1.0;
    }
}
