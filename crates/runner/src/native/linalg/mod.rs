//! Dense linear algebra that ndarray does not have.

pub(crate) mod blocked_cholesky;
pub(crate) mod cholesky;
pub(crate) mod dot;
pub(crate) mod gram;
pub(crate) mod pseudoinverse;
