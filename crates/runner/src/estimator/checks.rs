//! Checks at the start of a fit.

use std::fmt::Display;

use loader::Label;

use crate::estimator::error::FitError;
use crate::estimator::samples::Samples;

/// Checks one setting: `must_be` is its documented range in words, such as `above 0`.
///
/// # Errors
/// [`FitError::Setting`] unless `is_in_range`.
pub(crate) fn check_setting(
    is_in_range: bool,
    name: &str,
    must_be: &str,
    value: impl Display,
) -> Result<(), FitError> {
    if is_in_range {
        Ok(())
    } else {
        Err(FitError::Setting(format!("{name} must be {must_be}, is {value}")))
    }
}

/// Checks that there are training rows, and one label for each.
///
/// # Errors
/// [`FitError::Data`] otherwise.
pub(crate) fn check_training_rows(train: &Samples, labels: &[Label]) -> Result<(), FitError> {
    let n_rows = train.n_rows();
    if n_rows == 0 {
        return Err(FitError::Data("there are no training rows".into()));
    }
    if labels.len() != n_rows {
        return Err(FitError::Data(format!(
            "there are {} labels for {n_rows} training rows",
            labels.len()
        )));
    }
    Ok(())
}
