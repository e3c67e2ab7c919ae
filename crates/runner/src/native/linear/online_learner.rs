//! Linear models trained row by row: epochs over shuffled rows, one hyperplane per class.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;

use crate::estimator::class_weight::ClassWeight;
use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::labels::{EncodedLabels, decision_classes};
use crate::estimator::samples::{Layout, Samples};
use crate::families::choices::Penalty;
use crate::native::data::row_reader::RowReader;
use crate::native::data::validation_split::{ValidationSplit, split_validation};
use crate::native::kernels::vector_ops::VectorOps;
use crate::native::linear::linear_model::{Hyperplane, LinearModel};
use crate::native::linear::online_hyperplane::OnlinePlane;
use crate::native::linear::online_settings::{OnlineLoss, StepRule};

/// An online learner with its parameters.
#[derive(Clone, Debug)]
pub(crate) struct OnlineLearner {
    pub(crate) loss: OnlineLoss,
    pub(crate) penalty: Penalty,
    pub(crate) alpha: f64,
    pub(crate) l1_ratio: f64,
    pub(crate) fit_intercept: bool,
    pub(crate) max_iter: usize,
    pub(crate) tol: Option<f64>,
    pub(crate) rate: StepRule,
    /// Share of the rows that decides when to stop; without it, the objective does.
    pub(crate) held_back: Option<f64>,
    pub(crate) n_iter_no_change: usize,
    pub(crate) class_weight: ClassWeight,
    pub(crate) average: bool,
}

impl OnlineLearner {
    /// Shares of the penalty: strength of l1, strength of l2.
    pub(crate) fn penalties(&self) -> (f64, f64) {
        match self.penalty {
            Penalty::None => (0.0, 0.0),
            Penalty::L1 => (self.alpha, 0.0),
            Penalty::L2 => (0.0, self.alpha),
            Penalty::ElasticNet => (self.alpha * self.l1_ratio, self.alpha * (1.0 - self.l1_ratio)),
        }
    }

    /// Trains one plane a class.
    pub(crate) fn planes(
        &self,
        rows: &RowReader<'_>,
        classes: &EncodedLabels,
        seed: u64,
    ) -> Result<Vec<OnlinePlane>, FitError> {
        let split = split_validation(classes, self.held_back, seed)?;
        let mut planes: Vec<OnlinePlane> = decision_classes(classes)?
            .into_iter()
            .map(|place| {
                OnlinePlane::new(
                    self,
                    place,
                    rows.n_features(),
                    self.class_weight.one_vs_rest(classes, place),
                )
            })
            .collect();
        let share = planes.len().div_ceil(rayon::current_num_threads());
        planes
            .par_chunks_mut(share)
            .try_for_each(|planes| self.advance(planes, rows, classes, &split, seed))?;
        Ok(planes)
    }

    /// Trains these planes together.
    fn advance(
        &self,
        planes: &mut [OnlinePlane],
        rows: &RowReader<'_>,
        classes: &EncodedLabels,
        split: &ValidationSplit,
        seed: u64,
    ) -> Result<(), FitError> {
        let steps = VectorOps::detect();
        let mut wide = rows.room();
        let mut order = split.learned.clone();
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        for epoch in 1..=self.max_iter {
            order.shuffle(&mut random);
            for &learned in &order {
                rows.read(learned, &mut wide);
                let square = steps.dot(&wide, &wide);
                let place = classes.codes[learned];
                for plane in planes.iter_mut().filter(|plane| !plane.stopped) {
                    plane.meet(self, steps, &wide, square, place);
                }
            }
            for &held_back in &split.held_back {
                rows.read(held_back, &mut wide);
                for plane in planes.iter_mut().filter(|plane| !plane.stopped) {
                    plane.check(steps, &wide, classes.codes[held_back]);
                }
            }
            for plane in planes.iter_mut().filter(|plane| !plane.stopped) {
                plane.end_epoch(self, split, epoch)?;
            }
            if planes.iter().all(|plane| plane.stopped) {
                break;
            }
        }
        Ok(())
    }
}

impl Classifier for OnlineLearner {
    fn layout(&self) -> Layout {
        Layout::BytesOrF32
    }

    fn fit<'a>(
        &self,
        train: &'a Samples,
        labels: &'a [loader::Label],
        context: &FitContext,
    ) -> Result<Box<dyn Model + 'a>, FitError> {
        let classes = EncodedLabels::new(labels);
        let planes = self.planes(&RowReader::new(train), &classes, context.seed)?;
        let going_on = planes.iter().filter(|plane| !plane.stopped).count();
        let warning = (self.tol.is_some() && going_on > 0).then(|| {
            format!(
                "not converged: {going_on} of {} classes made progress still in the last of {} epochs",
                planes.len(),
                self.max_iter
            )
        });
        Ok(Box::new(LinearModel {
            classes,
            planes: planes.into_iter().map(Hyperplane::from).collect(),
            warning,
        }))
    }
}
