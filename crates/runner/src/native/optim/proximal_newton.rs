//! Proximal Newton minimization of a smooth function plus an l1 penalty, with backtracking and damping.
//!
//! Each step goes towards the minimum of a quadratic model plus l1, and is shortened if the objective does not decrease enough. If a
//! shorter step fails too, the model is damped as in the Levenberg-Marquardt method: a squared hinge that few rows reach has almost no
//! curvature in many directions, so undamped steps would be far too long.
//!
//! # Reference
//! Yuan, Ho, Lin (2012), An improved GLMNET for L1-regularized logistic regression; Lee, Sun, Saunders (2014), Proximal Newton-type methods.

use ndarray::Array2;

use crate::native::kernels::vector_ops::{VectorOps, soft_threshold};
use crate::native::optim::ask_tell::{AskTell, Status};
use crate::native::optim::line_search::{ARMIJO, MAX_BACKTRACKS, ROUNDING};
use crate::native::optim::quadratic_model::QuadraticModel;
use crate::native::optim::stopping::{GradientTolerance, StagnationCounter, norm};

/// Tolerance of the minimum of the model, as a share of the largest slope of the objective.
const MODEL_TOLERANCE: f64 = 0.1;

/// Damping at the start, as a share of the curvature.
const INITIAL_DAMPING: f64 = 0.01;

/// Factor on the damping after a failed line search.
const DAMPING_INCREASE: f64 = 10.0;

/// Factor on the damping after a full step.
const DAMPING_DECREASE: f64 = 0.5;

/// Least damping.
const MIN_DAMPING: f64 = 1e-5;

/// Step lengths that are tried along one direction before the damping increases.
const TRIALS_PER_DIRECTION: usize = 2;

/// One minimization.
pub(crate) struct ProximalNewton {
    point: Vec<f64>,
    objective: f64,
    /// Gradient of the smooth part.
    gradient: Vec<f64>,
    /// Strength of l1 for each variable.
    l1: Vec<f64>,
    tolerance: GradientTolerance,
    initial_norm: f64,
    /// Bound on the coordinate descent sweeps per model minimum.
    max_sweeps: usize,
    /// The largest absolute slope.
    max_slope: f64,
    model: Option<QuadraticModel>,
    /// Steps since the model was made.
    model_age: usize,
    damping: f64,
    /// Scale of the curvature of the loss; the damping is relative to it.
    curvature: f64,
    /// Whether the damping increased since the model was last damped.
    needs_damping: bool,
    needs_direction: bool,
    direction: Vec<f64>,
    /// Predicted change of the objective over a full step, to first order.
    predicted: f64,
    step: f64,
    n_backtracks: usize,
    trial: Vec<f64>,
    n_steps: usize,
    stagnation: StagnationCounter,
    status: Status,
}

impl ProximalNewton {
    /// Starts at 0.
    pub(crate) fn new(l1: Vec<f64>, tolerance: GradientTolerance, max_sweeps: usize) -> ProximalNewton {
        ProximalNewton {
            point: vec![0.0; l1.len()],
            objective: f64::INFINITY,
            gradient: Vec::new(),
            tolerance,
            initial_norm: f64::INFINITY,
            max_sweeps,
            max_slope: f64::INFINITY,
            model: None,
            model_age: 0,
            damping: INITIAL_DAMPING,
            curvature: 0.0,
            needs_damping: false,
            needs_direction: false,
            direction: Vec::new(),
            predicted: 0.0,
            step: 1.0,
            n_backtracks: 0,
            trial: vec![0.0; l1.len()],
            l1,
            n_steps: 0,
            stagnation: StagnationCounter::new(),
            status: Status::Running,
        }
    }

    /// Whether the search waits for [`ProximalNewton::find_direction`].
    pub(crate) fn needs_direction(&self) -> bool {
        self.needs_direction
    }

    /// Steps since the model was made; `None` before there is one.
    pub(crate) fn model_age(&self) -> Option<usize> {
        self.model.as_ref().map(|_| self.model_age)
    }

    /// Takes a model of the smooth part at the current point. Damping adds multiples of `curvature · gram` to its blocks.
    pub(crate) fn set_model(&mut self, model: QuadraticModel, curvature: f64, gram: &Array2<f64>) {
        self.curvature = curvature;
        self.model_age = 0;
        self.needs_damping = false;
        let model = self.model.insert(model);
        model.damp(self.damping * curvature, gram);
    }

    /// Takes the minimum of the model as the next trial point.
    pub(crate) fn find_direction(&mut self, gram: &Array2<f64>) {
        self.needs_direction = false;
        let Some(model) = &mut self.model else {
            return;
        };
        if std::mem::take(&mut self.needs_damping) {
            model.damp(
                self.damping * (1.0 - DAMPING_INCREASE.recip()) * self.curvature,
                gram,
            );
        }
        let (tolerance, max_sweeps) = (MODEL_TOLERANCE * self.max_slope, self.max_sweeps);
        let minimum = model.minimize(&self.point, &self.gradient, &self.l1, tolerance, max_sweeps);
        self.direction = difference(&minimum, &self.point);
        self.predicted = VectorOps::detect().dot(&self.direction, &self.gradient) + self.penalty(&minimum)
            - self.penalty(&self.point);
        self.step = 1.0;
        self.set_trial();
    }

