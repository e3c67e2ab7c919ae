//! An orthogonal projection onto the leading principal directions: distances in it bound the distances of the rows.
//!
//! Subspace iteration on a sample of the rows finds the directions. Their choice decides how tight the bound is. That it
//! is a bound follows from the directions being orthonormal; [`Projection::bound`] accounts for all rounding errors.

use ndarray::{Array1, Array2, ArrayView2, Axis};
use rand::{RngCore, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;

/// The largest number of rows that the directions are computed from.
const SAMPLE: usize = 4096;

/// Subspace iterations. More hardly tighten the bound.
const ITERATIONS: usize = 6;

/// Rows that are projected together.
const CHUNK: usize = 1024;

/// Relative rounding error of one operation in `f32`.
const EPSILON: f64 = (f32::EPSILON / 2.0) as f64;

/// A fitted projection: subtracts the mean, then multiplies by the directions.
pub(crate) struct Projection {
    mean: Array1<f32>,
    /// `n_features × n_directions`, orthonormal up to rounding.
    directions: Array2<f32>,
    /// Upper bound of the squared spectral norm of `directions`: 1 plus the effect of rounding.
    squared_spectral_norm: f64,
}

/// Projected rows.
pub(crate) struct Projected {
    /// `n_rows × n_directions`.
    pub(crate) rows: Array2<f32>,
    /// Squared euclidean norm of each projected row.
    pub(crate) squared_norms: Vec<f32>,
    /// The largest norm of a centered row before the projection.
    max_norm: f64,
}

impl Projection {
    /// Fits at most `n_directions` directions to `n_rows × n_features` values; never more than there are features.
    pub(crate) fn fit(rows: ArrayView2<'_, f32>, n_directions: usize) -> Projection {
        let stride = rows.nrows().div_ceil(SAMPLE).max(1);
        let sample: Vec<usize> = (0..rows.nrows()).step_by(stride).collect();
        let mut sample = rows.select(Axis(0), &sample);
        let mean = sample
            .mean_axis(Axis(0))
            .unwrap_or_else(|| Array1::zeros(rows.ncols()));
        sample -= &mean;
        let scatter = sample.t().dot(&sample);
        let mut random = Xoshiro256PlusPlus::seed_from_u64(0);
        let entry = || f64::from((random.next_u64() >> 32) as u32) / f64::from(u32::MAX) - 0.5;
        let shape = (rows.ncols(), n_directions.min(rows.ncols()));
        let mut directions = Array2::from_shape_simple_fn(shape, entry);
        orthonormalize(&mut directions);
        for _ in 0..ITERATIONS {
            directions = scatter
                .dot(&directions.mapv(|value| value as f32))
                .mapv(f64::from);
            orthonormalize(&mut directions);
        }
        let directions = directions.mapv(|value| value as f32);
        Projection {
            mean,
            squared_spectral_norm: squared_spectral_norm_bound(&directions),
            directions,
        }
    }

    /// Projects rows of the same number of features.
    pub(crate) fn project(&self, rows: ArrayView2<'_, f32>) -> Projected {
        let chunks: Vec<ArrayView2<'_, f32>> = rows.axis_chunks_iter(Axis(0), CHUNK).collect();
        let project = |rows: ArrayView2<'_, f32>| {
            let centered = &rows - &self.mean;
            let squared_norms = centered.rows().into_iter().map(|row| squared_norm(row.iter()));
            (squared_norms.fold(0.0, f64::max), centered.dot(&self.directions))
        };
        let chunks: Vec<(f64, Array2<f32>)> = chunks.into_par_iter().map(project).collect();
        let max_squared_norm = chunks.iter().fold(0.0, |most: f64, (norm, _)| most.max(*norm));
        let values = chunks.iter().flat_map(|(_, rows)| rows.iter().copied()).collect();
        let rows = Array2::from_shape_vec((rows.nrows(), self.directions.ncols()), values)
            .expect("as many coefficients as rows times directions");
        Projected {
            squared_norms: (rows.rows().into_iter())
                .map(|row| squared_norm(row.iter()) as f32)
                .collect(),
            rows,
            max_norm: max_squared_norm.sqrt(),
        }
    }

    /// The largest computed squared distance of the projections of a query and a row whose squared distance is at most
    /// `bound`. It is computed in `f32` as `|q|² + |r|² - 2 q·r`.
    pub(crate) fn bound(&self, bound: f64, queries: &Projected, rows: &Projected) -> f64 {
        let n_features = self.directions.nrows() as f64;
        let n_directions = self.directions.ncols() as f64;
        let max_norm = queries.max_norm + rows.max_norm;
        // Each of the n_directions coefficients of a row is a sum of n_features products. Centering rounds once more.
        let coefficient_error = n_directions.sqrt() * (n_features + 8.0) * EPSILON * max_norm;
        // The sum of n_directions products, and the sum of the three terms.
        let max_projected_norm = self.squared_spectral_norm.sqrt() * max_norm + coefficient_error;
        let sum_error = (n_directions + 4.0) * EPSILON * max_projected_norm.powi(2);
        ((bound * self.squared_spectral_norm).sqrt() + coefficient_error).powi(2) + sum_error
    }
}

