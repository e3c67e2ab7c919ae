//! Crammer and Singer's machine in the primal: with the maximum over classes rounded off, by less and less, it is smooth.
//!
//! Where the maximum is rounded off by a width, a row's loss is above its own by at most half of that width.

use ndarray::ArrayView2;

use crate::estimator::class_weight::ClassWeight;
use crate::estimator::error::FitError;
use crate::estimator::labels::EncodedLabels;
use crate::native::linear::linear_model::Hyperplane;
use crate::native::linear::smooth_loss::{LossProblem, Scores, SmoothLoss};
use crate::native::linear::smooth_problem::SmoothProblem;
use crate::native::optim::ask_tell::AskTell;

/// Widths, one after the other, in the units of a margin.
const WIDTHS: [f64; 5] = [1.0, 0.3, 0.1, 0.03, 0.01];

/// The narrowest of them.
pub(crate) const WIDTH: f64 = WIDTHS[WIDTHS.len() - 1];

/// The largest slope of the mean loss at which the next width is taken, and the steps after which it is in any case.
const TOL: f64 = 1e-4;

const STEPS: usize = 150;

/// The planes at the narrowest width. Rows cost `c` times the weight of their class; `constant` is the value of a feature that is penalised.
pub(crate) fn planes(
    x: ArrayView2<'_, f32>,
    classes: &EncodedLabels,
    (c, weights): (f64, &[f64]),
    constant: Option<f64>,
) -> Result<Vec<Hyperplane>, FitError> {
    let mut rows = LossProblem {
        x,
        planes: classes.codes.iter().map(|class| usize::from(*class)).collect(),
        n_planes: weights.len(),
        constant,
        loss: SmoothLoss::RoundedMaximum(WIDTHS[0]),
        costs: weights.iter().map(|weight| (*weight, 0.0)).collect(),
    };
    let passes = SmoothProblem {
        loss: rows.loss,
        class_weight: ClassWeight::None,
        penalties: (0.0, c.recip()),
        constant,
        penalise_constant: true,
        tol: TOL,
        max_steps: STEPS,
        by_length: false,
    };
    let curvature = passes.curvature(&rows);
    let mut scores = Scores::new(rows.x.nrows(), rows.n_planes);
    let mut searches = [passes.set_out(&rows, &curvature, &mut scores)?];
    let mut found = passes.search(&rows, &mut searches, &mut scores, |_, _| {})?.0;
    for width in &WIDTHS[1..] {
        rows.loss = SmoothLoss::RoundedMaximum(*width);
        let place = passes.place(&rows, searches[0].point().to_vec(), 0, &mut scores)?;
        searches = [passes.go_on(&rows, &curvature, &scores, place)];
        found = passes.search(&rows, &mut searches, &mut scores, |_, _| {})?.0;
    }
    Ok(found)
}
