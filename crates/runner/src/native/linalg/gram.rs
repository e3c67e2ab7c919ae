//! Gram matrices `AᵀA`: the products of every two columns, lower triangle only.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, Axis, LinalgScalar, s};
use rayon::prelude::*;

/// Rows of the result per matrix product of [`add_gram`]: few enough that little above the diagonal is computed.
const STRIP: usize = 200;

/// Columns of the result per matrix product of [`gram`].
const COLUMNS: usize = 128;

/// Adds `columnsᵀ · columns` to the lower triangle of a matrix. Products are computed in the precision of `columns`.
pub(crate) fn add_gram<T>(columns: ArrayView2<'_, T>, matrix: &mut Array2<f64>)
where
    T: LinalgScalar + Into<f64> + Send + Sync,
{
    let strips = matrix.axis_chunks_iter_mut(Axis(0), STRIP);
    strips.into_par_iter().enumerate().for_each(|(strip, mut to)| {
        let (start, end) = (strip * STRIP, strip * STRIP + to.nrows());
        let mut part = Array2::zeros((end - start, end));
        let own = columns.slice(s![.., start..end]);
        let before = columns.slice(s![.., ..end]);
        general_mat_mul(T::one(), &own.t(), &before, T::zero(), &mut part);
        to.slice_mut(s![.., ..end])
            .zip_mut_with(&part, |to, value| *to += (*value).into());
    });
}

/// `rowsᵀ · rows`. Only the diagonal and the entries below it are defined.
pub(crate) fn gram(rows: ArrayView2<'_, f32>) -> Array2<f32> {
    let n_features = rows.ncols();
    let mut products = Array2::zeros((n_features, n_features));
    for first in (0..n_features).step_by(COLUMNS) {
        let columns = rows.slice(s![.., first..n_features.min(first + COLUMNS)]);
        let below = rows.slice(s![.., first..]);
        let mut products = products.slice_mut(s![first.., first..n_features.min(first + COLUMNS)]);
        general_mat_mul(1.0, &below.t(), &columns, 0.0, &mut products);
    }
    products
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lower_triangle_is_that_of_the_full_product() {
        let columns = Array2::from_shape_fn((30, 430), |(row, column)| {
            ((row * 31 + column * 17) % 23) as f64 - 11.0
        });
        let whole = columns.t().dot(&columns);
        let mut matrix = Array2::ones((430, 430));
        add_gram(columns.view(), &mut matrix);
        add_gram(columns.mapv(|value| value as f32).view(), &mut matrix);
        for row in 0..430 {
            for column in 0..=row {
                assert_eq!(matrix[[row, column]], 1.0 + 2.0 * whole[[row, column]]);
            }
        }
    }

    #[test]
    fn the_gram_matrix_equals_the_plain_product_on_and_below_the_diagonal() {
        let rows = Array2::from_shape_fn((7, 300), |(i, j)| ((i * 31 + j * 17) % 23) as f32 - 11.0);
        let (found, plain) = (gram(rows.view()), rows.t().dot(&rows));
        for i in 0..300 {
            for j in 0..=i {
                assert_eq!(found[[i, j]], plain[[i, j]]);
            }
        }
    }
}
