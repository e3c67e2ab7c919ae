//! Minimising a smooth function by the limited-memory BFGS method; a search is told the objective wherever it asks.
//!
//! # Reference
//! Liu, Nocedal (1989), On the limited memory BFGS method.

use ndarray::{Array2, ArrayView2};
use std::collections::VecDeque;
use std::sync::Arc;

use crate::native::linalg::cholesky::Cholesky;
use crate::native::optim::ask_tell::{AskTell, Status};
use crate::native::optim::line_search::{ARMIJO, NOISE, SHORTENED};
use crate::native::optim::stopping::{GradientTolerance, StagnationCounter, norm};

/// Times that a step is shortened before what is remembered is forgotten.
const MISLED: usize = 5;

/// A function's model of its own curvature.
#[derive(Clone, Default)]
pub(crate) struct InitialHessian {
    /// That of each of several blocks of variables, the same for all.
    pub(crate) within: BlockHessian,
    /// The inverse of how much the blocks bend each other, by which the solutions are multiplied; without it each is for itself.
    pub(crate) between: Option<Array2<f64>>,
}

/// How a block of variables is curved.
#[derive(Clone, Default)]
pub(crate) enum BlockHessian {
    #[default]
    Unknown,
    /// By the unit matrix.
    Unit,
    /// By a matrix whose equations are solved.
    Matrix(Arc<Cholesky>),
}

/// One search.
pub(crate) struct Lbfgs {
    point: Vec<f64>,
    objective: f64,
    gradient: Vec<f64>,
    curvature: InitialHessian,
    enough: GradientTolerance,
    first_norm: f64,
    pairs: VecDeque<Pair>,
    /// Steps that are remembered.
    memory: usize,
    direction: Vec<f64>,
    step: f64,
    shortened: usize,
    trial: Vec<f64>,
    steps: usize,
    milestone: StagnationCounter,
    state: Status,
}

/// A step, the change of the gradient over it, and their product.
struct Pair {
    step: Vec<f64>,
    change: Vec<f64>,
    product: f64,
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    crate::native::linalg::dot::dot(a, b)
}

impl Lbfgs {
    /// Sets out from `start` and remembers so many steps.
    pub(crate) fn new(
        start: Vec<f64>,
        curvature: InitialHessian,
        enough: GradientTolerance,
        memory: usize,
    ) -> Lbfgs {
        Lbfgs {
            trial: start.clone(),
            point: start,
            objective: f64::INFINITY,
            gradient: Vec::new(),
            curvature,
            enough,
            first_norm: f64::INFINITY,
            pairs: VecDeque::new(),
            memory,
            direction: Vec::new(),
            step: 1.0,
            shortened: 0,
            steps: 0,
            milestone: StagnationCounter::new(),
            state: Status::Running,
        }
    }

    fn set_out(&mut self) {
        if self.enough.is_met(&self.gradient, self.first_norm) {
            self.state = Status::Converged;
            return;
        }
        self.direction = self.descent();
        if dot(&self.direction, &self.gradient) >= 0.0 {
            self.pairs.clear();
            self.direction = self.descent();
        }
        self.step = if self.pairs.is_empty() && matches!(self.curvature.within, BlockHessian::Unknown) {
            norm(&self.gradient).recip().min(1.0)
        } else {
            1.0
        };
        self.shortened = 0;
        self.try_step();
    }

    /// The direction of the method: of two loops over the pairs, from the gradient and back.
    fn descent(&self) -> Vec<f64> {
        let mut direction: Vec<f64> = self.gradient.iter().map(|slope| -slope).collect();
        let mut shares = Vec::with_capacity(self.pairs.len());
        for pair in self.pairs.iter().rev() {
            let share = dot(&pair.step, &direction) / pair.product;
            add(&mut direction, &pair.change, -share);
            shares.push(share);
        }
        let scale = |pair: &Pair, change: &[f64]| pair.product / dot(&pair.change, change);
        let factor = self.pairs.back().map_or(1.0, |pair| {
            let mut change = pair.change.clone();
            self.flatten(&mut change);
            scale(pair, &change)
        });
        self.flatten(&mut direction);
        direction.iter_mut().for_each(|value| *value *= factor);
        for (pair, share) in self.pairs.iter().zip(shares.into_iter().rev()) {
            let own = dot(&pair.change, &direction) / pair.product;
            add(&mut direction, &pair.step, share - own);
        }
        direction
    }

