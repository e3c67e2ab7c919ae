//! Stopping rules: tolerance of the gradient, and stagnation of the objective.

/// Relative decrease of the objective that counts as progress.
const MIN_PROGRESS: f64 = 1e-7;

/// Steps without progress after which a search stops: smaller decreases are rounding error.
const MAX_STAGNANT_STEPS: usize = 30;

/// Counts the steps since the objective last made progress.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StagnationCounter {
    /// The objective at the last progress.
    objective: f64,
    n_steps: usize,
}

impl StagnationCounter {
    pub(crate) fn new() -> StagnationCounter {
        StagnationCounter {
            objective: f64::INFINITY,
            n_steps: 0,
        }
    }

    /// Records the objective after a step.
    pub(crate) fn record(&mut self, objective: f64) {
        if objective < self.objective - MIN_PROGRESS * objective.abs() {
            *self = StagnationCounter {
                objective,
                n_steps: 0,
            };
        } else {
            self.n_steps += 1;
        }
    }

    /// Whether the objective stagnates.
    pub(crate) fn is_exceeded(&self) -> bool {
        self.n_steps >= MAX_STAGNANT_STEPS
    }
}

/// The condition under which the gradient counts as zero.
#[derive(Clone, Copy, Debug)]
pub(crate) enum GradientTolerance {
    /// Its largest absolute entry is at most this.
    MaxNorm(f64),
    /// Its Euclidean norm is at most this share of the norm at the start.
    RelativeNorm(f64),
}

impl GradientTolerance {
    /// Whether the gradient meets the condition, given the norm at the start.
    pub(crate) fn is_met(&self, gradient: &[f64], initial_norm: f64) -> bool {
        match self {
            GradientTolerance::MaxNorm(bound) => gradient.iter().all(|slope| slope.abs() <= *bound),
            GradientTolerance::RelativeNorm(share) => norm(gradient) <= share * initial_norm,
        }
    }
}

/// Euclidean norm.
pub(crate) fn norm(values: &[f64]) -> f64 {
    crate::native::linalg::dot::dot(values, values).sqrt()
}
