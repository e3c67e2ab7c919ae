//! L-BFGS: limited-memory BFGS minimization of a smooth function, with a backtracking line search.
//!
//! # Reference
//! Liu, Nocedal (1989), On the limited memory BFGS method.

use ndarray::{Array2, ArrayView2};
use std::collections::VecDeque;
use std::sync::Arc;

use crate::native::linalg::cholesky::Cholesky;
use crate::native::optim::ask_tell::{AskTell, Status};
use crate::native::optim::line_search::{ARMIJO, MAX_BACKTRACKS, ROUNDING};
use crate::native::optim::stopping::{GradientTolerance, StagnationCounter, norm};

/// Number of times that a step is shortened before the stored pairs are dropped.
const BACKTRACKS_BEFORE_RESET: usize = 5;

/// Initial Hessian of the two-loop recursion: a Kronecker product of one matrix for the blocks of variables and one inside each block.
#[derive(Clone, Default)]
pub(crate) struct InitialHessian {
    /// The Hessian inside one block, the same for all blocks.
    pub(crate) block: BlockHessian,
    /// The inverse of the coupling matrix between blocks; `None` for the unit matrix.
    pub(crate) coupling_inverse: Option<Array2<f64>>,
}

/// The Hessian inside one block of variables.
#[derive(Clone, Default)]
pub(crate) enum BlockHessian {
    /// A multiple of the unit matrix, scaled by the last stored pair.
    #[default]
    Unknown,
    /// The unit matrix.
    Unit,
    /// A factorized matrix.
    Matrix(Arc<Cholesky>),
}

/// One minimization.
pub(crate) struct Lbfgs {
    point: Vec<f64>,
    objective: f64,
    gradient: Vec<f64>,
    initial_hessian: InitialHessian,
    tolerance: GradientTolerance,
    initial_norm: f64,
    pairs: VecDeque<Pair>,
    /// Number of stored pairs.
    memory: usize,
    direction: Vec<f64>,
    step: f64,
    n_backtracks: usize,
    trial: Vec<f64>,
    n_steps: usize,
    stagnation: StagnationCounter,
    status: Status,
}

/// A step, the change of the gradient over it, and their dot product.
struct Pair {
    step: Vec<f64>,
    change: Vec<f64>,
    product: f64,
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    crate::native::linalg::dot::dot(a, b)
}

impl Lbfgs {
    /// Starts at `start` and stores the last `memory` steps.
    pub(crate) fn new(
        start: Vec<f64>,
        initial_hessian: InitialHessian,
        tolerance: GradientTolerance,
        memory: usize,
    ) -> Lbfgs {
        Lbfgs {
            trial: start.clone(),
            point: start,
            objective: f64::INFINITY,
            gradient: Vec::new(),
            initial_hessian,
            tolerance,
            initial_norm: f64::INFINITY,
            pairs: VecDeque::new(),
            memory,
            direction: Vec::new(),
            step: 1.0,
            n_backtracks: 0,
            n_steps: 0,
            stagnation: StagnationCounter::new(),
            status: Status::Running,
        }
    }

    /// Checks convergence at the current point, and starts a line search from it.
    fn begin_step(&mut self) {
        if self.tolerance.is_met(&self.gradient, self.initial_norm) {
            self.status = Status::Converged;
            return;
        }
        self.direction = self.two_loop_direction();
        if dot(&self.direction, &self.gradient) >= 0.0 {
            self.pairs.clear();
            self.direction = self.two_loop_direction();
        }
        self.step = if self.pairs.is_empty() && matches!(self.initial_hessian.block, BlockHessian::Unknown) {
            norm(&self.gradient).recip().min(1.0)
        } else {
            1.0
        };
        self.n_backtracks = 0;
        self.set_trial();
    }

