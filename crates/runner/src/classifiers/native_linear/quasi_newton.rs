//! Minimising by the limited-memory BFGS method, with l1 by its orthant-wise variant; a search is told the objective wherever it asks.
//!
//! Searches ask and are told rather than call, so that those of all classes share one pass over the rows.
//!
//! # Reference
//! Liu, Nocedal (1989), On the limited memory BFGS method; Andrew, Gao (2007), Scalable training of L1-regularized log-linear models.

use std::collections::VecDeque;
use std::rc::Rc;

use ndarray::{Array2, ArrayView2};

use super::cholesky::Cholesky;

/// Share of the promised progress that a step must make.
const ARMIJO: f64 = 1e-4;

/// Relative rounding of an objective whose products are in f32, which no step has to beat.
const NOISE: f64 = 3e-8;

/// Times that a step is shortened before the search gives up.
const SHORTENED: usize = 25;

/// Times that a step is shortened before what is remembered is forgotten.
const MISLED: usize = 5;

/// Progress of the objective, relative to it, that counts, and the steps without any after which a search gives up: what is left is rounding.
const PROGRESS: f64 = 1e-7;
const IDLE: usize = 30;

/// When the gradient is small enough.
#[derive(Clone, Copy, Debug)]
pub(in crate::classifiers) enum Enough {
    /// Its largest entry.
    Largest(f64),
    /// Its length, as a share of that at the start.
    LengthShare(f64),
}

/// How far a search has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::classifiers) enum State {
    GoingOn,
    Converged,
    /// It found no step that makes progress.
    Stuck,
}

/// A function's model of its own curvature.
#[derive(Clone, Default)]
pub(in crate::classifiers) struct Curvature {
    /// Equations for each of several blocks of variables, the same for all.
    pub(in crate::classifiers) within: Option<Rc<Cholesky>>,
    /// The inverse of how much the blocks bend each other, by which the solutions are multiplied; without it each is for itself.
    pub(in crate::classifiers) between: Option<Array2<f64>>,
}

/// One search.
pub(in crate::classifiers) struct Search {
    point: Vec<f64>,
    objective: f64,
    gradient: Vec<f64>,
    /// Strength of l1 of each variable; empty for none at all.
    l1: Vec<f64>,
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
    /// The objective at the last progress that counts, and the steps since.
    milestone: (f64, usize),
    pub(in crate::classifiers) state: State,
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
    /// Sets out from `start`. `l1` is the strength of each variable, or empty; `memory` the steps that are remembered.
    pub(in crate::classifiers) fn new(
        start: Vec<f64>,
        l1: Vec<f64>,
        curvature: Curvature,
        enough: Enough,
        memory: usize,
    ) -> Search {
        Search {
            trial: start.clone(),
            point: start,
            objective: f64::INFINITY,
            gradient: Vec::new(),
            l1,
            curvature,
            enough,
            first_length: f64::INFINITY,
            pairs: VecDeque::new(),
            memory,
            direction: Vec::new(),
            step: 1.0,
            shortened: 0,
            steps: 0,
            milestone: (f64::INFINITY, 0),
            state: State::GoingOn,
        }
    }

    /// Where the search wants to know the objective.
    pub(in crate::classifiers) fn trial(&self) -> &[f64] {
        &self.trial
    }

    /// What leads there from the best point so far.
    pub(in crate::classifiers) fn moved(&self) -> Vec<f64> {
        self.trial
            .iter()
            .zip(&self.point)
            .map(|(to, from)| to - from)
            .collect()
    }

    /// The best point so far.
    pub(in crate::classifiers) fn point(&self) -> &[f64] {
        &self.point
    }

    /// Steps made.
    pub(in crate::classifiers) fn steps(&self) -> usize {
        self.steps
    }

    /// Takes the smooth part of the objective and its gradient at the trial.
    pub(in crate::classifiers) fn tell(&mut self, smooth: f64, gradient: Vec<f64>) {
        let absolute = |(strength, value): (&f64, &f64)| strength * value.abs();
        let objective = smooth + self.l1.iter().zip(&self.trial).map(absolute).sum::<f64>();
        if self.gradient.is_empty() {
            (self.objective, self.gradient) = (objective, gradient);
            self.first_length = length(&self.slopes());
            self.set_out();
            return;
        }
        let moved = self.moved();
        let promised = dot(&self.slopes(), &moved);
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
        let (milestone, idle) = self.milestone;
        self.milestone = if objective < milestone - PROGRESS * objective.abs() {
            (objective, 0)
        } else {
            (milestone, idle + 1)
        };
        self.set_out();
        if self.state == State::GoingOn && self.milestone.1 >= IDLE {
            self.state = State::Stuck;
        }
    }

