//! Traits of a preprocessing: its definition, and its form after fitting.

use crate::data::Images;

/// A preprocessing with its parameters, before it has seen any rows.
///
/// One file implements it, and one line of `preprocessings!` registers it; the parser, messages and tests walk the registry.
pub(crate) trait Method: Copy {
    /// The word that a grid uses, and the stem of the file.
    const NAME: &'static str;

    /// The name with its required parameters, for messages: `pca(N)`.
    const SYNTAX: &'static str = Self::NAME;

    /// Usual parameters, for messages, benches and tests. It must fit 50 images of 8 × 8 pixels.
    const EXAMPLE: Self;

    /// The method with the statistics of the training rows.
    type Fitted: Fitted;

    /// Reads the text between the parentheses; `None` without parentheses. By default a method has no parameters.
    ///
    /// # Errors
    /// What is wrong, and what is expected.
    fn parse(parameters: Option<&str>) -> Result<Self, String> {
        match parameters {
            None => Ok(Self::EXAMPLE),
            Some(_) => Err(format!("{} has no parameters", Self::NAME)),
        }
    }

    /// The text between the parentheses; empty for a method without parameters. [`Method::parse`] reads it back.
    ///
    /// It is part of a cell's identity in the results: changing it orphans the rows that were written before.
    fn parameters(self) -> String {
        String::new()
    }

    /// The reason why the method cannot be fitted to `n_train` images of this size in pixels; `None` if it can.
    fn misfit(self, _height: usize, _width: usize, _n_train: usize) -> Option<String> {
        None
    }

    /// Features per image of this size in pixels.
    fn n_features(self, height: usize, width: usize) -> usize;

    /// Whether no feature is ever below 0.
    fn is_non_negative(self) -> bool;

    /// Whether feature `i` depends on pixel `i` alone, as an increasing linear function.
    fn is_of_pixels(self) -> bool;

    /// Whether it takes minutes on a dataset of 70,000 images, so that its features should be kept and not computed again.
    fn is_costly(self) -> bool {
        false
    }

    /// Version of the features of a costly method. It must rise with every change of them, because they are kept.
    const VERSION: u32 = 1;

    /// Takes the statistics of the training rows.
    fn fit(self, train: Images<'_>) -> Self::Fitted;

    /// [`Method::fit`], then [`Fitted::convert`] of the same rows; a method that computes them for its fit does it once.
    fn fit_convert<T: Copy + Send>(
        self,
        train: Images<'_>,
        round: impl Fn(f64) -> T + Sync,
    ) -> (Self::Fitted, Vec<T>) {
        let fitted = self.fit(train);
        let values = fitted.convert(train, round);
        (fitted, values)
    }
}

/// A preprocessing that has seen the training rows.
pub(crate) trait Fitted {
    /// Features of every image, image after image, each computed in `f64` and passed through `round`.
    ///
    /// One call converts a whole batch, so that its inner loop is compiled for the method and for `T`. A method may work in
    /// parallel on rayon's threads; the features do not depend on their number.
    fn convert<T: Copy + Send>(&self, images: Images<'_>, round: impl Fn(f64) -> T + Sync) -> Vec<T>;

    /// The feature of a pixel whose byte is `byte`, as [`Fitted::convert`] has it. `None` unless [`Method::is_of_pixels`].
    fn value(&self, _pixel: usize, _byte: u8) -> Option<f64> {
        None
    }

    /// How much the feature of a pixel grows per unit of its byte. `None` unless [`Method::is_of_pixels`].
    fn step(&self, _pixel: usize) -> Option<f64> {
        None
    }
}
