//! The level of the tests and of the intervals: 5 %.

/// The level of the tests.
pub const ALPHA: f64 = 0.05;

/// The two-sided 5 % quantile of the standard normal distribution.
pub(super) const Z: f64 = 1.959_963_984_540_054;
