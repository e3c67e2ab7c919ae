//! Minimising a smooth function plus l1 by proximal Newton steps; a search is told the objective wherever it asks.
//!
//! Each step goes towards the minimum of a quadratic model of the function, plus l1, and is shortened where the function itself does not
//! fall. Where even a short step does not help, the model is taken to be bent more: a loss that some rows do not meet hardly bends at all
//! in many directions, in which steps would have no end.
//!
//! # Reference
//! Yuan, Ho, Lin (2012), An improved GLMNET for L1-regularized logistic regression; Lee, Sun, Saunders (2014), Proximal Newton-type methods.

use ndarray::Array2;

use crate::native::kernels::vector_ops::{VectorOps, soft_threshold};
use crate::native::optim::ask_tell::{AskTell, Status};
use crate::native::optim::line_search::{ARMIJO, NOISE, SHORTENED};
use crate::native::optim::quadratic_model::QuadraticModel;
use crate::native::optim::stopping::{GradientTolerance, StagnationCounter, norm};

/// Slope, as a share of the largest one, that is left where the minimum of the model is good enough.
const LEFT: f64 = 0.1;

/// How much more the model is bent at first, as a share of what bends it; times how much once steps must be short, and once one is not.
const STIFFNESS: f64 = 0.01;

const STIFFER: f64 = 10.0;

const LESS_STIFF: f64 = 0.5;

const LEAST_STIFFNESS: f64 = 1e-5;

/// Steps that are tried on one line before the model is bent more.
const ON_ONE_LINE: usize = 2;

/// One search.
pub(crate) struct ProximalNewton {
    point: Vec<f64>,
    objective: f64,
    /// Of the smooth part.
    gradient: Vec<f64>,
    /// Strength of l1 of each variable.
    l1: Vec<f64>,
    enough: GradientTolerance,
    first_norm: f64,
    /// Rounds over the variables in which a model's minimum is looked for, at most.
    most_rounds: usize,
    /// The largest of the slopes.
    largest: f64,
    quadratic: Option<QuadraticModel>,
    /// Steps since the model was made.
    age: usize,
    stiffness: f64,
    /// How much the model is bent, and whether it is to be bent more.
    bend: f64,
    is_too_soft: bool,
    is_waiting: bool,
    direction: Vec<f64>,
    /// What the objective rises by along the direction, by its slopes.
    promised: f64,
    step: f64,
    shortened: usize,
    trial: Vec<f64>,
    steps: usize,
    milestone: StagnationCounter,
    state: Status,
}

impl ProximalNewton {
    /// Sets out from 0, and spends so many rounds on the minimum of a model.
    pub(crate) fn new(l1: Vec<f64>, enough: GradientTolerance, most_rounds: usize) -> ProximalNewton {
        ProximalNewton {
            point: vec![0.0; l1.len()],
            objective: f64::INFINITY,
            gradient: Vec::new(),
            enough,
            first_norm: f64::INFINITY,
            most_rounds,
            largest: f64::INFINITY,
            quadratic: None,
            age: 0,
            stiffness: STIFFNESS,
            bend: 0.0,
            is_too_soft: false,
            is_waiting: false,
            direction: Vec::new(),
            promised: 0.0,
            step: 1.0,
            shortened: 0,
            trial: vec![0.0; l1.len()],
            l1,
            steps: 0,
            milestone: StagnationCounter::new(),
            state: Status::Running,
        }
    }

    /// Whether the search does not know where to ask next before it is sent on.
    pub(crate) fn is_waiting(&self) -> bool {
        self.is_waiting
    }

    /// The steps since the model was made; `None` before there is one.
    pub(crate) fn age(&self) -> Option<usize> {
        self.quadratic.as_ref().map(|_| self.age)
    }

    /// Takes a model of the function where the search is, and how much it is bent: so many times what all rows would bend it by.
    pub(crate) fn model(&mut self, quadratic: QuadraticModel, bend: f64, all: &Array2<f64>) {
        self.bend = bend;
        self.age = 0;
        self.is_too_soft = false;
        let quadratic = self.quadratic.insert(quadratic);
        quadratic.stiffen(self.stiffness * bend, all);
    }

    /// Sets out to the minimum of the model.
    pub(crate) fn send_on(&mut self, all: &Array2<f64>) {
        self.is_waiting = false;
        let Some(quadratic) = &mut self.quadratic else {
            return;
        };
        if std::mem::take(&mut self.is_too_soft) {
            quadratic.stiffen(self.stiffness * (1.0 - STIFFER.recip()) * self.bend, all);
        }
        let (enough, most_rounds) = (LEFT * self.largest, self.most_rounds);
        let to = quadratic.minimum(&self.point, &self.gradient, &self.l1, enough, most_rounds);
        self.direction = difference(&to, &self.point);
        self.promised = VectorOps::detect().dot(&self.direction, &self.gradient) + self.penalty(&to)
            - self.penalty(&self.point);
        self.step = 1.0;
        self.try_step();
    }

    fn penalty(&self, point: &[f64]) -> f64 {
        let absolute = |(strength, value): (&f64, &f64)| strength * value.abs();
        self.l1.iter().zip(point).map(absolute).sum()
    }

