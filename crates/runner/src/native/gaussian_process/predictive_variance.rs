//! Latent variances of queries, by algorithm 3.2: an island at a time, whose triangle is made anew from what the mode left.

use ndarray::{ArrayView2, Axis, s};
use rayon::prelude::*;
use std::cell::OnceCell;

use crate::estimator::error::FitError;
use crate::native::gaussian_process::covariance::{block, not_positive, scaled};
use crate::native::gaussian_process::squared_distances::{NormedRows, similarities};
use crate::native::linalg::blocked_cholesky::BlockedCholesky;

/// A query less similar than this to every row has a variance of 1, to the last digit.
pub(crate) const SIMILAR: f64 = 1e-9;

/// Rows of islands whose similarities are computed at once, and queries that are solved for at once.
const ROWS: usize = 1024;

const QUERIES: usize = 256;

/// Problems over the same rows.
pub(crate) struct Group {
    pub(crate) rows: Vec<usize>,
    /// By decision_classes in `rows`.
    pub(crate) islands: Vec<Vec<usize>>,
    pub(crate) problems: Vec<Trained>,
}

/// What variances need of a trained problem.
pub(crate) struct Trained {
    /// The place of the problem among all.
    pub(crate) place: usize,
    /// Of every row of the group the square root of how much the likelihood is curved.
    pub(crate) root_curvatures: Vec<f64>,
}

/// For every problem of a group the variances of the queries that are open in it.
///
/// # Errors
/// If a covariance is no longer positive by rounding, which training had told.
pub(crate) fn variances(
    table: &NormedRows,
    gamma: f64,
    group: &Group,
    queries: &NormedRows,
    open: &[Vec<usize>],
) -> Result<Vec<Vec<f64>>, FitError> {
    let open: Vec<&[usize]> = (group.problems.iter())
        .map(|problem| open[problem.place].as_slice())
        .collect();
    let mut variances: Vec<Vec<f64>> = open.iter().map(|queries| vec![1.0; queries.len()]).collect();
    let mut asked = open.concat();
    asked.sort_unstable();
    asked.dedup();
    if asked.is_empty() {
        return Ok(variances);
    }
    let queries = queries.select(&asked);
    // Of every open query its column among those that are asked for.
    let columns = |open: &&[usize]| {
        open.iter()
            .filter_map(|query| asked.binary_search(query).ok())
            .collect()
    };
    let columns: Vec<Vec<usize>> = open.iter().map(columns).collect();
    for islands in chunks(&group.islands) {
        let rows: Vec<usize> = islands.iter().flatten().map(|&row| group.rows[row]).collect();
        let rows = table.select(&rows);
        let similar = similarities(&rows, &queries, gamma);
        let mut end = 0;
        for island in islands {
            let decision_classes: Vec<usize> = (end..end + island.len()).collect();
            let similar = similar.slice(s![end..end + island.len(), ..]);
            end += island.len();
            let most_similar = similar.fold_axis(Axis(0), 0.0, |most: &f64, value| most.max(*value));
            let own = OnceCell::new();
            for (at, problem) in group.problems.iter().enumerate() {
                let near: Vec<usize> = (0..columns[at].len())
                    .filter(|&query| most_similar[columns[at][query]] >= SIMILAR)
                    .collect();
                if near.is_empty() {
                    continue;
                }
                let roots: Vec<f64> = island.iter().map(|&row| problem.root_curvatures[row]).collect();
                let own = own.get_or_init(|| block(&rows, &decision_classes, gamma));
                let factor = BlockedCholesky::of(scaled(own, &roots)).ok_or_else(not_positive)?;
                let of_near: Vec<usize> = near.iter().map(|&query| columns[at][query]).collect();
                let explained = explained(&factor, similar, &roots, &of_near);
                (near.iter().zip(explained)).for_each(|(&query, part)| variances[at][query] -= part);
            }
        }
    }
    Ok(variances)
}

/// How much of the variance of some columns of `similar` an island's rows explain.
fn explained(
    factor: &BlockedCholesky,
    similar: ArrayView2<'_, f64>,
    roots: &[f64],
    columns: &[usize],
) -> Vec<f64> {
    (columns.par_chunks(QUERIES))
        .flat_map_iter(|columns| {
            let mut values = similar.select(Axis(1), columns);
            for (mut row, root) in values.rows_mut().into_iter().zip(roots) {
                row *= *root;
            }
            factor.solve_lower(values.view_mut());
            values.fold_axis(Axis(0), 0.0, |sum, value| sum + value * value)
        })
        .collect()
}

/// Islands one after the other, as many as have about so many rows together.
fn chunks(mut islands: &[Vec<usize>]) -> Vec<&[Vec<usize>]> {
    let mut chunks = Vec::new();
    while !islands.is_empty() {
        let mut n_rows = 0;
        let is_within = |island: &&Vec<usize>| {
            n_rows += island.len();
            n_rows <= ROWS
        };
        let n_islands = islands.iter().take_while(is_within).count().max(1);
        let (chunk, rest) = islands.split_at(n_islands);
        chunks.push(chunk);
        islands = rest;
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::gaussian_process::covariance::Covariance;
    use crate::native::gaussian_process::laplace::mode;
    use crate::native::gaussian_process::test_rows::queries;
    use crate::native::gaussian_process::test_rows::training_rows;

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
        let table = training_rows();
        let rows: Vec<usize> = (40..80).chain(120..160).collect();
        let is_positive: Vec<bool> = (0..80).map(|row| row >= 40).collect();
        for (length_scale, expected) in EXPECTED {
            let gamma = 0.5 / (length_scale * length_scale);
            let covariance = Covariance::of(&table.select(&rows), gamma).unwrap();
            let mode = mode(&covariance, &is_positive, 100).unwrap();
            let trained = |place: usize| Trained {
                place,
                root_curvatures: mode.root_curvatures.clone(),
            };
            let group = Group {
                rows: rows.clone(),
                islands: covariance.islands,
                problems: vec![trained(1), trained(0)],
            };
            // Problem 0 asks for some of the queries, problem 1 for all.
            let open = [vec![1, 4], (0..6).collect()];
            let found = variances(&table, gamma, &group, &queries(), &open).unwrap();
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
    fn chunks_hold_every_island_once() {
        let islands: Vec<Vec<usize>> = [1, 2000, 1, 600, 424, 1, 30].map(|n| vec![0; n]).into();
        let sizes: Vec<usize> = chunks(&islands).iter().map(|chunk| chunk.len()).collect();
        assert_eq!(sizes, [1, 1, 2, 3]);
    }
}
