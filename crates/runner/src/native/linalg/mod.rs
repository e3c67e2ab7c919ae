//! Dense linear algebra that `ndarray` does not have, in `f64` and with a fixed order of every sum.
//!
//! - [`cholesky`]: factorization `A = L Lᵀ` of one matrix in place; [`blocked_cholesky`]: the same for large matrices, on all threads.
//! - [`gram`]: `AᵀA`, its lower triangle only.
//! - [`pseudoinverse`]: solves with a positive semidefinite matrix of any rank.
//! - [`dot`]: dot products and scaled sums of squares.

pub(crate) mod blocked_cholesky;
pub(crate) mod cholesky;
pub(crate) mod dot;
pub(crate) mod gram;
pub(crate) mod pseudoinverse;
