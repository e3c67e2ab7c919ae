//! One hyperplane of an online learner: its update by a row, its penalties, and its stopping rule.
//!
//! With l1 the stored weights do not include the l1 penalty. Reading them soft-thresholds them by the total penalty `u` so far. For dense rows
//! this equals the cumulative penalty of Tsuruoka, Tsujii and Ananiadou: there a weight `w` with received penalty `q` becomes
//! `max(0, w - (u + q))`. That keeps `w - q` unchanged, and equals `w - q` soft-thresholded by `u`. With l2 alone the stored weights share one
//! scale factor.
//!
//! # Reference
//! Tsuruoka, Tsujii, Ananiadou (2009), Stochastic Gradient Descent Training for L1-regularized Log-linear Models with Cumulative Penalty.

use crate::estimator::error::FitError;
use crate::native::data::validation_split::ValidationSplit;
use crate::native::kernels::vector_ops::{VectorOps, soft_threshold};
use crate::native::linear::linear_model::Hyperplane;
use crate::native::linear::online_settings::OnlineLearner;
use crate::native::linear::online_settings::StepRule;
use crate::native::linear::penalty::ElasticNet;

/// The scale factor below which it is multiplied into the weights.
const MIN_SCALE: f64 = 1e-9;

/// Bound on the absolute slope of the loss, as in scikit-learn.
const MAX_SLOPE: f64 = 1e12;

/// A hyperplane during training.
pub(crate) struct OnlineHyperplane {
    /// The class on its positive side.
    code: u8,
    /// Weights of the rows of the class, and of the other rows.
    row_weights: (f64, f64),
    weights: Vec<f64>,
    intercept: f64,
    /// Factor on the stored weights.
    scale: f64,
    /// Total l1 penalty so far.
    threshold: f64,
    penalty: ElasticNet,
    /// Sums of the absolute and of the squared weights, as of the last score.
    norms: (f64, f64),
    /// Mean of the hyperplane over all updates.
    mean: Option<Hyperplane>,
    /// Number of the next row, from 1.
    t: f64,
    step: f64,
    /// Objective, summed over the rows of the epoch.
    objective: f64,
    /// Validation rows on the correct side.
    n_correct: usize,
    /// Best mean objective, or best validation accuracy.
    best: f64,
    epochs_without_progress: usize,
    pub(crate) has_stopped: bool,
}

impl OnlineHyperplane {
    pub(crate) fn new(
        learner: &OnlineLearner,
        code: u8,
        n_features: usize,
        row_weights: (f64, f64),
    ) -> OnlineHyperplane {
        let step = match learner.step_rule {
            StepRule::Constant(step) | StepRule::Adaptive(step) => step,
            _ => 0.0,
        };
        let zero = || Hyperplane {
            weights: vec![0.0; n_features],
            intercept: 0.0,
        };
        OnlineHyperplane {
            code,
            row_weights,
            weights: zero().weights,
            intercept: 0.0,
            scale: 1.0,
            threshold: 0.0,
            penalty: learner.penalty,
            norms: (0.0, 0.0),
            mean: learner.average.then(zero),
            t: 1.0,
            step,
            objective: 0.0,
            n_correct: 0,
            best: if learner.validation_fraction.is_some() {
                f64::NEG_INFINITY
            } else {
                f64::INFINITY
            },
            epochs_without_progress: 0,
            has_stopped: false,
        }
    }

    /// The score of a row without the intercept. Updates the norms.
    fn score_without_intercept(&mut self, ops: VectorOps, row: &[f64]) -> f64 {
        if self.penalty.l1 > 0.0 {
            let found = ops.thresholded(&self.weights, row, self.threshold);
            self.norms = (found.absolute, found.squares);
            found.product
        } else {
            self.scale * ops.dot(&self.weights, row)
        }
    }

    /// One step for a row of class `code`.
    pub(crate) fn update(
        &mut self,
        learner: &OnlineLearner,
        ops: VectorOps,
        row: &[f64],
        squared_norm: f64,
        code: u8,
    ) {
        let side = if code == self.code { 1.0 } else { -1.0 };
        let product = self.score_without_intercept(ops, row);
        let score = product + self.intercept;
        match learner.step_rule {
            StepRule::Optimal { alpha } => {
                let typical_weight = alpha.sqrt().sqrt().recip();
                self.step = 1.0 / (alpha * (1.0 / (typical_weight * alpha) + self.t - 1.0));
            }
            StepRule::Inverse { first, power } => self.step = first / self.t.powf(power),
            _ => {}
        }
        let (loss, slope) = learner.loss.loss_and_slope(side, score);
        let ElasticNet { l1, l2 } = self.penalty;
        self.objective += loss + l1 * self.norms.0 + 0.5 * l2 * self.norms.1;
        let weight = if side > 0.0 {
            self.row_weights.0
        } else {
            self.row_weights.1
        };
        let change = weight
            * match learner.step_rule {
                // A row of zeros cannot change its score.
                StepRule::PassiveAggressive1(_) if squared_norm == 0.0 => return,
                StepRule::PassiveAggressive1(bound) => side * bound.min(loss / squared_norm),
                StepRule::PassiveAggressive2(c) => side * loss / (squared_norm + 0.5 / c),
                _ => -self.step * slope.clamp(-MAX_SLOPE, MAX_SLOPE),
            };
        self.decay_and_add(ops, row, squared_norm, product, change);
        if learner.fit_intercept {
            self.intercept += change;
        }
        if let Some(mean) = &mut self.mean {
            let share = self.t.recip();
            ops.update_mean(
                &mut mean.weights,
                &self.weights,
                self.threshold,
                self.scale,
                share,
            );
            mean.intercept += share * (self.intercept - mean.intercept);
        }
        self.threshold += self.step * l1;
        self.t += 1.0;
    }

