//! p = 1: sums of absolute differences of bytes, 32 or 64 an instruction, bound the distances from below.
//!
//! Where all steps are equal the bytes are the pixels and the sum is the distance. Else a pixel's byte `x` becomes `x · step · scale`
//! rounded and cut off at 255: cutting brings values closer, and rounding moves a difference by 1 at most where there is one, so that
//! the sum, less the number of pixels, is a lower bound of `scale` times the distance.

use loader::Images;
use rayon::prelude::*;

use super::Exact;
use crate::kernels::distance::Distance;
use crate::kernels::top_k::TopK;

/// Training rows of a tile: their bytes stay in the second-level cache while queries pass over them.
const ROWS: usize = 256;

/// Queries that pass over a tile together.
const QUERIES: usize = 64;

/// The kernel takes so many queries at once.
const FOUR: usize = 4;

/// Training rows as the kernel takes them.
pub(in crate::classifiers) struct Index<'a> {
    images: Images<'a>,
    rounding: Option<Rounding>,
    /// Every row filled up with zeros to `width` bytes.
    rows: Vec<u8>,
    width: usize,
}

/// How weighted pixels become bytes.
struct Rounding {
    /// For each pixel the byte of each of its 256 values.
    bytes: Vec<[u8; 256]>,
    /// How many of the rounded units are a distance of 1.
    scale: f64,
}

impl Rounding {
    /// A scale with which nearly all values of nearly all pixels fit into a byte.
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
    pub(super) fn new(images: Images<'a>, exact: &Exact) -> Index<'a> {
        let rounding = exact
            .weights
            .as_ref()
            .map(|weights| Rounding::new(images, &weights.exact));
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
            rows,
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
        let n_padded = block.len().next_multiple_of(FOUR);
        let padded = padded(
            queries,
            block.clone(),
            n_padded,
            self.width,
            self.rounding.as_ref(),
        );
        let mut tops = vec![TopK::new(k); block.len()];
        let mut sums = vec![[0; FOUR]; ROWS];
        for (tile, rows) in self.rows.chunks(ROWS * self.width).enumerate() {
            let sums = &mut sums[..rows.len() / self.width];
            for (tops, (four, bytes)) in tops
                .chunks_mut(FOUR)
                .zip(padded.chunks_exact(FOUR * self.width).enumerate())
            {
                distance.absolute(bytes, rows, self.width, sums);
                for (place, top) in tops.iter_mut().enumerate() {
                    let query = queries.row(block.start + four * FOUR + place);
                    self.offer(top, place, query, tile * ROWS, sums, exact);
                }
            }
        }
        tops
    }

    /// Looks at the sums of a tile with one query.
    fn offer(
        &self,
        top: &mut TopK,
        place: usize,
        query: &[u8],
        first: usize,
        sums: &[[u32; FOUR]],
        exact: &Exact,
    ) {
        let mut most = self.most(top.bound());
        for (row, sums) in (first..).zip(sums) {
            if sums[place] > most {
                continue;
            }
            let apart = match self.rounding {
                None => Some(f64::from(sums[place])),
                Some(_) => exact.within(query, self.images.row(row), top.bound()),
            };
            if let Some(apart) = apart {
                top.offer(apart, row as u32);
                most = self.most(top.bound());
            }
        }
    }

    /// A sum beyond this is that of a distance beyond the bound.
    fn most(&self, bound: f64) -> u32 {
        let most = match &self.rounding {
            None => bound,
            Some(rounding) => bound * rounding.scale * (1.0 + 1e-9) + self.images.n_features() as f64,
        };
        if most >= f64::from(u32::MAX) {
            u32::MAX
        } else {
            most.floor() as u32
        }
    }
}

/// These rows, rounded where they are to be, each filled up with zeros; zeros for the rows that are missing up to `n_rows`.
fn padded(
    images: Images<'_>,
    range: std::ops::Range<usize>,
    n_rows: usize,
    width: usize,
    rounding: Option<&Rounding>,
) -> Vec<u8> {
    let mut padded = vec![0; n_rows * width];
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
