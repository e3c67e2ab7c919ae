//! Linear classifiers of our own engine with a smooth loss: quasi-Newton searches, or proximal ones with l1, those of all classes over one read of the rows a step.

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use crate::estimator::class_weight::ClassWeight;
use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::labels::{EncodedLabels, decision_classes};
use crate::estimator::samples::{Layout, Samples};
use crate::native::linear::linear_model::{Hyperplane, LinearModel};
use crate::native::linear::smooth_loss::{LossAndGradient, LossProblem, Move, Scores, SmoothLoss};
use crate::native::optim::ask_tell::{AskTell, Status};
use crate::native::optim::lbfgs::{BlockHessian, InitialHessian, Lbfgs};
use crate::native::optim::proximal_newton::ProximalNewton;
use crate::native::optim::quadratic_model::{MOST_CORRECTIONS, QuadraticModel};
use crate::native::optim::stopping::GradientTolerance;

/// Steps that a search remembers: with the curvature known, more of them save passes over the rows, which cost far more.
pub(crate) const MEMORY: usize = 100;

/// Steps after which a search with l1 gets a new model of the logistic loss. Of the squared hinge, which few rows bend, it gets one every step,
/// and of the multinomial one, which no model of this kind shows well, once it has room for no more corrections.
const STEPS_WITH_A_MODEL: usize = 20;

/// Rounds over the variables in which a model's minimum is looked for. Of the squared hinge the model is exact as far as no row comes to its
/// corner or leaves it, and worth it; of the others the next pass over the rows tells more.
const ROUNDS_OF_AN_EXACT_MODEL: usize = 1000;

const ROUNDS_OF_A_MODEL: usize = 60;

/// A loss and the parameters of its search.
#[derive(Clone, Debug)]
pub(crate) struct SmoothProblem {
    pub(crate) loss: SmoothLoss,
    /// Whether rows cost more the rarer their class, where there is a problem a class.
    pub(crate) class_weight: ClassWeight,
    /// Strengths of l1 and l2 for the sum of all rows' losses.
    pub(crate) penalties: (f64, f64),
    /// The value of the constant feature, if there is one.
    pub(crate) constant: Option<f64>,
    pub(crate) penalise_constant: bool,
    pub(crate) tol: f64,
    pub(crate) max_steps: usize,
    /// Whether `tol` bounds the gradient by its length as liblinear does, rather than by its largest entry.
    pub(crate) by_length: bool,
}

impl SmoothProblem {
    /// Trains the planes; with them a warning where a search ended early.
    fn planes(
        &self,
        x: ArrayView2<'_, f32>,
        classes: &EncodedLabels,
    ) -> Result<(Vec<Hyperplane>, Option<String>), FitError> {
        let decision_classes = decision_classes(classes)?;
        let plane_of = |place: &u8| {
            decision_classes
                .iter()
                .position(|own| own == place)
                .unwrap_or(usize::MAX)
        };
        let rows = LossProblem {
            x,
            planes: classes.codes.iter().map(plane_of).collect(),
            n_planes: decision_classes.len(),
            constant: self.constant,
            loss: if self.loss == SmoothLoss::Multinomial && decision_classes.len() == 1 {
                SmoothLoss::Logistic
            } else {
                self.loss
            },
            costs: decision_classes
                .iter()
                .map(|place| self.class_weight.one_vs_rest(classes, *place))
                .collect(),
        };
        if self.penalties.0 > 0.0 {
            self.sparse(&rows)
        } else {
            self.smooth(&rows)
        }
    }

    /// Trains without l1.
    fn smooth(&self, rows: &LossProblem<'_>) -> Result<(Vec<Hyperplane>, Option<String>), FitError> {
        let curvature = self.curvature(rows);
        let mut scores = Scores::new(rows.x.nrows(), rows.n_planes);
        let mut searches: Vec<Lbfgs> = if rows.loss.is_one_for_all() {
            vec![self.set_out(rows, &curvature, &mut scores)?]
        } else {
            let start = vec![0.0; self.n_each(rows)];
            let search =
                |plane| Lbfgs::new(start.clone(), curvature.clone(), self.enough(rows, plane), MEMORY);
            (0..rows.n_planes).map(search).collect()
        };
        self.search(rows, &mut searches, &mut scores, |_, _| {})
    }

