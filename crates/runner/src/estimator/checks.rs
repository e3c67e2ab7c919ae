//! Checks at the start of a fit or prediction: settings in their ranges, one label per row, as many features as in training.

use std::fmt::Display;

use loader::Label;

use crate::estimator::error::FitError;
use crate::estimator::number::number;
use crate::estimator::samples::{Layout, Samples};

/// Accepts a setting, or says which values are allowed: `alpha must be above 0, is -1`.
///
/// # Errors
/// [`FitError::Setting`] unless `is_valid`.
pub(crate) fn check_setting(
    is_valid: bool,
    name: &str,
    range: &str,
    value: impl Display,
) -> Result<(), FitError> {
    if is_valid {
        return Ok(());
    }
    let value = number(value);
    Err(FitError::Setting(format!("{name} must be {range}, is {value}")))
}

/// Accepts a finite number above 0.
///
/// # Errors
/// [`FitError::Setting`] for any other number.
pub(crate) fn check_positive(name: &str, value: f64) -> Result<(), FitError> {
    check_setting(value.is_finite() && value > 0.0, name, "above 0", value)
}

/// Accepts a finite number of at least 0.
///
/// # Errors
/// [`FitError::Setting`] for any other number.
pub(crate) fn check_non_negative(name: &str, value: f64) -> Result<(), FitError> {
    check_setting(value.is_finite() && value >= 0.0, name, "at least 0", value)
}

/// Accepts a number from 0 to 1.
///
/// # Errors
/// [`FitError::Setting`] for any other number.
pub(crate) fn check_share(name: &str, value: f64) -> Result<(), FitError> {
    check_setting((0.0..=1.0).contains(&value), name, "from 0 to 1", value)
}

/// Accepts a count of at least 1.
///
/// # Errors
/// [`FitError::Setting`] for 0.
pub(crate) fn check_count(name: &str, value: usize) -> Result<(), FitError> {
    check_setting(value > 0, name, "at least 1", value)
}

/// Accepts training rows in this layout, with one label each.
///
/// # Errors
/// [`FitError::Data`] for another layout, if the counts differ, or if there is no row.
pub(crate) fn check_training_rows(layout: Layout, train: &Samples, labels: &[Label]) -> Result<(), FitError> {
    check_layout(layout, train)?;
    let n_rows = train.n_rows();
    if n_rows != labels.len() {
        let message = format!(
            "number of labels ({}) differs from number of training rows ({n_rows})",
            labels.len()
        );
        return Err(FitError::Data(message));
    }
    if n_rows == 0 {
        return Err(FitError::Data("no training rows".into()));
    }
    Ok(())
}

/// Accepts rows in this layout, with as many features as the training rows.
///
/// # Errors
/// [`FitError::Data`] for another layout or number of features.
pub(crate) fn check_queries(layout: Layout, samples: &Samples, n_features: usize) -> Result<(), FitError> {
    check_layout(layout, samples)?;
    let found = samples.n_features();
    if found != n_features {
        let message =
            format!("number of features ({found}) differs from that of the training rows ({n_features})");
        return Err(FitError::Data(message));
    }
    Ok(())
}

/// Accepts rows that are stored as the training rows were, as bytes or in `f32`, with as many features.
///
/// # Errors
/// [`FitError::Data`] for rows that are stored in another type, or another number of features.
pub(crate) fn check_stored_queries(
    are_bytes: bool,
    samples: &Samples,
    n_features: usize,
) -> Result<(), FitError> {
    check_queries(Layout::BytesOrF32, samples, n_features)?;
    if samples.as_bytes().is_some() == are_bytes {
        return Ok(());
    }
    Err(FitError::Data(format!(
        "the training rows are stored as {}, these rows are not",
        if are_bytes { "bytes" } else { "floats" }
    )))
}

fn check_layout(layout: Layout, samples: &Samples) -> Result<(), FitError> {
    if samples.has_layout(layout) {
        return Ok(());
    }
    Err(FitError::Data(format!(
        "the classifier needs its rows in the layout {layout:?}"
    )))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use loader::{ImageBuffer, Preprocessing, Transform};

    use super::*;

    #[test]
    fn ranges_include_the_ends_that_they_name() {
        assert!(check_positive("alpha", 0.0).is_err());
        assert!(check_positive("alpha", f64::INFINITY).is_err());
        assert!(check_non_negative("tol", 0.0).is_ok());
        assert!(check_non_negative("tol", f64::NAN).is_err());
        assert!(check_share("momentum", 1.0).is_ok());
        assert!(check_share("momentum", f64::NAN).is_err());
        let message = check_count("max_iter", 0).unwrap_err().to_string();
        assert_eq!(message, "max_iter must be at least 1, is 0");
    }

    #[test]
    fn rows_need_one_label_each_and_the_features_of_training() {
        let images = ImageBuffer::new(vec![1, 2, 3], 1, 1);
        let transform = Arc::new(Transform::fit(Preprocessing::NONE, images.view()));
        let samples = Samples::new(images, &transform, Layout::BytesOrF32);
        assert!(check_training_rows(Layout::BytesOrF32, &samples, &[Label(0); 3]).is_ok());
        let message = check_training_rows(Layout::BytesOrF32, &samples, &[Label(0); 2])
            .unwrap_err()
            .to_string();
        assert_eq!(
            message,
            "number of labels (2) differs from number of training rows (3)"
        );
        assert!(check_queries(Layout::BytesOrF32, &samples, 1).is_ok());
        let message = check_queries(Layout::BytesOrF32, &samples, 4)
            .unwrap_err()
            .to_string();
        assert_eq!(
            message,
            "number of features (1) differs from that of the training rows (4)"
        );
    }

    #[test]
    fn another_layout_is_an_error() {
        let images = ImageBuffer::new(vec![1, 2, 3], 1, 1);
        let transform = Arc::new(Transform::fit(Preprocessing::NONE, images.view()));
        let samples = Samples::new(images, &transform, Layout::F32);
        assert!(check_queries(Layout::BytesOrF32, &samples, 1).is_ok());
        assert!(check_stored_queries(false, &samples, 1).is_ok());
        let message = check_stored_queries(true, &samples, 1).unwrap_err().to_string();
        assert_eq!(
            message,
            "the training rows are stored as bytes, these rows are not"
        );
        assert!(matches!(
            check_queries(Layout::F64, &samples, 1),
            Err(FitError::Data(_))
        ));
    }
}
