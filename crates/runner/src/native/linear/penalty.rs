//! Elastic-net penalty on the weights of linear models.

use crate::estimator::checks::check_non_negative;
use crate::estimator::error::FitError;

/// Adds `l1 · Σ |w| + ½ l2 · Σ w²` to the loss. No penalty by default.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ElasticNet {
    /// Strength of the l1 penalty, at least 0. It sets weights to exactly 0.
    pub l1: f64,
    /// Strength of the squared l2 penalty, at least 0.
    pub l2: f64,
}

impl ElasticNet {
    /// Refuses strengths that are negative or not finite.
    ///
    /// # Errors
    /// [`FitError::Setting`].
    pub(crate) fn check(self) -> Result<(), FitError> {
        check_non_negative("l1", self.l1)?;
        check_non_negative("l2", self.l2)
    }
}
