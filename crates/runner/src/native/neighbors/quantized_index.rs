//! Sums over differences of bytes, 32 or 64 bytes an instruction, bound the distances from below: of absolute differences for p = 1, of
//! squared ones for p = 2.
//!
//! Where all steps are equal the bytes are the pixels and the sum is the distance. Else pixels are rounded to bytes: the distance of the bytes
//! is then at most what that of the rows is in their unit, and how far rounding has moved either row.

use loader::Images;
use rayon::prelude::*;

use crate::native::kernels::aligned::Aligned;
use crate::native::kernels::amx_gemm::{AmxGemm, Packed, SIDE};
use crate::native::kernels::byte_distances::{query_term, shifted};
use crate::native::kernels::distance::Distance;
use crate::native::neighbors::metric::{MinkowskiDistance, Power};
use crate::native::neighbors::scalar_quantizer::ScalarQuantizer;
use crate::native::neighbors::top_k::TopK;

/// Training rows of a tile: their bytes stay in the first-level cache while queries pass over them.
const ROWS: usize = 32;

/// Queries that pass over a tile together: theirs stay in the second-level cache.
const QUERIES: usize = 256;

/// The kernel takes so many queries at once.
const FOUR: usize = 4;

/// Training rows as the kernel takes them.
pub(crate) struct Index<'a> {
    images: Images<'a>,
    rounding: Option<ScalarQuantizer>,
    rows: Rows,
    width: usize,
    /// How far rounding has moved a row at most.
    most_moved: f64,
}

/// Rows of bytes as the kernels read them.
struct Padded {
    bytes: Aligned<u8>,
    /// How far rounding has moved each row.
    moved: Vec<f64>,
}

/// Queries that pass over the rows together, the nearest that each has found.
struct Block<'q> {
    queries: Images<'q>,
    first: usize,
    padded: Padded,
    tops: Vec<TopK>,
}

/// Every row filled up to `width` bytes.
enum Rows {
    Absolute(Aligned<u8>),
    /// With the sum of each row's squares.
    Squared(Aligned<i8>, Vec<u32>),
    /// The same in matrix registers; squares of all their rows.
    Products(AmxGemm, Packed, Vec<[i32; SIDE]>),
}

