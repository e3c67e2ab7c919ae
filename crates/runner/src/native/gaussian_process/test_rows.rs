//! Rows for the tests of this folder, which hold the results of scikit-learn 1.9.

use ndarray::Array2;

use crate::native::gaussian_process::squared_distances::NormedRows;

/// `n_rows` rows from row `first` on, by a fixed formula. The class of row `r` is `r % 5`.
fn values(first: usize, n_rows: usize) -> Array2<f64> {
    Array2::from_shape_fn((n_rows, 12), |(row, feature)| {
        let row = first + row;
        let noise = (row * row * 31 + row * feature * 17 + feature * feature * 13 + row * 7919) % 101;
        ((row % 5 * (feature + 3) * 29) % 41 + noise) as f64 / 64.0 - 1.0
    })
}

/// Rows 0 to 200 sorted by class, 40 per class.
pub(crate) fn training_rows() -> NormedRows {
    let order: Vec<usize> = (0..5).flat_map(|class| (class..200).step_by(5)).collect();
    NormedRows::new(values(0, 200)).select(&order)
}

/// Rows 200 to 300, not sorted.
pub(crate) fn queries() -> NormedRows {
    NormedRows::new(values(200, 100))
}
