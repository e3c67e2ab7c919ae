//! No preprocessing: every feature is a byte of the file, 0 to 255.

use super::Preprocessing;
use super::method::{Fitted, Method};
use crate::data::Images;

/// Features equal to the bytes, 0 to 255.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity;

impl Preprocessing {
    /// Features equal to the bytes, 0 to 255.
    pub const NONE: Preprocessing = Preprocessing::Identity(Identity);
}

impl Method for Identity {
    const NAME: &'static str = "none";
    const EXAMPLE: Identity = Identity;
    type Fitted = Identity;

    fn n_features(self, height: usize, width: usize) -> usize {
        height * width
    }

    fn is_non_negative(self) -> bool {
        true
    }

    fn is_of_pixels(self) -> bool {
        true
    }

    fn fit(self, _: Images<'_>) -> Identity {
        self
    }
}

impl Fitted for Identity {
    fn convert<T: Copy + Send>(&self, images: Images<'_>, round: impl Fn(f64) -> T + Sync) -> Vec<T> {
        images
            .pixels()
            .iter()
            .map(|&pixel| round(f64::from(pixel)))
            .collect()
    }

    fn value(&self, _: usize, byte: u8) -> Option<f64> {
        Some(f64::from(byte))
    }

    fn step(&self, _: usize) -> Option<f64> {
        Some(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_the_bytes() {
        let images = Images::new(&[0, 7, 255, 1], 2, 2);
        assert_eq!(
            Identity.fit(images).convert(images, |value| value),
            [0.0, 7.0, 255.0, 1.0]
        );
    }
}