impl<'a> Index<'a> {
    /// Where `products` may be used, p = 2 uses them.
    pub(crate) fn new(images: Images<'a>, exact: &MinkowskiDistance, products: Option<AmxGemm>) -> Index<'a> {
        let rounding = exact.weights.as_ref().map(|weights| {
            let steps = weights.exact.iter().map(|&weight| exact.rooted(weight));
            ScalarQuantizer::new(images, &steps.collect::<Vec<f64>>(), exact.power)
        });
        let width = images.n_features().next_multiple_of(64);
        let n_rows = images.n_rows();
        let Padded { bytes, moved } = Padded::new(images, 0..n_rows, n_rows, width, rounding.as_ref());
        let rows = match (exact.power, products) {
            (Power::One, _) => Rows::Absolute(bytes),
            (Power::Two, Some(products)) => {
                let mut squares = vec![[0; SIDE]; n_rows.div_ceil(SIDE)];
                let rows = bytes.chunks_exact(width);
                for (to, row) in squares.as_flattened_mut().iter_mut().zip(rows) {
                    *to = square(row).cast_signed();
                }
                Rows::Products(products, Packed::new(&bytes, width), squares)
            }
            (Power::Two, None) => {
                let mut less = Aligned::new(bytes.len());
                less.iter_mut()
                    .zip(&*bytes)
                    .for_each(|(less, &byte)| *less = shifted(byte));
                Rows::Squared(less, bytes.chunks_exact(width).map(square).collect())
            }
        };
        Index {
            images,
            rounding,
            rows,
            width,
            most_moved: moved.into_iter().fold(0.0, f64::max),
        }
    }

    pub(crate) fn nearest(&self, queries: Images<'_>, k: usize, exact: &MinkowskiDistance) -> Vec<TopK> {
        let n_queries = queries.n_rows();
        (0..n_queries.div_ceil(QUERIES))
            .into_par_iter()
            .flat_map_iter(|block| {
                let range = block * QUERIES..(block * QUERIES + QUERIES).min(n_queries);
                let n_padded = range.len().next_multiple_of(SIDE);
                let mut block = Block {
                    queries,
                    first: range.start,
                    tops: vec![TopK::new(k); range.len()],
                    padded: Padded::new(queries, range, n_padded, self.width, self.rounding.as_ref()),
                };
                match &self.rows {
                    Rows::Absolute(rows) => {
                        let distance = Distance::detect();
                        self.by_fours(&mut block, exact, |_, queries, tile, sums| {
                            distance.absolute(queries, self.of_tile(rows, tile), self.width, sums);
                        });
                    }
                    Rows::Squared(rows, squares) => {
                        let distance = Distance::detect();
                        let queries = block.padded.bytes.chunks_exact(self.width);
                        let alone: Vec<u32> = queries.map(query_term).collect();
                        self.by_fours(&mut block, exact, |first, queries, tile, sums| {
                            let alone = std::array::from_fn(|query| alone[first + query]);
                            let squares = &squares[tile.clone()];
                            distance.squares(queries, alone, self.of_tile(rows, tile), squares, sums);
                        });
                    }
                    Rows::Products(products, rows, squares) => {
                        self.by_products(&mut block, exact, *products, rows, squares);
                    }
                }
                block.tops
            })
            .collect()
    }

    fn of_tile<'r, T>(&self, rows: &'r [T], tile: std::ops::Range<usize>) -> &'r [T] {
        &rows[tile.start * self.width..tile.end * self.width]
    }

    /// All rows, tile by tile, past four queries at once; `sums(first query, their bytes, rows of the tile, sums of the tile)`.
    fn by_fours(
        &self,
        block: &mut Block<'_>,
        exact: &MinkowskiDistance,
        fill: impl Fn(usize, &[u8], std::ops::Range<usize>, &mut [[u32; FOUR]]),
    ) {
        let mut sums = vec![[0; FOUR]; ROWS];
        for start in (0..self.images.n_rows()).step_by(ROWS) {
            let tile = start..(start + ROWS).min(self.images.n_rows());
            let sums = &mut sums[..tile.len()];
            for first in (0..block.tops.len()).step_by(FOUR) {
                let queries = &block.padded.bytes[first * self.width..][..FOUR * self.width];
                fill(first, queries, tile.clone(), sums);
                self.offer(block, first, start, sums, exact);
            }
        }
    }

    /// Looks at the sums of a tile with up to four queries.
    fn offer(
        &self,
        block: &mut Block<'_>,
        first: usize,
        start: usize,
        sums: &[[u32; FOUR]],
        exact: &MinkowskiDistance,
    ) {
        let n_queries = FOUR.min(block.tops.len() - first);
        // Nothing is below the bound of a query that is not there.
        let mut most = [-1; FOUR];
        for (place, most) in most[..n_queries].iter_mut().enumerate() {
            *most = self.most(block, first + place);
        }
        for (row, sums) in (start..).zip(sums) {
            // Negative where the row is too far; all four at once, since hardly any row is close to any query.
            let left: [i32; FOUR] = std::array::from_fn(|place| most[place] - sums[place].cast_signed());
            if left.iter().fold(-1, |all, left| all & left) < 0 {
                continue;
            }
            for place in 0..n_queries {
                if sums[place].cast_signed() <= most[place]
                    && self.offer_one(block, first + place, row, sums[place], exact)
                {
                    most[place] = self.most(block, first + place);
                }
            }
        }
    }

    /// Compares a row that may be close exactly; whether it was.
    fn offer_one(
        &self,
        block: &mut Block<'_>,
        query: usize,
        row: usize,
        sum: u32,
        exact: &MinkowskiDistance,
    ) -> bool {
        let top = &mut block.tops[query];
        let apart = match self.rounding {
            None => Some(f64::from(sum)),
            Some(_) => {
                let query = block.queries.row(block.first + query);
                exact.within(query, self.images.row(row), top.bound())
            }
        };
        if let Some(apart) = apart {
            top.offer(apart, row as u32);
        }
        apart.is_some()
    }

    /// All rows, tile by tile, past all queries of the block.
    fn by_products(
        &self,
        block: &mut Block<'_>,
        exact: &MinkowskiDistance,
        products: AmxGemm,
        rows: &Packed,
        squares: &[[i32; SIDE]],
    ) {
        let queries = block.padded.bytes.chunks_exact(self.width);
        let of_queries: Vec<u32> = queries.map(square).collect();
        // Of each query what its rows' part of the sum may be; nothing is within the limit of a query that is not there.
        let limit = |block: &Block<'_>, query: usize| {
            self.most(block, query).saturating_sub_unsigned(of_queries[query])
        };
        let mut limits = vec![[i32::MIN; SIDE]; of_queries.len() / SIDE];
        for query in 0..block.tops.len() {
            limits.as_flattened_mut()[query] = limit(block, query);
        }
        let mut sums = [[0; SIDE]; SIDE];
        for (tile, squares) in squares.iter().enumerate() {
            for (group, limits) in limits.iter_mut().enumerate() {
                let queries = &block.padded.bytes[group * SIDE * self.width..][..SIDE * self.width];
                products.tile(queries, rows, tile, &mut sums);
                let within = products.within(&sums, squares, limits);
                for (at, mut within) in within.into_iter().enumerate().filter(|(_, within)| *within != 0) {
                    let query = group * SIDE + at;
                    while within != 0 {
                        let bit = within.trailing_zeros() as usize;
                        within &= within - 1;
                        let row = tile * SIDE + bit;
                        let part = squares[bit] - 2 * sums[at][bit].cast_signed();
                        if row < self.images.n_rows() && part <= limits[at] {
                            let sum = of_queries[query].wrapping_add_signed(part);
                            if self.offer_one(block, query, row, sum, exact) {
                                limits[at] = limit(block, query);
                            }
                        }
                    }
                }
            }
        }
    }

    /// A sum beyond this is that of a distance beyond the query's bound.
    fn most(&self, block: &Block<'_>, query: usize) -> i32 {
        const UP: f64 = 1.0 + 1e-9;
        let bound = block.tops[query].bound();
        let most = match &self.rounding {
            None => bound,
            Some(rounding) => {
                let moved = self.most_moved + block.padded.moved[query];
                match self.rows {
                    Rows::Absolute(_) => (bound * rounding.scale + moved) * UP,
                    Rows::Squared(..) | Rows::Products(..) => {
                        (bound.sqrt() * rounding.scale + moved).powi(2) * UP
                    }
                }
            }
        };
        // Sums of as many bytes as `squares` takes are below 2^31.
        if most >= f64::from(i32::MAX) {
            i32::MAX
        } else {
            most.floor() as i32
        }
    }
}

/// `Σ a²`.
fn square(row: &[u8]) -> u32 {
    row.iter().map(|&byte| u32::from(byte) * u32::from(byte)).sum()
}

impl Padded {
    /// These rows, rounded where they are to be, each filled up with zeros; zeros for the rows that are missing up to `n_rows`.
    fn new(
        images: Images<'_>,
        range: std::ops::Range<usize>,
        n_rows: usize,
        width: usize,
        rounding: Option<&ScalarQuantizer>,
    ) -> Padded {
        let mut bytes = Aligned::new(n_rows * width);
        let mut moved = vec![0.0; n_rows];
        for ((to, moved), row) in bytes.chunks_exact_mut(width).zip(&mut moved).zip(range) {
            let row = images.row(row);
            match rounding {
                None => to[..row.len()].copy_from_slice(row),
                Some(rounding) => *moved = rounding.round(row, to),
            }
        }
        Padded { bytes, moved }
    }
}
