//! Euclidean search behind a bound: distances in a low-dimensional projection, by matrix products in `f32`.
//!
//! A tile of queries and rows takes one matrix product. The rows whose bounds are smallest are compared first, because
//! they tighten the search for all later tiles.

use ndarray::{Array2, s};
use rayon::prelude::*;

use crate::estimator::samples::Samples;
use crate::estimator::stored_rows::{StoredRows, StoredValue};
use crate::native::kernels::distance::BLOCK;
use crate::native::neighbors::projection::{Projected, Projection};
use crate::native::neighbors::row_distance::RowDistance;
use crate::native::neighbors::top_k::TopK;

/// Queries of a tile. The products of a tile fit into the second-level cache.
const QUERIES: usize = 128;

/// Training rows of a tile.
const ROWS: usize = 1024;

/// The training rows and their projections.
pub(crate) struct ProjectedIndex<'a, T> {
    rows: StoredRows<'a, T>,
    projection: Projection,
    projected: Projected,
}

/// The state of the search of one query.
struct QuerySearch {
    nearest: TopK,
    /// Rows that may be among the nearest, each with its bound `|r|² - 2 q·r`.
    candidates: Vec<(f32, u32)>,
    /// Rows with a larger bound are not among the nearest. Infinite until k rows are known.
    max_bound: f32,
    /// `|q|²` in the projection.
    squared_norm: f32,
}

impl<'a, T: StoredValue> ProjectedIndex<'a, T> {
    pub(crate) fn new(train: &'a Samples, distance: &impl RowDistance<Value = T>) -> ProjectedIndex<'a, T> {
        let floats = distance.comparable(train);
        let projection = Projection::fit(floats.view(), distance.n_directions(train.n_features()));
        ProjectedIndex {
            rows: T::rows(train),
            projected: projection.project(floats.view()),
            projection,
        }
    }

    /// The k nearest rows of every query, in the order of the queries.
    pub(crate) fn nearest(
        &self,
        queries: &Samples,
        k: usize,
        distance: &impl RowDistance<Value = T>,
    ) -> Vec<TopK> {
        let projected = self.projection.project(distance.comparable(queries).view());
        let queries = T::rows(queries);
        let n_queries = queries.n_rows();
        (0..n_queries.div_ceil(QUERIES))
            .into_par_iter()
            .flat_map_iter(|block| {
                let block = block * QUERIES..(block * QUERIES + QUERIES).min(n_queries);
                self.search_block(block, &projected, queries, k, distance)
            })
            .collect()
    }

    fn search_block(
        &self,
        block: std::ops::Range<usize>,
        projected: &Projected,
        queries: StoredRows<'_, T>,
        k: usize,
        distance: &impl RowDistance<Value = T>,
    ) -> Vec<TopK> {
        let search = |query: usize| QuerySearch {
            nearest: TopK::new(k),
            candidates: Vec::new(),
            max_bound: f32::INFINITY,
            squared_norm: projected.squared_norms[query],
        };
        let mut searches: Vec<QuerySearch> = block.clone().map(search).collect();
        let mut products = Array2::zeros((block.len(), ROWS));
        let mut block_minima = Vec::new();
        let query_rows = projected.rows.slice(s![block.clone(), ..]);
        for start in (0..self.rows.n_rows()).step_by(ROWS) {
            let end = (start + ROWS).min(self.rows.n_rows());
            let squared_norms = &self.projected.squared_norms[start..end];
            let rows = self.projected.rows.slice(s![start..end, ..]);
            let mut tile = products.slice_mut(s![.., ..end - start]);
            ndarray::linalg::general_mat_mul(1.0, &query_rows, &rows.t(), 0.0, &mut tile);
            for (search, (query, products)) in searches.iter_mut().zip(block.clone().zip(tile.rows())) {
                let products = products.to_slice().expect("a row of a tile is contiguous");
                distance
                    .kernel()
                    .block_minima(squared_norms, products, &mut block_minima);
                let n_before = search.candidates.len();
                search.add_candidates(start, squared_norms, products, &block_minima);
                // Comparing the most promising rows of the tile now tightens the bound for the next tiles.
                let n_taken = (k - search.nearest.rows().len()).max(1);
                for row in search.take_most_promising(n_before, n_taken) {
                    let reduced = distance.reduced(queries.row(query), self.rows.row(row as usize));
                    search.nearest.offer(reduced, row);
                }
                self.update_max_bound(search, projected);
            }
        }
        for (search, query) in searches.iter_mut().zip(block) {
            let mut candidates = std::mem::take(&mut search.candidates);
            candidates.retain(|candidate| candidate.0 <= search.max_bound);
            candidates.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
            for (bound, row) in candidates {
                if bound > search.max_bound {
                    break;
                }
                let values = self.rows.row(row as usize);
                let bound = search.nearest.bound();
                if let Some(reduced) = distance.reduced_within(queries.row(query), values, bound) {
                    search.nearest.offer(reduced, row);
                    self.update_max_bound(search, projected);
                }
            }
        }
        searches.into_iter().map(|search| search.nearest).collect()
    }

    fn update_max_bound(&self, search: &mut QuerySearch, projected: &Projected) {
        let bound = search.nearest.bound();
        if bound.is_finite() {
            let bound = self.projection.bound(bound, projected, &self.projected);
            let max_bound = bound - f64::from(search.squared_norm);
            search.max_bound = (max_bound as f32).next_up();
        }
    }
}

impl QuerySearch {
    /// Adds the rows of a tile that are within the bound. `block_minima` are the smallest bounds of [`BLOCK`] rows each.
    fn add_candidates(
        &mut self,
        start: usize,
        squared_norms: &[f32],
        products: &[f32],
        block_minima: &[f32],
    ) {
        for (block, minimum) in block_minima.iter().enumerate() {
            if *minimum > self.max_bound {
                continue;
            }
            let first = block * BLOCK;
            for i in first..(first + BLOCK).min(squared_norms.len()) {
                let bound = squared_norms[i] - 2.0 * products[i];
                if bound <= self.max_bound {
                    self.candidates.push((bound, (start + i) as u32));
                }
            }
        }
    }

    /// Removes the `n_taken` candidates with the smallest bounds among those from index `first` on.
    fn take_most_promising(&mut self, first: usize, n_taken: usize) -> impl Iterator<Item = u32> + use<> {
        let added = &mut self.candidates[first..];
        let n_taken = n_taken.min(added.len());
        let taken = if n_taken == 0 {
            Vec::new()
        } else {
            added.select_nth_unstable_by(n_taken - 1, |a, b| a.0.total_cmp(&b.0));
            self.candidates.drain(first..first + n_taken).collect()
        };
        taken.into_iter().map(|(_, row)| row)
    }
}