    /// Solves the curvature's equations for each block of variables.
    fn flatten(&self, values: &mut Vec<f64>) {
        if let BlockHessian::Matrix(within) = &self.curvature.within {
            let blocks = values.chunks_exact_mut(within.order());
            blocks.for_each(|block| within.solve(block));
        }
        let Some(between) = &self.curvature.between else {
            return;
        };
        let n_blocks = between.nrows();
        if let Ok(blocks) = ArrayView2::from_shape((n_blocks, values.len() / n_blocks), values) {
            *values = between.dot(&blocks).into_iter().collect();
        }
    }

    /// Counts steps that were made before.
    pub(crate) fn after(mut self, steps: usize) -> Lbfgs {
        self.steps = steps;
        self
    }

    /// Goes on from where the search is, with more variables at the end of each of so many blocks, all of them 0: `gradient` has them too. What is
    /// remembered of the others is kept, and taken to say nothing of these.
    pub(crate) fn widen(&mut self, n_blocks: usize, between: Option<Array2<f64>>, gradient: Vec<f64>) {
        let (from, to) = (self.point.len() / n_blocks, gradient.len() / n_blocks);
        let widen = |values: &mut Vec<f64>| {
            let mut wide = vec![0.0; n_blocks * to];
            for (wide, values) in wide.chunks_mut(to).zip(values.chunks(from)) {
                wide[..from].copy_from_slice(values);
            }
            *values = wide;
        };
        widen(&mut self.point);
        for pair in &mut self.pairs {
            widen(&mut pair.step);
            widen(&mut pair.change);
        }
        self.trial.clone_from(&self.point);
        if between.is_some() {
            self.curvature.between = between;
        }
        self.milestone = StagnationCounter::new();
        self.state = Status::Running;
        self.start(self.objective, gradient);
    }

    /// Sets out from the first point whose gradient is known.
    fn start(&mut self, objective: f64, gradient: Vec<f64>) {
        (self.objective, self.gradient) = (objective, gradient);
        self.first_norm = norm(&self.gradient);
        self.set_out();
    }

    fn shorten(&mut self) {
        self.shortened += 1;
        if self.shortened > SHORTENED {
            self.state = Status::LineSearchFailed;
            return;
        }
        if self.shortened > MISLED && !self.pairs.is_empty() {
            // What is remembered may mislead: once more straight down.
            self.pairs.clear();
            self.set_out();
            return;
        }
        self.step *= if self.shortened < 4 { 0.5 } else { 0.1 };
        self.try_step();
    }

    fn try_step(&mut self) {
        for i in 0..self.trial.len() {
            self.trial[i] = self.point[i] + self.step * self.direction[i];
        }
    }
}

impl AskTell for Lbfgs {
    fn trial(&self) -> &[f64] {
        &self.trial
    }

    fn moved(&self) -> Vec<f64> {
        self.trial
            .iter()
            .zip(&self.point)
            .map(|(to, from)| to - from)
            .collect()
    }

    fn point(&self) -> &[f64] {
        &self.point
    }

    fn steps(&self) -> usize {
        self.steps
    }

    fn tell(&mut self, objective: f64, gradient: Vec<f64>) {
        if self.gradient.is_empty() {
            self.start(objective, gradient);
            return;
        }
        let moved = self.moved();
        let promised = dot(&self.gradient, &moved);
        let allowed = self.objective + ARMIJO * promised + NOISE * self.objective.abs();
        if objective.is_nan() || objective > allowed {
            self.shorten();
            return;
        }
        let change: Vec<f64> = gradient
            .iter()
            .zip(&self.gradient)
            .map(|(to, from)| to - from)
            .collect();
        let product = dot(&moved, &change);
        if product > f64::EPSILON * norm(&moved) * norm(&change) {
            if self.pairs.len() == self.memory {
                self.pairs.pop_front();
            }
            self.pairs.push_back(Pair {
                step: moved,
                change,
                product,
            });
        }
        self.point.copy_from_slice(&self.trial);
        (self.objective, self.gradient) = (objective, gradient);
        self.steps += 1;
        self.milestone.pass(objective);
        self.set_out();
        if self.state == Status::Running && self.milestone.is_long_ago() {
            self.state = Status::LineSearchFailed;
        }
    }

    fn state(&self) -> Status {
        self.state
    }
}

