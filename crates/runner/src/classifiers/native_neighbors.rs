//! The nearest training rows of every query, exactly, as the native engine finds them: brute force behind a cheap lower bound.
//!
//! A pixel's floats differ by its bytes' difference times a step, so that distances are sums over differences of bytes: in integers where
//! all steps are equal, else weighted in f64. The lower bound is a sum over differences of bytes, of the pixels themselves or of their
//! floats rounded to bytes; or with p = 2, where the processor has neither 8-bit dot products nor matrix registers, the distance in a
//! projection, a matrix product in f32. A row whose bound is beyond the k-th distance found so far cannot be among the nearest; every other one is compared exactly.

mod byte_tiles;
mod projected;
mod rounding;

use loader::Images;

use super::Samples;
use crate::kernels::byte_products::ByteProducts;
use crate::kernels::distance::{Distance, F32_ERROR};
use crate::kernels::top_k::TopK;

/// Below so many training rows every row is compared exactly: a bound costs more than it saves.
const FEW_ROWS: usize = 2048;

/// Up to so many squared differences of bytes are below 2^31 together.
const MOST_SQUARED: usize = 33_000;

/// The exact distance of two rows; for p = 2 its square. Where all steps are equal it is counted in steps, which changes neither
/// the order of rows nor the ratio of distances.
pub(super) struct Exact {
    distance: Distance,
    power: Power,
    /// Of every pixel the step to the power p; none where all are equal.
    weights: Option<Weights>,
}

struct Weights {
    exact: Vec<f64>,
    single: Vec<f32>,
}

/// Which Minkowski distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Power {
    One,
    Two,
}

impl Exact {
    pub(super) fn new(power: Power, train: &Samples) -> Exact {
        let steps = train.scaler().steps();
        let is_even = steps.iter().all(|step| *step == steps[0] && *step > 0.0);
        let weight = |step: &f64| match power {
            Power::One => *step,
            Power::Two => step * step,
        };
        Exact {
            distance: Distance::here(),
            power,
            weights: (!is_even).then(|| {
                let exact: Vec<f64> = steps.iter().map(weight).collect();
                let single = exact.iter().map(|&weight| weight as f32).collect();
                Weights { exact, single }
            }),
        }
    }

    fn between(&self, a: &[u8], b: &[u8]) -> f64 {
        match (self.power, &self.weights) {
            (Power::Two, None) => f64::from(self.distance.squared(a, b)),
            (Power::Two, Some(weights)) => self.distance.weighted_squared(a, b, &weights.exact),
            (Power::One, None) => a.iter().zip(b).map(|(a, b)| f64::from(a.abs_diff(*b))).sum(),
            (Power::One, Some(weights)) => self.distance.weighted_absolute(a, b, &weights.exact),
        }
    }

    /// [`Exact::between`], unless a look in f32 shows that it is beyond `bound`.
    fn within(&self, a: &[u8], b: &[u8], bound: f64) -> Option<f64> {
        if let Some(weights) = &self.weights {
            let about = match self.power {
                Power::One => self.distance.weighted_absolute_f32(a, b, &weights.single),
                Power::Two => self.distance.weighted_squared_f32(a, b, &weights.single),
            };
            if f64::from(about) * (1.0 - F32_ERROR) > bound * (1.0 + F32_ERROR) {
                return None;
            }
        }
        Some(self.between(a, b)).filter(|apart| *apart <= bound)
    }

    /// The distance itself, of what [`Exact::between`] gives.
    pub(super) fn rooted(&self, distance: f64) -> f64 {
        match self.power {
            Power::One => distance,
            Power::Two => distance.sqrt(),
        }
    }
}

/// Training rows, ready to be searched.
pub(super) enum Index<'a> {
    /// Every row is compared.
    All(Images<'a>),
    /// p = 2 in a projection.
    Projected(projected::Index<'a>),
    /// Sums over differences of bytes.
    Tiles(byte_tiles::Index<'a>),
}

impl<'a> Index<'a> {
    pub(super) fn new(train: &'a Samples, exact: &Exact) -> Index<'a> {
        let images = train.bytes();
        match exact.power {
            _ if images.n_rows() < FEW_ROWS => Index::All(images),
            Power::Two if !exact.distance.has_fast_squares() || images.n_features() > MOST_SQUARED => {
                Index::Projected(projected::Index::new(train, exact))
            }
            _ => Index::Tiles(byte_tiles::Index::new(images, exact, ByteProducts::here())),
        }
    }

    /// The k nearest of every query, in the order of the queries.
    pub(super) fn nearest(&self, queries: &Samples, k: usize, exact: &Exact) -> Vec<TopK> {
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

    use loader::{ImageBuffer, Preprocessing, Scaler};
    use rand::{RngCore, SeedableRng};
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;

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
            let scaler = Arc::new(Scaler::fit(preprocessing, train.view()));
            let rows = Samples::new(train.clone(), Arc::clone(&scaler));
            let queries = Samples::new(test.clone(), scaler);
            for power in [Power::One, Power::Two] {
                let exact = Exact::new(power, &rows);
                assert!(!matches!(Index::new(&rows, &exact), Index::All(_)));
                let tiles = |products| Index::Tiles(byte_tiles::Index::new(rows.bytes(), &exact, products));
                let tiles = [tiles(None), tiles(ByteProducts::here())];
                let projected = || Index::Projected(projected::Index::new(&rows, &exact));
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
            let scaler = Arc::new(Scaler::fit(preprocessing, train.view()));
            let rows = Samples::new(train.clone(), scaler);
            let (a, b) = (rows.f64().row(3), rows.f64().row(8));
            let apart = &a - &b;
            for (power, expected) in [
                (Power::One, apart.iter().map(|apart| apart.abs()).sum::<f64>()),
                (
                    Power::Two,
                    apart.iter().map(|apart| apart * apart).sum::<f64>().sqrt(),
                ),
            ] {
                let exact = Exact::new(power, &rows);
                let found = exact.rooted(exact.between(rows.bytes().row(3), rows.bytes().row(8)));
                assert!((found - expected).abs() < 1e-9 * expected, "{found} {expected}");
            }
        }
    }
}
