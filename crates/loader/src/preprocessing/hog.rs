//! Histograms of oriented gradients (HOG): edge strength by direction, per cell of pixels, normalized over blocks of cells.
//!
//! The features equal those of scikit-image's `hog` on the bytes, with `block_norm="L2-Hys"` and `feature_vector=True`:
//! - Gradients are central differences, and 0 at the border.
//! - Each pixel votes with its gradient magnitude for one orientation bin of one cell, without interpolation.
//! - Pixels beyond the last whole cell do not vote.
//! - A block is divided by its L2 norm, clipped at 0.2 and divided by its L2 norm again.
//!
//! scikit-image's default cell of 8 × 8 pixels is for larger images: an image of 28 × 28 pixels would have one block. Here a
//! cell has 4 × 4 pixels, and a block 2 × 2 cells as in the paper.
//!
//! # Reference
//! Dalal and Triggs (2005), Histograms of Oriented Gradients for Human Detection.

use super::method::{Fitted, Method};
use super::parameters::Parameters;
use crate::data::Images;

/// Values of a gradient component: -255 to 255.
const GRADIENTS: usize = 511;

/// One bin per degree of half a turn.
const MOST_ORIENTATIONS: usize = 180;

/// Keeps the norm of an empty block above 0; scikit-image's value.
const EPSILON: f64 = 1e-5;

/// Upper bound of a normalized value; scikit-image's value.
const CLIP: f64 = 0.2;

/// Histograms of oriented gradients; parameters have scikit-image's names. Cells and blocks are square.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hog {
    /// Orientation bins that divide half a turn, 1 to 180.
    pub orientations: usize,
    /// Side of a cell in pixels, at least 1.
    pub pixels_per_cell: usize,
    /// Side of a block in cells, at least 1.
    pub cells_per_block: usize,
}

impl Method for Hog {
    const NAME: &'static str = "hog";
    const EXAMPLE: Hog = Hog {
        orientations: 9,
        pixels_per_cell: 4,
        cells_per_block: 2,
    };
    type Fitted = Extractor;

    /// Reads `name=number`, separated by commas; a parameter that is left out has the value of [`Method::EXAMPLE`].
    fn parse(parameters: Option<&str>) -> Result<Hog, String> {
        let names = ["orientations", "pixels_per_cell", "cells_per_block"];
        let given = Parameters::read(Hog::NAME, &names, parameters)?;
        let default = Hog::EXAMPLE;
        Ok(Hog {
            orientations: given.whole("orientations", default.orientations, 1..=MOST_ORIENTATIONS)?,
            pixels_per_cell: given.whole("pixels_per_cell", default.pixels_per_cell, 1..)?,
            cells_per_block: given.whole("cells_per_block", default.cells_per_block, 1..)?,
        })
    }

    fn parameters(self) -> String {
        let Hog {
            orientations,
            pixels_per_cell,
            cells_per_block,
        } = self;
        format!(
            "orientations={orientations}, pixels_per_cell={pixels_per_cell}, cells_per_block={cells_per_block}"
        )
    }

    fn misfit(self, height: usize, width: usize, _: usize) -> Option<String> {
        let [down, across] = self.cells(height, width);
        let side = self.cells_per_block;
        (down.min(across) < side).then(|| {
            format!(
                "images of {height} × {width} pixels have {down} × {across} cells, fewer than a block of {side} × {side}"
            )
        })
    }

    fn n_features(self, height: usize, width: usize) -> usize {
        let [down, across] = self.blocks(height, width);
        down * across * self.cells_per_block * self.cells_per_block * self.orientations
    }

    fn is_non_negative(self) -> bool {
        true
    }

    fn is_of_pixels(self) -> bool {
        false
    }

    fn fit(self, train: Images<'_>) -> Extractor {
        Extractor::new(self, train.height(), train.width())
    }
}

impl Hog {
    /// Whole cells down and across an image.
    fn cells(self, height: usize, width: usize) -> [usize; 2] {
        [height, width].map(|pixels| pixels / self.pixels_per_cell)
    }

    /// Blocks down and across an image; they overlap, one starts at every cell.
    fn blocks(self, height: usize, width: usize) -> [usize; 2] {
        self.cells(height, width)
            .map(|cells| (cells + 1).saturating_sub(self.cells_per_block))
    }
}

