//! Weights that make rare classes count as much as frequent ones.

use crate::estimator::labels::EncodedLabels;

/// The weight of a row by its class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClassWeight {
    /// 1 for every class.
    #[default]
    None,
    /// `n_rows / (n_classes × rows of the class)`, as in scikit-learn.
    Balanced,
}

impl ClassWeight {
    /// The weight of a class with `n_of_class` of the `n_rows` training rows, times `scale`.
    ///
    /// The product is rounded in the order `scale * n_rows / (n_classes * n_of_class)`.
    #[expect(clippy::cast_precision_loss, reason = "row counts are below 2^53")]
    pub(crate) fn of_class(self, scale: f64, n_rows: usize, n_classes: usize, n_of_class: usize) -> f64 {
        match self {
            ClassWeight::None => scale,
            ClassWeight::Balanced => scale * n_rows as f64 / (n_classes * n_of_class.max(1)) as f64,
        }
    }

    /// The weight of the class with this code.
    pub(crate) fn of_code(self, classes: &EncodedLabels, code: u8) -> f64 {
        let n_of_class = classes.codes.iter().filter(|of_row| **of_row == code).count();
        self.of_class(1.0, classes.codes.len(), classes.n_classes(), n_of_class)
    }

    /// The weights of the class with this code and of the rest in a problem of one against the rest. As in LIBLINEAR, the rest
    /// has a weight of its own only where it is a single class.
    pub(crate) fn one_vs_rest(self, classes: &EncodedLabels, code: u8) -> (f64, f64) {
        if classes.n_classes() == 2 {
            (self.of_code(classes, 1), self.of_code(classes, 0))
        } else {
            (self.of_code(classes, code), 1.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use loader::Label;

    use super::*;

    #[test]
    fn balanced_weights_are_those_of_scikit_learn() {
        // sklearn.utils.class_weight.compute_class_weight("balanced", classes=[0, 1, 2], y=[0, 0, 0, 1, 1, 2])
        let classes = EncodedLabels::new(&[0, 0, 0, 1, 1, 2].map(Label));
        let weights = [0, 1, 2].map(|code| ClassWeight::Balanced.of_code(&classes, code));
        assert_eq!(weights, [2.0 / 3.0, 1.0, 2.0]);
        assert_eq!(ClassWeight::None.of_code(&classes, 0), 1.0);
    }

    #[test]
    fn the_rest_has_a_weight_only_where_it_is_one_class() {
        let three = EncodedLabels::new(&[0, 0, 0, 1, 1, 2].map(Label));
        assert_eq!(ClassWeight::Balanced.one_vs_rest(&three, 2), (2.0, 1.0));
        let two = EncodedLabels::new(&[0, 0, 0, 1].map(Label));
        assert_eq!(ClassWeight::Balanced.one_vs_rest(&two, 1), (2.0, 2.0 / 3.0));
    }
}