    /// Applies the l2 decay to the weights, and adds `change` times the row. `product` is the score of the row without intercept.
    fn decay_and_add(&mut self, ops: VectorOps, row: &[f64], squared_norm: f64, product: f64, change: f64) {
        let ElasticNet { l1, l2 } = self.penalty;
        // A decay beyond 1 sets the weights to 0. It does not change their signs.
        let kept = (1.0 - self.step * l2).max(0.0);
        if l1 > 0.0 && l2 > 0.0 {
            ops.decay_and_add(&mut self.weights, row, self.threshold, 1.0 - kept, change);
            return;
        }
        if l2 > 0.0 {
            self.scale *= kept;
            self.norms.1 *= kept * kept;
            if self.scale < MIN_SCALE {
                self.fold_scale();
            }
        }
        if change != 0.0 {
            ops.axpy(&mut self.weights, row, change / self.scale);
            self.norms.1 += change * (2.0 * kept * product + change * squared_norm);
        }
    }

    /// Multiplies the scale factor into the stored weights.
    fn fold_scale(&mut self) {
        self.weights.iter_mut().for_each(|weight| *weight *= self.scale);
        self.scale = 1.0;
    }

    /// Counts a validation row if it is on the correct side.
    pub(crate) fn count_validation(&mut self, ops: VectorOps, row: &[f64], code: u8) {
        let score = self.score_without_intercept(ops, row) + self.intercept;
        self.n_correct += usize::from((score > 0.0) == (code == self.code));
    }

    /// Ends an epoch: after `n_iter_no_change` epochs without progress, adaptive steps shrink and other learners stop.
    ///
    /// # Errors
    /// [`FitError::Numerical`] if a weight is not finite.
    #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
    pub(crate) fn end_epoch(
        &mut self,
        learner: &OnlineLearner,
        split: &ValidationSplit,
        epoch: usize,
    ) -> Result<(), FitError> {
        let is_finite = self.intercept.is_finite() && self.weights.iter().all(|weight| weight.is_finite());
        if !is_finite {
            return Err(FitError::Numerical(format!(
                "weights are not finite after epoch {epoch}; use smaller steps or standardized pixels"
            )));
        }
        let progress = if learner.validation_fraction.is_some() {
            let share = self.n_correct as f64 / split.validation.len() as f64;
            let progress = share >= self.best + learner.tol.unwrap_or(0.0);
            self.best = self.best.max(share);
            progress
        } else {
            let mean = self.objective / split.train.len() as f64;
            let progress = mean <= self.best - learner.tol.unwrap_or(0.0);
            self.best = self.best.min(mean);
            progress
        };
        (self.objective, self.n_correct) = (0.0, 0);
        self.epochs_without_progress = if progress || learner.tol.is_none() {
            0
        } else {
            self.epochs_without_progress + 1
        };
        if self.epochs_without_progress >= learner.n_iter_no_change {
            if matches!(learner.step_rule, StepRule::Adaptive(_)) && self.step > 1e-6 {
                self.step /= 5.0;
                self.epochs_without_progress = 0;
            } else {
                self.has_stopped = true;
            }
        }
        Ok(())
    }
}

