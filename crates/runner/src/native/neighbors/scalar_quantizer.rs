//! Weighted pixels rounded to bytes, and how far that moves a row.
//!
//! A pixel's byte `x` becomes `x · step · scale`, rounded and cut off at 255. Cutting brings rows closer and never parts them, so that two rows
//! are at most as far apart after it as `scale` times their distance, and the distances by which rounding has moved either.

use loader::Images;

use crate::native::neighbors::metric::Power;

/// What becomes of each pixel.
pub(crate) struct ScalarQuantizer {
    pixels: Vec<Pixel>,
    power: Power,
    /// How many of the rounded units are a distance of 1.
    pub(crate) scale: f64,
}

/// Of each of its 256 values the byte, and the difference that rounding makes, to the power p.
struct Pixel {
    bytes: [u8; 256],
    moved: [f32; 256],
}

impl ScalarQuantizer {
    /// A scale with which nearly all values of nearly all pixels fit into a byte; a step is what a difference of one byte is.
    pub(crate) fn new(images: Images<'_>, steps: &[f64], power: Power) -> ScalarQuantizer {
        // The spread of a weighted pixel that varies is about that of a standardised one: a byte holds eight deviations.
        let largest = steps.iter().copied().fold(0.0, f64::max);
        let spread = spread(images, steps);
        let scale = if spread > 0.0 {
            255.0 / (8.0 * spread)
        } else {
            largest.max(1.0).recip()
        };
        let pixel = |step: &f64| {
            let value = |byte: usize| step * scale * f64::from(byte as u8);
            let moved = |byte: usize| {
                let moved = (value(byte) - value(byte).round()).abs();
                match power {
                    Power::One => moved as f32,
                    Power::Two => (moved * moved) as f32,
                }
            };
            Pixel {
                bytes: std::array::from_fn(|byte| value(byte).round().min(255.0) as u8),
                moved: std::array::from_fn(moved),
            }
        };
        ScalarQuantizer {
            pixels: steps.iter().map(pixel).collect(),
            power,
            scale,
        }
    }

    /// Rounds a row; how far at most that moves it, before it is cut off.
    pub(crate) fn round(&self, row: &[u8], to: &mut [u8]) -> f64 {
        // What a sum in f32 is wrong by at most, twice.
        let up = 1.0 + (row.len() + 2) as f64 * f64::from(f32::EPSILON);
        let mut moved = 0.0f32;
        for ((to, &byte), pixel) in to.iter_mut().zip(row).zip(&self.pixels) {
            *to = pixel.bytes[usize::from(byte)];
            moved += pixel.moved[usize::from(byte)];
        }
        match self.power {
            Power::One => f64::from(moved) * up,
            Power::Two => f64::from(moved).sqrt() * up,
        }
    }
}

/// Mean over the pixels that vary of the mean weighted byte's root mean square.
fn spread(images: Images<'_>, steps: &[f64]) -> f64 {
    let mut squares = vec![0.0; steps.len()];
    let stride = images.n_rows().div_ceil(1000);
    let mut n_rows = 0.0;
    for row in images.rows().step_by(stride.max(1)) {
        n_rows += 1.0;
        for ((square, &byte), step) in squares.iter_mut().zip(row).zip(steps) {
            *square += (f64::from(byte) * step).powi(2);
        }
    }
    let varying: Vec<f64> = squares
        .iter()
        .map(|square| (square / n_rows).sqrt())
        .filter(|root| *root > 0.0)
        .collect();
    varying.iter().sum::<f64>() / (varying.len() as f64).max(1.0)
}