    /// A model of the curvature: not of fewer rows than features, which say little.
    pub(crate) fn curvature(&self, rows: &LossProblem<'_>) -> InitialHessian {
        if rows.x.nrows() > rows.x.ncols() {
            rows.curvature(self.penalties.1 * rows.share(), self.penalise_constant)
        } else {
            InitialHessian::default()
        }
    }

    /// A search among all weights for the planes of one problem for all classes, from where a subspace that grows has led.
    pub(crate) fn set_out(
        &self,
        rows: &LossProblem<'_>,
        curvature: &InitialHessian,
        scores: &mut Scores,
    ) -> Result<Lbfgs, FitError> {
        let BlockHessian::Matrix(triangle) = &curvature.within else {
            let start = vec![0.0; self.n_each(rows) * rows.n_planes];
            return Ok(Lbfgs::new(start, curvature.clone(), self.enough(rows, 0), MEMORY));
        };
        let place = self.grow(rows, triangle, scores)?;
        Ok(self.go_on(rows, curvature, scores, place))
    }

    /// A search among all weights from a place on, where the scores are.
    pub(crate) fn go_on(
        &self,
        rows: &LossProblem<'_>,
        curvature: &InitialHessian,
        scores: &Scores,
        place: Evaluation,
    ) -> Lbfgs {
        let curvature = InitialHessian {
            within: curvature.within.clone(),
            between: rows.between_classes(scores),
        };
        let search = Lbfgs::new(place.point, curvature, self.enough(rows, 0), MEMORY);
        let mut search = search.after(place.steps);
        search.tell(place.objective, place.gradient);
        search
    }

    /// Trains with l1.
    fn sparse(&self, rows: &LossProblem<'_>) -> Result<(Vec<Hyperplane>, Option<String>), FitError> {
        let lengths = rows.lengths();
        let all = rows.weighted_products(&vec![rows.share(); rows.x.nrows()], &lengths);
        let (most_steps, most_rounds) = match rows.loss {
            SmoothLoss::SquaredHinge => (1, ROUNDS_OF_AN_EXACT_MODEL),
            SmoothLoss::Logistic => (STEPS_WITH_A_MODEL, ROUNDS_OF_A_MODEL),
            SmoothLoss::Multinomial | SmoothLoss::RoundedMaximum(_) => (MOST_CORRECTIONS, ROUNDS_OF_A_MODEL),
        };
        let (n_each, per_search) = (self.n_each(rows), self.per_search(rows));
        let mut l1 = vec![self.penalties.0 * rows.share(); n_each * per_search];
        if self.constant.is_some() && !self.penalise_constant {
            let constants = l1.iter_mut().skip(rows.x.ncols()).step_by(n_each);
            constants.for_each(|strength| *strength = 0.0);
        }
        let mut searches: Vec<ProximalNewton> = (0..rows.n_planes)
            .step_by(per_search)
            .map(|plane| ProximalNewton::new(l1.clone(), self.enough(rows, plane), most_rounds))
            .collect();
        let mut scores = Scores::new(rows.x.nrows(), rows.n_planes);
        self.search(rows, &mut searches, &mut scores, |searches, scores| {
            let waiting = searches.par_iter_mut().enumerate();
            let send_on = |(plane, search): (usize, &mut ProximalNewton)| {
                if search.age().is_none_or(|age| age >= most_steps) {
                    let (weights, between) = rows.bends(plane, scores);
                    let bend = weights.iter().sum();
                    let within = match search.age() {
                        None => &all * bend,
                        Some(_) => rows.weighted_products(&weights, &lengths),
                    };
                    search.model(
                        QuadraticModel::new(self.with_l2(rows, within), between),
                        bend,
                        &all,
                    );
                }
                search.send_on(&all);
            };
            waiting
                .filter(|(_, search)| search.is_waiting())
                .for_each(send_on);
        })
    }

    /// Adds l2, and a little more for features without any variance.
    fn with_l2(&self, rows: &LossProblem<'_>, mut within: Array2<f64>) -> Array2<f64> {
        #[expect(clippy::cast_precision_loss, reason = "feature counts are small")]
        let small = 1e-6 * within.diag().sum() / within.nrows() as f64 + f64::MIN_POSITIVE;
        let l2 = self.penalties.1 * rows.share();
        for (feature, value) in within.diag_mut().iter_mut().enumerate() {
            let is_free = feature == rows.x.ncols() && !self.penalise_constant;
            *value += small + if is_free { 0.0 } else { l2 };
        }
        within
    }

