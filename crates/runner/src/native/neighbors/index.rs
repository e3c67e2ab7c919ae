//! Finds the exact nearest training rows of every query: brute force with a lower bound of the distance.
//!
//! A row is skipped if its bound is above the distance of the k-th nearest row found so far. The bounds are:
//! - sums of byte differences, in [`quantized_index`](crate::native::neighbors::quantized_index);
//! - distances in a projection, in [`projected_index`](crate::native::neighbors::projected_index). They are faster for
//!   the euclidean metric if the processor has no 8-bit dot products.

use loader::Images;

use crate::estimator::samples::Samples;
use crate::native::kernels::amx_gemm::AmxGemm;
use crate::native::neighbors::metric::{Metric, MinkowskiDistance};
use crate::native::neighbors::projected_index::ProjectedIndex;
use crate::native::neighbors::quantized_index::QuantizedIndex;
use crate::native::neighbors::top_k::TopK;

/// With fewer training rows a bound costs more than it saves.
const MIN_ROWS_WITH_BOUND: usize = 2048;

/// The sum of this many squared byte differences is below 2^31.
const MAX_SQUARED_DIFFERENCES: usize = 33_000;

/// The training rows, prepared for searches.
pub(crate) enum NeighborIndex<'a> {
    /// Every row is compared exactly.
    BruteForce(Images<'a>),
    /// Bounded by the distance in a projection.
    Projected(ProjectedIndex<'a>),
    /// Bounded by sums of byte differences.
    Quantized(QuantizedIndex<'a>),
}

impl<'a> NeighborIndex<'a> {
    pub(crate) fn new(train: &'a Samples, distance: &MinkowskiDistance) -> NeighborIndex<'a> {
        let images = train.bytes();
        let n_features = images.n_features();
        match distance.metric {
            _ if images.n_rows() < MIN_ROWS_WITH_BOUND => NeighborIndex::BruteForce(images),
            Metric::Euclidean
                if !distance.kernel.has_fast_squares() || n_features > MAX_SQUARED_DIFFERENCES =>
            {
                NeighborIndex::Projected(ProjectedIndex::new(train, distance))
            }
            _ => NeighborIndex::Quantized(QuantizedIndex::new(images, distance, AmxGemm::detect())),
        }
    }

    /// The k nearest rows of every query, in the order of the queries.
    pub(crate) fn nearest(&self, queries: &Samples, k: usize, distance: &MinkowskiDistance) -> Vec<TopK> {
        use rayon::prelude::*;
        match self {
            NeighborIndex::BruteForce(rows) => (0..queries.n_rows())
                .into_par_iter()
                .map(|query| {
                    let query = queries.bytes().row(query);
                    let mut nearest = TopK::new(k);
                    for (row, bytes) in (0..).zip(rows.rows()) {
                        nearest.offer(distance.reduced(query, bytes), row);
                    }
                    nearest
                })
                .collect(),
            NeighborIndex::Projected(index) => index.nearest(queries, k, distance),
            NeighborIndex::Quantized(index) => index.nearest(queries.bytes(), k, distance),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use loader::{ImageBuffer, Preprocessing, Transform};
    use rand::{RngCore, SeedableRng};
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;
    use crate::estimator::samples::Layout;

    /// Rows near one of five patterns, with half of their bytes 0. Some rows occur twice, so some distances are equal.
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
    fn bounded_searches_find_the_neighbors_of_brute_force() {
        let (train, test) = (images(3000, 1), images(70, 2));
        for preprocessing in [Preprocessing::NONE, Preprocessing::UNIT, Preprocessing::STANDARD] {
            let transform = Arc::new(Transform::fit(preprocessing, train.view()));
            let rows = Samples::new(train.clone(), &transform, Layout::Bytes);
            let queries = Samples::new(test.clone(), &transform, Layout::Bytes);
            for metric in [Metric::Manhattan, Metric::Euclidean] {
                let distance = MinkowskiDistance::new(metric, &rows);
                let chosen = NeighborIndex::new(&rows, &distance);
                assert!(!matches!(chosen, NeighborIndex::BruteForce(_)));
                let quantized =
                    |gemm| NeighborIndex::Quantized(QuantizedIndex::new(rows.bytes(), &distance, gemm));
                let quantized = [quantized(None), quantized(AmxGemm::detect())];
                let projected = || NeighborIndex::Projected(ProjectedIndex::new(&rows, &distance));
                let projected = (metric == Metric::Euclidean).then(projected);
                for k in [1, 5, 1500] {
                    let brute_force = NeighborIndex::BruteForce(rows.bytes());
                    let expected = brute_force.nearest(&queries, k, &distance);
                    for index in quantized.iter().chain(&projected) {
                        let found = index.nearest(&queries, k, &distance);
                        for (found, expected) in found.iter().zip(&expected) {
                            assert_eq!(found.rows(), expected.rows(), "{preprocessing} {metric:?} {k}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn distances_are_those_of_preprocessed_rows() {
        let train = images(50, 3);
        for preprocessing in [Preprocessing::NONE, Preprocessing::STANDARD] {
            let transform = Arc::new(Transform::fit(preprocessing, train.view()));
            let rows = Samples::new(train.clone(), &transform, Layout::Bytes);
            let floats = transform.to_f64(train.view());
            let (a, b) = (floats.row(3), floats.row(8));
            let difference = &a - &b;
            let squares = difference.iter().map(|value| value * value);
            for (metric, expected) in [
                (
                    Metric::Manhattan,
                    difference.iter().map(|value| value.abs()).sum::<f64>(),
                ),
                (Metric::Euclidean, squares.sum::<f64>().sqrt()),
            ] {
                let distance = MinkowskiDistance::new(metric, &rows);
                let reduced = distance.reduced(rows.bytes().row(3), rows.bytes().row(8));
                let found = distance.to_distance(reduced);
                assert!((found - expected).abs() < 1e-9 * expected, "{found} {expected}");
            }
        }
    }
}
