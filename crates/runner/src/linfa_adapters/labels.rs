//! Labels as linfa takes them and returns them.

use loader::Label;

use crate::estimator::error::FitError;

/// Labels as linfa takes them.
pub(crate) fn targets(labels: &[Label]) -> ndarray::Array1<usize> {
    labels.iter().map(|label| label.index()).collect()
}

/// Labels as linfa gives them back.
pub(crate) fn predicted(labels: impl IntoIterator<Item = usize>) -> Result<Vec<Label>, FitError> {
    let label = |index: usize| {
        u8::try_from(index)
            .map(Label)
            .map_err(|_| FitError::Data(format!("predicted label {index}")))
    };
    labels.into_iter().map(label).collect()
}
