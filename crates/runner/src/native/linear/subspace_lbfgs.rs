//! L-BFGS for a joint problem within a growing [`Subspace`].
//!
//! The search takes steps within the subspace until most of the projected gradient is gone. Then a pass over the rows computes the gradient
//! of all weights, which adds directions.

use ndarray::{Array2, ArrayView2};
use std::sync::Arc;

use crate::estimator::error::FitError;
use crate::native::linalg::cholesky::Cholesky;
use crate::native::linear::smooth_loss::{LossAndGradient, LossProblem, Scores};
use crate::native::linear::smooth_problem::{Evaluation, MEMORY, SmoothProblem};
use crate::native::linear::subspace::Subspace;
use crate::native::optim::ask_tell::{AskTell, Status};
use crate::native::optim::lbfgs::{BlockHessian, InitialHessian, Lbfgs};
use crate::native::optim::stopping::{GradientTolerance, norm};

/// Share of the projected gradient norm at which the subspace grows.
const SUBSPACE_TOLERANCE: f64 = 0.1;

/// Least bound on the trials within a subspace.
const MIN_TRIALS: usize = 6;

impl SmoothProblem {
    /// Searches until the gradient is within the tolerance, the subspace cannot grow, or its steps make no progress.
    pub(crate) fn search_growing_subspace(
        &self,
        rows: &LossProblem<'_>,
        cholesky: &Arc<Cholesky>,
        scores: &mut Scores,
    ) -> Result<Evaluation, FitError> {
        let (n_classes, order) = (rows.n_hyperplanes, cholesky.order());
        let n_penalized = order - usize::from(rows.constant.is_some() && !self.penalize_intercept);
        let tolerance = self.tolerance(rows, 0);
        let mut subspace = Subspace::new(cholesky.clone(), n_penalized);
        let mut search = Lbfgs::new(
            Vec::new(),
            InitialHessian::default(),
            GradientTolerance::RelativeNorm(SUBSPACE_TOLERANCE),
            MEMORY,
        );
        let mut initial_norm = f64::INFINITY;
        let mut n_steps = 0;
        loop {
            let point = subspace.hyperplanes(n_classes, search.point());
            let evaluation = self.evaluation(rows, point, n_steps, scores)?;
            if n_steps == 0 {
                initial_norm = norm(&evaluation.gradient);
            }
            let has_finished = tolerance.is_met(&evaluation.gradient, initial_norm)
                || (n_steps > 0 && search.n_steps() == 0)
                || n_steps == self.max_steps
                || !subspace.can_grow_by(n_classes);
            if has_finished {
                return Ok(evaluation);
            }
            n_steps += 1;
            let gradients = ArrayView2::from_shape((n_classes, order), &evaluation.gradient)
                .map_err(|error| FitError::Data(error.to_string()))?;
            subspace.grow(rows, gradients)?;
            if subspace.n_directions() == 0 {
                return Err(FitError::Numerical("the gradient is not a number".into()));
            }
            let projected = gradients.dot(&subspace.directions().t()).into_iter().collect();
            let coupling_inverse = (n_steps.is_power_of_two())
                .then(|| rows.class_coupling_inverse(scores))
                .flatten();
            if n_steps == 1 {
                let hessian = InitialHessian {
                    block: BlockHessian::Unit,
                    coupling_inverse,
                };
                let start = vec![0.0; n_classes * subspace.n_directions()];
                let tolerance = GradientTolerance::RelativeNorm(SUBSPACE_TOLERANCE);
                search = Lbfgs::new(start, hessian, tolerance, MEMORY);
                search.tell(evaluation.objective, projected);
            } else {
                search = search.with_n_steps(0);
                search.extend_blocks(n_classes, coupling_inverse, projected);
            }
            self.search_subspace(rows, &subspace, &mut search, scores)?;
        }
    }

    /// Steps within the subspace.
    fn search_subspace(
        &self,
        rows: &LossProblem<'_>,
        subspace: &Subspace,
        search: &mut Lbfgs,
        scores: &mut Scores,
    ) -> Result<(), FitError> {
        let n_directions = subspace.n_directions();
        let projected_rows = LossProblem {
            x: subspace.coordinates()?,
            targets: rows.targets.clone(),
            n_hyperplanes: rows.n_hyperplanes,
            constant: None,
            loss: rows.loss,
            row_weights: rows.row_weights.clone(),
        };
        // With few directions, as many trials as cost about one pass over all features.
        for _ in 0..MIN_TRIALS.max(rows.x.ncols() / subspace.width().max(1)) {
            if search.status() != Status::Running {
                break;
            }
            let pad = |block: &[f64]| {
                let mut block = block.to_vec();
                block.resize(subspace.width(), 0.0);
                block
            };
            let displacement = search.displacement();
            let blocks = displacement.chunks_exact(n_directions);
            let displacements: Vec<_> = blocks.map(pad).enumerate().collect();
            let sums = projected_rows.evaluate(&displacements, scores)?;
            let (objective, gradient) = self.subspace_objective(subspace, search.trial(), &sums, rows);
            let n_steps = search.n_steps();
            search.tell(objective, gradient);
            if search.n_steps() > n_steps {
                (0..rows.n_hyperplanes).for_each(|hyperplane| scores.accept(hyperplane));
            }
        }
        Ok(())
    }

