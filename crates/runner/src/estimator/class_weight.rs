//! Weights that balance the classes.

use crate::estimator::labels::EncodedLabels;
use crate::families::choices::ClassWeight;
use crate::families::svc::Params;

/// The cost of a violated margin, of a class with so many of the rows.
#[expect(clippy::cast_precision_loss, reason = "row counts are small")]
pub(crate) fn cost(params: &Params, n_rows: usize, n_classes: usize, n_of_class: usize) -> f64 {
    match params.class_weight {
        ClassWeight::None => params.c,
        ClassWeight::Balanced => params.c * n_rows as f64 / (n_classes * n_of_class) as f64,
    }
}

/// How much more than others the rows of a class cost, where rare classes cost more.
pub(crate) fn balanced(classes: &EncodedLabels, place: u8) -> f64 {
    let rows = classes.codes.iter().filter(|of_row| **of_row == place).count();
    #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
    let weight = classes.codes.len() as f64 / (classes.n_classes() * rows.max(1)) as f64;
    weight
}

/// Costs of rows of the class and of the rest; as liblinear, the rest cost more only where it is one class.
pub(crate) fn costs(classes: &EncodedLabels, place: u8, is_balanced: bool) -> (f64, f64) {
    match (is_balanced, classes.n_classes()) {
        (false, _) => (1.0, 1.0),
        (true, 2) => (balanced(classes, 1), balanced(classes, 0)),
        (true, _) => (balanced(classes, place), 1.0),
    }
}
