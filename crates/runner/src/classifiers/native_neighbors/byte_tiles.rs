//! Sums over differences of bytes, 32 or 64 bytes an instruction, bound the distances from below: of absolute differences for p = 1, of
//! squared ones for p = 2.
//!
//! Where all steps are equal the bytes are the pixels and the sum is the distance. Else a pixel's byte `x` becomes `x · step · scale`
//! rounded and cut off at 255: cutting brings values closer, and rounding moves a difference by 1 at most. For p = 1 the sum, less the
//! number of pixels, is a lower bound of `scale` times the distance; for p = 2 its root, less the root of the number of pixels, is.

use loader::Images;
use rayon::prelude::*;

use super::{Exact, Power};
use crate::kernels::aligned::Aligned;
use crate::kernels::byte_products::{ByteProducts, Packed, SIDE};
use crate::kernels::byte_sums::{alone, shifted};
use crate::kernels::distance::Distance;
use crate::kernels::top_k::TopK;

/// Training rows of a tile: their bytes stay in the first-level cache while queries pass over them.
const ROWS: usize = 32;

/// Queries that pass over a tile together: theirs stay in the second-level cache.
const QUERIES: usize = 256;

/// The kernel takes so many queries at once.
const FOUR: usize = 4;

/// Training rows as the kernel takes them.
pub(in crate::classifiers) struct Index<'a> {
    images: Images<'a>,
    rounding: Option<Rounding>,
    rows: Rows,
    width: usize,
}

/// Every row filled up to `width` bytes.
enum Rows {
    Absolute(Aligned<u8>),
    /// With the sum of each row's squares.
    Squared(Aligned<i8>, Vec<u32>),
    /// The same in matrix registers; squares of all their rows.
    Products(ByteProducts, Packed, Vec<[i32; SIDE]>),
}

/// How weighted pixels become bytes.
struct Rounding {
    /// For each pixel the byte of each of its 256 values.
    bytes: Vec<[u8; 256]>,
    /// How many of the rounded units are a distance of 1.
    scale: f64,
}

impl Rounding {
    /// A scale with which nearly all values of nearly all pixels fit into a byte; a weight is what a difference of one byte is.
    fn new(images: Images<'_>, weights: &[f64]) -> Rounding {
        // The spread of a weighted pixel that varies is about that of a standardised one: a byte holds eight deviations.
        let largest = weights.iter().copied().fold(0.0, f64::max);
        let spread = spread(images, weights);
        let scale = if spread > 0.0 {
            255.0 / (8.0 * spread)
        } else {
            largest.max(1.0).recip()
        };
        let bytes = (0..weights.len())
            .map(|pixel| {
                let value = |byte: usize| weights[pixel] * scale * f64::from(byte as u8);
                std::array::from_fn(|byte| value(byte).round().min(255.0) as u8)
            })
            .collect();
        Rounding { bytes, scale }
    }
}

/// Mean over the pixels that vary of the mean weighted byte's root mean square.
fn spread(images: Images<'_>, weights: &[f64]) -> f64 {
    let mut squares = vec![0.0; weights.len()];
    let stride = images.n_rows().div_ceil(1000);
    let mut n_rows = 0.0;
    for row in images.rows().step_by(stride.max(1)) {
        n_rows += 1.0;
        for ((square, &byte), weight) in squares.iter_mut().zip(row).zip(weights) {
            *square += (f64::from(byte) * weight).powi(2);
        }
    }
    let varying: Vec<f64> = squares
        .iter()
        .map(|square| (square / n_rows).sqrt())
        .filter(|root| *root > 0.0)
        .collect();
    varying.iter().sum::<f64>() / (varying.len() as f64).max(1.0)
}

