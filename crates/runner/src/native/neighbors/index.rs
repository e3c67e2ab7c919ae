//! Finds the exact nearest training rows of every query: brute force with a lower bound of the distance.
//!
//! A row is skipped if its bound is above the distance of the k-th nearest row found so far. The bounds are:
//! - sums of byte differences, in [`quantized_index`](crate::native::neighbors::quantized_index);
//! - distances in a projection, in [`projected_index`](crate::native::neighbors::projected_index). They are faster for
//!   the euclidean metric if the processor has no 8-bit dot products.

use crate::estimator::samples::Samples;
use crate::estimator::stored_rows::{StoredRows, StoredValue};
use crate::native::kernels::byte_products::ByteProducts;
use crate::native::neighbors::metric::Metric;
use crate::native::neighbors::projected_index::ProjectedIndex;
use crate::native::neighbors::quantized_index::QuantizedIndex;
use crate::native::neighbors::row_distance::RowDistance;
use crate::native::neighbors::top_k::TopK;

/// With fewer training rows a bound costs more than it saves.
const MIN_ROWS_WITH_BOUND: usize = 2048;

/// The sum of this many squared byte differences is below 2^31.
const MAX_SQUARED_DIFFERENCES: usize = 33_000;

/// The training rows, prepared for searches.
pub(crate) enum NeighborIndex<'a, D: RowDistance> {
    /// Every row is compared exactly.
    BruteForce(StoredRows<'a, D::Value>),
    /// Bounded by the distance in a projection.
    Projected(ProjectedIndex<'a, D::Value>),
    /// Bounded by sums of byte differences.
    Quantized(QuantizedIndex<'a, D>),
}

impl<'a, D: RowDistance> NeighborIndex<'a, D> {
    /// # Panics
    /// If the rows are stored in another type than the distance compares; so does the search.
    pub(crate) fn new(train: &'a Samples, distance: &D) -> NeighborIndex<'a, D> {
        let rows = D::Value::rows(train);
        let products = ByteProducts::detect();
        match distance.metric() {
            _ if rows.n_rows() < MIN_ROWS_WITH_BOUND => NeighborIndex::BruteForce(rows),
            Metric::Euclidean if !products.is_fast() || rows.n_features() > MAX_SQUARED_DIFFERENCES => {
                NeighborIndex::Projected(ProjectedIndex::new(train, distance))
            }
            _ => NeighborIndex::Quantized(QuantizedIndex::new(rows, distance, products)),
        }
    }

    /// The k nearest rows of every query, in the order of the queries.
    pub(crate) fn nearest(&self, queries: &Samples, k: usize, distance: &D) -> Vec<TopK> {
        use rayon::prelude::*;
        match self {
            NeighborIndex::BruteForce(rows) => {
                let queries = D::Value::rows(queries);
                (0..queries.n_rows())
                    .into_par_iter()
                    .map(|query| {
                        let query = queries.row(query);
                        let mut nearest = TopK::new(k);
                        for row in 0..rows.n_rows() {
                            nearest.offer(distance.reduced(query, rows.row(row)), row as u32);
                        }
                        nearest
                    })
                    .collect()
            }
            NeighborIndex::Projected(index) => index.nearest(queries, k, distance),
            NeighborIndex::Quantized(index) => index.nearest(D::Value::rows(queries), k, distance),
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
    use crate::native::neighbors::byte_distance::ByteDistance;
    use crate::native::neighbors::float_distance::FloatDistance;

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

    /// Compares all searches of these rows with brute force.
    fn check<D: RowDistance>(rows: &Samples, queries: &Samples, distance: &D, what: &str) {
        let metric = distance.metric();
        let chosen = NeighborIndex::new(rows, distance);
        assert!(!matches!(chosen, NeighborIndex::BruteForce(_)));
        let stored = D::Value::rows(rows);
        let quantized = |products| NeighborIndex::Quantized(QuantizedIndex::new(stored, distance, products));
        let quantized = ByteProducts::available().into_iter().map(quantized);
        let quantized: Vec<NeighborIndex<'_, D>> = quantized.collect();
        let projected = || NeighborIndex::Projected(ProjectedIndex::new(rows, distance));
        let projected = (metric == Metric::Euclidean).then(projected);
        for k in [1, 5, 1500] {
            let brute_force: NeighborIndex<'_, D> = NeighborIndex::BruteForce(stored);
            let expected = brute_force.nearest(queries, k, distance);
            for index in quantized.iter().chain(&projected) {
                let found = index.nearest(queries, k, distance);
                for (found, expected) in found.iter().zip(&expected) {
                    assert_eq!(found.rows(), expected.rows(), "{what} {metric:?} {k}");
                }
            }
        }
    }

    #[test]
    fn bounded_searches_of_bytes_find_the_neighbors_of_brute_force() {
        let (train, test) = (images(3000, 1), images(70, 2));
        for preprocessing in [Preprocessing::NONE, Preprocessing::UNIT, Preprocessing::STANDARD] {
            let transform = Arc::new(Transform::fit(preprocessing, train.view()));
            let rows = Samples::new(train.clone(), &transform, Layout::BytesOrF32);
            let queries = Samples::new(test.clone(), &transform, Layout::BytesOrF32);
            for metric in [Metric::Manhattan, Metric::Euclidean] {
                let distance = ByteDistance::new(metric, &rows);
                check(&rows, &queries, &distance, preprocessing.name());
            }
        }
    }

    #[test]
    fn bounded_searches_of_floats_find_the_neighbors_of_brute_force() {
        let (train, test) = (images(3000, 1), images(70, 2));
        for text in ["pca(9)", "hog(pixels_per_cell=2)"] {
            let transform = Arc::new(Transform::fit(text.parse().unwrap(), train.view()));
            let rows = Samples::new(train.clone(), &transform, Layout::BytesOrF32);
            let queries = Samples::new(test.clone(), &transform, Layout::BytesOrF32);
            for metric in [Metric::Manhattan, Metric::Euclidean] {
                check(&rows, &queries, &FloatDistance::new(metric), text);
            }
        }
    }

    #[test]
    fn distances_are_those_of_preprocessed_rows() {
        let train = images(50, 3);
        for preprocessing in [
            Preprocessing::NONE,
            Preprocessing::STANDARD,
            "pca(9)".parse().unwrap(),
        ] {
            let transform = Arc::new(Transform::fit(preprocessing, train.view()));
            let rows = Samples::new(train.clone(), &transform, Layout::BytesOrF32);
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
                let (reduced, tolerance) = match rows.as_bytes() {
                    Some((images, _)) => {
                        let distance = ByteDistance::new(metric, &rows);
                        (distance.reduced(images.row(3), images.row(8)), 1e-9)
                    }
                    None => {
                        let (floats, distance) = (f32::rows(&rows), FloatDistance::new(metric));
                        (distance.reduced(floats.row(3), floats.row(8)), 1e-6)
                    }
                };
                let found = metric.to_distance(reduced);
                assert!(
                    (found - expected).abs() < tolerance * expected,
                    "{found} {expected}"
                );
            }
        }
    }
}
