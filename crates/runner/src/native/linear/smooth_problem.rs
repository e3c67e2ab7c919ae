//! The optimization problem of a linear model with a smooth loss: penalty, tolerance, objective and gradient.

use crate::estimator::error::FitError;
use crate::native::linear::penalty::ElasticNet;
use crate::native::linear::smooth_loss::{LossAndGradient, LossProblem, Scores};
use crate::native::optim::lbfgs::InitialHessian;
use crate::native::optim::stopping::GradientTolerance;

/// Steps that L-BFGS stores. With a good initial Hessian many stored steps save passes over the rows, which cost far more.
pub(crate) const MEMORY: usize = 100;

/// What is minimized beside the loss, and when a search stops.
#[derive(Clone, Debug)]
pub(crate) struct SmoothProblem {
    /// Relative to the sum of the losses over all rows.
    pub(crate) penalty: ElasticNet,
    /// Whether the penalty includes the weight of the constant feature.
    pub(crate) penalize_intercept: bool,
    /// Bound on the gradient of the mean loss.
    pub(crate) tol: f64,
    /// Bound on the accepted steps.
    pub(crate) max_steps: usize,
    /// Whether `tol` bounds the norm of the gradient by liblinear's rule, instead of the largest absolute entry.
    pub(crate) liblinear_tolerance: bool,
}

/// A point of a search, with the objective and its gradient there.
pub(crate) struct Evaluation {
    pub(crate) point: Vec<f64>,
    pub(crate) objective: f64,
    pub(crate) gradient: Vec<f64>,
    /// Number of times that the subspace grew.
    pub(crate) n_steps: usize,
}

impl SmoothProblem {
    /// The initial Hessian; unknown if there are no more rows than features, since the sample covariance is then poor.
    pub(crate) fn initial_hessian(&self, rows: &LossProblem<'_>) -> InitialHessian {
        if rows.x.nrows() > rows.x.ncols() {
            rows.initial_hessian(self.penalty.l2 * rows.row_share(), self.penalize_intercept)
        } else {
            InitialHessian::default()
        }
    }

    /// The tolerance for the search of one hyperplane; in a joint problem, for the search of all.
    ///
    /// liblinear's rule is relative to the start and to the share of the rarer side. A joint problem uses the rarest class.
    pub(crate) fn tolerance(&self, rows: &LossProblem<'_>, hyperplane: usize) -> GradientTolerance {
        if !self.liblinear_tolerance {
            return GradientTolerance::MaxNorm(self.tol);
        }
        let rarer_side = |hyperplane: usize| {
            let n_positive = rows
                .targets
                .iter()
                .filter(|target| **target == hyperplane)
                .count();
            n_positive.min(rows.x.nrows() - n_positive).max(1)
        };
        let hyperplanes = hyperplane..hyperplane + rows.hyperplanes_per_search();
        let rarest = hyperplanes.map(rarer_side).min();
        #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
        let rarest = rarest.unwrap_or(1) as f64;
        GradientTolerance::RelativeNorm(self.tol * rarest * rows.row_share())
    }

    /// The smooth part of the objective of one search, a mean over rows, and its gradient.
    ///
    /// `first` is the position of the search's first hyperplane in `sums`.
    pub(crate) fn objective(
        &self,
        rows: &LossProblem<'_>,
        point: &[f64],
        sums: &LossAndGradient,
        first: usize,
    ) -> (f64, Vec<f64>) {
        #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
        let n_rows = rows.x.nrows() as f64;
        let n_variables = rows.n_variables();
        let l2 = self.penalty.l2 / n_rows;
        let mut objective = sums.losses[first] / n_rows;
        let mut gradient = Vec::with_capacity(point.len());
        for (i, block) in point.chunks_exact(n_variables).enumerate() {
            let own = sums.gradient(first + i, rows.constant);
            let is_free = rows.constant.is_some() && !self.penalize_intercept;
            for (variable, (value, slope)) in block.iter().zip(own).enumerate() {
                let l2 = if is_free && variable == n_variables - 1 {
                    0.0
                } else {
                    l2
                };
                objective += 0.5 * l2 * value * value;
                gradient.push(slope / n_rows + l2 * value);
            }
        }
        (objective, gradient)
    }

    /// The objective of a joint problem at the accepted scores, which belong to `point`.
    pub(crate) fn evaluation(
        &self,
        rows: &LossProblem<'_>,
        point: Vec<f64>,
        n_steps: usize,
        scores: &mut Scores,
    ) -> Result<Evaluation, FitError> {
        let sums = rows.evaluate_in_place(scores)?;
        let (objective, gradient) = self.objective(rows, &point, &sums, 0);
        Ok(Evaluation {
            point,
            objective,
            gradient,
            n_steps,
        })
    }
}
