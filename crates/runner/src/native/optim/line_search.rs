//! Constants of the backtracking line search.

/// Share of the promised progress that a step must make.
pub(crate) const ARMIJO: f64 = 1e-4;

/// Relative rounding of an objective whose products are in f32, which no step has to beat.
pub(crate) const NOISE: f64 = 3e-8;

/// Times that a step is shortened before the search gives up.
pub(crate) const SHORTENED: usize = 25;
