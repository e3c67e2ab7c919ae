//! Spherical k-means: centres of norm 1, each the mean direction of its patches (Dhillon and Modha, 2001).
//!
//! Patches are scaled to norm 1, so that the nearest centre is the one with the largest product. A centre without patches
//! starts again at a random patch. In the variant of Coates and Ng (2012), a patch and its negative share one centre; its
//! centres were no better on Fashion-MNIST, and this objective is that of scikit-learn's `KMeans` on the same patches.
//!
//! Products are computed in parallel, sums one after the other in `f64`: the number of threads changes no bit.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, ArrayViewMut2, s};
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;

use super::seeding::{direction, first_centres, random_direction};

/// Products per block, 512 KiB: they stay in the second-level cache between the matrix product and the pass over them.
pub(super) const BLOCK_PRODUCTS: usize = 128 * 1024;

/// Products that are compared at once.
const LANES: usize = 16;

/// Learns `n_centres` centres from patches, one row each; `n_centres` is at most the number of patches.
///
/// Scales the patches to norm 1; a patch of zeros stays as it is and moves no centre.
pub(super) fn spherical_k_means(
    mut patches: ArrayViewMut2<'_, f32>,
    n_centres: usize,
    iterations: usize,
    random: &mut Xoshiro256PlusPlus,
) -> Array2<f32> {
    for mut patch in patches.rows_mut() {
        if let Some(direction) = direction(patch.mapv(f64::from).view()) {
            patch.assign(&direction);
        }
    }
    let patches = patches.view();
    let mut centres = first_centres(patches, n_centres, random);
    let mut before = Vec::new();
    for _ in 0..iterations {
        let nearest = assign(patches, centres.view());
        if nearest == before {
            break;
        }
        update(patches, &nearest, &mut centres, random);
        before = nearest;
    }
    centres
}

/// The centre with the largest product, for each patch; the first of several.
fn assign(patches: ArrayView2<'_, f32>, centres: ArrayView2<'_, f32>) -> Vec<usize> {
    let (n_patches, n_pixels) = patches.dim();
    let n_centres = centres.nrows();
    let rows = (BLOCK_PRODUCTS / n_centres).clamp(1, 1024);
    let directions = centres.t().as_standard_layout().into_owned();
    let mut nearest = vec![0; n_patches];
    let values = patches.as_slice().expect("patches are contiguous");
    (values.par_chunks(rows * n_pixels))
        .zip(nearest.par_chunks_mut(rows))
        .for_each_init(
            || Array2::<f32>::zeros((rows, n_centres)),
            |products, (values, nearest)| {
                let patches =
                    ArrayView2::from_shape((nearest.len(), n_pixels), values).expect("whole patches");
                let mut products = products.slice_mut(s![..nearest.len(), ..]);
                general_mat_mul(1.0, &patches, &directions, 0.0, &mut products);
                for (nearest, products) in nearest.iter_mut().zip(products.rows()) {
                    *nearest = first_largest(products.as_slice().expect("rows are contiguous"));
                }
            },
        );
    nearest
}

/// The index of the largest product; the first of several.
fn first_largest(products: &[f32]) -> usize {
    let mut lanes = [f32::MIN; LANES];
    for products in products.chunks(LANES) {
        let largest = lanes.iter_mut().zip(products);
        largest.for_each(|(largest, product)| *largest = largest.max(*product));
    }
    let largest = lanes.into_iter().fold(f32::MIN, f32::max);
    // Without an early exit, so that the comparisons of one part take few instructions.
    let has_it = |part: &[f32]| {
        part.iter()
            .fold(false, |found, product| found | (*product == largest))
    };
    let mut parts = products.chunks(4 * LANES).enumerate();
    let (part, products) = parts.find(|(_, part)| has_it(part)).unwrap_or((0, products));
    let inside = products.iter().position(|product| *product == largest);
    part * 4 * LANES + inside.unwrap_or(0)
}

/// Moves each centre to the mean direction of its patches, or to a random patch if it has none.
fn update(
    patches: ArrayView2<'_, f32>,
    nearest: &[usize],
    centres: &mut Array2<f32>,
    random: &mut Xoshiro256PlusPlus,
) {
    let mut sums = Array2::<f64>::zeros(centres.dim());
    for (patch, nearest) in patches.rows().into_iter().zip(nearest) {
        let mut sum = sums.row_mut(*nearest);
        sum.zip_mut_with(&patch, |sum, value| *sum += f64::from(*value));
    }
    for (i, sum) in sums.rows().into_iter().enumerate() {
        let moved = direction(sum).unwrap_or_else(|| random_direction(patches, i, random));
        centres.row_mut(i).assign(&moved);
    }
}

