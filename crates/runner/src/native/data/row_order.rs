//! An order of float rows that depends on their values alone, so that sums in this order do not depend on the order of the rows.

use std::cmp::Ordering;

use crate::estimator::stored_rows::StoredRows;

/// Sorts row numbers by the first feature of the rows, then by their second and so on.
pub(crate) fn sort_rows(order: &mut [usize], rows: StoredRows<'_, f32>) {
    order.sort_by(|one, other| {
        let features = rows.row(*one).iter().zip(rows.row(*other));
        features
            .map(|(one, other)| one.total_cmp(other))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    });
}
