//! A preprocessing fitted to the training rows: converts bytes to floats.

use ndarray::Array2;

use super::method::Fitted;
use super::{FittedMethod, Preprocessing};
use crate::data::Images;

/// Converts images to features, the same way for training and test rows.
#[derive(Clone, Debug)]
pub struct Transform {
    preprocessing: Preprocessing,
    fitted: FittedMethod,
    n_pixels: usize,
    n_features: usize,
}

impl Transform {
    /// Fits a preprocessing to the training rows; no test row may be among them.
    ///
    /// # Panics
    /// If the preprocessing does not fit the rows: [`Preprocessing::misfit`].
    pub fn fit(preprocessing: Preprocessing, train: Images<'_>) -> Transform {
        let misfit = preprocessing.misfit(train.height(), train.width(), train.n_rows());
        assert_eq!(misfit, None, "the preprocessing fits the training rows");
        Transform::new(preprocessing, preprocessing.fit(train), train)
    }

    /// As [`Transform::fit`] and [`Transform::to_f32`] of the same rows. A costly preprocessing computes their features once.
    ///
    /// # Panics
    /// If the preprocessing does not fit the rows: [`Preprocessing::misfit`].
    pub fn fit_to_f32(preprocessing: Preprocessing, train: Images<'_>) -> (Transform, Array2<f32>) {
        let misfit = preprocessing.misfit(train.height(), train.width(), train.n_rows());
        assert_eq!(misfit, None, "the preprocessing fits the training rows");
        let (fitted, values) = preprocessing.fit_convert(train, |value| value as f32);
        let transform = Transform::new(preprocessing, fitted, train);
        let values = transform.matrix(values, train);
        (transform, values)
    }

    fn new(preprocessing: Preprocessing, fitted: FittedMethod, train: Images<'_>) -> Transform {
        Transform {
            preprocessing,
            fitted,
            n_pixels: train.n_features(),
            n_features: preprocessing.n_features(train.height(), train.width()),
        }
    }

    /// Features per image.
    pub fn n_features(&self) -> usize {
        self.n_features
    }

    /// Whether feature `i` depends on pixel `i` alone; [`Transform::value`] and [`Transform::steps`] need it.
    pub fn is_of_pixels(&self) -> bool {
        self.preprocessing.is_of_pixels()
    }

    /// The feature of a pixel whose byte is `byte`, equal to that of [`Transform::to_f64`].
    ///
    /// # Panics
    /// Unless [`Transform::is_of_pixels`], or if `pixel` lies outside the image.
    pub fn value(&self, pixel: usize, byte: u8) -> f64 {
        assert!(pixel < self.n_pixels, "pixel {pixel} lies inside the image");
        self.fitted.value(pixel, byte).expect(COMBINES)
    }

    /// How much each feature grows per unit of its byte, one value per pixel; 0 for a constant pixel of `standard`.
    ///
    /// # Panics
    /// Unless [`Transform::is_of_pixels`].
    pub fn steps(&self) -> Vec<f64> {
        (0..self.n_features)
            .map(|pixel| self.fitted.step(pixel).expect(COMBINES))
            .collect()
    }

    /// Features of the images: one row per image, [`Transform::n_features`] columns.
    ///
    /// # Panics
    /// If the size of the images differs from that of the training images.
    pub fn to_f64(&self, images: Images<'_>) -> Array2<f64> {
        self.convert(images, |value| value)
    }

    /// As [`Transform::to_f64`], computed in `f64` and then rounded to `f32`.
    ///
    /// # Panics
    /// If the size of the images differs from that of the training images.
    pub fn to_f32(&self, images: Images<'_>) -> Array2<f32> {
        self.convert(images, |value| value as f32)
    }

    fn convert<T: Copy + Send>(&self, images: Images<'_>, round: impl Fn(f64) -> T + Sync) -> Array2<T> {
        assert_eq!(
            images.n_features(),
            self.n_pixels,
            "images are of the size of the training images"
        );
        self.matrix(self.fitted.convert(images, round), images)
    }

    fn matrix<T>(&self, values: Vec<T>, images: Images<'_>) -> Array2<T> {
        Array2::from_shape_vec((images.n_rows(), self.n_features), values)
            .expect("every image has n_features features")
    }
}

const COMBINES: &str = "no value per pixel: the preprocessing combines several pixels per feature";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_set_the_number_of_features() {
        let pixels: Vec<u8> = (0..64 * 20usize)
            .map(|i| u8::try_from(i * i % 251).unwrap_or(0))
            .collect();
        let images = Images::new(&pixels, 8, 8);
        for (text, n_features) in [
            ("none", 64),
            ("pca(5)", 5),
            ("hog", 36),
            ("hog(orientations=3, cells_per_block=1)", 12),
            ("patches(centres=7, size=3)", 56),
            ("patches(centres=7, size=3, encoding=triangle, pooling=3)", 63),
        ] {
            let transform = Transform::fit(text.parse().unwrap(), images);
            assert_eq!(transform.n_features(), n_features);
            assert_eq!(transform.is_of_pixels(), text == "none");
            let values = transform.to_f64(images);
            assert_eq!(values.dim(), (20, n_features));
            assert!(values.iter().any(|value| *value != values[[0, 0]]));
        }
    }

    #[test]
    #[should_panic(expected = "the preprocessing fits the training rows")]
    fn a_preprocessing_that_does_not_fit_panics() {
        Transform::fit("pca(5)".parse().unwrap(), Images::new(&[0; 16], 2, 2));
    }

    #[test]
    #[should_panic(expected = "images are of the size of the training images")]
    fn images_of_another_size_panic() {
        let transform = Transform::fit(Preprocessing::NONE, Images::new(&[0; 16], 2, 2));
        transform.to_f64(Images::new(&[0; 18], 3, 3));
    }
}
