//! Constants of the backtracking line search.

/// Share of the predicted decrease that a step must reach (Armijo condition).
pub(crate) const ARMIJO: f64 = 1e-4;

/// Relative rounding error of an objective computed from `f32` products. An increase below it is accepted.
pub(crate) const ROUNDING: f64 = 3e-8;

/// Number of times that a step is shortened before the search fails.
pub(crate) const MAX_BACKTRACKS: usize = 25;
