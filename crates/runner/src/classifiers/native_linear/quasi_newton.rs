//! Minimising a smooth function by the limited-memory BFGS method; a search is told the objective wherever it asks.
//!
//! # Reference
//! Liu, Nocedal (1989), On the limited memory BFGS method.

use std::collections::VecDeque;
use std::sync::Arc;

use ndarray::{Array2, ArrayView2};

use super::asks::{ARMIJO, Asks, Enough, Milestone, NOISE, SHORTENED, State, length};
use super::cholesky::Cholesky;

/// Times that a step is shortened before what is remembered is forgotten.
const MISLED: usize = 5;

/// A function's model of its own curvature.
#[derive(Clone, Default)]
pub(in crate::classifiers) struct Curvature {
    /// Equations for each of several blocks of variables, the same for all.
    pub(in crate::classifiers) within: Option<Arc<Cholesky>>,
    /// The inverse of how much the blocks bend each other, by which the solutions are multiplied; without it each is for itself.
    pub(in crate::classifiers) between: Option<Array2<f64>>,
}

/// One search.
pub(in crate::classifiers) struct Search {
    point: Vec<f64>,
    objective: f64,
    gradient: Vec<f64>,
    curvature: Curvature,
    enough: Enough,
    first_length: f64,
    pairs: VecDeque<Pair>,
    /// Steps that are remembered.
    memory: usize,
    direction: Vec<f64>,
    step: f64,
    shortened: usize,
    trial: Vec<f64>,
    steps: usize,
    milestone: Milestone,
    state: State,
}

/// A step, the change of the gradient over it, and their product.
struct Pair {
    step: Vec<f64>,
    change: Vec<f64>,
    product: f64,
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    crate::kernels::linear_scores::dot(a, b)
}

impl Search {
    /// Sets out from `start` and remembers so many steps.
    pub(in crate::classifiers) fn new(
        start: Vec<f64>,
        curvature: Curvature,
        enough: Enough,
        memory: usize,
    ) -> Search {
        Search {
            trial: start.clone(),
            point: start,
            objective: f64::INFINITY,
            gradient: Vec::new(),
            curvature,
            enough,
            first_length: f64::INFINITY,
            pairs: VecDeque::new(),
            memory,
            direction: Vec::new(),
            step: 1.0,
            shortened: 0,
            steps: 0,
            milestone: Milestone::new(),
            state: State::GoingOn,
        }
    }

    fn set_out(&mut self) {
        let is_enough = match self.enough {
            Enough::Largest(most) => self.gradient.iter().all(|slope| slope.abs() <= most),
            Enough::LengthShare(share) => length(&self.gradient) <= share * self.first_length,
        };
        if is_enough {
            self.state = State::Converged;
            return;
        }
        self.direction = self.descent();
        if dot(&self.direction, &self.gradient) >= 0.0 {
            self.pairs.clear();
            self.direction = self.descent();
        }
        self.step = if self.pairs.is_empty() && self.curvature.within.is_none() {
            length(&self.gradient).recip().min(1.0)
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
        let Some(within) = &self.curvature.within else {
            return;
        };
        values
            .chunks_exact_mut(within.order())
            .for_each(|block| within.solve(block));
        let blocks = ArrayView2::from_shape((values.len() / within.order(), within.order()), values);
        if let (Some(between), Ok(blocks)) = (&self.curvature.between, blocks) {
            *values = between.dot(&blocks).into_iter().collect();
        }
    }

    /// Takes another model of how much the blocks of variables bend each other, and sets out anew from where the search is.
    pub(in crate::classifiers) fn remodel(&mut self, between: Array2<f64>) {
        self.curvature.between = Some(between);
        self.set_out();
    }

    fn shorten(&mut self) {
        self.shortened += 1;
        if self.shortened > SHORTENED {
            self.state = State::Stuck;
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

impl Asks for Search {
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
            (self.objective, self.gradient) = (objective, gradient);
            self.first_length = length(&self.gradient);
            self.set_out();
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
        if product > f64::EPSILON * length(&moved) * length(&change) {
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
        if self.state == State::GoingOn && self.milestone.is_long_ago() {
            self.state = State::Stuck;
        }
    }

    fn state(&self) -> State {
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
    fn minimum(curvature: Curvature) -> (Vec<f64>, usize) {
        let a: Array2<f64> = array![[100.0, 3.0, 0.0], [3.0, 1.0, 0.1], [0.0, 0.1, 0.05]];
        let b = array![1.0, 2.0, -0.5];
        let mut search = Search::new(vec![0.0; 3], curvature, Enough::Largest(1e-9), 10);
        while search.state == State::GoingOn {
            let x = ndarray::Array1::from(search.trial().to_vec());
            let gradient = a.dot(&x) - &b;
            search.tell(0.5 * x.dot(&a.dot(&x)) - b.dot(&x), gradient.to_vec());
        }
        assert_eq!(search.state, State::Converged);
        (search.point().to_vec(), search.steps())
    }

    #[test]
    fn a_quadratic_is_minimised_and_at_once_where_its_curvature_is_known() {
        let a = array![[100.0, 3.0, 0.0], [3.0, 1.0, 0.1], [0.0, 0.1, 0.05]];
        let cholesky = Arc::new(Cholesky::of(a).unwrap());
        let mut wanted = vec![1.0, 2.0, -0.5];
        cholesky.solve(&mut wanted);
        let close = |found: Vec<f64>| found.iter().zip(&wanted).all(|(a, b)| (a - b).abs() < 1e-6);
        assert!(close(minimum(Curvature::default()).0));
        let curvature = Curvature {
            within: Some(cholesky),
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
        let curvature = Curvature {
            within: Cholesky::of(within.clone()).map(Arc::new),
            between: Some(inverse),
        };
        let mut search = Search::new(vec![0.0; 4], curvature, Enough::Largest(1e-9), 10);
        while search.state == State::GoingOn {
            let x = Array2::from_shape_vec((2, 2), search.trial().to_vec()).unwrap();
            let bent = between.dot(&x).dot(&within);
            let objective = (0.5 * &x * &bent - &b * &x).sum();
            search.tell(objective, (bent - &b).into_iter().collect());
        }
        assert_eq!((search.state, search.steps()), (State::Converged, 1));
    }
}
