//! A model whose class scores are sums of one term per pixel; the highest score predicts.

use loader::Label;
use rayon::prelude::*;

use crate::estimator::checks::check_queries;
use crate::estimator::classifier::Model;
use crate::estimator::error::FitError;
use crate::estimator::labels::EncodedLabels;
use crate::estimator::samples::{Layout, Samples};
use crate::native::linalg::dot::{dot, scaled_squares};

/// The terms that one class sums over the pixels of a row. Every list has one value per pixel.
pub(crate) enum PixelSum {
    /// `Σ weights · pixels`.
    Linear { weights: Vec<f64> },
    /// `Σ scales · (pixels - centers)²`, with centers in the unit of a byte.
    Squares { scales: Vec<f64>, centers: Vec<f64> },
}

/// The score of one class.
pub(crate) struct ClassScore {
    pub(crate) constant: f64,
    pub(crate) sum: PixelSum,
}

/// The trained model.
pub(crate) struct AdditiveModel {
    pub(crate) classes: EncodedLabels,
    pub(crate) n_features: usize,
    /// One score per class.
    pub(crate) scores: Vec<ClassScore>,
    /// For each pixel the lowest byte that counts as 1; lower bytes count as 0, and 256 means never.
    /// Without it, a pixel counts as its byte.
    pub(crate) binarize_from: Option<Vec<u16>>,
}

impl AdditiveModel {
    fn pixels(&self, row: &[u8]) -> Vec<f64> {
        match &self.binarize_from {
            None => row.iter().map(|&byte| f64::from(byte)).collect(),
            Some(binarize_from) => {
                let binarized = |(&byte, &from): (&u8, &u16)| f64::from(u8::from(u16::from(byte) >= from));
                row.iter().zip(binarize_from).map(binarized).collect()
            }
        }
    }

    fn label(&self, row: &[u8]) -> Result<Label, FitError> {
        let pixels = self.pixels(row);
        let score = |score: &ClassScore| {
            score.constant
                + match &score.sum {
                    PixelSum::Linear { weights } => dot(weights, &pixels),
                    PixelSum::Squares { scales, centers } => scaled_squares(scales, centers, &pixels),
                }
        };
        let scores: Vec<f64> = self.scores.iter().map(score).collect();
        if scores.iter().any(|score| score.is_nan()) {
            return Err(FitError::Numerical("the score of a class is NaN".into()));
        }
        Ok(self.classes.argmax(scores))
    }
}

impl Model for AdditiveModel {
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError> {
        check_queries(Layout::Bytes, samples, self.n_features)?;
        let images = samples.bytes();
        (0..samples.n_rows())
            .into_par_iter()
            .map(|row| self.label(images.row(row)))
            .collect()
    }
}
