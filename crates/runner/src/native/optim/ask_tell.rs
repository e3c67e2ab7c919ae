//! Ask-and-tell interface of the minimizers (reverse communication).
//!
//! The caller evaluates the objective at the trial point and tells the result. So the searches of all classes share one pass over the rows.

/// Whether a search goes on, and why it stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// It needs the objective at its trial point.
    Running,
    /// The gradient is within the tolerance.
    Converged,
    /// No step decreases the objective enough, or it stagnates.
    LineSearchFailed,
}

/// A search for the minimum of a function.
pub(crate) trait AskTell {
    /// The point at which the search asks for the objective.
    fn trial(&self) -> &[f64];

    /// The trial point minus the current point.
    fn displacement(&self) -> Vec<f64>;

    /// The current point: the best one so far.
    fn point(&self) -> &[f64];

    /// Number of accepted steps.
    fn n_steps(&self) -> usize;

    /// Whether the search goes on.
    fn status(&self) -> Status;

    /// Takes the smooth part of the objective, and its gradient, at the trial point.
    fn tell(&mut self, objective: f64, gradient: Vec<f64>);
}
