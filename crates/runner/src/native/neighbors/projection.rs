//! Rows on few orthogonal directions in which they differ most: a distance there is a lower bound of the distance itself.
//!
//! The directions span nearly the leading principal components, found by subspace iteration on some of the rows. Which they are decides
//! only how tight the bound is; that it is a bound rests on their being orthonormal, whose error is measured, and on the rounding of f32,
//! which is bounded below.

use ndarray::{Array1, Array2, ArrayView2, Axis};
use rand::{RngCore, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// Rows that the directions are found on.
const SAMPLE: usize = 4096;

/// Steps of the subspace iteration; more hardly tighten the bound.
const STEPS: usize = 6;

/// Relative rounding error of one operation in f32.
const EPSILON: f64 = (f32::EPSILON / 2.0) as f64;

/// The directions, and what was subtracted from every row before it is projected.
pub(crate) struct Projection {
    mean: Array1<f32>,
    /// `n_features × n_directions`.
    directions: Array2<f32>,
    /// The square of the largest factor by which a vector can grow; 1 but for rounding.
    growth: f64,
}

/// Projected rows.
pub(crate) struct Projected {
    /// `n_rows × n_directions`.
    pub(crate) rows: Array2<f32>,
    /// Squared length of each.
    pub(crate) squares: Vec<f32>,
    /// The largest length of a row before it was projected.
    longest: f64,
}

impl Projection {
    /// Finds `n_directions` directions, at most one a feature, on `n_features` values of every so many rows.
    pub(crate) fn find(rows: ArrayView2<'_, f32>, n_directions: usize) -> Projection {
        let stride = rows.nrows().div_ceil(SAMPLE).max(1);
        let sample: Vec<usize> = (0..rows.nrows()).step_by(stride).collect();
        let mut sample = rows.select(Axis(0), &sample);
        let mean = sample
            .mean_axis(Axis(0))
            .unwrap_or_else(|| Array1::zeros(rows.ncols()));
        sample -= &mean;
        let spread = sample.t().dot(&sample);
        let mut random = Xoshiro256PlusPlus::seed_from_u64(0);
        let start = || f64::from((random.next_u64() >> 32) as u32) / f64::from(u32::MAX) - 0.5;
        let shape = (rows.ncols(), n_directions.min(rows.ncols()));
        let mut directions = Array2::from_shape_simple_fn(shape, start);
        orthonormalise(&mut directions);
        for _ in 0..STEPS {
            directions = spread.dot(&directions.mapv(|value| value as f32)).mapv(f64::from);
            orthonormalise(&mut directions);
        }
        let directions = directions.mapv(|value| value as f32);
        let growth = growth(&directions);
        Projection {
            mean,
            directions,
            growth,
        }
    }

    /// Projects rows of as many values.
    pub(crate) fn project(&self, mut rows: Array2<f32>) -> Projected {
        rows -= &self.mean;
        let longest = rows
            .rows()
            .into_iter()
            .map(|row| squared_length(row.iter()))
            .fold(0.0, f64::max);
        let rows = rows.dot(&self.directions);
        let squares = rows
            .rows()
            .into_iter()
            .map(|row| squared_length(row.iter()) as f32)
            .collect();
        Projected {
            rows,
            squares,
            longest: longest.sqrt(),
        }
    }

    /// A bound in the projection for one in full: where the squared distance of two rows is at most `bound`, so is that of their
    /// projections, computed in f32 as `|q|² + |r|² - 2 q·r`, at most what is given here.
    pub(crate) fn bound(&self, bound: f64, queries: &Projected, rows: &Projected) -> f64 {
        let n_features = self.directions.nrows() as f64;
        let n_directions = self.directions.ncols() as f64;
        let longest = queries.longest + rows.longest;
        // Each of the n_directions coefficients of a row is a sum of n_features products; subtracting the mean rounds once more.
        let moved = n_directions.sqrt() * (n_features + 8.0) * EPSILON * longest;
        // The sum of n_directions products, and the three terms.
        let rounded = (n_directions + 4.0) * EPSILON * (self.growth.sqrt() * longest + moved).powi(2);
        ((bound * self.growth).sqrt() + moved).powi(2) + rounded
    }
}

fn squared_length<'a>(values: impl Iterator<Item = &'a f32>) -> f64 {
    values.map(|&value| f64::from(value) * f64::from(value)).sum()
}

/// Gram and Schmidt, twice, which is enough. A direction that the others span already becomes 0.
fn orthonormalise(directions: &mut Array2<f64>) {
    for column in 0..directions.ncols() {
        let mut own = directions.column(column).to_owned();
        let before = own.dot(&own).sqrt();
        for _ in 0..2 {
            for other in 0..column {
                let other = directions.column(other);
                let along = own.dot(&other);
                own.scaled_add(-along, &other);
            }
        }
        let length = own.dot(&own).sqrt();
        let factor = if length > 1e-10 * before {
            length.recip()
        } else {
            0.0
        };
        directions.column_mut(column).assign(&(own * factor));
    }
}

/// A bound of the largest eigenvalue of `directionsᵀ directions`: 1 and the Frobenius norm of what is more than orthonormal.
fn growth(directions: &Array2<f32>) -> f64 {
    let exact = directions.mapv(f64::from);
    let mut excess = exact.t().dot(&exact);
    for i in 0..excess.nrows() {
        excess[[i, i]] = (excess[[i, i]] - 1.0).max(0.0);
    }
    1.0 + excess.iter().map(|value| value * value).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_distance_in_the_projection_is_beyond_its_bound(
            values in proptest::collection::vec(-300.0..300.0f32, 48..600), n_directions in 1usize..12
        ) {
            let n_features = 12;
            let n_rows = values.len() / n_features;
            let rows = Array2::from_shape_vec((n_rows, n_features), values[..n_rows * n_features].to_vec()).unwrap();
            let projection = Projection::find(rows.view(), n_directions);
            let projected = projection.project(rows.clone());
            for a in 0..n_rows {
                for b in 0..n_rows {
                    let apart = (0..n_features).map(|i| f64::from(rows[[a, i]]) - f64::from(rows[[b, i]]));
                    let full: f64 = apart.map(|apart| apart * apart).sum();
                    let product = projected.rows.row(a).dot(&projected.rows.row(b));
                    let found = projected.squares[a] + projected.squares[b] - 2.0 * product;
                    prop_assert!(f64::from(found) <= projection.bound(full, &projected, &projected));
                }
            }
        }
    }

    #[test]
    fn directions_keep_most_of_rows_that_lie_near_a_plane() {
        let value = |(row, feature): (usize, usize)| {
            let (a, b) = ((row * 37 % 101) as f32, (row * 53 % 89) as f32);
            a * (feature as f32 + 1.0) + b * (5.0 - feature as f32) + ((row * feature) % 3) as f32
        };
        let rows = Array2::from_shape_fn((200, 10), value);
        let projection = Projection::find(rows.view(), 2);
        let projected = projection.project(rows.clone());
        let mean = rows.mean_axis(Axis(0)).unwrap();
        let all: f64 = (&rows - &mean).iter().map(|value| f64::from(value * value)).sum();
        let kept: f64 = projected.squares.iter().map(|&square| f64::from(square)).sum();
        assert!(kept > 0.99 * all, "{kept} of {all}");
    }
}
