//! One-vs-one prediction: the decision values of all pairs from the union of their support vectors, and the vote.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, Axis, concatenate, s};
use rayon::prelude::*;

use crate::native::kernel_svm::class_rows::{ClassSortedRows, squares};
use crate::native::kernel_svm::smo::Solution;
use crate::native::kernels::kernel_function::KernelFunction;
use crate::native::kernels::simd::Simd;

/// A solved pair of classes. The lower class is the positive side.
pub(crate) struct Pair {
    pub(crate) lower: usize,
    pub(crate) higher: usize,
    pub(crate) solution: Solution,
}

/// Queries per tile.
const QUERIES: usize = 256;

/// Support vectors per tile.
const SUPPORT: usize = 1024;

/// The trained model of all pairs.
pub(crate) struct OneVsOneModel {
    n_classes: usize,
    decisions: Decisions,
    /// Subtracted from the decision value, by pair.
    rho: Vec<f64>,
    /// Number of support vectors by class.
    n_support: Vec<usize>,
    n_steps: Vec<u64>,
    n_unconverged: usize,
    objectives: Vec<f64>,
}

/// What decision values are computed from.
enum Decisions {
    /// The weights of every pair, for the linear kernel: `n_pairs × n_features`.
    Weights(Array2<f64>),
    Support(Support),
}

/// The support vectors of all pairs.
struct Support {
    values: Array2<f32>,
    squares: Vec<f32>,
    /// `n_support × n_pairs`.
    coefficients: Array2<f64>,
    kernel: KernelFunction,
}

impl OneVsOneModel {
    /// Collects the support vectors of the pairs.
    pub(crate) fn new(rows: &ClassSortedRows<'_>, pairs: Vec<Pair>) -> OneVsOneModel {
        let n_classes = rows.n_classes();
        let mut support = Vec::new();
        let mut coefficients = Vec::new();
        for class in 0..n_classes {
            // The pairs of the class, each with the position of the first row of the class.
            let first = |pair: &Pair| {
                let first = rows.n_of(pair.lower);
                (pair.lower == class)
                    .then_some(0)
                    .or((pair.higher == class).then_some(first))
            };
            let of_class: Vec<(usize, &Pair, usize)> = (pairs.iter().enumerate())
                .filter_map(|(at, pair)| Some((at, pair, first(pair)?)))
                .collect();
            let supports = |&row: &usize| {
                (of_class.iter()).any(|(_, pair, first)| pair.solution.coefficients[first + row] != 0.0)
            };
            let chosen: Vec<usize> = (0..rows.n_of(class)).filter(supports).collect();
            let mut table = Array2::zeros((chosen.len(), pairs.len()));
            for (mut table, row) in table.rows_mut().into_iter().zip(&chosen) {
                for (at, pair, first) in &of_class {
                    table[*at] = pair.solution.coefficients[first + row];
                }
            }
            support.push(rows.select(class, &chosen));
            coefficients.push(table);
        }
        let n_support = support.iter().map(Array2::nrows).collect();
        let views: Vec<_> = support.iter().map(Array2::view).collect();
        let values = concatenate(Axis(0), &views).expect("all blocks have the same number of columns");
        let views: Vec<_> = coefficients.iter().map(Array2::view).collect();
        let coefficients = concatenate(Axis(0), &views).expect("all blocks have the same number of columns");
        OneVsOneModel {
            n_classes,
            rho: pairs.iter().map(|pair| pair.solution.rho).collect(),
            n_support,
            n_steps: pairs.iter().map(|pair| pair.solution.n_steps).collect(),
            n_unconverged: pairs.iter().filter(|pair| !pair.solution.has_converged).count(),
            objectives: pairs.iter().map(|pair| pair.solution.objective).collect(),
            decisions: if rows.kernel() == KernelFunction::Linear {
                Decisions::Weights(coefficients.t().dot(&values.mapv(f64::from)))
            } else {
                Decisions::Support(Support {
                    squares: squares(values.view()),
                    values,
                    coefficients,
                    kernel: rows.kernel(),
                })
            },
        }
    }

    /// Number of pairs, and number of pairs that did not converge.
    pub(crate) fn unconverged(&self) -> (usize, usize) {
        (self.rho.len(), self.n_unconverged)
    }

    /// Number of rows of every class that are support vectors of a pair.
    pub(crate) fn n_support(&self) -> &[usize] {
        &self.n_support
    }

    /// SMO or Newton steps of every pair.
    pub(crate) fn n_steps(&self) -> &[u64] {
        &self.n_steps
    }

    /// The dual objective of every pair.
    pub(crate) fn objectives(&self) -> &[f64] {
        &self.objectives
    }

    /// The class number of every query.
    pub(crate) fn predict(&self, queries: ArrayView2<'_, f32>) -> Vec<usize> {
        let n_blocks = queries.nrows().div_ceil(QUERIES);
        (0..n_blocks)
            .into_par_iter()
            .flat_map_iter(|block| {
                let end = (block * QUERIES + QUERIES).min(queries.nrows());
                let decisions = self.decisions(queries.slice(s![block * QUERIES..end, ..]));
                let votes: Vec<usize> = decisions.rows().into_iter().map(|row| self.elect(row)).collect();
                votes
            })
            .collect()
    }

    /// Decision values: `n_queries × n_pairs`.
    fn decisions(&self, queries: ArrayView2<'_, f32>) -> Array2<f64> {
        let mut decisions = match &self.decisions {
            Decisions::Weights(weights) => queries.mapv(f64::from).dot(&weights.t()),
            Decisions::Support(support) => support.decisions(queries),
        };
        for mut row in decisions.rows_mut() {
            row.iter_mut().zip(&self.rho).for_each(|(sum, rho)| *sum -= rho);
        }
        decisions
    }

    /// A pair votes for its lower class if its decision value is above 0. Equal votes go to the lower class.
    fn elect(&self, decisions: ndarray::ArrayView1<'_, f64>) -> usize {
        let mut votes = vec![0usize; self.n_classes];
        let mut pair = 0;
        for lower in 0..self.n_classes {
            for higher in lower + 1..self.n_classes {
                votes[if decisions[pair] > 0.0 { lower } else { higher }] += 1;
                pair += 1;
            }
        }
        (1..self.n_classes).fold(
            0,
            |best, class| if votes[class] > votes[best] { class } else { best },
        )
    }
}

impl Support {
    /// Decision values before `rho`: `n_queries × n_pairs`.
    fn decisions(&self, queries: ArrayView2<'_, f32>) -> Array2<f64> {
        let simd = Simd::detect();
        let of_queries = squares(queries);
        let mut decisions = Array2::zeros((queries.nrows(), self.coefficients.ncols()));
        let mut tile = Array2::<f32>::zeros((queries.nrows(), SUPPORT));
        for start in (0..self.values.nrows()).step_by(SUPPORT) {
            let end = (start + SUPPORT).min(self.values.nrows());
            let mut products = tile.slice_mut(s![.., ..end - start]);
            let rows = self.values.slice(s![start..end, ..]);
            general_mat_mul(1.0, &queries, &rows.t(), 0.0, &mut products);
            for (mut values, &square) in products.rows_mut().into_iter().zip(&of_queries) {
                let values = values.as_slice_mut().expect("rows of a tile are contiguous");
                self.kernel.apply(simd, values, square, &self.squares[start..end]);
            }
            let coefficients = self.coefficients.slice(s![start..end, ..]);
            general_mat_mul(1.0, &products.mapv(f64::from), &coefficients, 1.0, &mut decisions);
        }
        decisions
    }
}
