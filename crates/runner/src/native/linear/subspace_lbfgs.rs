//! A search for the planes of one problem for all classes in a subspace that grows: steps among the directions that there are, and when
//! those have done most of what they can, the slopes of all weights, and new directions from them.

use ndarray::{Array2, ArrayView2};
use std::sync::Arc;

use crate::estimator::error::FitError;
use crate::native::linalg::cholesky::Cholesky;
use crate::native::linear::smooth_loss::{LossAndGradient, LossProblem, Scores};
use crate::native::linear::smooth_problem::{Evaluation, MEMORY, SmoothProblem};
use crate::native::linear::subspace::Subspace;
use crate::native::optim::ask_tell::AskTell;
use crate::native::optim::ask_tell::Status;
use crate::native::optim::lbfgs::{BlockHessian, InitialHessian, Lbfgs};
use crate::native::optim::stopping::{GradientTolerance, norm};

/// Share of the slopes along the directions that may be left when new ones are looked for.
const LEFT: f64 = 0.1;

/// Tries among the directions that may be made before new ones are looked for, even where they cost more than these do.
const TRIES: usize = 6;

impl SmoothProblem {
    /// Searches until the gradient is small enough, or there is no room for more directions, or nothing is won among them.
    pub(crate) fn grow(
        &self,
        rows: &LossProblem<'_>,
        triangle: &Arc<Cholesky>,
        scores: &mut Scores,
    ) -> Result<Evaluation, FitError> {
        let (n_classes, order) = (rows.n_planes, triangle.order());
        let n_penalised = order - usize::from(rows.constant.is_some() && !self.penalise_constant);
        let enough = self.enough(rows, 0);
        let mut subspace = Subspace::new(triangle.clone(), n_penalised);
        let mut search = Lbfgs::new(
            Vec::new(),
            InitialHessian::default(),
            GradientTolerance::RelativeNorm(LEFT),
            MEMORY,
        );
        let mut first_norm = f64::INFINITY;
        let mut steps = 0;
        loop {
            let place = self.place(rows, subspace.planes(n_classes, search.point()), steps, scores)?;
            if steps == 0 {
                first_norm = norm(&place.gradient);
            }
            let is_at_its_end = enough.is_met(&place.gradient, first_norm)
                || (steps > 0 && search.steps() == 0)
                || steps == self.max_steps
                || !subspace.has_room(n_classes);
            if is_at_its_end {
                return Ok(place);
            }
            steps += 1;
            let slopes = ArrayView2::from_shape((n_classes, order), &place.gradient)
                .map_err(|error| FitError::Data(error.to_string()))?;
            subspace.grow(rows, slopes)?;
            if subspace.n_directions() == 0 {
                return Err(FitError::Data("the gradient is not a number".into()));
            }
            let along = slopes.dot(&subspace.directions().t()).into_iter().collect();
            let between = (steps.is_power_of_two())
                .then(|| rows.between_classes(scores))
                .flatten();
            if steps == 1 {
                let curvature = InitialHessian {
                    within: BlockHessian::Unit,
                    between,
                };
                let start = vec![0.0; n_classes * subspace.n_directions()];
                search = Lbfgs::new(start, curvature, GradientTolerance::RelativeNorm(LEFT), MEMORY);
                search.tell(place.objective, along);
            } else {
                search = search.after(0);
                search.widen(n_classes, between, along);
            }
            self.search_along(rows, &subspace, &mut search, scores)?;
        }
    }

    /// The function where the scores are, which is at `point`.
    pub(crate) fn place(
        &self,
        rows: &LossProblem<'_>,
        point: Vec<f64>,
        steps: usize,
        scores: &mut Scores,
    ) -> Result<Evaluation, FitError> {
        let sums = rows.sums_here(scores)?;
        let n_each = point.len() / rows.n_planes;
        let (objective, gradient) = self.objective(&point, &sums, 0, n_each, rows.x.nrows());
        Ok(Evaluation {
            point,
            objective,
            gradient,
            steps,
        })
    }