    /// Variables of a plane.
    fn n_each(&self, rows: &LossProblem<'_>) -> usize {
        rows.x.ncols() + usize::from(self.constant.is_some())
    }

    /// Planes of a search.
    fn per_search(&self, rows: &LossProblem<'_>) -> usize {
        if rows.loss.is_one_for_all() {
            rows.n_planes
        } else {
            1
        }
    }

    /// Goes on until all searches are at an end, or have made their steps; `scores` are those where they are.
    pub(crate) fn search<S: AskTell>(
        &self,
        rows: &LossProblem<'_>,
        searches: &mut [S],
        scores: &mut Scores,
        mut after_pass: impl FnMut(&mut [S], &Scores),
    ) -> Result<(Vec<Hyperplane>, Option<String>), FitError> {
        let (n_rows, n_features) = rows.x.dim();
        let (n_each, per_search) = (self.n_each(rows), self.per_search(rows));
        for _ in 0..self.max_steps.saturating_mul(4) {
            let is_going_on =
                |search: &S| search.state() == Status::Running && search.steps() < self.max_steps;
            let going_on: Vec<usize> = (0..searches.len())
                .filter(|i| is_going_on(&searches[*i]))
                .collect();
            if going_on.is_empty() {
                break;
            }
            let mut moves: Vec<Move> = Vec::new();
            for i in &going_on {
                let moved = searches[*i].moved();
                let blocks = moved.chunks_exact(n_each).map(<[f64]>::to_vec);
                moves.extend((i * per_search..).zip(blocks));
            }
            let sums = rows.sums(&moves, scores)?;
            for (place, i) in going_on.into_iter().enumerate() {
                let search = &mut searches[i];
                let steps = search.steps();
                let (objective, gradient) =
                    self.objective(search.trial(), &sums, place * per_search, n_each, n_rows);
                search.tell(objective, gradient);
                if search.steps() > steps {
                    (i * per_search..(i + 1) * per_search).for_each(|plane| scores.settle(plane));
                }
            }
            after_pass(searches, scores);
        }
        let planes = searches
            .iter()
            .flat_map(|search| search.point().chunks_exact(n_each))
            .map(|point| Hyperplane {
                weights: point[..n_features].to_vec(),
                intercept: self.constant.map_or(0.0, |value| value * point[n_features]),
            })
            .collect();
        Ok((planes, self.warning(searches)))
    }

    /// When the search of this plane is at its end; in one problem for all the rarest class counts.
    pub(crate) fn enough(&self, rows: &LossProblem<'_>, plane: usize) -> GradientTolerance {
        if !self.by_length {
            return GradientTolerance::MaxNorm(self.tol);
        }
        let rarer = |plane: usize| {
            let own = rows.planes.iter().filter(|of_row| **of_row == plane).count();
            own.min(rows.x.nrows() - own).max(1)
        };
        let rarest = (plane..plane + self.per_search(rows)).map(rarer).min();
        #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
        let rarest = rarest.unwrap_or(1) as f64;
        GradientTolerance::RelativeNorm(self.tol * rarest * rows.share())
    }

