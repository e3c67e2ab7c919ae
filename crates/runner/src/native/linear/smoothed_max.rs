//! Crammer and Singer's problem in the primal, with a smoothed maximum over the classes.
//!
//! The maximum is replaced by a scaled log-sum-exp of a width that decreases step by step. The smoothed loss of a row exceeds its loss by at
//! most half of the width.

use ndarray::ArrayView2;

use crate::estimator::error::FitError;
use crate::estimator::labels::EncodedLabels;
use crate::native::linear::linear_model::Hyperplane;
use crate::native::linear::penalty::ElasticNet;
use crate::native::linear::smooth_loss::{LossProblem, Scores, SmoothLoss};
use crate::native::linear::smooth_problem::SmoothProblem;
use crate::native::optim::ask_tell::AskTell;

/// Widths of the smoothing, in units of a margin.
const WIDTHS: [f64; 5] = [1.0, 0.3, 0.1, 0.03, 0.01];

/// The last of them.
pub(crate) const WIDTH: f64 = WIDTHS[WIDTHS.len() - 1];

/// Bound on the absolute entries of the gradient of the mean loss, for each width.
const TOL: f64 = 1e-4;

/// Bound on the steps, for each width.
const MAX_STEPS: usize = 150;

/// The hyperplanes at the last width. Rows cost `c` times the weight of their class; `constant` is the value of a penalized constant feature.
pub(crate) fn hyperplanes(
    x: ArrayView2<'_, f32>,
    classes: &EncodedLabels,
    (c, class_weights): (f64, &[f64]),
    constant: Option<f64>,
) -> Result<Vec<Hyperplane>, FitError> {
    let mut rows = LossProblem {
        x,
        targets: classes.codes.iter().map(|code| usize::from(*code)).collect(),
        n_hyperplanes: class_weights.len(),
        constant,
        loss: SmoothLoss::SmoothedMax(WIDTHS[0]),
        row_weights: class_weights.iter().map(|weight| (*weight, 0.0)).collect(),
    };
    let problem = SmoothProblem {
        penalty: ElasticNet {
            l1: 0.0,
            l2: c.recip(),
        },
        penalize_intercept: true,
        tol: TOL,
        max_steps: MAX_STEPS,
        liblinear_tolerance: false,
    };
    let hessian = problem.initial_hessian(&rows);
    let mut scores = Scores::new(rows.x.nrows(), rows.n_hyperplanes);
    let mut searches = [problem.start_joint(&rows, &hessian, &mut scores)?];
    let mut found = problem
        .search(&rows, &mut searches, &mut scores, |_, _| {})?
        .hyperplanes;
    for width in &WIDTHS[1..] {
        rows.loss = SmoothLoss::SmoothedMax(*width);
        let evaluation = problem.evaluation(&rows, searches[0].point().to_vec(), 0, &mut scores)?;
        searches = [problem.resume_joint(&rows, &hessian, &scores, evaluation)];
        found = problem
            .search(&rows, &mut searches, &mut scores, |_, _| {})?
            .hyperplanes;
    }
    Ok(found)
}