    /// Searches among the directions that there are.
    fn search_along(
        &self,
        rows: &LossProblem<'_>,
        subspace: &Subspace,
        search: &mut Lbfgs,
        scores: &mut Scores,
    ) -> Result<(), FitError> {
        let n_directions = subspace.n_directions();
        let along = LossProblem {
            x: subspace.along()?,
            planes: rows.planes.clone(),
            n_planes: rows.n_planes,
            constant: None,
            loss: rows.loss,
            costs: rows.costs.clone(),
        };
        // While directions are few, as many tries as cost what new ones do.
        for _ in 0..TRIES.max(rows.x.ncols() / subspace.width().max(1)) {
            if search.state() != Status::Running {
                break;
            }
            let widen = |by: &[f64]| {
                let mut by = by.to_vec();
                by.resize(subspace.width(), 0.0);
                by
            };
            let moved = search.moved();
            let moves: Vec<_> = moved.chunks_exact(n_directions).map(widen).enumerate().collect();
            let sums = along.sums(&moves, scores)?;
            let (objective, gradient) = self.objective_along(subspace, search.trial(), &sums, rows);
            let steps = search.steps();
            search.tell(objective, gradient);
            if search.steps() > steps {
                (0..rows.n_planes).for_each(|plane| scores.settle(plane));
            }
        }
        Ok(())
    }

    /// The objective of planes among the directions, and its slopes along them.
    fn objective_along(
        &self,
        subspace: &Subspace,
        point: &[f64],
        sums: &LossAndGradient,
        rows: &LossProblem<'_>,
    ) -> (f64, Vec<f64>) {
        let n_directions = subspace.n_directions();
        let (share, l2) = (rows.share(), self.penalties.1 * rows.share());
        let point = Array2::from_shape_fn((rows.n_planes, n_directions), |(plane, direction)| {
            point[plane * n_directions + direction]
        });
        let bent = point.dot(&subspace.products());
        let mut gradient = Vec::with_capacity(point.len());
        for (plane, bent) in bent.rows().into_iter().enumerate() {
            let slopes = sums.gradient(plane, None);
            gradient.extend(
                slopes
                    .iter()
                    .zip(bent)
                    .map(|(slope, bent)| slope * share + l2 * bent),
            );
        }
        (
            sums.losses[0] * share + 0.5 * l2 * (&point * &bent).sum(),
            gradient,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimator::class_weight::ClassWeight;
    use crate::native::linear::smooth_loss::SmoothLoss;

    /// Rows of 60 features in three classes, some of which lie among another's.
    fn rows(x: &Array2<f32>) -> LossProblem<'_> {
        LossProblem {
            x: x.view(),
            planes: (0..x.nrows())
                .map(|row| (row + usize::from(row % 7 == 0)) % 3)
                .collect(),
            n_planes: 3,
            constant: Some(1.0),
            loss: SmoothLoss::Multinomial,
            costs: vec![(1.0, 1.0); 3],
        }
    }

    #[test]
    fn the_minimum_is_that_of_a_search_among_all_weights() {
        let value = |(i, j): (usize, usize)| {
            let spread = ((i * 97 + j * 31 + i * j * 7) as f64).sin();
            (spread + if j % 3 == i % 3 { 0.4 } else { 0.0 }) as f32
        };
        let x = Array2::from_shape_fn((900, 60), value);
        let rows = rows(&x);
        let passes = SmoothProblem {
            loss: SmoothLoss::Multinomial,
            class_weight: ClassWeight::None,
            penalties: (0.0, 2.0),
            constant: Some(1.0),
            penalise_constant: false,
            tol: 1e-5,
            max_steps: 1000,
            by_length: false,
        };
        let curvature = rows.curvature(2.0 * rows.share(), false);
        let BlockHessian::Matrix(triangle) = &curvature.within else {
            panic!("no model of the curvature");
        };
        let grown = passes.grow(&rows, triangle, &mut Scores::new(900, 3)).unwrap();
        assert!((2..=10).contains(&grown.steps), "{}", grown.steps);
        let largest = grown
            .gradient
            .iter()
            .fold(0.0_f64, |most, slope| most.max(slope.abs()));
        assert!(largest < 1e-5, "{largest}");
        let mut search = Lbfgs::new(
            vec![0.0; 183],
            curvature.clone(),
            GradientTolerance::MaxNorm(1e-6),
            MEMORY,
        );
        let mut scores = Scores::new(900, 3);
        while search.state() == Status::Running {
            let moves: Vec<_> = search
                .moved()
                .chunks_exact(61)
                .map(<[f64]>::to_vec)
                .enumerate()
                .collect();
            let sums = rows.sums(&moves, &mut scores).unwrap();
            let (objective, gradient) = passes.objective(search.trial(), &sums, 0, 61, 900);
            let steps = search.steps();
            search.tell(objective, gradient);
            if search.steps() > steps {
                (0..3).for_each(|plane| scores.settle(plane));
            }
        }
        assert_eq!(search.state(), Status::Converged);
        for (entry, (one, other)) in grown.point.iter().zip(search.point()).enumerate() {
            // A constant added to all intercepts changes nothing.
            assert!(
                entry % 61 == 60 || (one - other).abs() < 2e-3,
                "{entry}: {one} {other}"
            );
        }
    }
}
