//! Latent variances of queries (algorithm 3.2), one connected component at a time.
//!
//! The Cholesky factors are computed anew from the Hessian weights, because those of all components would take too much memory.

use std::cell::OnceCell;

use ndarray::{ArrayView2, Axis, s};
use rayon::prelude::*;

use crate::estimator::error::FitError;
use crate::native::gaussian_process::covariance::{covariance_block, newton_matrix, not_positive_definite};
use crate::native::gaussian_process::squared_distances::{NormedRows, rbf_kernel};
use crate::native::linalg::blocked_cholesky::BlockedCholesky;

/// A query whose covariance with every training row is below this has variance 1 in `f64`.
pub(crate) const MIN_COVARIANCE: f64 = 1e-9;

/// Training rows of components whose covariance with the queries is computed at once.
const ROWS: usize = 1024;

/// Queries that are solved for at once.
const QUERIES: usize = 256;

/// Binary problems that share their training rows.
pub(crate) struct ProblemGroup {
    pub(crate) rows: Vec<usize>,
    /// Connected components, as indices into `rows`.
    pub(crate) components: Vec<Vec<usize>>,
    pub(crate) problems: Vec<TrainedProblem>,
}

/// What variances need of a trained problem.
pub(crate) struct TrainedProblem {
    /// The index among all problems.
    pub(crate) index: usize,
    /// Square roots of the Hessian weights, one per row of the group.
    pub(crate) sqrt_hessian_weights: Vec<f64>,
}

/// For every problem of a group, the variances of the queries that it leaves undecided. `undecided` has one list of queries for
/// each of all problems.
///
/// # Errors
/// [`FitError::Numerical`] if a covariance is not positive definite after rounding; training would have failed too.
pub(crate) fn latent_variances(
    train_rows: &NormedRows,
    gamma: f64,
    group: &ProblemGroup,
    queries: &NormedRows,
    undecided: &[Vec<usize>],
) -> Result<Vec<Vec<f64>>, FitError> {
    let undecided: Vec<&[usize]> = (group.problems.iter())
        .map(|problem| undecided[problem.index].as_slice())
        .collect();
    let mut variances: Vec<Vec<f64>> = undecided.iter().map(|queries| vec![1.0; queries.len()]).collect();
    let mut selected = undecided.concat();
    selected.sort_unstable();
    selected.dedup();
    if selected.is_empty() {
        return Ok(variances);
    }
    let queries = queries.select(&selected);
    // The column of every undecided query among the selected ones.
    let columns_of = |undecided: &&[usize]| {
        undecided
            .iter()
            .filter_map(|query| selected.binary_search(query).ok())
            .collect()
    };
    let columns: Vec<Vec<usize>> = undecided.iter().map(columns_of).collect();
    for components in chunks(&group.components) {
        let rows: Vec<usize> = components.iter().flatten().map(|&row| group.rows[row]).collect();
        let rows = train_rows.select(&rows);
        let kernel = rbf_kernel(&rows, &queries, gamma);
        let mut end = 0;
        for component in components {
            let own_rows: Vec<usize> = (end..end + component.len()).collect();
            let kernel = kernel.slice(s![end..end + component.len(), ..]);
            end += component.len();
            let max_covariances = kernel.fold_axis(Axis(0), 0.0, |largest: &f64, value| largest.max(*value));
            let block = OnceCell::new();
            for (i, problem) in group.problems.iter().enumerate() {
                let near: Vec<usize> = (0..columns[i].len())
                    .filter(|&query| max_covariances[columns[i][query]] >= MIN_COVARIANCE)
                    .collect();
                if near.is_empty() {
                    continue;
                }
                let roots: Vec<f64> = component
                    .iter()
                    .map(|&row| problem.sqrt_hessian_weights[row])
                    .collect();
                let block = block.get_or_init(|| covariance_block(&rows, &own_rows, gamma));
                let factor =
                    BlockedCholesky::of(newton_matrix(block, &roots)).ok_or_else(not_positive_definite)?;
                let near_columns: Vec<usize> = near.iter().map(|&query| columns[i][query]).collect();
                let explained = explained_variances(&factor, kernel, &roots, &near_columns);
                (near.iter().zip(explained)).for_each(|(&query, part)| variances[i][query] -= part);
            }
        }
    }
    Ok(variances)
}