    /// The search direction, by the two-loop recursion.
    fn two_loop_direction(&self) -> Vec<f64> {
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
            self.apply_initial_inverse(&mut change);
            scale(pair, &change)
        });
        self.apply_initial_inverse(&mut direction);
        direction.iter_mut().for_each(|value| *value *= factor);
        for (pair, share) in self.pairs.iter().zip(shares.into_iter().rev()) {
            let own = dot(&pair.change, &direction) / pair.product;
            add(&mut direction, &pair.step, share - own);
        }
        direction
    }

    /// Multiplies by the inverse of the initial Hessian.
    fn apply_initial_inverse(&self, values: &mut Vec<f64>) {
        if let BlockHessian::Matrix(cholesky) = &self.initial_hessian.block {
            let blocks = values.chunks_exact_mut(cholesky.order());
            blocks.for_each(|block| cholesky.solve(block));
        }
        let Some(inverse) = &self.initial_hessian.coupling_inverse else {
            return;
        };
        let n_blocks = inverse.nrows();
        if let Ok(blocks) = ArrayView2::from_shape((n_blocks, values.len() / n_blocks), values) {
            *values = inverse.dot(&blocks).into_iter().collect();
        }
    }

    /// Sets the number of steps made before.
    pub(crate) fn with_n_steps(mut self, n_steps: usize) -> Lbfgs {
        self.n_steps = n_steps;
        self
    }

    /// Continues from the current point with more variables at the end of each of `n_blocks` blocks.
    ///
    /// The new variables are 0. `gradient` includes them. Stored pairs keep their entries and get zeros for the new variables.
    pub(crate) fn extend_blocks(
        &mut self,
        n_blocks: usize,
        coupling_inverse: Option<Array2<f64>>,
        gradient: Vec<f64>,
    ) {
        let (from, to) = (self.point.len() / n_blocks, gradient.len() / n_blocks);
        let extend = |values: &mut Vec<f64>| {
            let mut extended = vec![0.0; n_blocks * to];
            for (extended, values) in extended.chunks_mut(to).zip(values.chunks(from)) {
                extended[..from].copy_from_slice(values);
            }
            *values = extended;
        };
        extend(&mut self.point);
        for pair in &mut self.pairs {
            extend(&mut pair.step);
            extend(&mut pair.change);
        }
        self.trial.clone_from(&self.point);
        if coupling_inverse.is_some() {
            self.initial_hessian.coupling_inverse = coupling_inverse;
        }
        self.stagnation = StagnationCounter::new();
        self.status = Status::Running;
        self.begin(self.objective, gradient);
    }

    /// Starts the first step from the current point.
    fn begin(&mut self, objective: f64, gradient: Vec<f64>) {
        (self.objective, self.gradient) = (objective, gradient);
        self.initial_norm = norm(&self.gradient);
        self.begin_step();
    }

    /// Shortens the step, or fails.
    fn backtrack(&mut self) {
        self.n_backtracks += 1;
        if self.n_backtracks > MAX_BACKTRACKS {
            self.status = Status::LineSearchFailed;
            return;
        }
        if self.n_backtracks > BACKTRACKS_BEFORE_RESET && !self.pairs.is_empty() {
            // The stored pairs may be misleading: restart along steepest descent.
            self.pairs.clear();
            self.begin_step();
            return;
        }
        self.step *= if self.n_backtracks < 4 { 0.5 } else { 0.1 };
        self.set_trial();
    }

    /// Sets the trial point by the direction and the step length.
    fn set_trial(&mut self) {
        for i in 0..self.trial.len() {
            self.trial[i] = self.point[i] + self.step * self.direction[i];
        }
    }
}

impl AskTell for Lbfgs {
    fn trial(&self) -> &[f64] {
        &self.trial
    }

    fn displacement(&self) -> Vec<f64> {
        self.trial
            .iter()
            .zip(&self.point)
            .map(|(to, from)| to - from)
            .collect()
    }

    fn point(&self) -> &[f64] {
        &self.point
    }

    fn n_steps(&self) -> usize {
        self.n_steps
    }

    fn tell(&mut self, objective: f64, gradient: Vec<f64>) {
        if self.gradient.is_empty() {
            self.begin(objective, gradient);
            return;
        }
        let displacement = self.displacement();
        let predicted = dot(&self.gradient, &displacement);
        let allowed = self.objective + ARMIJO * predicted + ROUNDING * self.objective.abs();
        if objective.is_nan() || objective > allowed {
            self.backtrack();
            return;
        }
        let change: Vec<f64> = gradient
            .iter()
            .zip(&self.gradient)
            .map(|(to, from)| to - from)
            .collect();
        let product = dot(&displacement, &change);
        if product > f64::EPSILON * norm(&displacement) * norm(&change) {
            if self.pairs.len() == self.memory {
                self.pairs.pop_front();
            }
            self.pairs.push_back(Pair {
                step: displacement,
                change,
                product,
            });
        }
        self.point.copy_from_slice(&self.trial);
        (self.objective, self.gradient) = (objective, gradient);
        self.n_steps += 1;
        self.stagnation.record(objective);
        self.begin_step();
        if self.status == Status::Running && self.stagnation.is_exceeded() {
            self.status = Status::LineSearchFailed;
        }
    }

