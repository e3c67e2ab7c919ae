//! The nearest training rows of every query, exactly, as the native engine finds them: brute force behind a cheap lower bound.
//!
//! A pixel's floats differ by its bytes' difference times a step, so that distances are sums over differences of bytes: in integers where
//! all steps are equal, else weighted in f64. The lower bound is a sum over differences of bytes, of the pixels themselves or of their
//! floats rounded to bytes; or with p = 2, where the processor has neither 8-bit dot products nor matrix registers, the distance in a
//! projection, a matrix product in f32. A row whose bound is beyond the k-th distance found so far cannot be among the nearest; every other one is compared exactly.

use loader::Images;

use crate::estimator::samples::Samples;
use crate::native::kernels::amx_gemm::AmxGemm;
use crate::native::neighbors::metric::{MinkowskiDistance, Power};
use crate::native::neighbors::top_k::TopK;
use crate::native::neighbors::{projected_index, quantized_index};

/// Below so many training rows every row is compared exactly: a bound costs more than it saves.
const FEW_ROWS: usize = 2048;

/// Up to so many squared differences of bytes are below 2^31 together.
const MOST_SQUARED: usize = 33_000;

/// Training rows, ready to be searched.
pub(crate) enum Index<'a> {
    /// Every row is compared.
    All(Images<'a>),
    /// p = 2 in a projection.
    Projected(projected_index::Index<'a>),
    /// Sums over differences of bytes.
    Tiles(quantized_index::Index<'a>),
}

impl<'a> Index<'a> {
    pub(crate) fn new(train: &'a Samples, exact: &MinkowskiDistance) -> Index<'a> {
        let images = train.bytes();
        match exact.power {
            _ if images.n_rows() < FEW_ROWS => Index::All(images),
            Power::Two if !exact.distance.has_fast_squares() || images.n_features() > MOST_SQUARED => {
                Index::Projected(projected_index::Index::new(train, exact))
            }
            _ => Index::Tiles(quantized_index::Index::new(images, exact, AmxGemm::detect())),
        }
    }

    /// The k nearest of every query, in the order of the queries.
    pub(crate) fn nearest(&self, queries: &Samples, k: usize, exact: &MinkowskiDistance) -> Vec<TopK> {
        use rayon::prelude::*;
        match self {
            Index::All(rows) => (0..queries.n_rows())
                .into_par_iter()
                .map(|query| {
                    let query = queries.bytes().row(query);
                    let mut top = TopK::new(k);
                    for (row, bytes) in (0..).zip(rows.rows()) {
                        top.offer(exact.between(query, bytes), row);
                    }
                    top
                })
                .collect(),
            Index::Projected(index) => index.nearest(queries, k, exact),
            Index::Tiles(index) => index.nearest(queries.bytes(), k, exact),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use loader::ImageBuffer;
    use loader::Preprocessing;
    use loader::Transform;
    use rand::RngCore;
    use rand::SeedableRng;
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;
    use crate::estimator::samples::Layout;

    /// Rows near one of a few patterns, half of their bytes 0; some rows twice, so that distances are equal.
    fn images(n_rows: usize, seed: u64) -> ImageBuffer {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut pixels = Vec::new();
        for row in 0..n_rows {
            if row % 10 == 9 {
                pixels.extend_from_within((row - 7) * 40..(row - 6) * 40);
                continue;
            }
            let pattern = random.next_u64() % 5;
            for pixel in 0..40u64 {
                let base = (pattern * 47 + pixel * 31) % 230;
                let noise = random.next_u64() % 26;
                // The last pixel never changes.
                let is_dark = (pixel + pattern) % 2 == 0 || pixel == 39;
                pixels.push(if is_dark { 0 } else { (base + noise) as u8 });
            }
        }
        ImageBuffer::new(pixels, 5, 8)
    }

    #[test]
    fn the_nearest_behind_a_bound_are_those_of_comparing_every_row() {
        let (train, test) = (images(3000, 1), images(70, 2));
        for preprocessing in [Preprocessing::NONE, Preprocessing::UNIT, Preprocessing::STANDARD] {
            let scaler = Arc::new(Transform::fit(preprocessing, train.view()));
            let rows = Samples::new(train.clone(), &scaler, Layout::Bytes);
            let queries = Samples::new(test.clone(), &scaler, Layout::Bytes);
            for power in [Power::One, Power::Two] {
                let exact = MinkowskiDistance::new(power, &rows);
                assert!(!matches!(Index::new(&rows, &exact), Index::All(_)));
                let tiles =
                    |products| Index::Tiles(quantized_index::Index::new(rows.bytes(), &exact, products));
                let tiles = [tiles(None), tiles(AmxGemm::detect())];
                let projected = || Index::Projected(projected_index::Index::new(&rows, &exact));
                let projected = (power == Power::Two).then(projected);
                for k in [1, 5, 1500] {
                    let expected = Index::All(rows.bytes()).nearest(&queries, k, &exact);
                    for index in tiles.iter().chain(&projected) {
                        let found = index.nearest(&queries, k, &exact);
                        for (found, expected) in found.iter().zip(&expected) {
                            assert_eq!(
                                found.nearest(),
                                expected.nearest(),
                                "{preprocessing} {power:?} {k}"
                            );
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn distances_are_those_of_the_floats() {
        let train = images(50, 3);
        for preprocessing in [Preprocessing::NONE, Preprocessing::STANDARD] {
            let scaler = Arc::new(Transform::fit(preprocessing, train.view()));
            let rows = Samples::new(train.clone(), &scaler, Layout::Bytes);
            let floats = scaler.to_f64(train.view());
            let (a, b) = (floats.row(3), floats.row(8));
            let apart = &a - &b;
            for (power, expected) in [
                (Power::One, apart.iter().map(|apart| apart.abs()).sum::<f64>()),
                (
                    Power::Two,
                    apart.iter().map(|apart| apart * apart).sum::<f64>().sqrt(),
                ),
            ] {
                let exact = MinkowskiDistance::new(power, &rows);
                let found = exact.rooted(exact.between(rows.bytes().row(3), rows.bytes().row(8)));
                assert!((found - expected).abs() < 1e-9 * expected, "{found} {expected}");
            }
        }
    }
}
