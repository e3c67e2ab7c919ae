//! Conversion between labels and linfa's class numbers.

use loader::Label;

use crate::estimator::error::FitError;

/// Labels as linfa's class numbers.
pub(crate) fn targets(labels: &[Label]) -> ndarray::Array1<usize> {
    labels.iter().map(|label| label.index()).collect()
}

/// The labels of linfa's class numbers.
///
/// # Errors
/// [`FitError::Library`] for a number above 255.
pub(crate) fn predicted(labels: impl IntoIterator<Item = usize>) -> Result<Vec<Label>, FitError> {
    let label = |index: usize| {
        u8::try_from(index)
            .map(Label)
            .map_err(|_| FitError::during("linfa's prediction", format!("no label {index}")))
    };
    labels.into_iter().map(label).collect()
}
