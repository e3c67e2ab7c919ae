//! Checks of settings and rows that a `fit` makes before it trains.

use std::fmt::Display;

use loader::Label;

use crate::estimator::error::FitError;
use crate::estimator::samples::Samples;

/// Refuses a setting outside its range, which `range` states in words: `above 0`.
///
/// # Errors
/// [`FitError::Setting`] if `is_valid` is false.
pub(crate) fn check_setting(
    name: &str,
    value: impl Display,
    is_valid: bool,
    range: &str,
) -> Result<(), FitError> {
    if is_valid {
        Ok(())
    } else {
        Err(FitError::Setting(format!("{name} must be {range}, is {value}")))
    }
}

/// Refuses a number that is not finite or not above 0.
///
/// # Errors
/// [`FitError::Setting`].
pub(crate) fn check_positive(name: &str, value: f64) -> Result<(), FitError> {
    check_setting(name, value, value.is_finite() && value > 0.0, "above 0")
}

/// Refuses a number that is not finite or below 0.
///
/// # Errors
/// [`FitError::Setting`].
pub(crate) fn check_not_negative(name: &str, value: f64) -> Result<(), FitError> {
    check_setting(name, value, value.is_finite() && value >= 0.0, "at least 0")
}

/// Refuses a count of 0.
///
/// # Errors
/// [`FitError::Setting`].
pub(crate) fn check_count(name: &str, value: usize) -> Result<(), FitError> {
    check_setting(name, value, value > 0, "at least 1")
}

/// Refuses training data without rows, or with another number of labels than rows.
///
/// # Errors
/// [`FitError::Data`].
pub(crate) fn check_training_rows(train: &Samples, labels: &[Label]) -> Result<(), FitError> {
    if labels.len() != train.n_rows() {
        return Err(FitError::Data(format!(
            "{} labels for {} training rows",
            labels.len(),
            train.n_rows()
        )));
    }
    if labels.is_empty() {
        return Err(FitError::Data("no training rows".into()));
    }
    Ok(())
}

/// Refuses rows with another number of features than the model was trained on.
///
/// # Errors
/// [`FitError::Data`].
pub(crate) fn check_features(samples: &Samples, n_features: usize) -> Result<(), FitError> {
    if samples.n_features() == n_features {
        return Ok(());
    }
    Err(FitError::Data(format!(
        "rows of {} features for a model of {n_features} features",
        samples.n_features()
    )))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use loader::{ImageBuffer, Preprocessing, Transform};

    use super::*;
    use crate::estimator::samples::Layout;

    #[test]
    fn settings_outside_their_range_are_named() {
        let message = |result: Result<(), FitError>| result.unwrap_err().to_string();
        assert_eq!(message(check_positive("C", 0.0)), "C must be above 0, is 0");
        assert_eq!(
            message(check_positive("tol", f64::NAN)),
            "tol must be above 0, is NaN"
        );
        assert!(check_positive("C", f64::INFINITY).is_err());
        assert_eq!(
            message(check_count("max_iter", 0)),
            "max_iter must be at least 1, is 0"
        );
        assert!(check_not_negative("alpha", 0.0).is_ok());
    }

    #[test]
    fn labels_must_match_the_rows() {
        let images = ImageBuffer::new(vec![0, 1], 1, 1);
        let transform = Arc::new(Transform::fit(Preprocessing::NONE, images.view()));
        let samples = Samples::new(images, &transform, Layout::Bytes);
        assert!(check_training_rows(&samples, &[Label(0), Label(1)]).is_ok());
        assert!(matches!(
            check_training_rows(&samples, &[Label(0)]),
            Err(FitError::Data(_))
        ));
        assert!(check_features(&samples, 1).is_ok() && check_features(&samples, 2).is_err());
    }
}
