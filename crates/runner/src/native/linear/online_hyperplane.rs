//! One hyperplane of an online learner: how a row moves it, what is taken from its weights, and when it stops.
//!
//! With l1 the weights are kept as they were without it, and drawn towards 0 by all that l1 has taken so far whenever they are looked at. For
//! rows in which no feature is left out that is the cumulative penalty of Tsuruoka, Tsujii and Ananiadou: a weight `w` that has got the
//! penalty `q` becomes `max(0, w - (u + q))`, which leaves `w - q` as it was, and is `w - q` drawn towards 0 by `u`. With l2 alone the
//! weights have a common factor.

use crate::estimator::error::FitError;
use crate::native::data::validation_split::ValidationSplit;
use crate::native::kernels::vector_ops::{VectorOps, soft_threshold};
use crate::native::linear::linear_model::Hyperplane;
use crate::native::linear::online_learner::OnlineLearner;
use crate::native::linear::online_settings::StepRule;

/// The common factor below which it is multiplied into the weights.
const SMALL_SCALE: f64 = 1e-9;

/// The largest slope that moves a plane, as in scikit-learn.
const LARGE_SLOPE: f64 = 1e12;

/// A plane while it learns.
pub(crate) struct OnlinePlane {
    place: u8,
    /// Weights of a row that is of the class, and of one that is not.
    row_weights: (f64, f64),
    weights: Vec<f64>,
    intercept: f64,
    /// Common factor of the weights.
    scale: f64,
    /// What l1 has taken.
    threshold: f64,
    /// Strengths of l1 and l2.
    penalties: (f64, f64),
    /// Sums of absolute weights and of their squares, as of the last product.
    norms: (f64, f64),
    mean: Option<Hyperplane>,
    /// One more than the rows met.
    t: f64,
    step: f64,
    /// Objective, summed over the epoch.
    objective: f64,
    /// Rows held back that are on the right side.
    right: usize,
    best: f64,
    idle: usize,
    pub(crate) stopped: bool,
}

impl OnlinePlane {
    pub(crate) fn new(
        online: &OnlineLearner,
        place: u8,
        n_features: usize,
        row_weights: (f64, f64),
    ) -> OnlinePlane {
        let step = match online.rate {
            StepRule::Constant(step) | StepRule::Adaptive(step) => step,
            _ => 0.0,
        };
        let zero = || Hyperplane {
            weights: vec![0.0; n_features],
            intercept: 0.0,
        };
        OnlinePlane {
            place,
            row_weights,
            weights: zero().weights,
            intercept: 0.0,
            scale: 1.0,
            threshold: 0.0,
            penalties: online.penalties(),
            norms: (0.0, 0.0),
            mean: online.average.then(zero),
            t: 1.0,
            step,
            objective: 0.0,
            right: 0,
            best: if online.held_back.is_some() {
                f64::NEG_INFINITY
            } else {
                f64::INFINITY
            },
            idle: 0,
            stopped: false,
        }
    }

    /// The score of a row but for the intercept; takes note of the norms.
    fn product(&mut self, steps: VectorOps, row: &[f64]) -> f64 {
        if self.penalties.0 > 0.0 {
            let found = steps.thresholded(&self.weights, row, self.threshold);
            self.norms = (found.absolute, found.squares);
            found.product
        } else {
            self.scale * steps.dot(&self.weights, row)
        }
    }