/// Computes the features of images of one size.
#[derive(Clone, Debug)]
pub(crate) struct Extractor {
    hog: Hog,
    height: usize,
    width: usize,
    /// Orientation bin of every gradient, by its component along rows and then along columns, each from -255.
    bins: Vec<u8>,
}

impl Extractor {
    fn new(hog: Hog, height: usize, width: usize) -> Extractor {
        let gradient = |i: usize| f64::from(i32::try_from(i).expect("below 511") - 255);
        let bins = (0..GRADIENTS * GRADIENTS)
            .map(|i| orientation_bin(gradient(i / GRADIENTS), gradient(i % GRADIENTS), hog.orientations));
        Extractor {
            hog,
            height,
            width,
            bins: bins.collect(),
        }
    }

    /// Sums the gradient magnitudes of every cell by orientation, and divides the sums by the pixels of a cell.
    #[expect(clippy::cast_precision_loss, reason = "pixels of a cell")]
    fn cell_histograms(&self, image: &[u8], cells: &mut [f64]) {
        cells.fill(0.0);
        let size = self.hog.pixels_per_cell;
        let [down, across] = self.hog.cells(self.height, self.width);
        let pixel = |row: usize, column: usize| i32::from(image[row * self.width + column]);
        for row in 0..down * size {
            for column in 0..across * size {
                let along_rows = if row == 0 || row + 1 == self.height {
                    0
                } else {
                    pixel(row + 1, column) - pixel(row - 1, column)
                };
                let along_columns = if column == 0 || column + 1 == self.width {
                    0
                } else {
                    pixel(row, column + 1) - pixel(row, column - 1)
                };
                let index = |gradient: i32| usize::try_from(gradient + 255).expect("a gradient of bytes");
                let bin = self.bins[index(along_rows) * GRADIENTS + index(along_columns)];
                let cell = row / size * across + column / size;
                cells[cell * self.hog.orientations + usize::from(bin)] +=
                    f64::from(along_rows * along_rows + along_columns * along_columns).sqrt();
            }
        }
        let area = (size * size) as f64;
        cells.iter_mut().for_each(|sum| *sum /= area);
    }
}

impl Fitted for Extractor {
    fn convert<T: Copy + Send>(&self, images: Images<'_>, round: impl Fn(f64) -> T + Sync) -> Vec<T> {
        assert_eq!(
            (images.height(), images.width()),
            (self.height, self.width),
            "images are of the size of the training images"
        );
        let mut features = Vec::with_capacity(images.n_rows() * self.hog.n_features(self.height, self.width));
        let [down, across] = self.hog.cells(self.height, self.width);
        let mut cells = vec![0.0; down * across * self.hog.orientations];
        let side = self.hog.cells_per_block;
        let mut block = Vec::with_capacity(side * side * self.hog.orientations);
        let [blocks_down, blocks_across] = self.hog.blocks(self.height, self.width);
        for image in images.rows() {
            self.cell_histograms(image, &mut cells);
            for (top, left) in
                (0..blocks_down).flat_map(|top| (0..blocks_across).map(move |left| (top, left)))
            {
                block.clear();
                for row in top..top + side {
                    let start = (row * across + left) * self.hog.orientations;
                    block.extend_from_slice(&cells[start..start + side * self.hog.orientations]);
                }
                normalize(&mut block);
                features.extend(block.iter().map(|value| round(*value)));
            }
        }
        features
    }
}

/// The bin of half a turn that contains the direction of a gradient.
#[expect(clippy::cast_precision_loss, reason = "at most 180 bins")]
fn orientation_bin(along_rows: f64, along_columns: f64, orientations: usize) -> u8 {
    let degrees = along_rows.atan2(along_columns).to_degrees().rem_euclid(180.0);
    let width = 180.0 / orientations as f64;
    let found = (0..orientations).rev().find(|bin| degrees >= width * *bin as f64);
    u8::try_from(found.unwrap_or(0)).expect("at most 180 bins")
}

