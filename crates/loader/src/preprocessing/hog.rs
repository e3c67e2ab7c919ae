//! Histograms of oriented gradients: how bright an image's edges are in each direction, cell by cell, evened out over blocks of cells.
//!
//! scikit-image's `hog` of the bytes with `block_norm="L2-Hys"`, `feature_vector=True`: gradients by central differences and 0 at the
//! border, each pixel counted in one direction of one cell without interpolation, what is left beyond the last whole cell in none. Its
//! defaults are for larger pictures: cells of 8 × 8 make one block of 28 × 28 pixels. Here a cell has 4 × 4 pixels, of which seven
//! fill a side, and a block 2 × 2 cells, as in Dalal and Triggs.
//!
//! # Reference
//! Dalal, Triggs (2005), Histograms of Oriented Gradients for Human Detection.

use std::fmt;

use crate::data::Images;

/// Gradients run from -255 to 255.
const GRADIENTS: usize = 511;

/// The most directions: one a degree.
const MOST_ORIENTATIONS: usize = 180;

/// What keeps a block of nothing from being divided by 0, and the most that one direction counts: scikit-image's.
const EPSILON: f64 = 1e-5;
const HYSTERESIS: f64 = 0.2;

/// The parameters, under scikit-image's names; cells and blocks are square.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hog {
    /// Directions that half a turn is divided into.
    pub orientations: usize,
    /// Pixels on the side of a cell.
    pub pixels_per_cell: usize,
    /// Cells on the side of a block.
    pub cells_per_block: usize,
}

impl Default for Hog {
    fn default() -> Hog {
        Hog {
            orientations: 9,
            pixels_per_cell: 4,
            cells_per_block: 2,
        }
    }
}

impl fmt::Display for Hog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Hog {
            orientations,
            pixels_per_cell,
            cells_per_block,
        } = self;
        write!(
            f,
            "hog(orientations={orientations}, pixels_per_cell={pixels_per_cell}, cells_per_block={cells_per_block})"
        )
    }
}

impl Hog {
    /// Reads what stands between the parentheses: `name=number`, separated by commas; the rest has its default.
    ///
    /// # Errors
    /// What is wrong and what would be right.
    pub(crate) fn read(parameters: &str) -> Result<Hog, String> {
        let mut hog = Hog::default();
        let mut seen: Vec<&str> = Vec::new();
        for part in parameters.split(',').filter(|_| !parameters.trim().is_empty()) {
            let (name, number) = part
                .split_once('=')
                .map(|(name, number)| (name.trim(), number.trim()))
                .ok_or_else(|| format!("`{}`: expected `name=number`", part.trim()))?;
            let (place, most) = match name {
                "orientations" => (&mut hog.orientations, MOST_ORIENTATIONS),
                "pixels_per_cell" => (&mut hog.pixels_per_cell, usize::MAX),
                "cells_per_block" => (&mut hog.cells_per_block, usize::MAX),
                _ => {
                    return Err(format!(
                        "hog has no `{name}`: orientations, pixels_per_cell, cells_per_block"
                    ));
                }
            };
            if seen.contains(&name) {
                return Err(format!("`{name}` stands there twice"));
            }
            seen.push(name);
            let read = number.parse().ok().filter(|number| (1..=most).contains(number));
            *place = read.ok_or_else(|| {
                let bound = if most < usize::MAX {
                    format!(" and at most {most}")
                } else {
                    String::new()
                };
                format!("`{name}`: expected a whole number of at least 1{bound}, found `{number}`")
            })?;
        }
        Ok(hog)
    }

    /// Why images of this size have no block; `None` if they have.
    pub(crate) fn misfit(self, height: usize, width: usize) -> Option<String> {
        let [down, across] = self.cells(height, width);
        let side = self.cells_per_block;
        (down.min(across) < side).then(|| {
            format!(
                "{self}: images of {height} × {width} pixels have {down} × {across} cells, fewer than a block of {side} × {side}"
            )
        })
    }

    /// Floats that one image becomes; 0 where it has no block.
    pub fn n_features(self, height: usize, width: usize) -> usize {
        let [down, across] = self.blocks(height, width);
        down * across * self.cells_per_block * self.cells_per_block * self.orientations
    }

    fn cells(self, height: usize, width: usize) -> [usize; 2] {
        [height, width].map(|pixels| pixels / self.pixels_per_cell)
    }

    fn blocks(self, height: usize, width: usize) -> [usize; 2] {
        self.cells(height, width)
            .map(|cells| (cells + 1).saturating_sub(self.cells_per_block))
    }
}