    /// Learns from a row of class `place` and of this squared length.
    pub(crate) fn meet(
        &mut self,
        online: &OnlineLearner,
        steps: VectorOps,
        row: &[f64],
        square: f64,
        place: u8,
    ) {
        let side = if place == self.place { 1.0 } else { -1.0 };
        let product = self.product(steps, row);
        let score = product + self.intercept;
        match online.rate {
            StepRule::Optimal => {
                let likely = online.alpha.sqrt().sqrt().recip();
                self.step = 1.0 / (online.alpha * (1.0 / (likely * online.alpha) + self.t - 1.0));
            }
            StepRule::Inverse { first, power } => self.step = first / self.t.powf(power),
            _ => {}
        }
        let (cost, slope) = online.loss.cost(side, score);
        let (l1, l2) = self.penalties;
        self.objective += cost + l1 * self.norms.0 + 0.5 * l2 * self.norms.1;
        let weight = if side > 0.0 {
            self.row_weights.0
        } else {
            self.row_weights.1
        };
        let change = weight
            * match online.rate {
                // A row without any pixel tells nothing.
                StepRule::PassiveAggressive1(_) if square == 0.0 => return,
                StepRule::PassiveAggressive1(most) => side * most.min(cost / square),
                StepRule::PassiveAggressive2(c) => side * cost / (square + 0.5 / c),
                _ => -self.step * slope.clamp(-LARGE_SLOPE, LARGE_SLOPE),
            };
        self.change(steps, row, square, product, change);
        if online.fit_intercept {
            self.intercept += change;
        }
        if let Some(mean) = &mut self.mean {
            let share = self.t.recip();
            steps.update_mean(
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

    /// Takes l2 from the weights, and adds `change` times the row, whose product with the weights is known.
    fn change(&mut self, steps: VectorOps, row: &[f64], square: f64, product: f64, change: f64) {
        let (l1, l2) = self.penalties;
        // Steps that are too large leave nothing of the weights rather than turn them about.
        let kept = (1.0 - self.step * l2).max(0.0);
        if l1 > 0.0 && l2 > 0.0 {
            steps.decay_and_add(&mut self.weights, row, self.threshold, 1.0 - kept, change);
            return;
        }
        if l2 > 0.0 {
            self.scale *= kept;
            self.norms.1 *= kept * kept;
            if self.scale < SMALL_SCALE {
                self.fold_scale();
            }
        }
        if change != 0.0 {
            steps.axpy(&mut self.weights, row, change / self.scale);
            self.norms.1 += change * (2.0 * kept * product + change * square);
        }
    }

    fn fold_scale(&mut self) {
        self.weights.iter_mut().for_each(|weight| *weight *= self.scale);
        self.scale = 1.0;
    }

    /// Sees on which side of the plane a row lies that is held back.
    pub(crate) fn check(&mut self, steps: VectorOps, row: &[f64], place: u8) {
        let score = self.product(steps, row) + self.intercept;
        self.right += usize::from((score > 0.0) == (place == self.place));
    }

    /// Stops, or takes smaller steps, where there was no progress for long enough.
    #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
    pub(crate) fn end_epoch(
        &mut self,
        online: &OnlineLearner,
        split: &ValidationSplit,
        epoch: usize,
    ) -> Result<(), FitError> {
        let is_finite = self.intercept.is_finite() && self.weights.iter().all(|weight| weight.is_finite());
        if !is_finite {
            return Err(FitError::Data(format!(
                "the weights grew beyond all bounds in epoch {epoch}: smaller steps, or standardised pixels, may help"
            )));
        }
        let progress = if online.held_back.is_some() {
            let share = self.right as f64 / split.held_back.len() as f64;
            let progress = share >= self.best + online.tol.unwrap_or(0.0);
            self.best = self.best.max(share);
            progress
        } else {
            let mean = self.objective / split.learned.len() as f64;
            let progress = mean <= self.best - online.tol.unwrap_or(0.0);
            self.best = self.best.min(mean);
            progress
        };
        (self.objective, self.right) = (0.0, 0);
        self.idle = if progress || online.tol.is_none() {
            0
        } else {
            self.idle + 1
        };
        if self.idle >= online.n_iter_no_change {
            if matches!(online.rate, StepRule::Adaptive(_)) && self.step > 1e-6 {
                self.step /= 5.0;
                self.idle = 0;
            } else {
                self.stopped = true;
            }
        }
        Ok(())
    }
}

impl From<OnlinePlane> for Hyperplane {
    fn from(plane: OnlinePlane) -> Hyperplane {
        plane.mean.unwrap_or_else(|| Hyperplane {
            weights: plane
                .weights
                .iter()
                .map(|weight| plane.scale * soft_threshold(*weight, plane.threshold))
                .collect(),
            intercept: plane.intercept,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimator::class_weight::ClassWeight;
    use crate::families::choices::Penalty;
    use crate::native::linear::online_settings::OnlineLoss;

    const X: [[f64; 3]; 6] = [
        [0.5, -1.0, 2.0],
        [1.5, 0.25, -0.5],
        [-1.0, 0.75, 0.0],
        [0.0, 2.0, 1.0],
        [-0.5, -1.5, 1.25],
        [2.0, 0.5, -1.0],
    ];
    const PLACES: [u8; 6] = [1, 0, 0, 1, 1, 0];

    fn online(loss: OnlineLoss, penalty: Penalty, alpha: f64, rate: StepRule) -> OnlineLearner {
        OnlineLearner {
            loss,
            penalty,
            alpha,
            l1_ratio: 0.3,
            fit_intercept: true,
            max_iter: 3,
            tol: None,
            rate,
            held_back: None,
            n_iter_no_change: 5,
            class_weight: ClassWeight::None,
            average: false,
        }
    }

    /// Three times over the rows in their order.
    fn check(online: &OnlineLearner, row_weights: (f64, f64), weights: [f64; 3], intercept: f64) {
        let mut plane = OnlinePlane::new(online, 1, 3, row_weights);
        for _ in 0..3 {
            for (row, place) in X.iter().zip(PLACES) {
                let square = row.iter().map(|value| value * value).sum();
                plane.meet(online, VectorOps::detect(), row, square, place);
            }
        }
        let norm: f64 = plane
            .weights
            .iter()
            .map(|weight| (plane.scale * weight).powi(2))
            .sum();
        assert!(plane.penalties.0 > 0.0 || (plane.norms.1 - norm).abs() < 1e-9);
        let found = Hyperplane::from(plane);
        for (found, expected) in found.weights.iter().zip(weights) {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
        assert!((found.intercept - intercept).abs() < 1e-12, "{}", found.intercept);
    }

    // Expected: sklearn.linear_model.SGDClassifier(shuffle=False, max_iter=3, tol=None, …).fit(X, PLACES).

    #[test]
    fn hinge_with_l2_at_the_optimal_rate_is_scikit_learns() {
        let online = online(OnlineLoss::Hinge(1.0), Penalty::L2, 0.01, StepRule::Optimal);
        let weights = [2.0566493110666375, -1.542486983299978, 7.198272588733232];
        check(&online, (1.0, 1.0), weights, -2.512768510434521);
    }

    #[test]
    fn log_loss_with_both_penalties_at_an_inverse_rate_is_scikit_learns() {
        let rate = StepRule::Inverse {
            first: 0.5,
            power: 0.25,
        };
        let online = online(OnlineLoss::Log, Penalty::ElasticNet, 0.05, rate);
        let weights = [-0.2611391445995869, -0.1315934579378205, 1.3753136393647853];
        check(&online, (1.0, 1.0), weights, -0.12265614906033606);
    }

    #[test]
    fn a_perceptron_with_l1_is_scikit_learns() {
        let online = online(OnlineLoss::Hinge(0.0), Penalty::L1, 0.02, StepRule::Constant(1.0));
        check(&online, (1.0, 1.0), [16.0 / 25.0, -0.39, 157.0 / 50.0], -1.0);
    }

    #[test]
    fn modified_huber_with_weighted_rows_is_scikit_learns() {
        let online = online(
            OnlineLoss::ModifiedHuber,
            Penalty::None,
            1e-4,
            StepRule::Constant(0.1),
        );
        let weights = [0.13925344972214895, -0.03648613312633897, 1.0906701980698108];
        check(&online, (0.5, 2.0), weights, -0.528693908755516);
    }

    #[test]
    fn the_mean_of_squared_hinge_with_l2_is_scikit_learns() {
        let mut online = online(
            OnlineLoss::SquaredHinge,
            Penalty::L2,
            0.01,
            StepRule::Constant(0.05),
        );
        online.average = true;
        let weights = [-0.10076127931776427, -0.049361789453599425, 0.5482744549436359];
        check(&online, (1.0, 1.0), weights, -0.04097369138912507);
    }

    #[test]
    fn both_aggressive_rates_are_scikit_learns() {
        let hinge = OnlineLoss::Hinge(1.0);
        let bounded = online(hinge, Penalty::None, 0.0, StepRule::PassiveAggressive1(0.1));
        let weights = [-0.2466898954703832, 0.019599303135888507, 0.8358013937282229];
        check(&bounded, (1.0, 1.0), weights, -0.13588850174216022);
        let mut soft = online(hinge, Penalty::None, 0.0, StepRule::PassiveAggressive2(0.1));
        soft.fit_intercept = false;
        let weights = [-0.04893053120122191, -0.08620435579844565, 0.7924178532070166];
        check(&soft, (1.0, 1.0), weights, 0.0);
    }

    #[test]
    fn a_rate_that_adapts_gets_smaller_before_the_plane_stops() {
        let mut online = online(
            OnlineLoss::Hinge(1.0),
            Penalty::L2,
            0.01,
            StepRule::Adaptive(1e-5),
        );
        (online.tol, online.n_iter_no_change) = (Some(1.0), 1);
        let split = ValidationSplit {
            learned: vec![0],
            held_back: Vec::new(),
        };
        let mut plane = OnlinePlane::new(&online, 1, 3, (1.0, 1.0));
        let mut epochs = 0;
        while !plane.stopped {
            plane.meet(&online, VectorOps::detect(), &X[0], 5.25, 1);
            epochs += 1;
            plane.end_epoch(&online, &split, epochs).unwrap();
        }
        // The first epoch is progress from nothing; 1e-5 is above 1e-6 twice, and then not.
        assert_eq!(epochs, 4);
        assert!((plane.step - 4e-7).abs() < 1e-15);
    }
}
