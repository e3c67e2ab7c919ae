//! p = 2: a projection of the rows bounds their distances from below, a tile of queries and rows by one matrix product.

use loader::Images;
use ndarray::{Array2, s};
use rayon::prelude::*;

use crate::estimator::samples::Samples;
use crate::native::kernels::distance::{BLOCK, Distance};
use crate::native::neighbors::metric::MinkowskiDistance;
use crate::native::neighbors::projection::{Projected, Projection};
use crate::native::neighbors::top_k::TopK;

/// Directions of the projection. Measured on one Zen 3 core, 2026-11, on all of Fashion-MNIST: more make the product dearer, fewer leave
/// more rows to be compared, which costs more where pixels are weighted.
const DIRECTIONS: usize = 64;

const DIRECTIONS_WEIGHTED: usize = 96;

/// Queries and training rows of a tile: its products stay in the second-level cache.
const QUERIES: usize = 128;

const ROWS: usize = 1024;

/// Projected training rows.
pub(crate) struct Index<'a> {
    images: Images<'a>,
    projection: Projection,
    projected: Projected,
}

/// One query on its way over the tiles.
struct Search {
    top: TopK,
    /// Rows that may be among the nearest, with their bound.
    candidates: Vec<(f32, u32)>,
    /// A row with a bound beyond this is not among them; infinite until there are k. Of `|q|² + |r|² - 2 q·r` without `|q|²`.
    most: f32,
    square: f32,
}

impl<'a> Index<'a> {
    pub(crate) fn new(train: &'a Samples, exact: &MinkowskiDistance) -> Index<'a> {
        let rows = floats(train, exact);
        let n_directions = if exact.weights.is_none() {
            DIRECTIONS
        } else {
            DIRECTIONS_WEIGHTED
        };
        let projection = Projection::find(rows.view(), n_directions);
        Index {
            images: train.bytes(),
            projected: projection.project(rows),
            projection,
        }
    }

    pub(crate) fn nearest(&self, queries: &Samples, k: usize, exact: &MinkowskiDistance) -> Vec<TopK> {
        let projected = self.projection.project(floats(queries, exact));
        let n_queries = queries.n_rows();
        (0..n_queries.div_ceil(QUERIES))
            .into_par_iter()
            .flat_map_iter(|block| {
                let queries_of_block = block * QUERIES..(block * QUERIES + QUERIES).min(n_queries);
                self.block(queries_of_block, &projected, queries.bytes(), k, exact)
            })
            .collect()
    }

    fn block(
        &self,
        block: std::ops::Range<usize>,
        projected: &Projected,
        queries: Images<'_>,
        k: usize,
        exact: &MinkowskiDistance,
    ) -> Vec<TopK> {
        let distance = Distance::detect();
        let search = |query: usize| Search {
            top: TopK::new(k),
            candidates: Vec::new(),
            most: f32::INFINITY,
            square: projected.squares[query],
        };
        let mut searches: Vec<Search> = block.clone().map(search).collect();
        let mut products = Array2::zeros((block.len(), ROWS));
        let mut minima = Vec::new();
        let points = projected.rows.slice(s![block.clone(), ..]);
        for start in (0..self.images.n_rows()).step_by(ROWS) {
            let end = (start + ROWS).min(self.images.n_rows());
            let squares = &self.projected.squares[start..end];
            let rows = self.projected.rows.slice(s![start..end, ..]);
            let mut tile = products.slice_mut(s![.., ..end - start]);
            ndarray::linalg::general_mat_mul(1.0, &points, &rows.t(), 0.0, &mut tile);
            for (search, (query, products)) in searches.iter_mut().zip(block.clone().zip(tile.rows())) {
                let products = products.to_slice().expect("a row of a tile lies in one piece");
                distance.block_minima(squares, products, &mut minima);
                let seen = search.candidates.len();
                search.collect(start, squares, products, &minima);
                // The most promising rows of the tile tighten the bound for the tiles that follow.
                let wanted = (k - search.top.nearest().len()).max(1);
                for row in search.promising(seen, wanted) {
                    let apart = exact.between(queries.row(query), self.images.row(row as usize));
                    search.top.offer(apart, row);
                }
                self.tighten(search, projected);
            }
        }
        for (search, query) in searches.iter_mut().zip(block) {
            let mut candidates = std::mem::take(&mut search.candidates);
            candidates.retain(|candidate| candidate.0 <= search.most);
            candidates.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
            for (bound, row) in candidates {
                if bound > search.most {
                    break;
                }
                let bytes = self.images.row(row as usize);
                if let Some(apart) = exact.within(queries.row(query), bytes, search.top.bound()) {
                    search.top.offer(apart, row);
                    self.tighten(search, projected);
                }
            }
        }
        searches.into_iter().map(|search| search.top).collect()
    }

    fn tighten(&self, search: &mut Search, projected: &Projected) {
        let bound = search.top.bound();
        if bound.is_finite() {
            let most = self.projection.bound(bound, projected, &self.projected) - f64::from(search.square);
            search.most = (most as f32).next_up();
        }
    }
}

impl Search {
    /// Keeps the rows of a tile that are within the bound.
    fn collect(&mut self, start: usize, squares: &[f32], products: &[f32], minima: &[f32]) {
        for (block, minimum) in minima.iter().enumerate() {
            if *minimum > self.most {
                continue;
            }
            let first = block * BLOCK;
            for at in first..(first + BLOCK).min(squares.len()) {
                let bound = squares[at] - 2.0 * products[at];
                if bound <= self.most {
                    self.candidates.push((bound, (start + at) as u32));
                }
            }
        }
    }

    /// Takes so many of the candidates from `seen` on away, those with the smallest bounds.
    fn promising(&mut self, seen: usize, wanted: usize) -> impl Iterator<Item = u32> + use<> {
        let fresh = &mut self.candidates[seen..];
        let wanted = wanted.min(fresh.len());
        let taken = if wanted == 0 {
            Vec::new()
        } else {
            fresh.select_nth_unstable_by(wanted - 1, |a, b| a.0.total_cmp(&b.0));
            self.candidates.drain(seen..seen + wanted).collect()
        };
        taken.into_iter().map(|(_, row)| row)
    }
}

/// The floats whose distances are those of [`MinkowskiDistance`]: the bytes where all steps are equal.
fn floats(samples: &Samples, exact: &MinkowskiDistance) -> Array2<f32> {
    let images = samples.bytes();
    match exact.weights {
        None => {
            let values = images.pixels().iter().map(|&byte| f32::from(byte)).collect();
            Array2::from_shape_vec((images.n_rows(), images.n_features()), values)
                .expect("as many values as rows times pixels")
        }
        Some(_) => samples.transform().to_f32(images),
    }
}
