//! When an iteration stops: its tolerance, and the signs that it makes no progress.

/// Progress of the objective, relative to it, that counts, and the steps without any after which a search gives up: what is left is rounding.
const PROGRESS: f64 = 1e-7;

const IDLE: usize = 30;

/// The objective at the last progress that counts, and the steps since.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StagnationCounter {
    objective: f64,
    idle: usize,
}

impl StagnationCounter {
    pub(crate) fn new() -> StagnationCounter {
        StagnationCounter {
            objective: f64::INFINITY,
            idle: 0,
        }
    }

    /// Takes note of the objective after a step.
    pub(crate) fn pass(&mut self, objective: f64) {
        if objective < self.objective - PROGRESS * objective.abs() {
            *self = StagnationCounter { objective, idle: 0 };
        } else {
            self.idle += 1;
        }
    }

    pub(crate) fn is_long_ago(&self) -> bool {
        self.idle >= IDLE
    }
}

/// When the gradient is small enough.
#[derive(Clone, Copy, Debug)]
pub(crate) enum GradientTolerance {
    /// Its largest entry.
    MaxNorm(f64),
    /// Its norm, as a share of that at the start.
    RelativeNorm(f64),
}

impl GradientTolerance {
    /// Whether a gradient is, where that at the start was of this norm.
    pub(crate) fn is_met(&self, gradient: &[f64], first_norm: f64) -> bool {
        match self {
            GradientTolerance::MaxNorm(most) => gradient.iter().all(|slope| slope.abs() <= *most),
            GradientTolerance::RelativeNorm(share) => norm(gradient) <= share * first_norm,
        }
    }
}

pub(crate) fn norm(values: &[f64]) -> f64 {
    crate::native::linalg::dot::dot(values, values).sqrt()
}