    /// The smooth part of a search's objective, a mean over rows, and its gradient.
    pub(crate) fn objective(
        &self,
        point: &[f64],
        sums: &LossAndGradient,
        first: usize,
        n_each: usize,
        n_rows: usize,
    ) -> (f64, Vec<f64>) {
        #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
        let n_rows = n_rows as f64;
        let l2 = self.penalties.1 / n_rows;
        let mut objective = sums.losses[first] / n_rows;
        let mut gradient = Vec::with_capacity(point.len());
        for (i, block) in point.chunks_exact(n_each).enumerate() {
            let own = sums.gradient(first + i, self.constant);
            let is_free = self.constant.is_some() && !self.penalise_constant;
            for (variable, (value, slope)) in block.iter().zip(own).enumerate() {
                let l2 = if is_free && variable == n_each - 1 {
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

    fn warning<S: AskTell>(&self, searches: &[S]) -> Option<String> {
        let stuck = searches
            .iter()
            .filter(|search| search.state() == Status::LineSearchFailed)
            .count();
        let going_on = searches
            .iter()
            .filter(|search| search.state() == Status::Running)
            .count();
        (stuck + going_on > 0).then(|| {
            format!(
                "not converged: {} of {} searches had not come to tol {:.1e} after {} steps{}",
                stuck + going_on,
                searches.len(),
                self.tol,
                searches.iter().map(AskTell::steps).max().unwrap_or(0),
                if stuck > 0 {
                    ", as near as single precision comes"
                } else {
                    ""
                }
            )
        })
    }
}

impl Classifier for SmoothProblem {
    fn layout(&self) -> Layout {
        Layout::F32
    }

    fn fit<'a>(
        &self,
        train: &'a Samples,
        labels: &'a [loader::Label],
        _: &FitContext,
    ) -> Result<Box<dyn Model + 'a>, FitError> {
        let classes = EncodedLabels::new(labels);
        let (planes, warning) = self.planes(train.f32().view(), &classes)?;
        Ok(Box::new(LinearModel {
            classes,
            planes,
            warning,
        }))
    }
}

/// Where a search is, and the function there.
pub(crate) struct Evaluation {
    pub(crate) point: Vec<f64>,
    pub(crate) objective: f64,
    pub(crate) gradient: Vec<f64>,
    /// Times that new directions were taken.
    pub(crate) steps: usize,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::data::test_rows::classes;
    use crate::native::data::test_rows::samples;
    use crate::native::linear::test_planes::check;

    fn planes(loss: SmoothLoss, penalties: (f64, f64), penalise_constant: bool) -> Vec<Hyperplane> {
        let passes = SmoothProblem {
            loss,
            class_weight: ClassWeight::None,
            penalties,
            constant: Some(1.0),
            penalise_constant,
            tol: 1e-6,
            max_steps: 5000,
            by_length: penalties.0 > 0.0,
        };
        passes
            .planes(samples(Layout::F32).f32().view(), &classes())
            .unwrap()
            .0
    }

    // Expected: scikit-learn's, with tol=1e-10.

    #[test]
    fn multinomial_regression_is_scikit_learns() {
        let l2 = [
            [-0.568838, 1.187593, -0.68261, 0.738887, -0.241521],
            [1.320407, -0.380386, -0.406348, -0.657283, 0.016972],
            [-0.751569, -0.807207, 1.088957, -0.081605, 0.224549],
        ];
        check(&planes(SmoothLoss::Multinomial, (0.0, 0.5), false), l2, 1e-3);
        let l1 = [
            [0.0, 4.241523, 0.0, 0.973026, -0.140278],
            [5.452217, 0.0, 0.0, -0.585547, -0.638416],
            [0.0, 0.0, 2.735861, 0.0, 0.778694],
        ];
        let found = planes(SmoothLoss::Multinomial, (0.2, 0.0), false);
        // A constant added to all intercepts changes nothing.
        let mean = found.iter().map(|plane| plane.intercept).sum::<f64>() / 3.0;
        let found: Vec<Hyperplane> = found
            .into_iter()
            .map(|plane| Hyperplane {
                intercept: plane.intercept - mean,
                ..plane
            })
            .collect();
        check(&found, l1, 1e-3);
    }

    #[test]
    fn one_regression_a_class_is_liblinears() {
        let l2 = [
            [-0.931129, 1.238979, -1.041808, 0.721381, -0.535075],
            [1.422354, -0.617796, -0.673711, -0.88346, -0.427824],
            [-0.96029, -1.1006, 1.199978, -0.209523, -0.299459],
        ];
        check(&planes(SmoothLoss::Logistic, (0.0, 0.5), true), l2, 1e-3);
        let l1 = [
            [-1.678197, 3.495429, -1.703435, 1.212338, -1.161484],
            [4.72343, 0.0, -1.070555, -2.463526, -1.621815],
            [-3.354531, -2.823709, 3.180917, 0.0, 0.0],
        ];
        check(&planes(SmoothLoss::Logistic, (0.2, 0.0), true), l1, 1e-3);
    }

    #[test]
    fn squared_hinge_is_liblinears() {
        let l2 = [
            [-0.588396, 1.360287, -0.694022, 0.866944, -0.696579],
            [1.689998, -0.541414, -0.828514, -0.907562, -0.247177],
            [-1.260214, -1.067269, 1.371048, 0.241522, -0.129542],
        ];
        check(&planes(SmoothLoss::SquaredHinge, (0.0, 0.5), true), l2, 1e-3);
        let l1 = [
            [-0.280161, 1.955231, -0.028155, 0.772996, -1.228251],
            [2.076014, 0.0, -0.532095, -1.101351, -0.676689],
            [-1.520877, -1.114501, 1.457993, 0.0, 0.0],
        ];
        check(&planes(SmoothLoss::SquaredHinge, (0.5, 0.0), true), l1, 1e-3);
    }
}