impl<'a> Index<'a> {
    /// Where `products` may be used, p = 2 uses them.
    pub(super) fn new(images: Images<'a>, exact: &Exact, products: Option<ByteProducts>) -> Index<'a> {
        let rounding = exact.weights.as_ref().map(|weights| {
            let steps = weights.exact.iter().map(|&weight| exact.rooted(weight));
            Rounding::new(images, &steps.collect::<Vec<f64>>())
        });
        let width = images.n_features().next_multiple_of(64);
        let rows = padded(
            images,
            0..images.n_rows(),
            images.n_rows(),
            width,
            rounding.as_ref(),
        );
        Index {
            images,
            rounding,
            rows: match (exact.power, products) {
                (Power::One, _) => Rows::Absolute(rows),
                (Power::Two, Some(products)) => {
                    let mut squares = vec![[0; SIDE]; images.n_rows().div_ceil(SIDE)];
                    for (to, row) in squares
                        .as_flattened_mut()
                        .iter_mut()
                        .zip(rows.chunks_exact(width))
                    {
                        *to = square(row).cast_signed();
                    }
                    Rows::Products(products, Packed::new(&rows, width), squares)
                }
                (Power::Two, None) => {
                    let mut less = Aligned::new(rows.len());
                    less.iter_mut()
                        .zip(&*rows)
                        .for_each(|(less, &byte)| *less = shifted(byte));
                    Rows::Squared(less, rows.chunks_exact(width).map(square).collect())
                }
            },
            width,
        }
    }

    pub(super) fn nearest(&self, queries: Images<'_>, k: usize, exact: &Exact) -> Vec<TopK> {
        let n_queries = queries.n_rows();
        (0..n_queries.div_ceil(QUERIES))
            .into_par_iter()
            .flat_map_iter(|block| {
                let block = block * QUERIES..(block * QUERIES + QUERIES).min(n_queries);
                self.block(block, queries, k, exact)
            })
            .collect()
    }

    fn block(
        &self,
        block: std::ops::Range<usize>,
        queries: Images<'_>,
        k: usize,
        exact: &Exact,
    ) -> Vec<TopK> {
        let distance = Distance::here();
        let n_padded = block.len().next_multiple_of(SIDE);
        let padded = padded(
            queries,
            block.clone(),
            n_padded,
            self.width,
            self.rounding.as_ref(),
        );
        let mut tops = vec![TopK::new(k); block.len()];
        if let Rows::Products(products, rows, squares) = &self.rows {
            let query = |place| queries.row(block.start + place);
            self.by_products(*products, rows, squares, &padded, &mut tops, query, exact);
            return tops;
        }
        let alone: Vec<u32> = padded.chunks_exact(self.width).map(alone).collect();
        let mut sums = vec![[0; FOUR]; ROWS];
        for start in (0..self.images.n_rows()).step_by(ROWS) {
            let end = (start + ROWS).min(self.images.n_rows());
            let sums = &mut sums[..end - start];
            let bytes_of_tile = start * self.width..end * self.width;
            let fours = padded
                .chunks_exact(FOUR * self.width)
                .take(block.len().div_ceil(FOUR));
            for (four, bytes) in fours.enumerate() {
                match &self.rows {
                    Rows::Absolute(rows) => {
                        distance.absolute(bytes, &rows[bytes_of_tile.clone()], self.width, sums);
                    }
                    Rows::Squared(rows, squares) => {
                        let rows = &rows[bytes_of_tile.clone()];
                        let alone = std::array::from_fn(|query| alone[four * FOUR + query]);
                        distance.squares(bytes, alone, rows, &squares[start..end], sums);
                    }
                    Rows::Products(..) => {}
                }
                let first = four * FOUR;
                let tops = &mut tops[first..(first + FOUR).min(block.len())];
                let query = |place| queries.row(block.start + first + place);
                self.offer(tops, query, start, sums, exact);
            }
        }
        tops
    }

    /// Looks at the sums of a tile with up to four queries.
    fn offer<'q>(
        &self,
        tops: &mut [TopK],
        query: impl Fn(usize) -> &'q [u8],
        first: usize,
        sums: &[[u32; FOUR]],
        exact: &Exact,
    ) {
        // Nothing is below the bound of a query that is not there.
        let mut most = [-1; FOUR];
        for (most, top) in most.iter_mut().zip(&*tops) {
            *most = self.most(top.bound());
        }
        for (row, sums) in (first..).zip(sums) {
            // Negative where the row is too far; all four at once, since hardly any row is close to any query.
            let left: [i32; FOUR] = std::array::from_fn(|place| most[place] - sums[place].cast_signed());
            if left.iter().fold(-1, |all, left| all & left) < 0 {
                continue;
            }
            for (place, top) in tops.iter_mut().enumerate() {
                if sums[place].cast_signed() <= most[place]
                    && self.offer_one(top, query(place), row, sums[place], exact)
                {
                    most[place] = self.most(top.bound());
                }
            }
        }
    }

