//! A model whose class scores are sums of one term per feature; the highest score predicts.

use loader::Label;
use rayon::prelude::*;

use crate::estimator::checks::check_stored_queries;
use crate::estimator::classifier::Model;
use crate::estimator::error::FitError;
use crate::estimator::labels::EncodedLabels;
use crate::estimator::samples::Samples;
use crate::native::data::row_reader::RowReader;
use crate::native::linalg::dot::{dot, scaled_squares};

/// The terms that one class sums over the stored values of a row: bytes, or features that are stored as floats. Every list has one
/// element per feature.
pub(crate) enum FeatureSum {
    /// `Σ weights · values`.
    Linear { weights: Vec<f64> },
    /// `Σ scales · (values - centers)²`, with centers in the unit of the stored values.
    Squares { scales: Vec<f64>, centers: Vec<f64> },
}

/// The score of one class.
pub(crate) struct ClassScore {
    pub(crate) constant: f64,
    pub(crate) sum: FeatureSum,
}

/// The trained model.
pub(crate) struct AdditiveModel {
    pub(crate) classes: EncodedLabels,
    pub(crate) n_features: usize,
    /// Whether the training rows are stored as bytes.
    pub(crate) is_of_bytes: bool,
    /// One score per class.
    pub(crate) scores: Vec<ClassScore>,
    /// For each feature the lowest stored value that counts as 1; lower values count as 0. Without it, a value counts as itself.
    pub(crate) binarize_from: Option<Vec<f64>>,
}

impl AdditiveModel {
    fn label(&self, rows: &RowReader<'_>, row: usize, values: &mut [f64]) -> Result<Label, FitError> {
        rows.read_stored(row, values);
        if let Some(binarize_from) = &self.binarize_from {
            let binarized = values.iter_mut().zip(binarize_from);
            binarized.for_each(|(value, from)| *value = f64::from(u8::from(*value >= *from)));
        }
        let score = |score: &ClassScore| {
            score.constant
                + match &score.sum {
                    FeatureSum::Linear { weights } => dot(weights, values),
                    FeatureSum::Squares { scales, centers } => scaled_squares(scales, centers, values),
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
        check_stored_queries(self.is_of_bytes, samples, self.n_features)?;
        let rows = RowReader::new(samples);
        (0..samples.n_rows())
            .into_par_iter()
            .map_init(|| rows.buffer(), |values, row| self.label(&rows, row, values))
            .collect()
    }
}
