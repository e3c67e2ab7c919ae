//! Search behind a bound: sums of byte differences in integers, 32 or 64 bytes per instruction.
//!
//! The sums are of absolute differences for [`Metric::Manhattan`], of squared ones for [`Metric::Euclidean`]. If all
//! pixels have the same step, the sum of their bytes' differences is the distance. Otherwise pixels or floats are quantized
//! to bytes. The distance of the bytes is then at most the scaled distance of the rows plus both rounding errors.

use rayon::prelude::*;

use crate::estimator::stored_rows::{StoredRows, StoredValue};
use crate::native::kernels::aligned::Aligned;
use crate::native::kernels::byte_products::{ByteProducts, Tile, row_part};
use crate::native::kernels::packed_bytes::{Packed, SIDE};
use crate::native::neighbors::metric::Metric;
use crate::native::neighbors::row_distance::{Quantizer, RowDistance};
use crate::native::neighbors::top_k::TopK;

/// Training rows of a tile. Their bytes stay in the first-level cache while queries pass over them.
const ROWS: usize = 32;

/// Queries of a block, which pass over a tile together. Their bytes stay in the second-level cache.
const QUERIES: usize = 256;

/// Queries that the kernel of [`crate::native::kernels::byte_distances`] takes at once.
const GROUP: usize = 4;

/// The training rows as the kernels read them.
pub(crate) struct QuantizedIndex<'a, D: RowDistance> {
    stored: StoredRows<'a, D::Value>,
    quantizer: D::Quantizer,
    rows: QuantizedRows,
    /// Bytes of a padded row.
    width: usize,
    /// The largest rounding error of a training row.
    max_error: f64,
}

/// Rows of bytes, padded with zeros.
struct PaddedRows {
    bytes: Aligned<u8>,
    /// Upper bound of the rounding error of each row.
    errors: Vec<f64>,
}

/// A block of queries and the nearest rows that each has found.
struct QueryBlock<'q, T> {
    queries: StoredRows<'q, T>,
    /// Index of the first query.
    first: usize,
    padded: PaddedRows,
    nearest: Vec<TopK>,
}

/// Training rows in the layout of the kernel that reads them, padded to `width` bytes.
enum QuantizedRows {
    /// For sums of absolute differences.
    Absolute(Aligned<u8>),
    /// For sums of squared differences by products, with the sums of squares of each tile's rows.
    Packed(ByteProducts, Packed, Vec<[i32; SIDE]>),
}

