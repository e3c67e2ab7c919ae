//! From an image to its features: products of all patches and centres, encoded and summed by pooling cell.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayViewMut2, Axis, concatenate, s};
use rayon::prelude::*;

use super::extraction::Extraction;
use super::k_means::BLOCK_PRODUCTS;
use super::settings::{PatchEncoding, Patches};
use super::whitening::Whitening;
use crate::data::Images;

/// Rounding of a sum over a cell; products are about 1.
const NOISE: f64 = 1e-5;

/// Blocks are multiples of the tile of the matrix product, which pads the last one.
const TILE: usize = 16;

/// Lanes of a sum in `f32`.
const LANES: usize = 16;

/// Computes the features of images of one size.
///
/// The features of a cell are the sums of all centres, for `rectified` of their products and then of their negative products;
/// cells go from left to right and from top to bottom.
#[derive(Clone, Debug)]
pub(super) struct Encoder {
    extraction: Extraction,
    whitening: Whitening,
    /// The centres, multiplied with the whitening matrix: one row per pixel, one column per centre.
    ///
    /// For `triangle`, the columns of the whitening matrix follow: their products are the whitened patch, whose norm is part
    /// of a distance.
    projection: Array2<f32>,
    n_centres: usize,
    encoding: PatchEncoding,
    pooling: usize,
    square_root: bool,
}

/// What the features of one image pass through.
#[derive(Clone, Debug)]
pub(super) struct Scratch {
    patches: Vec<f32>,
    products: Array2<f32>,
    features: Vec<f32>,
}

impl Encoder {
    /// `centres` have one row each, in whitened pixels.
    pub(super) fn new(
        patches: Patches,
        extraction: Extraction,
        whitening: Whitening,
        centres: &Array2<f32>,
    ) -> Encoder {
        let directions = whitening.matrix().dot(&centres.t());
        let projection = match patches.encoding {
            PatchEncoding::Rectified { .. } => directions,
            PatchEncoding::Triangle => concatenate![Axis(1), directions, *whitening.matrix()],
        };
        Encoder {
            extraction,
            whitening,
            projection: projection.as_standard_layout().into_owned(),
            n_centres: centres.nrows(),
            encoding: patches.encoding,
            pooling: patches.pooling,
            square_root: patches.square_root,
        }
    }

    /// Features per image.
    pub(super) fn n_features(&self) -> usize {
        self.pooling * self.pooling * self.n_centres * self.encoding.n_signs()
    }

    /// Deviation of a feature of mean 0 that rounding in `f32` may cause.
    pub(super) fn noise(&self) -> f64 {
        if self.square_root { NOISE.sqrt() } else { NOISE }
    }

    /// Features of every image, image after image, each passed through `finish` with its index within the image.
    ///
    /// Images are independent of each other, and so are the threads.
    pub(super) fn encode<T: Copy + Send>(
        &self,
        images: Images<'_>,
        finish: impl Fn(usize, f32) -> T + Sync,
    ) -> Vec<T> {
        let n_features = self.n_features();
        let mut values = vec![finish(0, 0.0); images.n_rows() * n_features];
        (values.par_chunks_mut(n_features))
            .zip(images.pixels().par_chunks(images.n_features()))
            .for_each_init(
                || self.scratch(),
                |scratch, (values, image)| {
                    self.encode_image(image, scratch);
                    for (i, (value, feature)) in values.iter_mut().zip(&scratch.features).enumerate() {
                        *value = finish(i, *feature);
                    }
                },
            );
        values
    }

    /// Positions per matrix product.
    fn block(&self) -> usize {
        let [down, across] = self.extraction.positions();
        let most = BLOCK_PRODUCTS / self.projection.ncols();
        (most / TILE * TILE).max(TILE).min(down * across)
    }

    fn scratch(&self) -> Scratch {
        let block = self.block();
        Scratch {
            patches: vec![0.0; block * self.extraction.n_pixels()],
            products: Array2::zeros((block, self.projection.ncols())),
            features: vec![0.0; self.n_features()],
        }
    }