    /// The l1 penalty of a point.
    fn penalty(&self, point: &[f64]) -> f64 {
        let absolute = |(strength, value): (&f64, &f64)| strength * value.abs();
        self.l1.iter().zip(point).map(absolute).sum()
    }

    /// The subgradient of least norm.
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

    /// Checks convergence at the current point; asks for a direction if there is none.
    fn check_convergence(&mut self) {
        let slopes = self.slopes();
        self.max_slope = slopes.iter().fold(0.0, |most, slope| slope.abs().max(most));
        self.initial_norm = self.initial_norm.min(if self.n_steps == 0 {
            norm(&slopes)
        } else {
            f64::INFINITY
        });
        let has_converged = match self.tolerance {
            GradientTolerance::MaxNorm(most) => self.max_slope <= most,
            GradientTolerance::RelativeNorm(share) => norm(&slopes) <= share * self.initial_norm,
        };
        self.n_backtracks = 0;
        if has_converged {
            self.status = Status::Converged;
        } else if self.stagnation.is_exceeded() {
            self.status = Status::LineSearchFailed;
        } else {
            self.needs_direction = true;
        }
    }

    /// Shortens the step, or increases the damping, or fails.
    fn backtrack(&mut self) {
        self.n_backtracks += 1;
        if self.n_backtracks > MAX_BACKTRACKS {
            self.status = Status::LineSearchFailed;
        } else if self.n_backtracks.is_multiple_of(TRIALS_PER_DIRECTION) {
            self.damping *= DAMPING_INCREASE;
            self.needs_damping = true;
            self.needs_direction = true;
        } else {
            self.step *= 0.5;
            self.set_trial();
        }
    }

    /// Sets the trial point by the direction and the step length.
    fn set_trial(&mut self) {
        for ((trial, point), by) in self.trial.iter_mut().zip(&self.point).zip(&self.direction) {
            *trial = point + self.step * by;
        }
    }
}

impl AskTell for ProximalNewton {
    fn trial(&self) -> &[f64] {
        &self.trial
    }

    fn displacement(&self) -> Vec<f64> {
        difference(&self.trial, &self.point)
    }

    fn point(&self) -> &[f64] {
        &self.point
    }

    fn n_steps(&self) -> usize {
        self.n_steps
    }

    fn status(&self) -> Status {
        self.status
    }

    fn tell(&mut self, smooth: f64, gradient: Vec<f64>) {
        let objective = smooth + self.penalty(&self.trial);
        if self.gradient.is_empty() {
            (self.objective, self.gradient) = (objective, gradient);
            self.check_convergence();
            return;
        }
        let allowed = self.objective + ARMIJO * self.step * self.predicted + ROUNDING * self.objective.abs();
        if objective.is_nan() || objective > allowed {
            self.backtrack();
            return;
        }
        let displacement = self.displacement();
        if let Some(model) = &mut self.model {
            model.bfgs_update(&displacement, &difference(&gradient, &self.gradient));
        }
        if self.step == 1.0 {
            self.damping = (self.damping * DAMPING_DECREASE).max(MIN_DAMPING);
        }
        self.point.copy_from_slice(&self.trial);
        (self.objective, self.gradient) = (objective, gradient);
        self.n_steps += 1;
        self.model_age += 1;
        self.stagnation.record(objective);
        self.check_convergence();
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
    fn l1_sets_variables_to_zero_and_the_slopes_of_the_others_to_its_strength() {
        // `½ xᵀ A x - bᵀ x`, with the unit matrix as model.
        let a = array![[100.0, 3.0, 0.0], [3.0, 1.0, 0.1], [0.0, 0.1, 0.05]];
        let b = array![1.0, 2.0, -0.1];
        let gram = Array2::eye(3);
        let mut search = ProximalNewton::new(vec![0.6; 3], GradientTolerance::MaxNorm(1e-9), 1000);
        while search.status() == Status::Running {
            if search.needs_direction() {
                if search.model_age().is_none() {
                    search.set_model(QuadraticModel::new(Array2::eye(3), array![[1.0]]), 1.0, &gram);
                }
                search.find_direction(&gram);
            }
            let x = Array1::from(search.trial().to_vec());
            search.tell(0.5 * x.dot(&a.dot(&x)) - b.dot(&x), (a.dot(&x) - &b).to_vec());
        }
        assert_eq!(search.status(), Status::Converged);
        // The third variable is 0. For the others: `100 x + 3 y = 1 + 0.6` and `3 x + y = 2 - 0.6`.
        let x = search.point();
        assert_eq!(x[2], 0.0);
        assert!(
            (x[0] + 2.6 / 91.0).abs() < 1e-8 && (x[1] - 1.4 - 7.8 / 91.0).abs() < 1e-7,
            "{x:?}"
        );
    }
}
