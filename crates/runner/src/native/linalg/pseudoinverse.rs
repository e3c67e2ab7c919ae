//! Equations with a covariance that may lack rank, solved within the span of what varies.

use linfa_linalg::eigh::EighInto;
use ndarray::Array2;

use crate::estimator::error::FitError;
use crate::native::linalg::cholesky::Cholesky;

/// Solves `matrix · x = right` for every right side, in place: within the span of the eigenvectors whose eigenvalues are above `cutoff`, and
/// above what rounding leaves of 0. Cholesky's method where these are all that vary, their own equations where they are not.
///
/// # Errors
/// If the eigenvectors are not found.
pub(crate) fn solve(matrix: &Array2<f64>, rights: &mut [Vec<f64>], cutoff: f64) -> Result<(), FitError> {
    // What does not vary at all has a row of zeros, and is no part of the span.
    let varying: Vec<usize> = (0..matrix.nrows()).filter(|i| matrix[[*i, *i]] > 0.0).collect();
    let n = varying.len();
    let matrix = Array2::from_shape_fn((n, n), |(i, j)| matrix[[varying[i], varying[j]]]);
    let norm = matrix
        .rows()
        .into_iter()
        .map(|row| row.iter().map(|value| value.abs()).sum::<f64>())
        .fold(0.0, f64::max);
    #[expect(clippy::cast_precision_loss, reason = "feature counts are small")]
    let cutoff = cutoff.max(n as f64 * f64::EPSILON * norm);
    let mut reduced: Vec<Vec<f64>> = rights
        .iter()
        .map(|right| varying.iter().map(|i| right[*i]).collect())
        .collect();
    let mut lowered = matrix.clone();
    lowered.diag_mut().iter_mut().for_each(|value| *value -= cutoff);
    let whole = Cholesky::of(lowered).and_then(|_| Cholesky::of(matrix.clone()));
    match whole {
        Some(cholesky) => reduced.iter_mut().for_each(|right| cholesky.solve(right)),
        None => solve_by_eigenvectors(matrix, &mut reduced, cutoff)?,
    }
    for (right, reduced) in rights.iter_mut().zip(reduced) {
        right.fill(0.0);
        for (i, value) in varying.iter().zip(reduced) {
            right[*i] = value;
        }
    }
    Ok(())
}

fn solve_by_eigenvectors(matrix: Array2<f64>, rights: &mut [Vec<f64>], cutoff: f64) -> Result<(), FitError> {
    if matrix.is_empty() {
        return Ok(());
    }
    let (values, vectors) = matrix
        .eigh_into()
        .map_err(|error| FitError::during("finding eigenvectors", error))?;
    for right in rights {
        let side = ndarray::aview1(right);
        let along = vectors.t().dot(&side);
        let scaled = ndarray::Zip::from(&along)
            .and(&values)
            .map_collect(|along, value| if *value > cutoff { along / value } else { 0.0 });
        *right = vectors.dot(&scaled).to_vec();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn a_full_rank_is_solved_and_a_lower_one_within_its_span() {
        let matrix = array![[4.0, 2.0, 0.0], [2.0, 5.0, 0.0], [0.0, 0.0, 0.0]];
        let mut rights = vec![vec![8.0, 12.0, 7.0]];
        solve(&matrix, &mut rights, 1e-8).unwrap();
        for (found, expected) in rights[0].iter().zip([1.0, 2.0, 0.0]) {
            assert!((found - expected).abs() < 1e-12, "{rights:?}");
        }
        // Two features that are one: numpy.linalg.pinv(matrix) @ right.
        let matrix = array![[2.0, 2.0, 1.0], [2.0, 2.0, 1.0], [1.0, 1.0, 3.0]];
        let mut rights = vec![vec![1.0, 0.0, 2.0]];
        solve(&matrix, &mut rights, 1e-8).unwrap();
        for (found, expected) in rights[0].iter().zip([-0.05, -0.05, 0.7]) {
            assert!((found - expected).abs() < 1e-12, "{rights:?}");
        }
    }

    #[test]
    fn what_lies_below_the_cutoff_is_left_out() {
        let matrix = array![[2.0, 0.0], [0.0, 0.5]];
        let mut rights = vec![vec![2.0, 2.0]];
        solve(&matrix, &mut rights, 1.0).unwrap();
        assert!(
            (rights[0][0] - 1.0).abs() < 1e-12 && rights[0][1].abs() < 1e-12,
            "{rights:?}"
        );
    }

    #[test]
    fn where_nothing_varies_everything_is_0() {
        let mut rights = vec![vec![1.0, 2.0]];
        solve(&Array2::zeros((2, 2)), &mut rights, 1e-8).unwrap();
        assert_eq!(rights, [vec![0.0, 0.0]]);
    }
}