fn squared_norm<'a>(values: impl Iterator<Item = &'a f32>) -> f64 {
    values.map(|&value| f64::from(value) * f64::from(value)).sum()
}

/// Modified Gram-Schmidt, applied twice for orthogonality in floating point. A linearly dependent direction becomes 0.
fn orthonormalize(directions: &mut Array2<f64>) {
    for column in 0..directions.ncols() {
        let mut own = directions.column(column).to_owned();
        let norm_before = own.dot(&own).sqrt();
        for _ in 0..2 {
            for other in 0..column {
                let other = directions.column(other);
                let coefficient = own.dot(&other);
                own.scaled_add(-coefficient, &other);
            }
        }
        let norm = own.dot(&own).sqrt();
        let factor = if norm > 1e-10 * norm_before {
            norm.recip()
        } else {
            0.0
        };
        directions.column_mut(column).assign(&(own * factor));
    }
}

/// An upper bound of the largest eigenvalue of `directionsᵀ directions`: 1 plus the Frobenius norm of its excess over the
/// identity.
fn squared_spectral_norm_bound(directions: &Array2<f32>) -> f64 {
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
        fn no_distance_in_the_projection_exceeds_its_bound(
            values in proptest::collection::vec(-300.0..300.0f32, 48..600), n_directions in 1usize..12
        ) {
            let n_features = 12;
            let n_rows = values.len() / n_features;
            let rows = Array2::from_shape_vec((n_rows, n_features), values[..n_rows * n_features].to_vec()).unwrap();
            let projection = Projection::fit(rows.view(), n_directions);
            let projected = projection.project(rows.view());
            for a in 0..n_rows {
                for b in 0..n_rows {
                    let differences = (0..n_features).map(|i| f64::from(rows[[a, i]]) - f64::from(rows[[b, i]]));
                    let full: f64 = differences.map(|value| value * value).sum();
                    let product = projected.rows.row(a).dot(&projected.rows.row(b));
                    let found = projected.squared_norms[a] + projected.squared_norms[b] - 2.0 * product;
                    prop_assert!(f64::from(found) <= projection.bound(full, &projected, &projected));
                }
            }
        }
    }

    #[test]
    fn two_directions_keep_most_of_the_variance_of_rows_near_a_plane() {
        let value = |(row, feature): (usize, usize)| {
            let (a, b) = ((row * 37 % 101) as f32, (row * 53 % 89) as f32);
            a * (feature as f32 + 1.0) + b * (5.0 - feature as f32) + ((row * feature) % 3) as f32
        };
        let rows = Array2::from_shape_fn((200, 10), value);
        let projection = Projection::fit(rows.view(), 2);
        let projected = projection.project(rows.view());
        let mean = rows.mean_axis(Axis(0)).unwrap();
        let all: f64 = (&rows - &mean).iter().map(|value| f64::from(value * value)).sum();
        let kept: f64 = projected
            .squared_norms
            .iter()
            .map(|&square| f64::from(square))
            .sum();
        assert!(kept > 0.99 * all, "{kept} of {all}");
    }
}
