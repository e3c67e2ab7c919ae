//! The covariance of training rows as a block-diagonal matrix: one block per connected component.

use bytesize::ByteSize;
use ndarray::{Array2, Axis};
use rayon::prelude::*;

use crate::estimator::error::FitError;
use crate::native::gaussian_process::connected_components::connected_components;
use crate::native::gaussian_process::squared_distances::{NormedRows, rbf_kernel};
use crate::native::linalg::dot::dot;

/// `ln 1e-12`: covariances up to 1e-12 between components are dropped. A row's covariances sum to at least 1, and at 60,000
/// rows the dropped ones sum to less than 6e-8.
const LOG_NEGLIGIBLE: f64 = -27.631_021_115_928_547;

/// Most bytes of all blocks together. Their Cholesky factors take as much again.
const MAX_BYTES: usize = 2 << 30;

/// Rows of a block that one thread multiplies.
const ROWS_PER_THREAD: usize = 256;

/// The covariance of training rows.
pub(crate) struct Covariance {
    /// The rows of each connected component, ascending.
    pub(crate) components: Vec<Vec<usize>>,
    /// The covariance of each component's rows.
    pub(crate) blocks: Vec<Array2<f64>>,
}

impl Covariance {
    /// The covariance of two rows is `exp(-gamma · |a - b|²)`.
    ///
    /// # Errors
    /// [`FitError::Data`] if the blocks exceed 2 GiB.
    pub(crate) fn new(rows: &NormedRows, gamma: f64) -> Result<Covariance, FitError> {
        Covariance::with_limit(MAX_BYTES, rows, gamma)
    }

    fn with_limit(max_bytes: usize, rows: &NormedRows, gamma: f64) -> Result<Covariance, FitError> {
        let components = connected_components(rows, -LOG_NEGLIGIBLE / gamma);
        let bytes: usize = (components.iter())
            .map(|component| component.len() * component.len() * size_of::<f64>())
            .sum();
        if bytes > max_bytes {
            let largest = components.iter().map(Vec::len).max().unwrap_or_default();
            return Err(FitError::Data(format!(
                "{largest} of {} rows are one connected component at this length_scale, and the covariance would take {}; the limit \
                 is {} ({} rows): train on fewer rows",
                rows.n_rows(),
                ByteSize::b(bytes as u64),
                ByteSize::b(max_bytes as u64),
                (max_bytes / size_of::<f64>()).isqrt(),
            )));
        }
        let blocks = (components.par_iter()).map(|component| covariance_block(rows, component, gamma));
        Ok(Covariance {
            blocks: blocks.collect(),
            components,
        })
    }
}

/// The covariance of the rows of one component.
pub(crate) fn covariance_block(rows: &NormedRows, component: &[usize], gamma: f64) -> Array2<f64> {
    let own = rows.select(component);
    rbf_kernel(&own, &own, gamma)
}

/// `B = I + S K S` for a block `K` and the diagonal `S` of square roots of Hessian weights.
pub(crate) fn newton_matrix(block: &Array2<f64>, sqrt_hessian_weights: &[f64]) -> Array2<f64> {
    let mut matrix = Array2::zeros(block.raw_dim());
    (matrix.axis_chunks_iter_mut(Axis(0), ROWS_PER_THREAD))
        .into_par_iter()
        .zip(block.axis_chunks_iter(Axis(0), ROWS_PER_THREAD))
        .enumerate()
        .for_each(|(chunk, (mut rows, block))| {
            for (i, (mut row, block)) in rows.rows_mut().into_iter().zip(block.rows()).enumerate() {
                let diagonal = chunk * ROWS_PER_THREAD + i;
                (row.iter_mut().zip(block).zip(sqrt_hessian_weights)).for_each(|((value, block), root)| {
                    *value = sqrt_hessian_weights[diagonal] * block * root;
                });
                row[diagonal] += 1.0;
            }
        });
    matrix
}

/// `K v` for a block `K`.
pub(crate) fn multiply(block: &Array2<f64>, values: &[f64]) -> Vec<f64> {
    (block.axis_chunks_iter(Axis(0), ROWS_PER_THREAD).into_par_iter())
        .flat_map_iter(|rows| {
            let products = rows.rows().into_iter().map(|row| {
                let row = row.to_slice().expect("a row of a block is contiguous");
                dot(row, values)
            });
            products.collect::<Vec<f64>>()
        })
        .collect()
}

/// The error of a Cholesky factorization that fails because covariances are too large and too similar.
pub(crate) fn not_positive_definite() -> FitError {
    FitError::Numerical(
        "the covariance is not positive definite after rounding: use a smaller length_scale".into(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::gaussian_process::test_rows::training_rows;

    #[test]
    fn a_covariance_over_the_limit_is_an_error_and_components_reduce_it() {
        let max_bytes = 200 * 200 * 8 - 1;
        let error = Covariance::with_limit(max_bytes, &training_rows(), 0.5)
            .err()
            .unwrap();
        let message = error.to_string();
        assert!(
            message.contains("200 of 200 rows are one connected component"),
            "{message}"
        );
        assert!(message.contains("(199 rows)"), "{message}");
        let covariance = Covariance::with_limit(max_bytes, &training_rows(), 50.0).unwrap();
        assert!(covariance.components.len() > 5);
        assert_eq!(covariance.components.len(), covariance.blocks.len());
    }

    #[test]
    fn blocks_are_scaled_and_multiplied() {
        let block = Array2::from_shape_fn((300, 300), |(i, j)| ((i + j) % 7) as f64);
        let roots: Vec<f64> = (0..300).map(|row| f64::from(row % 5)).collect();
        let matrix = newton_matrix(&block, &roots);
        let product = multiply(&block, &roots);
        for row in [0, 255, 256, 299] {
            let sum: f64 = (0..300).map(|other| block[[row, other]] * roots[other]).sum();
            assert!((product[row] - sum).abs() < 1e-9);
            let other = (row * 31 + 7) % 300;
            assert!((matrix[[row, other]] - roots[row] * block[[row, other]] * roots[other]).abs() < 1e-12);
            assert!((matrix[[row, row]] - roots[row] * block[[row, row]] * roots[row] - 1.0).abs() < 1e-12);
        }
    }
}
