//! Online learners of our own engine: a hyperplane a class that every row moves a little, all classes over one read of each row.
//!
//! The order of the rows is drawn anew for every epoch and is one for all classes; each class has its own steps and stops at its own
//! epoch, so that classes can be shared out among threads without a change.

mod plane;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;

use self::plane::OnlinePlane;
use super::class_index::ClassIndex;
use super::held_back::{HeldBack, hold_back};
use super::linear_choices::{ClassWeight, Penalty};
use super::native_linear::wide_rows::WideRows;
use super::native_linear::{LinearModel, Plane, places};
use super::{Classifier, FitContext, FitError, Layout, Model, Samples};
use crate::kernels::linear_steps::LinearSteps;

/// What a row costs by its score and its side, which is 1 or -1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum OnlineLoss {
    /// Linear below a margin of so much, which is 1, or 0 for a perceptron.
    Hinge(f64),
    /// Quadratic below a margin of 1.
    SquaredHinge,
    /// Quadratic below a margin of 1, linear below -1.
    ModifiedHuber,
    /// Minus the logarithm of the probability.
    Log,
}

/// How far a row moves a hyperplane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Rate {
    /// `1 / (alpha (t₀ + t))`, where `t₀` is what makes the first steps as large as weights are likely to be.
    Optimal,
    /// Always this.
    Constant(f64),
    /// `first / t^power`.
    Inverse {
        /// The first step.
        first: f64,
        /// The exponent.
        power: f64,
    },
    /// This, and a fifth of it whenever progress ends.
    Adaptive(f64),
    /// As far as the margin asks for, at most this.
    AggressiveBounded(f64),
    /// As far as the margin asks for, the less the smaller this is.
    AggressiveSoft(f64),
}

/// An online learner with its parameters.
#[derive(Clone, Debug)]
pub(super) struct Online {
    pub(super) loss: OnlineLoss,
    pub(super) penalty: Penalty,
    pub(super) alpha: f64,
    pub(super) l1_ratio: f64,
    pub(super) fit_intercept: bool,
    pub(super) max_iter: usize,
    pub(super) tol: Option<f64>,
    pub(super) rate: Rate,
    /// Share of the rows that decides when to stop; without it, the objective does.
    pub(super) held_back: Option<f64>,
    pub(super) n_iter_no_change: usize,
    pub(super) class_weight: ClassWeight,
    pub(super) average: bool,
}

impl Online {
    /// Shares of the penalty: strength of l1, strength of l2.
    pub(super) fn penalties(&self) -> (f64, f64) {
        match self.penalty {
            Penalty::None => (0.0, 0.0),
            Penalty::L1 => (self.alpha, 0.0),
            Penalty::L2 => (0.0, self.alpha),
            Penalty::ElasticNet => (self.alpha * self.l1_ratio, self.alpha * (1.0 - self.l1_ratio)),
        }
    }

    /// What a row of a class weighs for the plane of that class: as scikit-learn, rows of the others weigh 1 where there are more than two.
    fn weights(&self, classes: &ClassIndex, place: u8) -> (f64, f64) {
        #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
        let balanced = |place: u8| {
            let rows = classes.of_rows.iter().filter(|of_row| **of_row == place).count();
            classes.of_rows.len() as f64 / (classes.n_classes() as f64 * rows as f64)
        };
        match self.class_weight {
            ClassWeight::None => (1.0, 1.0),
            ClassWeight::Balanced if classes.n_classes() == 2 => (balanced(1), balanced(0)),
            ClassWeight::Balanced => (balanced(place), 1.0),
        }
    }

    /// Trains one plane a class.
    pub(super) fn planes(
        &self,
        rows: &WideRows<'_>,
        classes: &ClassIndex,
        seed: u64,
    ) -> Result<Vec<OnlinePlane>, FitError> {
        let split = hold_back(classes, self.held_back, seed)?;
        let mut planes: Vec<OnlinePlane> = places(classes)?
            .into_iter()
            .map(|place| OnlinePlane::new(self, place, rows.n_features(), self.weights(classes, place)))
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
        rows: &WideRows<'_>,
        classes: &ClassIndex,
        split: &HeldBack,
        seed: u64,
    ) -> Result<(), FitError> {
        let steps = LinearSteps::here();
        let mut wide = rows.room();
        let mut order = split.learned.clone();
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        for epoch in 1..=self.max_iter {
            order.shuffle(&mut random);
            for &learned in &order {
                rows.read(learned, &mut wide);
                let square = steps.product(&wide, &wide);
                let place = classes.of_rows[learned];
                for plane in planes.iter_mut().filter(|plane| !plane.stopped) {
                    plane.meet(self, steps, &wide, square, place);
                }
            }
            for &held_back in &split.held_back {
                rows.read(held_back, &mut wide);
                for plane in planes.iter_mut().filter(|plane| !plane.stopped) {
                    plane.check(steps, &wide, classes.of_rows[held_back]);
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

impl Classifier for Online {
    fn layout(&self) -> Layout {
        Layout::Rows
    }

    fn fit<'a>(
        &self,
        train: &'a Samples,
        labels: &'a [loader::Label],
        context: &FitContext,
    ) -> Result<Box<dyn Model + 'a>, FitError> {
        let classes = ClassIndex::new(labels);
        let planes = self.planes(&WideRows::new(train), &classes, context.seed)?;
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
            planes: planes.into_iter().map(Plane::from).collect(),
            warning,
        }))
    }
}

impl OnlineLoss {
    /// What the row costs, and the slope of the cost over its score.
    pub(super) fn cost(self, side: f64, score: f64) -> (f64, f64) {
        let margin = side * score;
        match self {
            OnlineLoss::Hinge(wanted) if margin <= wanted => (wanted - margin, -side),
            OnlineLoss::SquaredHinge if margin < 1.0 => {
                ((1.0 - margin).powi(2), -2.0 * side * (1.0 - margin))
            }
            OnlineLoss::ModifiedHuber if margin < -1.0 => (-4.0 * margin, -4.0 * side),
            OnlineLoss::ModifiedHuber if margin < 1.0 => {
                ((1.0 - margin).powi(2), -2.0 * side * (1.0 - margin))
            }
            OnlineLoss::Log => {
                // Each exponential at most 1.
                let small = (-margin.abs()).exp();
                let wrong = if margin > 0.0 { small } else { 1.0 } / (1.0 + small);
                (small.ln_1p() + (-margin).max(0.0), -side * wrong)
            }
            _ => (0.0, 0.0),
        }
    }
}
