//! First centres for spherical k-means: greedy k-means++ (Arthur and Vassilvitskii, 2007).
//!
//! Each centre is a patch. It is drawn with a probability in proportion to its squared distance from the nearest centre so far;
//! of several candidates, the one stays that leaves the smallest sum of these distances, as in scikit-learn.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, ArrayViewMut2, Axis, s};
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;

use super::random::{below, fraction};

/// Patches per centre that are looked at: more of them hardly improve the centres.
const PATCHES_PER_CENTRE: usize = 32;

/// Patches per matrix product.
const BLOCK: usize = 4096;

/// Lanes of a sum in `f32`.
const LANES: usize = 16;

/// Chooses centres among patches of norm 1 or 0, one row each.
///
/// Where fewer patches than centres differ, the other centres are equal to one of them, or an axis if all patches are 0.
pub(super) fn first_centres(
    patches: ArrayView2<'_, f32>,
    n_centres: usize,
    random: &mut Xoshiro256PlusPlus,
) -> Array2<f32> {
    let step = (patches.nrows() / PATCHES_PER_CENTRE / n_centres).max(1);
    let patches = patches.slice(s![..;step, ..]);
    let columns = patches.t().as_standard_layout().into_owned();
    // Squared distance of each patch from the nearest centre; at first, the same for all that have a direction.
    let mut nearest: Vec<f32> = patches
        .rows()
        .into_iter()
        .map(|patch| patch.dot(&patch))
        .collect();
    let n_candidates = n_candidates(n_centres);
    let mut distances = vec![0.0; n_candidates * nearest.len()];
    let mut centres = Array2::zeros((n_centres, patches.ncols()));
    for (i, mut centre) in centres.rows_mut().into_iter().enumerate() {
        let Some(drawn) = draw(&nearest, n_candidates, random) else {
            centre.assign(&random_direction(patches, i, random));
            continue;
        };
        let candidates = patches.select(Axis(0), &drawn);
        let sums = distances_to(candidates.view(), columns.view(), &nearest, &mut distances);
        let best = (1..n_candidates).fold(
            0,
            |best, other| if sums[other] < sums[best] { other } else { best },
        );
        centre.assign(&candidates.row(best));
        for (nearest, distances) in nearest
            .chunks_mut(BLOCK)
            .zip(distances.chunks(n_candidates * BLOCK))
        {
            nearest.copy_from_slice(&distances[best * nearest.len()..(best + 1) * nearest.len()]);
        }
    }
    centres
}

/// Candidates per centre: 2 + ln(centres), as in scikit-learn.
#[expect(clippy::cast_precision_loss, reason = "numbers of centres are small")]
fn n_candidates(n_centres: usize) -> usize {
    2 + (n_centres as f64).ln() as usize
}

/// Draws indices with probabilities in proportion to the weights; `None` if all weights are 0.
fn draw(weights: &[f32], n: usize, random: &mut Xoshiro256PlusPlus) -> Option<Vec<usize>> {
    let total: f64 = weights.iter().map(|weight| f64::from(*weight)).sum();
    let last = weights.iter().rposition(|weight| *weight > 0.0)?;
    let mut places: Vec<f64> = (0..n).map(|_| fraction(random) * total).collect();
    places.sort_unstable_by(f64::total_cmp);
    let (mut index, mut before) = (0, 0.0);
    let find = |place: f64| {
        while index < last && before + f64::from(weights[index]) <= place {
            before += f64::from(weights[index]);
            index += 1;
        }
        index
    };
    Some(places.into_iter().map(find).collect())
}

/// Distances of all patches from the nearest of all centres so far and one candidate, and their sum, for each candidate.
///
/// `distances` has one part per block of patches, and in it one row per candidate.
fn distances_to(
    candidates: ArrayView2<'_, f32>,
    columns: ArrayView2<'_, f32>,
    nearest: &[f32],
    distances: &mut [f32],
) -> Vec<f64> {
    let n_candidates = candidates.nrows();
    let of_block = |(block, (distances, nearest)): (usize, (&mut [f32], &[f32]))| -> Vec<f32> {
        let start = block * BLOCK;
        let patches = columns.slice(s![.., start..start + nearest.len()]);
        let mut products = ArrayViewMut2::from_shape((n_candidates, nearest.len()), &mut *distances)
            .expect("one row per candidate");
        general_mat_mul(1.0, &candidates, &patches, 0.0, &mut products);
        let rows = distances.chunks_exact_mut(nearest.len());
        rows.map(|products| to_distances(products, nearest)).collect()
    };
    let sums: Vec<Vec<f32>> = (distances.par_chunks_mut(n_candidates * BLOCK))
        .zip(nearest.par_chunks(BLOCK))
        .enumerate()
        .map(of_block)
        .collect();
    (0..n_candidates)
        .map(|candidate| sums.iter().map(|sums| f64::from(sums[candidate])).sum())
        .collect()
}

/// Replaces products by squared distances, none above that of the nearest centre; the sum of them.
fn to_distances(products: &mut [f32], nearest: &[f32]) -> f32 {
    let mut lanes = [0.0; LANES];
    for (products, nearest) in products.chunks_mut(LANES).zip(nearest.chunks(LANES)) {
        for ((product, nearest), lane) in products.iter_mut().zip(nearest).zip(&mut lanes) {
            *product = (2.0 - 2.0 * *product).max(0.0).min(*nearest);
            *lane += *product;
        }
    }
    lanes.iter().sum()
}

/// The direction of a random patch; if it has none, an axis stands in for it, the next one for the next centre.
pub(super) fn random_direction(
    patches: ArrayView2<'_, f32>,
    centre: usize,
    random: &mut Xoshiro256PlusPlus,
) -> Array1<f32> {
    let patch = patches.row(below(patches.nrows(), random)).mapv(f64::from);
    direction(patch.view()).unwrap_or_else(|| {
        let mut axis = Array1::zeros(patch.len());
        axis[centre % patch.len()] = 1.0;
        axis
    })
}

/// The vector scaled to norm 1; `None` for zeros.
pub(super) fn direction(vector: ArrayView1<'_, f64>) -> Option<Array1<f32>> {
    let norm = vector.dot(&vector).sqrt();
    (norm > 0.0).then(|| vector.mapv(|value| (value / norm) as f32))
}

#[cfg(test)]
mod tests {
    use rand_xoshiro::rand_core::SeedableRng;

    use super::*;

    #[test]
    fn weights_of_0_are_never_drawn_and_others_in_proportion() {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(0);
        let drawn = draw(&[0.0, 1.0, 0.0, 3.0, 0.0], 4000, &mut random).unwrap();
        let count = |index| drawn.iter().filter(|drawn| **drawn == index).count();
        assert_eq!(count(1) + count(3), 4000);
        assert!((950..1050).contains(&count(1)), "{}", count(1));
        assert_eq!(draw(&[0.0; 3], 2, &mut random), None);
    }

    #[test]
    fn far_groups_get_a_centre_each() {
        // Four directions, 100 patches each, but for the last: 1 patch.
        let patches = Array2::from_shape_fn((301, 4), |(row, axis)| f32::from(u8::from(row / 100 == axis)));
        for seed in 0..20 {
            let centres = first_centres(patches.view(), 4, &mut Xoshiro256PlusPlus::seed_from_u64(seed));
            let mut axes: Vec<usize> = centres
                .rows()
                .into_iter()
                .map(|centre| centre.iter().position(|value| *value == 1.0).unwrap())
                .collect();
            axes.sort_unstable();
            assert_eq!(axes, [0, 1, 2, 3]);
        }
    }
}