    /// The gradient; where l1 has a kink, the slope in the direction in which the objective falls, or 0.
    fn slopes(&self) -> Vec<f64> {
        if self.l1.is_empty() {
            return self.gradient.clone();
        }
        let slope = |((gradient, strength), value): ((&f64, &f64), &f64)| {
            if *value != 0.0 {
                gradient + strength * value.signum()
            } else {
                gradient.signum() * (gradient.abs() - strength).max(0.0)
            }
        };
        self.gradient
            .iter()
            .zip(&self.l1)
            .zip(&self.point)
            .map(slope)
            .collect()
    }

    fn set_out(&mut self) {
        let slopes = self.slopes();
        let is_enough = match self.enough {
            Enough::Largest(most) => slopes.iter().all(|slope| slope.abs() <= most),
            Enough::LengthShare(share) => length(&slopes) <= share * self.first_length,
        };
        if is_enough {
            self.state = State::Converged;
            return;
        }
        self.direction = self.descent(&slopes);
        if dot(&self.direction, &slopes) >= 0.0 {
            self.pairs.clear();
            self.direction = self.descent(&slopes);
        }
        self.step = if self.pairs.is_empty() && self.curvature.within.is_none() {
            length(&slopes).recip().min(1.0)
        } else {
            1.0
        };
        self.shortened = 0;
        self.try_step();
    }

    /// The direction of the method: of two loops over the pairs, from the slopes and back.
    fn descent(&self, slopes: &[f64]) -> Vec<f64> {
        let mut direction: Vec<f64> = slopes.iter().map(|slope| -slope).collect();
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
        if !self.l1.is_empty() {
            for (value, slope) in direction.iter_mut().zip(slopes) {
                if *value * slope >= 0.0 {
                    *value = 0.0;
                }
            }
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
        if self.l1.is_empty() {
            return;
        }
        // No variable goes through 0: it stays there.
        for ((trial, point), gradient) in self.trial.iter_mut().zip(&self.point).zip(&self.gradient) {
            let orthant = if *point != 0.0 { *point } else { -gradient };
            if *trial * orthant < 0.0 {
                *trial = 0.0;
            }
        }
    }
}

fn length(values: &[f64]) -> f64 {
    dot(values, values).sqrt()
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
    fn minimum(l1: Vec<f64>, curvature: Curvature) -> (Vec<f64>, usize) {
        let a: Array2<f64> = array![[100.0, 3.0, 0.0], [3.0, 1.0, 0.1], [0.0, 0.1, 0.05]];
        let b = array![1.0, 2.0, -0.5];
        let mut search = Search::new(vec![0.0; 3], l1, curvature, Enough::Largest(1e-9), 10);
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
        let cholesky = Rc::new(Cholesky::of(a).unwrap());
        let mut wanted = vec![1.0, 2.0, -0.5];
        cholesky.solve(&mut wanted);
        let close = |found: Vec<f64>| found.iter().zip(&wanted).all(|(a, b)| (a - b).abs() < 1e-6);
        assert!(close(minimum(Vec::new(), Curvature::default()).0));
        let curvature = Curvature {
            within: Some(cholesky),
            between: None,
        };
        let (found, steps) = minimum(Vec::new(), curvature);
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
            within: Cholesky::of(within.clone()).map(Rc::new),
            between: Some(inverse),
        };
        let mut search = Search::new(vec![0.0; 4], Vec::new(), curvature, Enough::Largest(1e-9), 10);
        while search.state == State::GoingOn {
            let x = Array2::from_shape_vec((2, 2), search.trial().to_vec()).unwrap();
            let bent = between.dot(&x).dot(&within);
            let objective = (0.5 * &x * &bent - &b * &x).sum();
            search.tell(objective, (bent - &b).into_iter().collect());
        }
        assert_eq!((search.state, search.steps()), (State::Converged, 1));
    }

    #[test]
    fn l1_leaves_variables_at_0_and_the_slopes_of_the_others_at_its_strength() {
        let (x, _) = minimum(vec![0.6; 3], Curvature::default());
        let slopes = [
            100.0 * x[0] + 3.0 * x[1] - 1.0,
            3.0 * x[0] + x[1] + 0.1 * x[2] - 2.0,
            0.1 * x[1] + 0.05 * x[2] + 0.5,
        ];
        for (value, slope) in x.iter().zip(slopes) {
            if *value == 0.0 {
                assert!(slope.abs() <= 0.6, "{x:?} {slopes:?}");
            } else {
                assert!((slope + 0.6 * value.signum()).abs() < 1e-6, "{x:?} {slopes:?}");
            }
        }
        assert!(x[1] > 0.0);
    }
}