/// Works features out, image by image.
#[derive(Clone, Debug)]
pub(crate) struct Extractor {
    hog: Hog,
    height: usize,
    width: usize,
    /// The direction of a gradient, by its part down and its part across, each from -255.
    directions: Vec<u8>,
}

impl Extractor {
    /// For images of this size.
    pub(crate) fn new(hog: Hog, height: usize, width: usize) -> Extractor {
        let gradient = |i: usize| f64::from(i32::try_from(i).expect("below 511") - 255);
        let directions = (0..GRADIENTS * GRADIENTS)
            .map(|i| direction(gradient(i / GRADIENTS), gradient(i % GRADIENTS), hog.orientations));
        Extractor {
            hog,
            height,
            width,
            directions: directions.collect(),
        }
    }

    /// Floats that one image becomes.
    pub(crate) fn n_features(&self) -> usize {
        self.hog.n_features(self.height, self.width)
    }

    /// Hands on the features of every image, one image after the other.
    ///
    /// # Panics
    /// If the images are of another size.
    pub(crate) fn extract(&self, images: Images<'_>, mut push: impl FnMut(f64)) {
        assert_eq!(
            (images.height(), images.width()),
            (self.height, self.width),
            "images as large as those of the fit"
        );
        let [down, across] = self.hog.cells(self.height, self.width);
        let mut cells = vec![0.0; down * across * self.hog.orientations];
        let side = self.hog.cells_per_block;
        let mut block = Vec::with_capacity(side * side * self.hog.orientations);
        let [blocks_down, blocks_across] = self.hog.blocks(self.height, self.width);
        for image in images.rows() {
            self.count(image, &mut cells);
            for (top, left) in
                (0..blocks_down).flat_map(|top| (0..blocks_across).map(move |left| (top, left)))
            {
                block.clear();
                for row in top..top + side {
                    let start = (row * across + left) * self.hog.orientations;
                    block.extend_from_slice(&cells[start..start + side * self.hog.orientations]);
                }
                even_out(&mut block);
                block.iter().for_each(|value| push(*value));
            }
        }
    }

    /// Sums the lengths of the gradients of every cell by direction, and divides them by the pixels of a cell.
    #[expect(clippy::cast_precision_loss, reason = "pixels of a cell")]
    fn count(&self, image: &[u8], cells: &mut [f64]) {
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
                let place = |gradient: i32| usize::try_from(gradient + 255).expect("a gradient of bytes");
                let direction = self.directions[place(along_rows) * GRADIENTS + place(along_columns)];
                let cell = row / size * across + column / size;
                cells[cell * self.hog.orientations + usize::from(direction)] +=
                    f64::from(along_rows * along_rows + along_columns * along_columns).sqrt();
            }
        }
        let area = (size * size) as f64;
        cells.iter_mut().for_each(|sum| *sum /= area);
    }
}

/// Which part of half a turn a gradient points into.
#[expect(clippy::cast_precision_loss, reason = "at most 180 directions")]
fn direction(along_rows: f64, along_columns: f64, orientations: usize) -> u8 {
    let degrees = along_rows.atan2(along_columns).to_degrees().rem_euclid(180.0);
    let part = 180.0 / orientations as f64;
    let found = (0..orientations)
        .rev()
        .find(|place| degrees >= part * *place as f64);
    u8::try_from(found.unwrap_or(0)).expect("at most 180 directions")
}

/// Divides a block by its length, cuts it off at a bound, and divides it by its length again.
fn even_out(block: &mut [f64]) {
    let divide = |block: &mut [f64]| {
        let squares: f64 = block.iter().map(|value| value * value).sum();
        let length = (squares + EPSILON * EPSILON).sqrt();
        block.iter_mut().for_each(|value| *value /= length);
    };
    divide(block);
    block.iter_mut().for_each(|value| *value = value.min(HYSTERESIS));
    divide(block);
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
        let extractor = Extractor::new(hog, height, width);
        let mut features = Vec::new();
        extractor.extract(Images::new(&pixels, height, width), |value| features.push(value));
        assert_eq!(features.len(), hog.n_features(height, width));
        features
    }

    // Expected: skimage.feature.hog(image, orientations, (p, p), (b, b), block_norm="L2-Hys") of scikit-image 0.26.0.

    #[test]
    fn first_features_are_scikit_images() {
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
    fn all_features_are_scikit_images_in_number_sum_and_order() {
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
    fn an_image_of_one_colour_has_features_of_0() {
        let pixels = [77; 64];
        Extractor::new(Hog::default(), 8, 8)
            .extract(Images::new(&pixels, 8, 8), |value| assert_eq!(value, 0.0));
    }
}