    /// The objective at coefficients of the directions, and its gradient with respect to them.
    fn subspace_objective(
        &self,
        subspace: &Subspace,
        point: &[f64],
        sums: &LossAndGradient,
        rows: &LossProblem<'_>,
    ) -> (f64, Vec<f64>) {
        let n_directions = subspace.n_directions();
        let (share, l2) = (rows.row_share(), self.penalty.l2 * rows.row_share());
        let point = Array2::from_shape_fn((rows.n_hyperplanes, n_directions), |(hyperplane, direction)| {
            point[hyperplane * n_directions + direction]
        });
        let gram_product = point.dot(&subspace.penalty_gram());
        let mut gradient = Vec::with_capacity(point.len());
        for (hyperplane, product) in gram_product.rows().into_iter().enumerate() {
            let slopes = sums.gradient(hyperplane, None);
            gradient.extend(
                slopes
                    .iter()
                    .zip(product)
                    .map(|(slope, product)| slope * share + l2 * product),
            );
        }
        (
            sums.losses[0] * share + 0.5 * l2 * (&point * &gram_product).sum(),
            gradient,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::linear::penalty::ElasticNet;
    use crate::native::linear::smooth_loss::SmoothLoss;

    /// Rows of 60 features in three classes that overlap.
    fn rows(x: &Array2<f32>) -> LossProblem<'_> {
        LossProblem {
            x: x.view(),
            targets: (0..x.nrows())
                .map(|row| (row + usize::from(row % 7 == 0)) % 3)
                .collect(),
            n_hyperplanes: 3,
            constant: Some(1.0),
            loss: SmoothLoss::Multinomial,
            row_weights: vec![(1.0, 1.0); 3],
        }
    }

    #[test]
    fn the_minimum_equals_that_of_a_search_over_all_weights() {
        let value = |(i, j): (usize, usize)| {
            let spread = ((i * 97 + j * 31 + i * j * 7) as f64).sin();
            (spread + if j % 3 == i % 3 { 0.4 } else { 0.0 }) as f32
        };
        let x = Array2::from_shape_fn((900, 60), value);
        let rows = rows(&x);
        let problem = SmoothProblem {
            penalty: ElasticNet { l1: 0.0, l2: 2.0 },
            penalize_intercept: false,
            tol: 1e-5,
            max_steps: 1000,
            liblinear_tolerance: false,
        };
        let hessian = rows.initial_hessian(2.0 * rows.row_share(), false);
        let BlockHessian::Matrix(cholesky) = &hessian.block else {
            panic!("the initial Hessian is unknown");
        };
        let found = problem
            .search_growing_subspace(&rows, cholesky, &mut Scores::new(900, 3))
            .unwrap();
        assert!((2..=10).contains(&found.n_steps), "{}", found.n_steps);
        let largest = found
            .gradient
            .iter()
            .fold(0.0_f64, |most, slope| most.max(slope.abs()));
        assert!(largest < 1e-5, "{largest}");
        let mut search = Lbfgs::new(
            vec![0.0; 183],
            hessian.clone(),
            GradientTolerance::MaxNorm(1e-6),
            MEMORY,
        );
        let mut scores = Scores::new(900, 3);
        while search.status() == Status::Running {
            let displacements: Vec<_> = search
                .displacement()
                .chunks_exact(61)
                .map(<[f64]>::to_vec)
                .enumerate()
                .collect();
            let sums = rows.evaluate(&displacements, &mut scores).unwrap();
            let (objective, gradient) = problem.objective(&rows, search.trial(), &sums, 0);
            let n_steps = search.n_steps();
            search.tell(objective, gradient);
            if search.n_steps() > n_steps {
                (0..3).for_each(|hyperplane| scores.accept(hyperplane));
            }
        }
        assert_eq!(search.status(), Status::Converged);
        for (entry, (one, other)) in found.point.iter().zip(search.point()).enumerate() {
            // The loss does not depend on the mean of the intercepts.
            assert!(
                entry % 61 == 60 || (one - other).abs() < 2e-3,
                "{entry}: {one} {other}"
            );
        }
    }
}
