//! OnlineLearner learners of our own engine: a hyperplane a class that every row moves a little, all classes over one read of each row.
//!
//! The order of the rows is drawn anew for every epoch and is one for all classes; each class has its own steps and stops at its own
//! epoch, so that classes can be shared out among threads without a change.

/// What a row costs by its score and its side, which is 1 or -1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum OnlineLoss {
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
pub(crate) enum StepRule {
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
    PassiveAggressive1(f64),
    /// As far as the margin asks for, the less the smaller this is.
    PassiveAggressive2(f64),
}

impl OnlineLoss {
    /// What the row costs, and the slope of the cost over its score.
    pub(crate) fn cost(self, side: f64, score: f64) -> (f64, f64) {
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
