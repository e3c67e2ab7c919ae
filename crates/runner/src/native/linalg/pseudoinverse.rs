//! Solves with a positive semidefinite matrix of any rank, by its pseudoinverse.

use linfa_linalg::LinalgError;
use linfa_linalg::eigh::EighInto;
use ndarray::Array2;

use crate::native::linalg::cholesky::Cholesky;

/// Solves `matrix · x = right` for every right-hand side, in place.
///
/// Eigenvalues up to `cutoff`, or up to rounding error, count as 0: the solution lies in the span of the other eigenvectors. Where all
/// eigenvalues of the varying features are above the cutoff, a Cholesky factorization solves the same equations faster.
///
/// # Errors
/// If the eigenvalue iteration does not converge.
pub(crate) fn solve(
    matrix: &Array2<f64>,
    right_sides: &mut [Vec<f64>],
    cutoff: f64,
) -> Result<(), LinalgError> {
    // A constant feature has a row of zeros. It is not part of the span.
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
    let mut reduced: Vec<Vec<f64>> = right_sides
        .iter()
        .map(|right| varying.iter().map(|i| right[*i]).collect())
        .collect();
    let mut shifted = matrix.clone();
    shifted.diag_mut().iter_mut().for_each(|value| *value -= cutoff);
    let whole = Cholesky::of(shifted).and_then(|_| Cholesky::of(matrix.clone()));
    match whole {
        Some(cholesky) => reduced.iter_mut().for_each(|right| cholesky.solve(right)),
        None => solve_by_eigenvectors(matrix, &mut reduced, cutoff)?,
    }
    for (right, reduced) in right_sides.iter_mut().zip(reduced) {
        right.fill(0.0);
        for (i, value) in varying.iter().zip(reduced) {
            right[*i] = value;
        }
    }
    Ok(())
}

fn solve_by_eigenvectors(
    matrix: Array2<f64>,
    right_sides: &mut [Vec<f64>],
    cutoff: f64,
) -> Result<(), LinalgError> {
    if matrix.is_empty() {
        return Ok(());
    }
    let (values, vectors) = matrix.eigh_into()?;
    for right in right_sides {
        let side = ndarray::aview1(right);
        let projected = vectors.t().dot(&side);
        let scaled = ndarray::Zip::from(&projected)
            .and(&values)
            .map_collect(|projected, value| if *value > cutoff { projected / value } else { 0.0 });
        *right = vectors.dot(&scaled).to_vec();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn full_rank_and_rank_deficient_equations_are_solved() {
        let matrix = array![[4.0, 2.0, 0.0], [2.0, 5.0, 0.0], [0.0, 0.0, 0.0]];
        let mut right_sides = vec![vec![8.0, 12.0, 7.0]];
        solve(&matrix, &mut right_sides, 1e-8).unwrap();
        for (found, expected) in right_sides[0].iter().zip([1.0, 2.0, 0.0]) {
            assert!((found - expected).abs() < 1e-12, "{right_sides:?}");
        }
        // Two features that are one: numpy.linalg.pinv(matrix) @ right.
        let matrix = array![[2.0, 2.0, 1.0], [2.0, 2.0, 1.0], [1.0, 1.0, 3.0]];
        let mut right_sides = vec![vec![1.0, 0.0, 2.0]];
        solve(&matrix, &mut right_sides, 1e-8).unwrap();
        for (found, expected) in right_sides[0].iter().zip([-0.05, -0.05, 0.7]) {
            assert!((found - expected).abs() < 1e-12, "{right_sides:?}");
        }
    }

    #[test]
    fn eigenvalues_below_the_cutoff_count_as_zero() {
        let matrix = array![[2.0, 0.0], [0.0, 0.5]];
        let mut right_sides = vec![vec![2.0, 2.0]];
        solve(&matrix, &mut right_sides, 1.0).unwrap();
        assert!(
            (right_sides[0][0] - 1.0).abs() < 1e-12 && right_sides[0][1].abs() < 1e-12,
            "{right_sides:?}"
        );
    }

    #[test]
    fn a_zero_matrix_gives_zeros() {
        let mut right_sides = vec![vec![1.0, 2.0]];
        solve(&Array2::zeros((2, 2)), &mut right_sides, 1e-8).unwrap();
        assert_eq!(right_sides, [vec![0.0, 0.0]]);
    }
}
