//! An order of float rows that depends on their values alone, so that sums in this order do not depend on the order of the rows.

use std::cmp::Ordering;

use ndarray::ArrayView2;

/// Sorts row numbers by the first feature of the rows, then by their second and so on.
pub(crate) fn sort_rows(rows: &mut [usize], values: ArrayView2<'_, f32>) {
    rows.sort_by(|one, other| {
        let features = values.row(*one).into_iter().zip(values.row(*other));
        features
            .map(|(one, other)| one.total_cmp(other))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    });
}
