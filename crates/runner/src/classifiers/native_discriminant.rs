//! What linear and quadratic discriminant analysis share: the rows of a class as a normal distribution, and equations of its covariance.

pub(super) mod gaussian;
pub(super) mod moments;
pub(super) mod shrinkage;
pub(super) mod spanned;