impl From<OnlineHyperplane> for Hyperplane {
    fn from(hyperplane: OnlineHyperplane) -> Hyperplane {
        hyperplane.mean.unwrap_or_else(|| Hyperplane {
            weights: hyperplane
                .weights
                .iter()
                .map(|weight| hyperplane.scale * soft_threshold(*weight, hyperplane.threshold))
                .collect(),
            intercept: hyperplane.intercept,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::linear::online_settings::OnlineLoss;

    const X: [[f64; 3]; 6] = [
        [0.5, -1.0, 2.0],
        [1.5, 0.25, -0.5],
        [-1.0, 0.75, 0.0],
        [0.0, 2.0, 1.0],
        [-0.5, -1.5, 1.25],
        [2.0, 0.5, -1.0],
    ];
    const CODES: [u8; 6] = [1, 0, 0, 1, 1, 0];

    fn learner(loss: OnlineLoss, l1: f64, l2: f64, step_rule: StepRule) -> OnlineLearner {
        OnlineLearner {
            loss,
            penalty: ElasticNet { l1, l2 },
            step_rule,
            max_iter: 3,
            tol: None,
            ..OnlineLearner::default()
        }
    }

    /// Three epochs over the rows in their order.
    fn check(learner: &OnlineLearner, row_weights: (f64, f64), weights: [f64; 3], intercept: f64) {
        let mut hyperplane = OnlineHyperplane::new(learner, 1, 3, row_weights);
        for _ in 0..3 {
            for (row, code) in X.iter().zip(CODES) {
                let squared_norm = row.iter().map(|value| value * value).sum();
                hyperplane.update(learner, VectorOps::detect(), row, squared_norm, code);
            }
        }
        let norm: f64 = hyperplane
            .weights
            .iter()
            .map(|weight| (hyperplane.scale * weight).powi(2))
            .sum();
        assert!(hyperplane.penalty.l1 > 0.0 || (hyperplane.norms.1 - norm).abs() < 1e-9);
        let found = Hyperplane::from(hyperplane);
        for (found, expected) in found.weights.iter().zip(weights) {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
        assert!((found.intercept - intercept).abs() < 1e-12, "{}", found.intercept);
    }

    // Expected: sklearn.linear_model.SGDClassifier(shuffle=False, max_iter=3, tol=None, …).fit(X, PLACES).

    #[test]
    fn hinge_with_l2_and_optimal_steps_equals_scikit_learn() {
        let learner = learner(
            OnlineLoss::Hinge(1.0),
            0.0,
            0.01,
            StepRule::Optimal { alpha: 0.01 },
        );
        let weights = [2.0566493110666375, -1.542486983299978, 7.198272588733232];
        check(&learner, (1.0, 1.0), weights, -2.512768510434521);
    }

    #[test]
    fn log_loss_with_elastic_net_and_inverse_steps_equals_scikit_learn() {
        let step_rule = StepRule::Inverse {
            first: 0.5,
            power: 0.25,
        };
        let learner = learner(OnlineLoss::Log, 0.05 * 0.3, 0.05 * (1.0 - 0.3), step_rule);
        let weights = [-0.2611391445995869, -0.1315934579378205, 1.3753136393647853];
        check(&learner, (1.0, 1.0), weights, -0.12265614906033606);
    }

    #[test]
    fn a_perceptron_with_l1_equals_scikit_learn() {
        let learner = learner(OnlineLoss::Hinge(0.0), 0.02, 0.0, StepRule::Constant(1.0));
        check(&learner, (1.0, 1.0), [16.0 / 25.0, -0.39, 157.0 / 50.0], -1.0);
    }

    #[test]
    fn modified_huber_with_weighted_rows_equals_scikit_learn() {
        let learner = learner(OnlineLoss::ModifiedHuber, 0.0, 0.0, StepRule::Constant(0.1));
        let weights = [0.13925344972214895, -0.03648613312633897, 1.0906701980698108];
        check(&learner, (0.5, 2.0), weights, -0.528693908755516);
    }

    #[test]
    fn averaged_squared_hinge_with_l2_equals_scikit_learn() {
        let mut learner = learner(OnlineLoss::SquaredHinge, 0.0, 0.01, StepRule::Constant(0.05));
        learner.average = true;
        let weights = [-0.10076127931776427, -0.049361789453599425, 0.5482744549436359];
        check(&learner, (1.0, 1.0), weights, -0.04097369138912507);
    }

    #[test]
    fn both_passive_aggressive_rules_equal_scikit_learn() {
        let hinge = OnlineLoss::Hinge(1.0);
        let bounded = learner(hinge, 0.0, 0.0, StepRule::PassiveAggressive1(0.1));
        let weights = [-0.2466898954703832, 0.019599303135888507, 0.8358013937282229];
        check(&bounded, (1.0, 1.0), weights, -0.13588850174216022);
        let mut soft = learner(hinge, 0.0, 0.0, StepRule::PassiveAggressive2(0.1));
        soft.fit_intercept = false;
        let weights = [-0.04893053120122191, -0.08620435579844565, 0.7924178532070166];
        check(&soft, (1.0, 1.0), weights, 0.0);
    }

    #[test]
    fn adaptive_steps_shrink_before_training_stops() {
        let mut learner = learner(OnlineLoss::Hinge(1.0), 0.0, 0.01, StepRule::Adaptive(1e-5));
        (learner.tol, learner.n_iter_no_change) = (Some(1.0), 1);
        let split = ValidationSplit {
            train: vec![0],
            validation: Vec::new(),
        };
        let mut hyperplane = OnlineHyperplane::new(&learner, 1, 3, (1.0, 1.0));
        let mut epochs = 0;
        while !hyperplane.has_stopped {
            hyperplane.update(&learner, VectorOps::detect(), &X[0], 5.25, 1);
            epochs += 1;
            hyperplane.end_epoch(&learner, &split, epochs).unwrap();
        }
        // The first epoch is progress. Then the step 1e-5 is divided twice before it is below 1e-6.
        assert_eq!(epochs, 4);
        assert!((hyperplane.step - 4e-7).abs() < 1e-15);
    }
}
