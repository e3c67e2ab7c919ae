//! A model of our own engine that scores every class by a hyperplane; the highest score predicts.

pub(super) mod asks;
pub(super) mod cholesky;
pub(super) mod class_scatter;
pub(super) mod crammer_singer;
mod curvature;
pub(super) mod dual_hinge;
#[cfg(test)]
pub(super) mod examples;
mod growing;
pub(super) mod loss_sums;
pub(super) mod passes;
pub(super) mod products;
mod proximal;
mod quadratic;
pub(super) mod quasi_newton;
mod rounded_maximum;
mod subspace;
mod weighted_products;
pub(super) mod wide_rows;

use loader::Label;
use rayon::prelude::*;

use self::wide_rows::WideRows;
use super::class_index::ClassIndex;
use super::{Attributes, FitError, Model, Samples};
use crate::kernels::linear_steps::LinearSteps;

/// Weights, one a feature, and a constant.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Plane {
    pub(super) weights: Vec<f64>,
    pub(super) intercept: f64,
}

/// The trained model: a plane a class, or of two classes a single one, above which lies the second.
pub(super) struct LinearModel {
    pub(super) classes: ClassIndex,
    pub(super) planes: Vec<Plane>,
    pub(super) warning: Option<String>,
}

/// The places of the classes that have a plane: all, or of two the second.
///
/// # Errors
/// If there is nothing to tell apart.
pub(super) fn places(classes: &ClassIndex) -> Result<Vec<u8>, FitError> {
    match u8::try_from(classes.n_classes()) {
        Ok(0 | 1) => Err(FitError(
            "the training rows are of one class, which leaves nothing to separate".into(),
        )),
        Ok(2) => Ok(vec![1]),
        Ok(n_classes) => Ok((0..n_classes).collect()),
        Err(_) => Err(FitError("more than 255 classes".into())),
    }
}

impl Model for LinearModel {
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError> {
        let rows = WideRows::new(samples);
        let steps = LinearSteps::here();
        let label = |wide: &mut Vec<f64>, row: usize| {
            rows.read(row, wide);
            let mut scores = Vec::with_capacity(2.max(self.planes.len()));
            scores.extend((self.planes.len() == 1).then_some(0.0));
            scores.extend(
                (self.planes.iter()).map(|plane| steps.product(&plane.weights, wide) + plane.intercept),
            );
            if scores.iter().any(|score| score.is_nan()) {
                return Err(FitError("the score of a class is not a number".into()));
            }
            Ok(self.classes.highest(scores))
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