    /// The slopes in the direction in which the objective falls; 0 where it does not.
    fn slopes(&self) -> Vec<f64> {
        let slope = |((gradient, strength), value): ((&f64, &f64), &f64)| {
            if *value == 0.0 {
                soft_threshold(*gradient, *strength)
            } else {
                gradient + strength * value.signum()
            }
        };
        let variables = self.gradient.iter().zip(&self.l1).zip(&self.point);
        variables.map(slope).collect()
    }

    /// Looks whether this is the end, and waits to be sent on if not.
    fn arrive(&mut self) {
        let slopes = self.slopes();
        self.largest = slopes.iter().fold(0.0, |most, slope| slope.abs().max(most));
        self.first_norm = self.first_norm.min(if self.steps == 0 {
            norm(&slopes)
        } else {
            f64::INFINITY
        });
        let is_enough = match self.enough {
            GradientTolerance::MaxNorm(most) => self.largest <= most,
            GradientTolerance::RelativeNorm(share) => norm(&slopes) <= share * self.first_norm,
        };
        self.shortened = 0;
        if is_enough {
            self.state = Status::Converged;
        } else if self.milestone.is_long_ago() {
            self.state = Status::LineSearchFailed;
        } else {
            self.is_waiting = true;
        }
    }

    fn shorten(&mut self) {
        self.shortened += 1;
        if self.shortened > SHORTENED {
            self.state = Status::LineSearchFailed;
        } else if self.shortened.is_multiple_of(ON_ONE_LINE) {
            self.stiffness *= STIFFER;
            self.is_too_soft = true;
            self.is_waiting = true;
        } else {
            self.step *= 0.5;
            self.try_step();
        }
    }

    fn try_step(&mut self) {
        for ((trial, point), by) in self.trial.iter_mut().zip(&self.point).zip(&self.direction) {
            *trial = point + self.step * by;
        }
    }
}

impl AskTell for ProximalNewton {
    fn trial(&self) -> &[f64] {
        &self.trial
    }

    fn moved(&self) -> Vec<f64> {
        difference(&self.trial, &self.point)
    }

    fn point(&self) -> &[f64] {
        &self.point
    }

    fn steps(&self) -> usize {
        self.steps
    }

    fn state(&self) -> Status {
        self.state
    }

    fn tell(&mut self, smooth: f64, gradient: Vec<f64>) {
        let objective = smooth + self.penalty(&self.trial);
        if self.gradient.is_empty() {
            (self.objective, self.gradient) = (objective, gradient);
            self.arrive();
            return;
        }
        let allowed = self.objective + ARMIJO * self.step * self.promised + NOISE * self.objective.abs();
        if objective.is_nan() || objective > allowed {
            self.shorten();
            return;
        }
        let moved = self.moved();
        if let Some(quadratic) = &mut self.quadratic {
            quadratic.correct(&moved, &difference(&gradient, &self.gradient));
        }
        if self.step == 1.0 {
            self.stiffness = (self.stiffness * LESS_STIFF).max(LEAST_STIFFNESS);
        }
        self.point.copy_from_slice(&self.trial);
        (self.objective, self.gradient) = (objective, gradient);
        self.steps += 1;
        self.age += 1;
        self.milestone.pass(objective);
        self.arrive();
    }
}

fn difference(to: &[f64], from: &[f64]) -> Vec<f64> {
    to.iter().zip(from).map(|(to, from)| to - from).collect()
}

#[cfg(test)]
mod tests {
    use ndarray::Array1;
    use ndarray::array;

    use super::*;

    #[test]
    fn l1_leaves_variables_at_0_and_the_slopes_of_the_others_at_its_strength() {
        // `½ xᵀ A x - bᵀ x`, with a model that knows only that all variables bend it.
        let a = array![[100.0, 3.0, 0.0], [3.0, 1.0, 0.1], [0.0, 0.1, 0.05]];
        let b = array![1.0, 2.0, -0.1];
        let all = Array2::eye(3);
        let mut search = ProximalNewton::new(vec![0.6; 3], GradientTolerance::MaxNorm(1e-9), 1000);
        while search.state() == Status::Running {
            if search.is_waiting() {
                if search.age().is_none() {
                    search.model(QuadraticModel::new(Array2::eye(3), array![[1.0]]), 1.0, &all);
                }
                search.send_on(&all);
            }
            let x = Array1::from(search.trial().to_vec());
            search.tell(0.5 * x.dot(&a.dot(&x)) - b.dot(&x), (a.dot(&x) - &b).to_vec());
        }
        assert_eq!(search.state(), Status::Converged);
        // The third is 0; of the others `100 x + 3 y = 1 + 0.6` and `3 x + y = 2 - 0.6`.
        let x = search.point();
        assert_eq!(x[2], 0.0);
        assert!(
            (x[0] + 2.6 / 91.0).abs() < 1e-8 && (x[1] - 1.4 - 7.8 / 91.0).abs() < 1e-7,
            "{x:?}"
        );
    }
}
