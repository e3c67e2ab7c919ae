//! Unit range: every feature is a byte divided by 255, 0 to 1.

use super::Preprocessing;
use super::method::{Fitted, Method};
use crate::data::Images;

/// Features equal to the bytes divided by 255, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unit;

impl Preprocessing {
    /// Features equal to the bytes divided by 255, 0 to 1.
    pub const UNIT: Preprocessing = Preprocessing::Unit(Unit);
}

impl Method for Unit {
    const NAME: &'static str = "unit";
    const EXAMPLE: Unit = Unit;
    type Fitted = Unit;

    fn n_features(self, height: usize, width: usize) -> usize {
        height * width
    }

    fn is_non_negative(self) -> bool {
        true
    }

    fn is_of_pixels(self) -> bool {
        true
    }

    fn fit(self, _: Images<'_>) -> Unit {
        self
    }
}

impl Fitted for Unit {
    fn convert<T: Copy + Send>(&self, images: Images<'_>, round: impl Fn(f64) -> T + Sync) -> Vec<T> {
        images
            .pixels()
            .iter()
            .map(|&pixel| round(f64::from(pixel) / 255.0))
            .collect()
    }

    fn value(&self, _: usize, byte: u8) -> Option<f64> {
        Some(f64::from(byte) / 255.0)
    }

    fn step(&self, _: usize) -> Option<f64> {
        Some(1.0 / 255.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_the_bytes_divided_by_255() {
        let images = Images::new(&[0, 9, 255, 1], 2, 2);
        assert_eq!(
            Unit.fit(images).convert(images, |value| value),
            [0.0, 9.0 / 255.0, 1.0, 1.0 / 255.0]
        );
    }
}