fn add(to: &mut [f64], values: &[f64], factor: f64) {
    to.iter_mut()
        .zip(values)
        .for_each(|(to, value)| *to += factor * value);
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    /// `½ xᵀ A x - bᵀ x` with an `A` whose curvatures are far apart.
    fn minimum(curvature: InitialHessian) -> (Vec<f64>, usize) {
        let a: Array2<f64> = array![[100.0, 3.0, 0.0], [3.0, 1.0, 0.1], [0.0, 0.1, 0.05]];
        let b = array![1.0, 2.0, -0.5];
        let mut search = Lbfgs::new(vec![0.0; 3], curvature, GradientTolerance::MaxNorm(1e-9), 10);
        while search.state == Status::Running {
            let x = ndarray::Array1::from(search.trial().to_vec());
            let gradient = a.dot(&x) - &b;
            search.tell(0.5 * x.dot(&a.dot(&x)) - b.dot(&x), gradient.to_vec());
        }
        assert_eq!(search.state, Status::Converged);
        (search.point().to_vec(), search.steps())
    }

    #[test]
    fn a_quadratic_is_minimised_and_at_once_where_its_curvature_is_known() {
        let a = array![[100.0, 3.0, 0.0], [3.0, 1.0, 0.1], [0.0, 0.1, 0.05]];
        let cholesky = Arc::new(Cholesky::of(a).unwrap());
        let mut wanted = vec![1.0, 2.0, -0.5];
        cholesky.solve(&mut wanted);
        let close = |found: Vec<f64>| found.iter().zip(&wanted).all(|(a, b)| (a - b).abs() < 1e-6);
        assert!(close(minimum(InitialHessian::default()).0));
        let curvature = InitialHessian {
            within: BlockHessian::Matrix(cholesky),
            between: None,
        };
        let (found, steps) = minimum(curvature);
        assert!(close(found) && steps <= 2, "{steps}");
    }

    #[test]
    fn blocks_that_bend_each_other_are_minimised_at_once_where_that_is_known() {
        // Of two blocks, each bent by `within`: together the Kronecker product.
        let (within, between) = (array![[4.0, 1.0], [1.0, 0.5]], array![[1.0, -0.9], [-0.9, 2.0]]);
        let b = array![[1.0, -3.0], [0.5, 2.0]];
        let determinant = 2.0 - 0.81;
        let inverse = array![[2.0, 0.9], [0.9, 1.0]] / determinant;
        let curvature = InitialHessian {
            within: BlockHessian::Matrix(Arc::new(Cholesky::of(within.clone()).unwrap())),
            between: Some(inverse),
        };
        let mut search = Lbfgs::new(vec![0.0; 4], curvature, GradientTolerance::MaxNorm(1e-9), 10);
        while search.state == Status::Running {
            let x = Array2::from_shape_vec((2, 2), search.trial().to_vec()).unwrap();
            let bent = between.dot(&x).dot(&within);
            let objective = (0.5 * &x * &bent - &b * &x).sum();
            search.tell(objective, (bent - &b).into_iter().collect());
        }
        assert_eq!((search.state, search.steps()), (Status::Converged, 1));
    }

    #[test]
    fn a_search_goes_on_when_it_is_given_more_variables() {
        // Two blocks, at first of one variable and then of three.
        let bend = array![[2.0, 0.5, 0.1], [0.5, 1.0, 0.2], [0.1, 0.2, 3.0]];
        let b = array![[1.0, -3.0, 0.5], [0.5, 2.0, -1.0]];
        let curvature = InitialHessian {
            within: BlockHessian::Unit,
            between: None,
        };
        let mut search = Lbfgs::new(vec![0.0; 2], curvature, GradientTolerance::RelativeNorm(1e-9), 10);
        let told = |search: &Lbfgs, n: usize| {
            let x = Array2::from_shape_vec((2, n), search.trial().to_vec()).unwrap();
            let (bend, b) = (bend.slice(ndarray::s![..n, ..n]), b.slice(ndarray::s![.., ..n]));
            let bent = x.dot(&bend);
            (
                (0.5 * &x * &bent - &b * &x).sum(),
                (bent - b).into_iter().collect(),
            )
        };
        let go_on = |search: &mut Lbfgs, n: usize| {
            while search.state == Status::Running {
                let (objective, gradient) = told(search, n);
                search.tell(objective, gradient);
            }
            assert_eq!(search.state, Status::Converged);
        };
        go_on(&mut search, 1);
        assert!((search.point[0] - 0.5).abs() < 1e-6 && (search.point[1] - 0.25).abs() < 1e-6);
        let wide = [search.point[0], 0.0, 0.0, search.point[1], 0.0, 0.0];
        let x = Array2::from_shape_vec((2, 3), wide.to_vec()).unwrap();
        search.widen(2, None, (x.dot(&bend) - &b).into_iter().collect());
        assert_eq!(search.point, wide);
        go_on(&mut search, 3);
        let found = Array2::from_shape_vec((2, 3), search.point).unwrap();
        assert!((found.dot(&bend) - b).iter().all(|left| left.abs() < 1e-6));
    }
}