    fn encode_image(&self, image: &[u8], scratch: &mut Scratch) {
        let [down, across] = self.extraction.positions();
        let n_pixels = self.extraction.n_pixels();
        let block = self.block();
        scratch.features.fill(0.0);
        for start in (0..down * across).step_by(block) {
            let positions = start..(start + block).min(down * across);
            let patches = &mut scratch.patches[..n_pixels * positions.len()];
            self.extraction.patches_at(image, positions.clone(), patches);
            let mut patches =
                ArrayViewMut2::from_shape((n_pixels, positions.len()), patches).expect("whole patches");
            self.whitening.centre(patches.view_mut());
            let mut products = scratch.products.slice_mut(s![..positions.len(), ..]);
            general_mat_mul(1.0, &patches.t(), &self.projection, 0.0, &mut products);
            for (position, mut products) in positions.zip(products.rows_mut()) {
                let products = products.as_slice_mut().expect("rows are contiguous");
                self.pool(position, products, &mut scratch.features);
            }
        }
        if self.square_root {
            scratch.features.iter_mut().for_each(|sum| *sum = sum.sqrt());
        }
    }

    /// Adds one patch to the sums of its pooling cell.
    fn pool(&self, position: usize, products: &mut [f32], features: &mut [f32]) {
        let [down, across] = self.extraction.positions();
        let row = cell(position / across, down, self.pooling);
        let column = cell(position % across, across, self.pooling);
        let n_of_cell = self.n_centres * self.encoding.n_signs();
        let start = (row * self.pooling + column) * n_of_cell;
        let sums = &mut features[start..start + n_of_cell];
        match self.encoding {
            PatchEncoding::Rectified { threshold } => {
                add_rectified(products, threshold.get() as f32, sums);
            }
            PatchEncoding::Triangle => {
                let (products, whitened) = products.split_at_mut(self.n_centres);
                add_triangle(products, whitened, sums);
            }
        }
    }
}

/// The pooling cell of a position; cells differ by at most one position.
fn cell(position: usize, n_positions: usize, pooling: usize) -> usize {
    ((position + 1) * pooling - 1) / n_positions
}

fn add_rectified(products: &[f32], threshold: f32, sums: &mut [f32]) {
    let (positive, negative) = sums.split_at_mut(products.len());
    for ((positive, negative), product) in positive.iter_mut().zip(negative).zip(products) {
        *positive += (product - threshold).max(0.0);
        *negative += (-product - threshold).max(0.0);
    }
}

