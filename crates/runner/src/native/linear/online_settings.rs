//! Settings of online learners: losses, step rules, stopping.
//!
//! # References
//! Bottou (2012), Stochastic Gradient Descent Tricks; Crammer, Dekel, Keshet, Shalev-Shwartz, Singer (2006), Online Passive-Aggressive
//! Algorithms.

use crate::estimator::checks::{check_count, check_non_negative, check_positive, check_setting};
use crate::estimator::class_weight::ClassWeight;
use crate::estimator::error::FitError;
use crate::native::linear::penalty::ElasticNet;

/// Linear classifier trained by one step per row: stochastic gradient descent, the perceptron and passive-aggressive learners.
///
/// One problem per class against the rest; a single problem for two classes. The defaults are those of scikit-learn's `SGDClassifier`.
#[derive(Clone, Debug)]
pub struct OnlineLearner {
    /// The loss of a row.
    pub loss: OnlineLoss,
    /// The penalty on the weights, not on the intercept. It is relative to the loss of one row.
    pub penalty: ElasticNet,
    /// The length of the steps.
    pub step_rule: StepRule,
    /// Whether the score has an intercept.
    pub fit_intercept: bool,
    /// Bound on the epochs, at least 1.
    pub max_iter: usize,
    /// Least progress per epoch, at least 0, of the mean objective or of the validation accuracy; `None`: run `max_iter` epochs.
    pub tol: Option<f64>,
    /// Epochs without progress after which a class stops, at least 1.
    pub n_iter_no_change: usize,
    /// Share of the rows, between 0 and 1, whose accuracy decides when to stop. `None`: the training objective decides.
    pub validation_fraction: Option<f64>,
    /// The weights of rows by class.
    pub class_weight: ClassWeight,
    /// Whether the mean of the weights over all steps predicts, instead of the last weights.
    pub average: bool,
}

impl Default for OnlineLearner {
    fn default() -> OnlineLearner {
        let alpha = 1e-4;
        OnlineLearner {
            loss: OnlineLoss::Hinge(1.0),
            penalty: ElasticNet { l1: 0.0, l2: alpha },
            step_rule: StepRule::Optimal { alpha },
            fit_intercept: true,
            max_iter: 1000,
            tol: Some(1e-3),
            n_iter_no_change: 5,
            validation_fraction: None,
            class_weight: ClassWeight::None,
            average: false,
        }
    }
}

impl OnlineLearner {
    /// The perceptron with the defaults of scikit-learn's `Perceptron`.
    pub fn perceptron() -> OnlineLearner {
        OnlineLearner {
            loss: OnlineLoss::Hinge(0.0),
            penalty: ElasticNet { l1: 0.0, l2: 0.0 },
            step_rule: StepRule::Constant(1.0),
            ..OnlineLearner::default()
        }
    }

    /// The passive-aggressive learner PA-I with the defaults of scikit-learn's `PassiveAggressiveClassifier`.
    pub fn passive_aggressive() -> OnlineLearner {
        OnlineLearner {
            loss: OnlineLoss::Hinge(1.0),
            penalty: ElasticNet { l1: 0.0, l2: 0.0 },
            step_rule: StepRule::PassiveAggressive1(1.0),
            ..OnlineLearner::default()
        }
    }

    /// Checks the ranges of the settings.
    ///
    /// # Errors
    /// [`FitError::Setting`].
    pub(crate) fn check(&self) -> Result<(), FitError> {
        self.loss.check()?;
        self.penalty.check()?;
        self.step_rule.check()?;
        check_count("max_iter", self.max_iter)?;
        check_non_negative("tol", self.tol.unwrap_or(0.0))?;
        check_count("n_iter_no_change", self.n_iter_no_change)?;
        let fraction = self.validation_fraction.unwrap_or(0.0);
        check_setting(
            (0.0..=1.0).contains(&fraction),
            "validation_fraction",
            "between 0 and 1",
            fraction,
        )
    }
}

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