/// L2-Hys of Dalal and Triggs: divides a block by its L2 norm, clips it, and divides it by its L2 norm again.
fn normalize(block: &mut [f64]) {
    let divide_by_norm = |block: &mut [f64]| {
        let squares: f64 = block.iter().map(|value| value * value).sum();
        let norm = (squares + EPSILON * EPSILON).sqrt();
        block.iter_mut().for_each(|value| *value /= norm);
    };
    divide_by_norm(block);
    block.iter_mut().for_each(|value| *value = value.min(CLIP));
    divide_by_norm(block);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(height: usize, width: usize, seed: usize) -> Vec<u8> {
        let byte = |i: usize| {
            let (row, column) = (i / width, i % width);
            (row * row * 7 + column * column * 13 + row * column * seed + seed * 29) % 256
        };
        (0..height * width)
            .map(|i| u8::try_from(byte(i)).unwrap())
            .collect()
    }

    /// Features of one image, by its height, width and seed, with `orientations`, `pixels_per_cell` and `cells_per_block`.
    fn features(
        [height, width, seed]: [usize; 3],
        [orientations, pixels_per_cell, cells_per_block]: [usize; 3],
    ) -> Vec<f64> {
        let hog = Hog {
            orientations,
            pixels_per_cell,
            cells_per_block,
        };
        let pixels = image(height, width, seed);
        let images = Images::new(&pixels, height, width);
        let features = hog.fit(images).convert(images, |value| value);
        assert_eq!(features.len(), hog.n_features(height, width));
        features
    }

    // Expected values: skimage.feature.hog(image, orientations, (p, p), (b, b), block_norm="L2-Hys") of scikit-image 0.26.0.

    #[test]
    fn first_features_equal_scikit_images() {
        for (image, parameters, expected) in [
            (
                [8, 8, 3],
                [9, 4, 2],
                [
                    0.262437, 0.148255, 0.262437, 0.262437, 0.123489, 0.0, 0.0, 0.076924, 0.0, 0.079386, 0.0,
                    0.169127,
                ],
            ),
            (
                [13, 10, 5],
                [4, 3, 2],
                [
                    0.338277, 0.238595, 0.089789, 0.160223, 0.338277, 0.0, 0.338277, 0.114449, 0.338277,
                    0.338277, 0.338277, 0.0,
                ],
            ),
            (
                [7, 9, 11],
                [12, 3, 1],
                [
                    0.447214, 0.447214, 0.447214, 0.0, 0.0, 0.0, 0.447214, 0.0, 0.0, 0.447214, 0.0, 0.0,
                ],
            ),
        ] {
            for (found, expected) in features(image, parameters).iter().zip(expected) {
                assert!((found - expected).abs() < 1e-6, "{image:?} {found} {expected}");
            }
        }
    }

    #[test]
    fn number_sum_and_weighted_sum_of_features_equal_scikit_images() {
        for (image, parameters, n_features, sum, weighted) in [
            ([8, 8, 3], [9, 4, 2], 36, 4.559052, 76.658571),
            ([13, 10, 5], [4, 3, 2], 96, 20.163290, 951.516121),
            ([7, 9, 11], [12, 3, 1], 72, 12.415447, 429.989312),
            ([28, 28, 17], [9, 4, 2], 1296, 168.735314246, 107715.507261034),
            ([28, 28, 17], [9, 8, 3], 81, 8.002310836, 310.624877917),
            ([28, 28, 17], [8, 7, 1], 128, 42.826767044, 2695.458906793),
        ] {
            let found = features(image, parameters);
            assert_eq!(found.len(), n_features);
            let in_order: f64 = (0..)
                .map(f64::from)
                .zip(&found)
                .map(|(place, value)| place * value)
                .sum();
            assert!((found.iter().sum::<f64>() - sum).abs() < 1e-5, "{parameters:?}");
            assert!(
                (in_order - weighted).abs() < 1e-6 * weighted,
                "{parameters:?} {in_order}"
            );
        }
    }

    #[test]
    fn an_image_of_one_gray_value_has_features_of_0() {
        let pixels = [77; 64];
        let images = Images::new(&pixels, 8, 8);
        let features = Hog::EXAMPLE.fit(images).convert(images, |value| value);
        assert!(features.iter().all(|value| *value == 0.0));
    }
}