/// Replaces products by distances on the way.
#[expect(clippy::cast_precision_loss, reason = "numbers of centres are small")]
fn add_triangle(products: &mut [f32], whitened: &[f32], sums: &mut [f32]) {
    // Centres have norm 1.
    let norms = whitened.iter().map(|value| value * value).sum::<f32>() + 1.0;
    for product in &mut *products {
        *product = (norms - 2.0 * *product).max(0.0).sqrt();
    }
    let mut lanes = [0.0; LANES];
    let chunks = products.chunks_exact(LANES);
    let rest: f32 = chunks.remainder().iter().sum();
    for chunk in chunks {
        lanes
            .iter_mut()
            .zip(chunk)
            .for_each(|(lane, distance)| *lane += distance);
    }
    let mean = (lanes.iter().sum::<f32>() + rest) / products.len() as f32;
    for (sum, distance) in sums.iter_mut().zip(products) {
        *sum += (mean - *distance).max(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preprocessing::patches::k_means::spherical_k_means;
    use crate::preprocessing::patches::test_images::{HEIGHT, WIDTH, pixels};
    use crate::preprocessing::scaling::Moments;
    use rand_xoshiro::Xoshiro256PlusPlus;
    use rand_xoshiro::rand_core::SeedableRng;

    fn read(parameters: &str) -> Patches {
        Patches::read(Some(parameters)).unwrap()
    }

    /// Whitening of all patches of the images.
    fn whitening(patches: Patches, images: Images<'_>) -> (Extraction, Whitening, Vec<usize>) {
        let extraction = Extraction::new(patches, HEIGHT, WIDTH);
        let [down, across] = extraction.positions();
        let all: Vec<usize> = (0..images.n_rows() * down * across).collect();
        let whitening = Whitening::fit(images, &extraction, &all, patches.regulariser.get());
        (extraction, whitening, all)
    }

    /// The centres of `scripts/patches-reference`.
    fn centres(n: usize, n_pixels: usize) -> Array2<f32> {
        let value = |(centre, pixel): (usize, usize)| {
            f64::from(u8::try_from((centre * 31 + pixel * 17 + centre * pixel * 7) % 23).unwrap()) - 11.0
        };
        let rows = Array2::from_shape_fn((n, n_pixels), value);
        let norms = rows
            .map_axis(Axis(1), |row| row.dot(&row).sqrt())
            .insert_axis(Axis(1));
        (rows / norms).mapv(|value| value as f32)
    }

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "small indices")]
    fn features_equal_those_of_numpy() {
        // scripts/patches-reference: first four and last two features, sum of magnitudes, sum weighted by the index modulo 97.
        for (parameters, first, last, magnitudes, weighted) in [
            (
                "size=3, centres=5",
                [8.938565, 14.00149, 0.045734, 4.143664],
                [4.81387, 0.12858],
                25304.48082565222,
                1213843.9826042466,
            ),
            (
                "size=4, centres=7, pooling=3, threshold=0.5, contrast=2.5, regulariser=0.01, square_root=true",
                [0.0, 1.46063, 1.096971, 0.0],
                [0.0, 0.696396],
                19593.34721829875,
                940461.9843083336,
            ),
            (
                "size=6, centres=20, pooling=1, threshold=0, regulariser=1, standardise=true",
                [0.330534, -1.795221, -0.222413, -0.909332],
                [-0.813704, 0.67812],
                6004.932769897714,
                1773.2732331841275,
            ),
            (
                "size=3, centres=5, encoding=triangle",
                [2.543861, 4.852405, 0.0, 1.397485],
                [2.038826, 1.641413],
                6237.75479424717,
                297793.48757202545,
            ),
            (
                "size=4, centres=7, pooling=3, encoding=triangle, contrast=40, regulariser=0.2, square_root=true, standardise=true",
                [-1.699155, 1.726646, 0.122635, -2.717204],
                [1.015302, -0.993072],
                10060.496647350892,
                393.367969072086,
            ),
        ] {
            let pixels = pixels(200);
            let images = Images::new(&pixels, HEIGHT, WIDTH);
            let patches = read(parameters);
            let (extraction, whitening, _) = whitening(patches, images);
            let centres = centres(patches.centres, patches.size * patches.size);
            let encoder = Encoder::new(patches, extraction, whitening, &centres);
            let features = encoder.encode(images, |_, feature| feature);
            let mut values: Vec<f64> = features.iter().map(|feature| f64::from(*feature)).collect();
            if parameters.contains("standardise=true") {
                let mut moments = Moments::new(encoder.n_features());
                moments.add(&features);
                let scales = moments.scales(encoder.noise()).into_iter().cycle();
                values = features
                    .iter()
                    .zip(scales)
                    .map(|(feature, scale)| scale.apply(*feature))
                    .collect();
            }
            let ends = values[..4].iter().chain(&values[values.len() - 2..]);
            for (found, expected) in ends.zip(first.iter().chain(&last)) {
                assert!(
                    (found - expected).abs() < 1e-4,
                    "{parameters}: {found} {expected}"
                );
            }
            let sum: f64 = values.iter().map(|value| value.abs()).sum();
            assert!((sum / magnitudes - 1.0).abs() < 1e-6, "{parameters}: {sum}");
            let sum: f64 = values
                .iter()
                .enumerate()
                .map(|(i, value)| (i % 97) as f64 * value)
                .sum();
            assert!(
                (sum - weighted).abs() < 1e-5 * 97.0 * magnitudes,
                "{parameters}: {sum}"
            );
        }
    }

    /// Features of one image from the definition, in `f64`, without the final square root.
    fn plain(patches: Patches, whitening: &Whitening, centres: &Array2<f32>, image: &[u8]) -> Vec<f64> {
        let [down, across] = patches.positions(HEIGHT, WIDTH);
        let n_pixels = patches.size * patches.size;
        let n_of_cell = patches.centres * patches.encoding.n_signs();
        let mut sums = vec![0.0; patches.pooling * patches.pooling * n_of_cell];
        for (row, column) in (0..down).flat_map(|row| (0..across).map(move |column| (row, column))) {
            let mut patch: Vec<f64> = (0..n_pixels)
                .map(|pixel| (row + pixel / patches.size) * WIDTH + column + pixel % patches.size)
                .map(|pixel| f64::from(image[pixel]))
                .collect();
            let mean = patch.iter().sum::<f64>() / n_pixels as f64;
            let variance = patch.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n_pixels as f64;
            patch
                .iter_mut()
                .for_each(|value| *value = (*value - mean) / (variance + patches.contrast.get()).sqrt());
            let patch = whitening.one(&patch);
            let products: Vec<f64> = (centres.rows().into_iter())
                .map(|centre| {
                    centre
                        .iter()
                        .zip(&patch)
                        .map(|(weight, value)| f64::from(*weight) * value)
                        .sum()
                })
                .collect();
            let [down, across] = [(row, down), (column, across)].map(|(position, n)| {
                let begins_before = |cell: &usize| cell * n / patches.pooling <= position;
                (0..patches.pooling).rev().find(begins_before).unwrap()
            });
            let cell = down * patches.pooling + across;
            let sums = &mut sums[cell * n_of_cell..];
            match patches.encoding {
                PatchEncoding::Rectified { threshold } => {
                    for (i, product) in products.iter().enumerate() {
                        sums[i] += (product - threshold.get()).max(0.0);
                        sums[patches.centres + i] += (-product - threshold.get()).max(0.0);
                    }
                }
                PatchEncoding::Triangle => {
                    let distances: Vec<f64> = (centres.rows().into_iter())
                        .map(|centre| {
                            centre
                                .iter()
                                .zip(&patch)
                                .map(|(weight, value)| (f64::from(*weight) - value).powi(2))
                                .sum::<f64>()
                                .sqrt()
                        })
                        .collect();
                    let mean = distances.iter().sum::<f64>() / distances.len() as f64;
                    sums.iter_mut()
                        .zip(distances)
                        .for_each(|(sum, distance)| *sum += (mean - distance).max(0.0));
                }
            }
        }
        sums
    }

    #[test]
    fn blocks_and_folded_whitening_change_nothing() {
        let pixels = pixels(200);
        let images = Images::new(&pixels, HEIGHT, WIDTH);
        for parameters in [
            "size=6, centres=400",
            "size=2, centres=1500, pooling=4, square_root=true",
            "size=5, centres=37, pooling=3, encoding=triangle",
            "size=3, centres=1100, pooling=1, encoding=triangle, square_root=true",
            "size=9, centres=3",
        ] {
            let patches = read(parameters);
            let patches = Patches {
                pooling: patches.pooling.min(patches.positions(HEIGHT, WIDTH)[1]),
                ..patches
            };
            let (extraction, whitening, all) = whitening(patches, images);
            let mut whitened = whitening.whitened(images, &extraction, &all);
            let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
            let centres = spherical_k_means(whitened.view_mut(), patches.centres, 3, &mut random);
            let encoder = Encoder::new(patches, extraction, whitening.clone(), &centres);
            let step = if patches.centres > 1000 { 20 } else { 1 };
            for (i, image) in images.rows().enumerate().step_by(step) {
                let found =
                    encoder.encode(Images::new(image, HEIGHT, WIDTH), |_, feature| f64::from(feature));
                let expected = plain(patches, &whitening, &centres, image);
                assert_eq!(found.len(), expected.len());
                for (found, expected) in found.into_iter().zip(expected) {
                    let found = if patches.square_root { found * found } else { found };
                    assert!(
                        (found - expected).abs() < 1e-4,
                        "{parameters}, image {i}: {found} {expected}"
                    );
                }
            }
        }
    }
}
