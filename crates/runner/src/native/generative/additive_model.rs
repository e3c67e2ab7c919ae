//! A model that scores every class by a sum over the pixels of a row, each pixel by itself; the highest score predicts.

use loader::Label;
use rayon::prelude::*;

use crate::estimator::classifier::Model;
use crate::estimator::error::FitError;
use crate::estimator::labels::EncodedLabels;
use crate::estimator::samples::Samples;
use crate::native::linalg::dot::{dot, scaled_squares};

/// What one class sums up over the bytes of a row.
pub(crate) enum Sum {
    /// `Σ weights · bytes`.
    Linear {
        /// One a pixel.
        weights: Vec<f64>,
    },
    /// `Σ scales · (bytes - centers)²`.
    Squares {
        /// One a pixel.
        scales: Vec<f64>,
        /// One a pixel, in bytes.
        centers: Vec<f64>,
    },
}

/// The trained model.
pub(crate) struct AdditiveModel {
    pub(crate) classes: EncodedLabels,
    /// For each class a constant and its sum.
    pub(crate) scores: Vec<(f64, Sum)>,
    /// A pixel counts as 1 from this byte on and as 0 below; 256 for never. Without it, it counts as its byte.
    pub(crate) on_from: Option<Vec<u16>>,
}

impl AdditiveModel {
    fn values(&self, row: &[u8]) -> Vec<f64> {
        match &self.on_from {
            None => row.iter().map(|&byte| f64::from(byte)).collect(),
            Some(on_from) => {
                let on = |(&byte, &from): (&u8, &u16)| f64::from(u8::from(u16::from(byte) >= from));
                row.iter().zip(on_from).map(on).collect()
            }
        }
    }

    fn label(&self, row: &[u8]) -> Result<Label, FitError> {
        let values = self.values(row);
        let score = |(constant, sum): &(f64, Sum)| {
            constant
                + match sum {
                    Sum::Linear { weights } => dot(weights, &values),
                    Sum::Squares { scales, centers } => scaled_squares(scales, centers, &values),
                }
        };
        let scores: Vec<f64> = self.scores.iter().map(score).collect();
        if scores.iter().any(|score| score.is_nan()) {
            return Err(FitError::Data("the score of a class is not a number".into()));
        }
        Ok(self.classes.argmax(scores))
    }
}

impl Model for AdditiveModel {
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError> {
        let images = samples.bytes();
        (0..samples.n_rows())
            .into_par_iter()
            .map(|row| self.label(images.row(row)))
            .collect()
    }
}