    fn status(&self) -> Status {
        self.status
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

    /// Minimizes `½ xᵀ A x - bᵀ x` with an ill-conditioned `A`.
    fn minimum(initial_hessian: InitialHessian) -> (Vec<f64>, usize) {
        let a: Array2<f64> = array![[100.0, 3.0, 0.0], [3.0, 1.0, 0.1], [0.0, 0.1, 0.05]];
        let b = array![1.0, 2.0, -0.5];
        let mut search = Lbfgs::new(
            vec![0.0; 3],
            initial_hessian,
            GradientTolerance::MaxNorm(1e-9),
            10,
        );
        while search.status == Status::Running {
            let x = ndarray::Array1::from(search.trial().to_vec());
            let gradient = a.dot(&x) - &b;
            search.tell(0.5 * x.dot(&a.dot(&x)) - b.dot(&x), gradient.to_vec());
        }
        assert_eq!(search.status, Status::Converged);
        (search.point().to_vec(), search.n_steps())
    }

    #[test]
    fn a_quadratic_is_minimized_in_one_step_if_its_hessian_is_known() {
        let a = array![[100.0, 3.0, 0.0], [3.0, 1.0, 0.1], [0.0, 0.1, 0.05]];
        let cholesky = Arc::new(Cholesky::of(a).unwrap());
        let mut wanted = vec![1.0, 2.0, -0.5];
        cholesky.solve(&mut wanted);
        let close = |found: Vec<f64>| found.iter().zip(&wanted).all(|(a, b)| (a - b).abs() < 1e-6);
        assert!(close(minimum(InitialHessian::default()).0));
        let hessian = InitialHessian {
            block: BlockHessian::Matrix(cholesky),
            coupling_inverse: None,
        };
        let (found, n_steps) = minimum(hessian);
        assert!(close(found) && n_steps <= 2, "{n_steps}");
    }

    #[test]
    fn coupled_blocks_are_minimized_in_one_step_if_the_coupling_is_known() {
        // The Hessian of two blocks: the Kronecker product of `between` and `within`.
        let (within, between) = (array![[4.0, 1.0], [1.0, 0.5]], array![[1.0, -0.9], [-0.9, 2.0]]);
        let b = array![[1.0, -3.0], [0.5, 2.0]];
        let determinant = 2.0 - 0.81;
        let inverse = array![[2.0, 0.9], [0.9, 1.0]] / determinant;
        let hessian = InitialHessian {
            block: BlockHessian::Matrix(Arc::new(Cholesky::of(within.clone()).unwrap())),
            coupling_inverse: Some(inverse),
        };
        let mut search = Lbfgs::new(vec![0.0; 4], hessian, GradientTolerance::MaxNorm(1e-9), 10);
        while search.status == Status::Running {
            let x = Array2::from_shape_vec((2, 2), search.trial().to_vec()).unwrap();
            let hessian_product = between.dot(&x).dot(&within);
            let objective = (0.5 * &x * &hessian_product - &b * &x).sum();
            search.tell(objective, (hessian_product - &b).into_iter().collect());
        }
        assert_eq!((search.status, search.n_steps()), (Status::Converged, 1));
    }

    #[test]
    fn a_search_continues_when_it_gets_more_variables() {
        // Two blocks of one variable each, later of three.
        let hessian = array![[2.0, 0.5, 0.1], [0.5, 1.0, 0.2], [0.1, 0.2, 3.0]];
        let b = array![[1.0, -3.0, 0.5], [0.5, 2.0, -1.0]];
        let initial_hessian = InitialHessian {
            block: BlockHessian::Unit,
            coupling_inverse: None,
        };
        let mut search = Lbfgs::new(
            vec![0.0; 2],
            initial_hessian,
            GradientTolerance::RelativeNorm(1e-9),
            10,
        );
        let evaluate = |search: &Lbfgs, n: usize| {
            let x = Array2::from_shape_vec((2, n), search.trial().to_vec()).unwrap();
            let (hessian, b) = (
                hessian.slice(ndarray::s![..n, ..n]),
                b.slice(ndarray::s![.., ..n]),
            );
            let hessian_product = x.dot(&hessian);
            (
                (0.5 * &x * &hessian_product - &b * &x).sum(),
                (hessian_product - b).into_iter().collect(),
            )
        };
        let minimize = |search: &mut Lbfgs, n: usize| {
            while search.status == Status::Running {
                let (objective, gradient) = evaluate(search, n);
                search.tell(objective, gradient);
            }
            assert_eq!(search.status, Status::Converged);
        };
        minimize(&mut search, 1);
        assert!((search.point[0] - 0.5).abs() < 1e-6 && (search.point[1] - 0.25).abs() < 1e-6);
        let extended = [search.point[0], 0.0, 0.0, search.point[1], 0.0, 0.0];
        let x = Array2::from_shape_vec((2, 3), extended.to_vec()).unwrap();
        search.extend_blocks(2, None, (x.dot(&hessian) - &b).into_iter().collect());
        assert_eq!(search.point, extended);
        minimize(&mut search, 3);
        let found = Array2::from_shape_vec((2, 3), search.point).unwrap();
        assert!((found.dot(&hessian) - b).iter().all(|left| left.abs() < 1e-6));
    }
}
