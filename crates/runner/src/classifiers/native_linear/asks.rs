//! What searches for a minimum have in common: they ask where to go and are told rather than call, so that those of all classes share one
//! pass over the rows.

/// Share of the promised progress that a step must make.
pub(super) const ARMIJO: f64 = 1e-4;

/// Relative rounding of an objective whose products are in f32, which no step has to beat.
pub(super) const NOISE: f64 = 3e-8;

/// Times that a step is shortened before the search gives up.
pub(super) const SHORTENED: usize = 25;

/// Progress of the objective, relative to it, that counts, and the steps without any after which a search gives up: what is left is rounding.
const PROGRESS: f64 = 1e-7;
const IDLE: usize = 30;

/// The objective at the last progress that counts, and the steps since.
#[derive(Clone, Copy, Debug)]
pub(super) struct Milestone {
    objective: f64,
    idle: usize,
}

impl Milestone {
    pub(super) fn new() -> Milestone {
        Milestone {
            objective: f64::INFINITY,
            idle: 0,
        }
    }

    /// Takes note of the objective after a step.
    pub(super) fn pass(&mut self, objective: f64) {
        if objective < self.objective - PROGRESS * objective.abs() {
            *self = Milestone { objective, idle: 0 };
        } else {
            self.idle += 1;
        }
    }

    pub(super) fn is_long_ago(&self) -> bool {
        self.idle >= IDLE
    }
}

/// When the gradient is small enough.
#[derive(Clone, Copy, Debug)]
pub(in crate::classifiers) enum Enough {
    /// Its largest entry.
    Largest(f64),
    /// Its length, as a share of that at the start.
    LengthShare(f64),
}

impl Enough {
    /// Whether a gradient is, where that at the start was of this length.
    pub(in crate::classifiers) fn is_met(&self, gradient: &[f64], first_length: f64) -> bool {
        match self {
            Enough::Largest(most) => gradient.iter().all(|slope| slope.abs() <= *most),
            Enough::LengthShare(share) => length(gradient) <= share * first_length,
        }
    }
}

/// How far a search has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::classifiers) enum State {
    GoingOn,
    Converged,
    /// It found no step that makes progress.
    Stuck,
}

/// A search for the minimum of a function.
pub(in crate::classifiers) trait Asks {
    /// Where the search wants to know the function.
    fn trial(&self) -> &[f64];

    /// What leads there from the best point so far.
    fn moved(&self) -> Vec<f64>;

    /// The best point so far.
    fn point(&self) -> &[f64];

    /// Steps made.
    fn steps(&self) -> usize;

    fn state(&self) -> State;

    /// Takes the function, without its l1, and its gradient at the trial.
    fn tell(&mut self, value: f64, gradient: Vec<f64>);
}

pub(super) fn length(values: &[f64]) -> f64 {
    crate::kernels::linear_scores::dot(values, values).sqrt()
}