impl<'a, D: RowDistance> QuantizedIndex<'a, D> {
    /// `products` are used for [`Metric::Euclidean`].
    pub(crate) fn new(
        stored: StoredRows<'a, D::Value>,
        distance: &D,
        products: ByteProducts,
    ) -> QuantizedIndex<'a, D> {
        let quantizer = distance.quantizer(stored);
        let width = stored.n_features().next_multiple_of(64);
        let n_rows = stored.n_rows();
        let PaddedRows { bytes, errors } = PaddedRows::new(stored, 0..n_rows, n_rows, width, &quantizer);
        let rows = match distance.metric() {
            Metric::Manhattan => QuantizedRows::Absolute(bytes),
            Metric::Euclidean => {
                let mut squares = vec![[0; SIDE]; n_rows.div_ceil(SIDE)];
                let rows = bytes.chunks_exact(width);
                for (sum, row) in squares.as_flattened_mut().iter_mut().zip(rows) {
                    *sum = sum_of_squares(row).cast_signed();
                }
                let packed = Packed::new(&bytes, width, stored.n_features());
                QuantizedRows::Packed(products, packed, squares)
            }
        };
        QuantizedIndex {
            stored,
            quantizer,
            rows,
            width,
            max_error: errors.into_iter().fold(0.0, f64::max),
        }
    }

    /// The k nearest rows of every query, in the order of the queries.
    pub(crate) fn nearest(&self, queries: StoredRows<'_, D::Value>, k: usize, distance: &D) -> Vec<TopK> {
        let n_queries = queries.n_rows();
        (0..n_queries.div_ceil(QUERIES))
            .into_par_iter()
            .flat_map_iter(|block| {
                let range = block * QUERIES..(block * QUERIES + QUERIES).min(n_queries);
                let n_padded = range.len().next_multiple_of(SIDE);
                let mut block = QueryBlock {
                    queries,
                    first: range.start,
                    nearest: vec![TopK::new(k); range.len()],
                    padded: PaddedRows::new(queries, range, n_padded, self.width, &self.quantizer),
                };
                match &self.rows {
                    QuantizedRows::Absolute(rows) => {
                        self.search_in_groups(&mut block, distance, |_, queries, tile, sums| {
                            let rows = self.rows_of_tile(rows, tile);
                            distance.kernel().absolute(queries, rows, self.width, sums);
                        });
                    }
                    QuantizedRows::Packed(products, rows, squares) => {
                        self.search_by_products(&mut block, distance, *products, rows, squares);
                    }
                }
                block.nearest
            })
            .collect()
    }

    fn rows_of_tile<'r, T>(&self, rows: &'r [T], tile: std::ops::Range<usize>) -> &'r [T] {
        &rows[tile.start * self.width..tile.end * self.width]
    }

    /// Compares all rows, tile by tile, with four queries at once. `compute_sums` takes the index of the first query in the
    /// block, the bytes of the queries, the rows of the tile, and writes one sum per row and query.
    fn search_in_groups(
        &self,
        block: &mut QueryBlock<'_, D::Value>,
        distance: &D,
        compute_sums: impl Fn(usize, &[u8], std::ops::Range<usize>, &mut [[u32; GROUP]]),
    ) {
        let mut sums = vec![[0; GROUP]; ROWS];
        for start in (0..self.stored.n_rows()).step_by(ROWS) {
            let tile = start..(start + ROWS).min(self.stored.n_rows());
            let sums = &mut sums[..tile.len()];
            for first in (0..block.nearest.len()).step_by(GROUP) {
                let queries = &block.padded.bytes[first * self.width..][..GROUP * self.width];
                compute_sums(first, queries, tile.clone(), sums);
                self.offer_tile(block, first, start, sums, distance);
            }
        }
    }

    /// Offers the rows of a tile to up to four queries.
    fn offer_tile(
        &self,
        block: &mut QueryBlock<'_, D::Value>,
        first: usize,
        start: usize,
        sums: &[[u32; GROUP]],
        distance: &D,
    ) {
        let n_queries = GROUP.min(block.nearest.len() - first);
        // No sum is within the limit of a query that does not exist.
        let mut limits = [-1; GROUP];
        for (query, limit) in limits[..n_queries].iter_mut().enumerate() {
            *limit = self.max_sum(block, first + query);
        }
        for (row, sums) in (start..).zip(sums) {
            // Hardly any row is close to any query, so one branch excludes all four: the sign bit of a difference is set
            // if the row is too far, and the AND of all four keeps it only if every one is.
            let margins: [i32; GROUP] =
                std::array::from_fn(|query| limits[query] - sums[query].cast_signed());
            if margins.iter().fold(-1, |all, margin| all & margin) < 0 {
                continue;
            }
            for query in 0..n_queries {
                if sums[query].cast_signed() <= limits[query]
                    && self.offer_row(block, first + query, row, sums[query], distance)
                {
                    limits[query] = self.max_sum(block, first + query);
                }
            }
        }
    }

    /// Computes the exact distance of a row within the bound and offers it. Returns whether it is among the nearest.
    fn offer_row(
        &self,
        block: &mut QueryBlock<'_, D::Value>,
        query: usize,
        row: usize,
        sum: u32,
        distance: &D,
    ) -> bool {
        let nearest = &mut block.nearest[query];
        let reduced = match self.quantizer.scale() {
            None => Some(f64::from(sum)),
            Some(_) => {
                let query = block.queries.row(block.first + query);
                distance.reduced_within(query, self.stored.row(row), nearest.bound())
            }
        };
        if let Some(reduced) = reduced {
            nearest.offer(reduced, row as u32);
        }
        reduced.is_some()
    }

    /// Compares all rows, tile by tile, with all queries of the block, by products of bytes.
    fn search_by_products(
        &self,
        block: &mut QueryBlock<'_, D::Value>,
        distance: &D,
        products: ByteProducts,
        rows: &Packed,
        squares: &[[i32; SIDE]],
    ) {
        let bytes = std::mem::replace(&mut block.padded.bytes, Aligned::new(0));
        let query_squares: Vec<u32> = bytes.chunks_exact(self.width).map(sum_of_squares).collect();
        let queries = products.queries(bytes, self.width);
        // The sum is `Σ q² + (Σ r² - 2 Σ q r)`. A limit is the largest second part of a row within the bound. No row is
        // within the limit of a query that does not exist.
        let limit = |block: &QueryBlock<'_, D::Value>, query: usize| {
            self.max_sum(block, query)
                .saturating_sub_unsigned(query_squares[query])
        };
        let mut limits = vec![[i32::MIN; SIDE]; query_squares.len() / SIDE];
        for query in 0..block.nearest.len() {
            limits.as_flattened_mut()[query] = limit(block, query);
        }
        let mut of_tile: Tile = [[0; SIDE]; SIDE];
        for (tile, squares) in squares.iter().enumerate() {
            for (group, limits) in limits.iter_mut().enumerate() {
                products.tile(&queries, group, rows, tile, &mut of_tile);
                let within = products.within(&of_tile, squares, limits);
                for (i, mut within) in within.into_iter().enumerate().filter(|(_, within)| *within != 0) {
                    let query = group * SIDE + i;
                    while within != 0 {
                        let bit = within.trailing_zeros() as usize;
                        within &= within - 1;
                        let row = tile * SIDE + bit;
                        let row_part = row_part(squares[bit], of_tile[i][bit]);
                        if row < self.stored.n_rows() && row_part <= limits[i] {
                            let sum = query_squares[query].wrapping_add_signed(row_part);
                            if self.offer_row(block, query, row, sum, distance) {
                                limits[i] = limit(block, query);
                            }
                        }
                    }
                }
            }
        }
    }

    /// The largest sum of a row that may be among the nearest of a query.
    fn max_sum(&self, block: &QueryBlock<'_, D::Value>, query: usize) -> i32 {
        const SLACK: f64 = 1.0 + 1e-9;
        let bound = block.nearest[query].bound();
        let max_sum = match self.quantizer.scale() {
            None => bound,
            Some(scale) => {
                let error = self.max_error + block.padded.errors[query];
                match self.rows {
                    QuantizedRows::Absolute(_) => (bound * scale + error) * SLACK,
                    QuantizedRows::Packed(..) => (bound.sqrt() * scale + error).powi(2) * SLACK,
                }
            }
        };
        // The kernels limit rows to lengths whose sums are below 2^31.
        if max_sum >= f64::from(i32::MAX) {
            i32::MAX
        } else {
            max_sum.floor() as i32
        }
    }
}

fn sum_of_squares(row: &[u8]) -> u32 {
    row.iter().map(|&byte| u32::from(byte) * u32::from(byte)).sum()
}

impl PaddedRows {
    /// The rows in `range`, quantized and padded to `width` bytes. Rows of zeros follow, up to `n_rows` rows.
    fn new<T: StoredValue>(
        stored: StoredRows<'_, T>,
        range: std::ops::Range<usize>,
        n_rows: usize,
        width: usize,
        quantizer: &impl Quantizer<T>,
    ) -> PaddedRows {
        let mut bytes = Aligned::new(n_rows * width);
        let mut errors = vec![0.0; n_rows];
        for ((padded, error), row) in bytes.chunks_exact_mut(width).zip(&mut errors).zip(range) {
            *error = quantizer.quantize(stored.row(row), padded);
        }
        PaddedRows { bytes, errors }
    }
}