    /// Compares a row that may be close exactly; whether it was.
    fn offer_one(&self, top: &mut TopK, query: &[u8], row: usize, sum: u32, exact: &Exact) -> bool {
        let apart = match self.rounding {
            None => Some(f64::from(sum)),
            Some(_) => exact.within(query, self.images.row(row), top.bound()),
        };
        if let Some(apart) = apart {
            top.offer(apart, row as u32);
        }
        apart.is_some()
    }

    /// All rows, tile by tile, past a block of queries.
    #[expect(clippy::too_many_arguments, reason = "what a block is made of")]
    fn by_products<'q>(
        &self,
        products: ByteProducts,
        rows: &Packed,
        squares: &[[i32; SIDE]],
        padded: &[u8],
        tops: &mut [TopK],
        query: impl Fn(usize) -> &'q [u8],
        exact: &Exact,
    ) {
        let of_queries: Vec<u32> = padded.chunks_exact(self.width).map(square).collect();
        // Of each query what its rows' part of the sum may be; nothing is within the limit of a query that is not there.
        let limit =
            |place: usize, top: &TopK| self.most(top.bound()).saturating_sub_unsigned(of_queries[place]);
        let mut limits = vec![[i32::MIN; SIDE]; padded.len() / (SIDE * self.width)];
        for (place, top) in tops.iter().enumerate() {
            limits.as_flattened_mut()[place] = limit(place, top);
        }
        let mut sums = [[0; SIDE]; SIDE];
        for (tile, squares) in squares.iter().enumerate() {
            for (group, bytes) in padded.chunks_exact(SIDE * self.width).enumerate() {
                products.tile(bytes, rows, tile, &mut sums);
                let within = products.within(&sums, squares, &limits[group]);
                for (at, mut within) in within.into_iter().enumerate().filter(|(_, within)| *within != 0) {
                    let place = group * SIDE + at;
                    while within != 0 {
                        let bit = within.trailing_zeros() as usize;
                        within &= within - 1;
                        let row = tile * SIDE + bit;
                        let part = squares[bit] - 2 * sums[at][bit].cast_signed();
                        if row < self.images.n_rows() && part <= limits[group][at] {
                            let sum = of_queries[place].wrapping_add_signed(part);
                            if self.offer_one(&mut tops[place], query(place), row, sum, exact) {
                                limits[group][at] = limit(place, &tops[place]);
                            }
                        }
                    }
                }
            }
        }
    }

    /// A sum beyond this is that of a distance beyond the bound.
    fn most(&self, bound: f64) -> i32 {
        let most = match &self.rounding {
            None => bound,
            Some(rounding) => {
                let n_features = self.images.n_features() as f64;
                match self.rows {
                    Rows::Absolute(_) => bound * rounding.scale * (1.0 + 1e-9) + n_features,
                    Rows::Squared(..) | Rows::Products(..) => {
                        (bound.sqrt() * rounding.scale * (1.0 + 1e-9) + n_features.sqrt()).powi(2)
                            * (1.0 + 1e-9)
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

/// These rows, rounded where they are to be, each filled up with zeros; zeros for the rows that are missing up to `n_rows`.
fn padded(
    images: Images<'_>,
    range: std::ops::Range<usize>,
    n_rows: usize,
    width: usize,
    rounding: Option<&Rounding>,
) -> Aligned<u8> {
    let mut padded = Aligned::new(n_rows * width);
    for (to, row) in padded.chunks_exact_mut(width).zip(range) {
        let row = images.row(row);
        match rounding {
            None => to[..row.len()].copy_from_slice(row),
            Some(rounding) => {
                for ((to, &byte), bytes) in to.iter_mut().zip(row).zip(&rounding.bytes) {
                    *to = bytes[usize::from(byte)];
                }
            }
        }
    }
    padded
}
