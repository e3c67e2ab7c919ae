//! Losses and step rules of online learners.
//!
//! # References
//! Bottou (2012), Stochastic Gradient Descent Tricks; Crammer, Dekel, Keshet, Shalev-Shwartz, Singer (2006), Online Passive-Aggressive
//! Algorithms.

use crate::estimator::checks::{check_non_negative, check_positive, check_setting};
use crate::estimator::error::FitError;

/// The loss of one row. Its margin is the score times the side of the row, 1 or -1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum OnlineLoss {
    /// `max(0, threshold - margin)`. The threshold, at least 0, is 1 for a support vector machine and 0 for a perceptron.
    Hinge(f64),
    /// `max(0, 1 - margin)²`.
    SquaredHinge,
    /// `max(0, 1 - margin)²` for margins from -1, `-4 margin` below.
    ModifiedHuber,
    /// Logistic loss `ln(1 + exp(-margin))`.
    Log,
}

/// The length of the step for one row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum StepRule {
    /// `1 / (alpha · (t₀ + t))` at row `t`, counted from 0. `t₀` makes the first steps as large as typical weights (Bottou).
    Optimal {
        /// Strength of the penalty, above 0.
        alpha: f64,
    },
    /// This step, above 0, for every row.
    Constant(f64),
    /// `first / t^power` at row `t`, counted from 1.
    Inverse {
        /// The first step, above 0.
        first: f64,
        /// The exponent.
        power: f64,
    },
    /// This step, above 0. It is divided by 5 whenever progress ends, down to 1e-6.
    Adaptive(f64),
    /// PA-I: the step that meets the margin, at most this bound, which is above 0.
    PassiveAggressive1(f64),
    /// PA-II: the step that meets the margin, damped by `1 / (2 C)` for this `C` above 0.
    PassiveAggressive2(f64),
}

impl OnlineLoss {
    /// The loss of a row, and its derivative with respect to the score.
    pub(crate) fn loss_and_slope(self, side: f64, score: f64) -> (f64, f64) {
        let margin = side * score;
        match self {
            OnlineLoss::Hinge(threshold) if margin <= threshold => (threshold - margin, -side),
            OnlineLoss::SquaredHinge if margin < 1.0 => {
                ((1.0 - margin).powi(2), -2.0 * side * (1.0 - margin))
            }
            OnlineLoss::ModifiedHuber if margin < -1.0 => (-4.0 * margin, -4.0 * side),
            OnlineLoss::ModifiedHuber if margin < 1.0 => {
                ((1.0 - margin).powi(2), -2.0 * side * (1.0 - margin))
            }
            OnlineLoss::Log => {
                // Exponents are at most 0, so nothing overflows.
                let small = (-margin.abs()).exp();
                let wrong = if margin > 0.0 { small } else { 1.0 } / (1.0 + small);
                (small.ln_1p() + (-margin).max(0.0), -side * wrong)
            }
            _ => (0.0, 0.0),
        }
    }

    /// Refuses a negative threshold.
    ///
    /// # Errors
    /// [`FitError::Setting`].
    pub(crate) fn check(self) -> Result<(), FitError> {
        match self {
            OnlineLoss::Hinge(threshold) => check_non_negative("threshold of the hinge loss", threshold),
            _ => Ok(()),
        }
    }
}

impl StepRule {
    /// Refuses numbers outside their ranges.
    ///
    /// # Errors
    /// [`FitError::Setting`].
    pub(crate) fn check(self) -> Result<(), FitError> {
        match self {
            StepRule::Optimal { alpha } => check_positive("alpha of the optimal step", alpha),
            StepRule::Constant(step) | StepRule::Adaptive(step) => check_positive("step", step),
            StepRule::Inverse { first, power } => {
                check_positive("first step", first)?;
                check_setting(power.is_finite(), "power", "finite", power)
            }
            StepRule::PassiveAggressive1(c) | StepRule::PassiveAggressive2(c) => check_positive("C", c),
        }
    }
}
