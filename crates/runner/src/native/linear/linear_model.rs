//! A model of our own engine that scores every class by a hyperplane; the highest score predicts.

use loader::Label;
use rayon::prelude::*;

use crate::estimator::classifier::{Attributes, Model};
use crate::estimator::error::FitError;
use crate::estimator::labels::EncodedLabels;
use crate::estimator::samples::Samples;
use crate::native::data::row_reader::RowReader;
use crate::native::kernels::vector_ops::VectorOps;

/// Weights, one a feature, and a constant.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Hyperplane {
    pub(crate) weights: Vec<f64>,
    pub(crate) intercept: f64,
}

/// The trained model: a plane a class, or of two classes a single one, above which lies the second.
pub(crate) struct LinearModel {
    pub(crate) classes: EncodedLabels,
    pub(crate) planes: Vec<Hyperplane>,
    pub(crate) warning: Option<String>,
}

impl Model for LinearModel {
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError> {
        let rows = RowReader::new(samples);
        let steps = VectorOps::detect();
        let label = |wide: &mut Vec<f64>, row: usize| {
            rows.read(row, wide);
            let mut scores = Vec::with_capacity(2.max(self.planes.len()));
            scores.extend((self.planes.len() == 1).then_some(0.0));
            scores
                .extend((self.planes.iter()).map(|plane| steps.dot(&plane.weights, wide) + plane.intercept));
            if scores.iter().any(|score| score.is_nan()) {
                return Err(FitError::Data("the score of a class is not a number".into()));
            }
            Ok(self.classes.argmax(scores))
        };
        (0..samples.n_rows())
            .into_par_iter()
            .map_init(|| rows.room(), label)
            .collect()
    }

    fn warning(&self) -> Option<String> {
        self.warning.clone()
    }

    fn attributes(&self) -> Attributes {
        let weights: Vec<&[f64]> = self.planes.iter().map(|plane| &plane.weights[..]).collect();
        let intercepts: Vec<f64> = self.planes.iter().map(|plane| plane.intercept).collect();
        Attributes::from_iter([
            ("coef".into(), weights.into()),
            ("intercept".into(), intercepts.into()),
        ])
    }
}
