//! Label encoding: the classes that occur in training, numbered 0, 1, … in ascending order of labels.

use loader::Label;

use crate::estimator::error::FitError;

/// The classes that occur, and where each training row belongs.
#[derive(Clone, Debug)]
pub(crate) struct EncodedLabels {
    /// Ascending.
    pub(crate) labels: Vec<Label>,
    /// For every training row the position of its label in `labels`.
    pub(crate) codes: Vec<u8>,
}

impl EncodedLabels {
    pub(crate) fn new(labels: &[Label]) -> EncodedLabels {
        let known = unique_labels(labels);
        let mut code_of_label = [0u8; 256];
        for (code, label) in (0..=u8::MAX).zip(&known) {
            code_of_label[label.index()] = code;
        }
        EncodedLabels {
            codes: labels.iter().map(|label| code_of_label[label.index()]).collect(),
            labels: known,
        }
    }

    pub(crate) fn n_classes(&self) -> usize {
        self.labels.len()
    }

    /// The label with the highest score; of equal ones the lowest label.
    pub(crate) fn argmax<T: PartialOrd>(&self, scores: impl IntoIterator<Item = T>) -> Label {
        let mut scored = self.labels.iter().zip(scores);
        let (mut best, mut most) = match scored.next() {
            Some((label, score)) => (*label, score),
            None => return Label(0),
        };
        for (label, score) in scored {
            if score > most {
                (best, most) = (*label, score);
            }
        }
        best
    }
}

/// The labels that occur, ascending.
pub(crate) fn unique_labels(labels: &[Label]) -> Vec<Label> {
    let mut seen = labels.to_vec();
    seen.sort_unstable();
    seen.dedup();
    seen
}

/// The training rows of every class, in their order.
pub(crate) fn rows_by_class(labels: &[Label], classes: &[Label]) -> Vec<Vec<usize>> {
    let rows_of = |class: &Label| (0..labels.len()).filter(|row| labels[*row] == *class).collect();
    classes.iter().map(rows_of).collect()
}

/// The codes of the classes that have a hyperplane: all classes; for two classes the second alone.
///
/// # Errors
/// [`FitError::Data`] for fewer than two classes, or more than 255.
pub(crate) fn decision_classes(classes: &EncodedLabels) -> Result<Vec<u8>, FitError> {
    match u8::try_from(classes.n_classes()) {
        Ok(0 | 1) => Err(FitError::Data("all training rows are of one class".into())),
        Ok(2) => Ok(vec![1]),
        Ok(n_classes) => Ok((0..n_classes).collect()),
        Err(_) => Err(FitError::Data("more than 255 classes".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_numbered_in_the_order_of_their_labels() {
        let index = EncodedLabels::new(&[Label(7), Label(2), Label(255), Label(7)]);
        assert_eq!(index.labels, [Label(2), Label(7), Label(255)]);
        assert_eq!(index.codes, [1, 0, 2, 1]);
    }

    #[test]
    fn equal_scores_go_to_the_lower_label() {
        let index = EncodedLabels::new(&[Label(7), Label(2), Label(9)]);
        assert_eq!(index.argmax([1.0, 3.0, 3.0]), Label(7));
        assert_eq!(index.argmax([2, 2, 1]), Label(2));
    }
}