/// The variance that a component's rows explain, for some columns of their kernel with the queries: `|L⁻¹ S k|²`.
fn explained_variances(
    factor: &BlockedCholesky,
    kernel: ArrayView2<'_, f64>,
    roots: &[f64],
    columns: &[usize],
) -> Vec<f64> {
    (columns.par_chunks(QUERIES))
        .flat_map_iter(|columns| {
            let mut values = kernel.select(Axis(1), columns);
            for (mut row, root) in values.rows_mut().into_iter().zip(roots) {
                row *= *root;
            }
            factor.solve_lower(values.view_mut());
            values.fold_axis(Axis(0), 0.0, |sum, value| sum + value * value)
        })
        .collect()
}

/// Consecutive components with at most [`ROWS`] rows together; a larger component is alone.
fn chunks(mut components: &[Vec<usize>]) -> Vec<&[Vec<usize>]> {
    let mut chunks = Vec::new();
    while !components.is_empty() {
        let mut n_rows = 0;
        let fits = |component: &&Vec<usize>| {
            n_rows += component.len();
            n_rows <= ROWS
        };
        let n_components = components.iter().take_while(fits).count().max(1);
        let (chunk, rest) = components.split_at(n_components);
        chunks.push(chunk);
        components = rest;
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::gaussian_process::covariance::Covariance;
    use crate::native::gaussian_process::laplace::find_mode;
    use crate::native::gaussian_process::test_rows::{queries, training_rows};

    /// Length scales, and `latent_mean_and_variance` of queries 0 to 6 between classes 1 and 3, by scikit-learn 1.9.
    const EXPECTED: [(f64, [f64; 6]); 3] = [
        (
            0.3,
            [
                1.0,
                0.999999999998,
                0.99694624543,
                0.998033209966,
                0.996948490313,
                0.999999999024,
            ],
        ),
        (
            1.0,
            [
                0.949259643235,
                0.909837754336,
                0.78090897743,
                0.746983327596,
                0.722603210843,
                0.927843712653,
            ],
        ),
        (
            3.0,
            [
                0.343859462007,
                0.292974906251,
                0.272325647235,
                0.211138876195,
                0.193013401135,
                0.340824588217,
            ],
        ),
    ];

    #[test]
    fn variances_are_those_of_scikit_learn() {
        let train_rows = training_rows();
        let rows: Vec<usize> = (40..80).chain(120..160).collect();
        let is_positive: Vec<bool> = (0..80).map(|row| row >= 40).collect();
        for (length_scale, expected) in EXPECTED {
            let gamma = 0.5 / (length_scale * length_scale);
            let covariance = Covariance::new(&train_rows.select(&rows), gamma).unwrap();
            let mode = find_mode(&covariance, &is_positive, 100).unwrap();
            let trained = |index: usize| TrainedProblem {
                index,
                sqrt_hessian_weights: mode.sqrt_hessian_weights.clone(),
            };
            let group = ProblemGroup {
                rows: rows.clone(),
                components: covariance.components,
                problems: vec![trained(1), trained(0)],
            };
            // Problem 0 leaves some of the queries undecided, problem 1 all of them.
            let undecided = [vec![1, 4], (0..6).collect()];
            let found = latent_variances(&train_rows, gamma, &group, &queries(), &undecided).unwrap();
            for (found, expected) in found[0].iter().zip(expected) {
                assert!(
                    (found - expected).abs() < 1e-9,
                    "{length_scale}: {found} {expected}"
                );
            }
            assert!(
                found[1]
                    .iter()
                    .zip([1, 4])
                    .all(|(value, query)| (value - found[0][query]).abs() < 1e-12)
            );
        }
    }

    #[test]
    fn chunks_hold_every_component_once() {
        let components: Vec<Vec<usize>> = [1, 2000, 1, 600, 424, 1, 30].map(|n| vec![0; n]).into();
        let sizes: Vec<usize> = chunks(&components).iter().map(|chunk| chunk.len()).collect();
        assert_eq!(sizes, [1, 1, 2, 3]);
    }
}