#[cfg(test)]
mod tests {
    use ndarray::ArrayView1;
    use rand_xoshiro::rand_core::SeedableRng;

    use super::*;
    use crate::data::Images;
    use crate::preprocessing::patches::extraction::Extraction;
    use crate::preprocessing::patches::settings::Patches;
    use crate::preprocessing::patches::test_images::{HEIGHT, WIDTH, pixels};
    use crate::preprocessing::patches::whitening::Whitening;

    fn random(seed: u64) -> Xoshiro256PlusPlus {
        Xoshiro256PlusPlus::seed_from_u64(seed)
    }

    /// The patches that `scripts/patches-reference` clusters.
    fn patches() -> Array2<f32> {
        let pixels = pixels(200);
        let images = Images::new(&pixels, HEIGHT, WIDTH);
        let extraction = Extraction::new(
            Patches {
                size: 4,
                ..Patches::DEFAULT
            },
            HEIGHT,
            WIDTH,
        );
        let all: Vec<usize> = (0..200 * 7 * 6).collect();
        let whitening = Whitening::fit(images, &extraction, &all, 0.1);
        let chosen: Vec<usize> = all.into_iter().step_by(3).collect();
        whitening.whitened(images, &extraction, &chosen)
    }

    /// Sum of squared distances of the patches, of norm 1, from the nearest centre.
    fn objective(patches: &Array2<f32>, centres: &Array2<f32>) -> f64 {
        let nearest = |patch: ArrayView1<'_, f32>| {
            let products = centres
                .rows()
                .into_iter()
                .map(|centre| f64::from(centre.dot(&patch)));
            2.0 - 2.0 * products.fold(f64::MIN, f64::max)
        };
        patches.rows().into_iter().map(nearest).sum()
    }

    #[test]
    fn the_objective_is_within_a_percent_of_scikit_learns() {
        // scripts/patches-reference: the mean of ten runs of sklearn.cluster.KMeans.
        for (n_centres, expected) in [(8, 3049.812499), (30, 2176.810008), (100, 1492.680701)] {
            let of_seed = |seed| {
                let mut patches = patches();
                let centres = spherical_k_means(patches.view_mut(), n_centres, 20, &mut random(seed));
                objective(&patches, &centres)
            };
            let mean = (0..10).map(of_seed).sum::<f64>() / 10.0;
            assert!(
                (mean / expected - 1.0).abs() < 0.01,
                "{n_centres} centres: {mean}"
            );
        }
    }

    #[test]
    fn centres_have_norm_1_and_each_patch_the_nearest() {
        let mut patches = patches();
        let centres = spherical_k_means(patches.view_mut(), 50, 10, &mut random(0));
        for centre in centres.rows() {
            assert!((centre.dot(&centre) - 1.0).abs() < 1e-6);
        }
        for (patch, nearest) in patches
            .rows()
            .into_iter()
            .zip(assign(patches.view(), centres.view()))
        {
            let most = centres.row(nearest).dot(&patch);
            assert!(
                centres
                    .rows()
                    .into_iter()
                    .all(|centre| centre.dot(&patch) < most + 1e-6)
            );
        }
    }

    #[test]
    fn the_first_of_equal_products_is_the_largest() {
        for n in [1, 15, 16, 17, 64, 65, 200] {
            for place in 0..n {
                let mut products = vec![-2.0; n];
                products[place..].fill(-1.0);
                assert_eq!(first_largest(&products), place);
            }
        }
    }

    #[test]
    fn equal_patches_and_patches_of_zeros_give_centres_of_norm_1() {
        for value in [0.0, 3.0] {
            let mut patches = Array2::from_elem((20, 4), value);
            let centres = spherical_k_means(patches.view_mut(), 7, 5, &mut random(0));
            for centre in centres.rows() {
                assert!((centre.dot(&centre) - 1.0).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn an_empty_centre_starts_again_at_a_patch() {
        let patches = Array2::from_shape_vec((2, 2), vec![1.0, 0.0, 0.0, 1.0]).unwrap();
        let mut centres = Array2::from_shape_vec((2, 2), vec![0.8, 0.6, -1.0, 0.0]).unwrap();
        let nearest = assign(patches.view(), centres.view());
        assert_eq!(nearest, [0, 0]);
        update(patches.view(), &nearest, &mut centres, &mut random(0));
        assert!(patches.rows().into_iter().any(|patch| patch == centres.row(1)));
    }
}
