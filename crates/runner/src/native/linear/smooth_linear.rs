//! Linear classifiers with a smooth loss: logistic regression and the squared-hinge support vector machine.
//!
//! Without l1 the searches are L-BFGS, with l1 proximal Newton. The searches of all classes share one pass over the rows per step.

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use crate::estimator::checks::{check_count, check_positive, check_setting, check_training_rows};
use crate::estimator::class_weight::ClassWeight;
use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::convergence::not_converged;
use crate::estimator::error::FitError;
use crate::estimator::labels::{EncodedLabels, decision_classes};
use crate::estimator::samples::{Layout, Samples};
use crate::native::linear::intercept_scaling::check_intercept_scaling;
use crate::native::linear::linear_model::{Hyperplane, LinearModel};
use crate::native::linear::penalty::ElasticNet;
use crate::native::linear::smooth_loss::{Displacement, LossProblem, Scores, SmoothLoss};
use crate::native::linear::smooth_problem::{Evaluation, MEMORY, SmoothProblem};
use crate::native::optim::ask_tell::{AskTell, Status};
use crate::native::optim::lbfgs::{BlockHessian, InitialHessian, Lbfgs};
use crate::native::optim::proximal_newton::ProximalNewton;
use crate::native::optim::quadratic_model::{MAX_UPDATES, QuadraticModel};

/// Steps after which a proximal search of the logistic loss gets a new model.
///
/// A squared-hinge search gets one every step, since few rows decide its Hessian. A multinomial search keeps its model until that has no
/// room for BFGS updates, since no model of Kronecker structure fits it well.
const STEPS_PER_MODEL: usize = 20;

/// Coordinate descent sweeps over an exact model. The model of the squared hinge is exact while no row crosses its margin.
const SWEEPS_OF_EXACT_MODEL: usize = 1000;

/// Coordinate descent sweeps over another model. More sweeps gain less than the next pass over the rows.
const SWEEPS_OF_MODEL: usize = 60;

/// The loss of a [`SmoothLinear`] model, summed over the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinearLoss {
    /// Softmax cross-entropy: one problem for all classes. For two classes it is the logistic loss.
    Multinomial,
    /// `ln(1 + exp(-margin))`: one problem per class against the rest.
    Logistic,
    /// `max(0, 1 - margin)²`: one problem per class against the rest.
    SquaredHinge,
}

/// Linear classifier with a smooth loss and an elastic-net penalty.
///
/// Minimizes `Σ loss + l1 · Σ |w| + ½ l2 · Σ w²` over the weights; `l1 = 0, l2 = 1 / C` is scikit-learn's l2 penalty. The defaults are those
/// of scikit-learn's `LogisticRegression`.
#[derive(Clone, Debug)]
pub struct SmoothLinear {
    /// The loss of a row.
    pub loss: LinearLoss,
    /// The penalty, relative to the sum of the losses.
    pub penalty: ElasticNet,
    /// The weights of rows by class. [`LinearLoss::SquaredHinge`] alone supports other weights than [`ClassWeight::None`].
    pub class_weight: ClassWeight,
    /// Value of a constant feature, above 0, whose weight makes the intercept; `None`: no intercept.
    pub intercept_scaling: Option<f64>,
    /// Whether the penalty includes the weight of the constant feature, as in liblinear.
    pub penalize_intercept: bool,
    /// Bound on the gradient of the mean objective, above 0.
    pub tol: f64,
    /// Bound on the accepted steps, at least 1.
    pub max_iter: usize,
    /// Whether `tol` bounds the gradient norm relative to the start and to the share of the rarer side, as in liblinear. Otherwise it bounds
    /// the largest absolute entry of the gradient.
    pub liblinear_tolerance: bool,
}

impl Default for SmoothLinear {
    fn default() -> SmoothLinear {
        SmoothLinear {
            loss: LinearLoss::Multinomial,
            penalty: ElasticNet { l1: 0.0, l2: 1.0 },
            class_weight: ClassWeight::None,
            intercept_scaling: Some(1.0),
            penalize_intercept: false,
            tol: 1e-4,
            max_iter: 100,
            liblinear_tolerance: false,
        }
    }
}

impl SmoothLinear {
    /// Logistic regression with scikit-learn's defaults, which are those of [`SmoothLinear::default`].
    pub fn logistic_regression() -> SmoothLinear {
        SmoothLinear::default()
    }

    fn check(&self) -> Result<(), FitError> {
        self.penalty.check()?;
        check_intercept_scaling(self.intercept_scaling)?;
        check_positive("tol", self.tol)?;
        check_count("max_iter", self.max_iter)?;
        let is_supported = self.loss == LinearLoss::SquaredHinge || self.class_weight == ClassWeight::None;
        let weight = format!("{:?}", self.class_weight);
        check_setting(is_supported, "class_weight", "None for a logistic loss", weight)
    }

    /// Trains the hyperplanes of the decision classes; with a warning if a search stopped early.
    fn train(&self, x: ArrayView2<'_, f32>, classes: &EncodedLabels) -> Result<Searched, FitError> {
        let decision_codes = decision_classes(classes)?;
        let target = |code: &u8| {
            let position = decision_codes.iter().position(|own| own == code);
            position.unwrap_or(usize::MAX)
        };
        let rows = LossProblem {
            x,
            targets: classes.codes.iter().map(target).collect(),
            n_hyperplanes: decision_codes.len(),
            constant: self.intercept_scaling,
            loss: match self.loss {
                LinearLoss::Multinomial if decision_codes.len() > 1 => SmoothLoss::Multinomial,
                LinearLoss::Multinomial | LinearLoss::Logistic => SmoothLoss::Logistic,
                LinearLoss::SquaredHinge => SmoothLoss::SquaredHinge,
            },
            row_weights: decision_codes
                .iter()
                .map(|code| self.class_weight.one_vs_rest(classes, *code))
                .collect(),
        };
        let problem = SmoothProblem {
            penalty: self.penalty,
            penalize_intercept: self.penalize_intercept,
            tol: self.tol,
            max_steps: self.max_iter,
            liblinear_tolerance: self.liblinear_tolerance,
        };
        if self.penalty.l1 > 0.0 {
            problem.train_sparse(&rows)
        } else {
            problem.train_smooth(&rows)
        }
    }
}

impl Classifier for SmoothLinear {
    fn layout(&self) -> Layout {
        Layout::F32
    }

    fn fit<'a>(
        &self,
        train: &'a Samples,
        labels: &'a [loader::Label],
        _: &FitContext,
    ) -> Result<Box<dyn Model + 'a>, FitError> {
        self.check()?;
        check_training_rows(self.layout(), train, labels)?;
        let classes = EncodedLabels::new(labels);
        let found = self.train(train.f32().view(), &classes)?;
        let model = LinearModel::new(classes, found.hyperplanes, found.warning);
        Ok(Box::new(model.with_n_iter(found.n_iter)))
    }
}

/// What the searches of a problem found.
pub(crate) struct Searched {
    pub(crate) hyperplanes: Vec<Hyperplane>,
    /// What to say if a search did not converge.
    pub(crate) warning: Option<String>,
    /// Iterations of each search.
    pub(crate) n_iter: Vec<usize>,
}

impl SmoothProblem {
    /// Trains without l1, by L-BFGS.
    fn train_smooth(&self, rows: &LossProblem<'_>) -> Result<Searched, FitError> {
        let hessian = self.initial_hessian(rows);
        let mut scores = Scores::new(rows.x.nrows(), rows.n_hyperplanes);
        let mut searches: Vec<Lbfgs> = if rows.loss.is_joint() {
            vec![self.start_joint(rows, &hessian, &mut scores)?]
        } else {
            let start = vec![0.0; rows.n_variables()];
            let search = |hyperplane| {
                Lbfgs::new(
                    start.clone(),
                    hessian.clone(),
                    self.tolerance(rows, hyperplane),
                    MEMORY,
                )
            };
            (0..rows.n_hyperplanes).map(search).collect()
        };
        self.search(rows, &mut searches, &mut scores, |_, _| {})
    }

    /// A search of a joint problem over all weights, which starts at the optimum of a growing subspace.
    pub(crate) fn start_joint(
        &self,
        rows: &LossProblem<'_>,
        hessian: &InitialHessian,
        scores: &mut Scores,
    ) -> Result<Lbfgs, FitError> {
        let BlockHessian::Matrix(cholesky) = &hessian.block else {
            let start = vec![0.0; rows.n_variables() * rows.n_hyperplanes];
            return Ok(Lbfgs::new(
                start,
                hessian.clone(),
                self.tolerance(rows, 0),
                MEMORY,
            ));
        };
        let evaluation = self.search_growing_subspace(rows, cholesky, scores)?;
        Ok(self.resume_joint(rows, hessian, scores, evaluation))
    }

    /// A search of a joint problem over all weights, from an evaluated point. The accepted scores belong to that point.
    pub(crate) fn resume_joint(
        &self,
        rows: &LossProblem<'_>,
        hessian: &InitialHessian,
        scores: &Scores,
        evaluation: Evaluation,
    ) -> Lbfgs {
        let hessian = InitialHessian {
            block: hessian.block.clone(),
            coupling_inverse: rows.class_coupling_inverse(scores),
        };
        let search = Lbfgs::new(evaluation.point, hessian, self.tolerance(rows, 0), MEMORY);
        let mut search = search.with_n_steps(evaluation.n_steps);
        search.tell(evaluation.objective, evaluation.gradient);
        search
    }

    /// Trains with l1, by proximal Newton.
    fn train_sparse(&self, rows: &LossProblem<'_>) -> Result<Searched, FitError> {
        let squared_norms = rows.squared_norms();
        let gram = rows.weighted_gram(&vec![rows.row_share(); rows.x.nrows()], &squared_norms);
        let (max_age, max_sweeps) = match rows.loss {
            SmoothLoss::SquaredHinge => (1, SWEEPS_OF_EXACT_MODEL),
            SmoothLoss::Logistic => (STEPS_PER_MODEL, SWEEPS_OF_MODEL),
            SmoothLoss::Multinomial | SmoothLoss::SmoothedMax(_) => (MAX_UPDATES, SWEEPS_OF_MODEL),
        };
        let (n_variables, per_search) = (rows.n_variables(), rows.hyperplanes_per_search());
        let mut l1 = vec![self.penalty.l1 * rows.row_share(); n_variables * per_search];
        if rows.constant.is_some() && !self.penalize_intercept {
            let constants = l1.iter_mut().skip(rows.x.ncols()).step_by(n_variables);
            constants.for_each(|strength| *strength = 0.0);
        }
        let mut searches: Vec<ProximalNewton> = (0..rows.n_hyperplanes)
            .step_by(per_search)
            .map(|hyperplane| ProximalNewton::new(l1.clone(), self.tolerance(rows, hyperplane), max_sweeps))
            .collect();
        let mut scores = Scores::new(rows.x.nrows(), rows.n_hyperplanes);
        self.search(rows, &mut searches, &mut scores, |searches, scores| {
            let find_direction = |(hyperplane, search): (usize, &mut ProximalNewton)| {
                if search.model_age().is_none_or(|age| age >= max_age) {
                    let (weights, coupling) = rows.hessian_weights(hyperplane, scores);
                    let curvature = weights.iter().sum();
                    let block = match search.model_age() {
                        None => &gram * curvature,
                        Some(_) => rows.weighted_gram(&weights, &squared_norms),
                    };
                    search.set_model(
                        QuadraticModel::new(self.with_l2(rows, block), coupling),
                        curvature,
                        &gram,
                    );
                }
                search.find_direction(&gram);
            };
            (searches.par_iter_mut().enumerate())
                .filter(|(_, search)| search.needs_direction())
                .for_each(find_direction);
        })
    }

    /// Adds l2 to a Hessian, and a small ridge that makes it invertible for constant features.
    fn with_l2(&self, rows: &LossProblem<'_>, mut hessian: Array2<f64>) -> Array2<f64> {
        #[expect(clippy::cast_precision_loss, reason = "feature counts are small")]
        let ridge = 1e-6 * hessian.diag().sum() / hessian.nrows() as f64 + f64::MIN_POSITIVE;
        let l2 = self.penalty.l2 * rows.row_share();
        for (feature, value) in hessian.diag_mut().iter_mut().enumerate() {
            let is_free = feature == rows.x.ncols() && !self.penalize_intercept;
            *value += ridge + if is_free { 0.0 } else { l2 };
        }
        hessian
    }

    /// Runs the searches until all have stopped or made `max_steps` steps. `scores` are those of their current points.
    ///
    /// `after_pass` runs after every pass over the rows. Returns the hyperplanes, with a warning if a search did not converge.
    pub(crate) fn search<S: AskTell>(
        &self,
        rows: &LossProblem<'_>,
        searches: &mut [S],
        scores: &mut Scores,
        mut after_pass: impl FnMut(&mut [S], &Scores),
    ) -> Result<Searched, FitError> {
        let n_features = rows.x.ncols();
        let (n_variables, per_search) = (rows.n_variables(), rows.hyperplanes_per_search());
        for _ in 0..self.max_steps.saturating_mul(4) {
            let is_running =
                |search: &S| search.status() == Status::Running && search.n_steps() < self.max_steps;
            let running: Vec<usize> = (0..searches.len())
                .filter(|i| is_running(&searches[*i]))
                .collect();
            if running.is_empty() {
                break;
            }
            let mut displacements: Vec<Displacement> = Vec::new();
            for i in &running {
                let displacement = searches[*i].displacement();
                let blocks = displacement.chunks_exact(n_variables).map(<[f64]>::to_vec);
                displacements.extend((i * per_search..).zip(blocks));
            }
            let sums = rows.evaluate(&displacements, scores)?;
            for (position, i) in running.into_iter().enumerate() {
                let search = &mut searches[i];
                let n_steps = search.n_steps();
                let (objective, gradient) =
                    self.objective(rows, search.trial(), &sums, position * per_search);
                search.tell(objective, gradient);
                if search.n_steps() > n_steps {
                    let hyperplanes = i * per_search..(i + 1) * per_search;
                    hyperplanes.for_each(|hyperplane| scores.accept(hyperplane));
                }
            }
            after_pass(searches, scores);
        }
        let hyperplanes = searches
            .iter()
            .flat_map(|search| search.point().chunks_exact(n_variables))
            .map(|point| Hyperplane {
                weights: point[..n_features].to_vec(),
                intercept: rows.constant.map_or(0.0, |value| value * point[n_features]),
            })
            .collect();
        Ok(Searched {
            hyperplanes,
            warning: self.warning(searches),
            n_iter: searches.iter().map(AskTell::n_steps).collect(),
        })
    }

    fn warning<S: AskTell>(&self, searches: &[S]) -> Option<String> {
        let count = |status| searches.iter().filter(|search| search.status() == status).count();
        let (n_failed, n_running) = (count(Status::LineSearchFailed), count(Status::Running));
        let n_steps = searches.iter().map(AskTell::n_steps).max().unwrap_or(0);
        (n_failed + n_running > 0).then(|| {
            format!(
                "{}: {} of {} searches{}",
                not_converged(self.tol, n_steps, "iteration"),
                n_failed + n_running,
                searches.len(),
                if n_failed > 0 {
                    ", limited by single precision"
                } else {
                    ""
                }
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::data::test_rows::{classes, labels, samples};
    use crate::native::linear::test_hyperplanes::check;

    fn hyperplanes(loss: LinearLoss, l1: f64, l2: f64, penalize_intercept: bool) -> Vec<Hyperplane> {
        let classifier = SmoothLinear {
            loss,
            penalty: ElasticNet { l1, l2 },
            penalize_intercept,
            tol: 1e-6,
            max_iter: 5000,
            liblinear_tolerance: l1 > 0.0,
            ..SmoothLinear::default()
        };
        classifier
            .train(samples(Layout::F32).f32().view(), &classes())
            .unwrap()
            .hyperplanes
    }

    // Expected values: scikit-learn 1.9 with tol=1e-10.

    #[test]
    fn multinomial_regression_equals_scikit_learn() {
        let l2 = [
            [-0.568838, 1.187593, -0.68261, 0.738887, -0.241521],
            [1.320407, -0.380386, -0.406348, -0.657283, 0.016972],
            [-0.751569, -0.807207, 1.088957, -0.081605, 0.224549],
        ];
        check(&hyperplanes(LinearLoss::Multinomial, 0.0, 0.5, false), l2, 1e-3);
        let l1 = [
            [0.0, 4.241523, 0.0, 0.973026, -0.140278],
            [5.452217, 0.0, 0.0, -0.585547, -0.638416],
            [0.0, 0.0, 2.735861, 0.0, 0.778694],
        ];
        let found = hyperplanes(LinearLoss::Multinomial, 0.2, 0.0, false);
        // The loss does not depend on the mean of the intercepts.
        let mean = found.iter().map(|hyperplane| hyperplane.intercept).sum::<f64>() / 3.0;
        let found: Vec<Hyperplane> = found
            .into_iter()
            .map(|hyperplane| Hyperplane {
                intercept: hyperplane.intercept - mean,
                ..hyperplane
            })
            .collect();
        check(&found, l1, 1e-3);
    }

    #[test]
    fn one_vs_rest_regression_equals_liblinear() {
        let l2 = [
            [-0.931129, 1.238979, -1.041808, 0.721381, -0.535075],
            [1.422354, -0.617796, -0.673711, -0.88346, -0.427824],
            [-0.96029, -1.1006, 1.199978, -0.209523, -0.299459],
        ];
        check(&hyperplanes(LinearLoss::Logistic, 0.0, 0.5, true), l2, 1e-3);
        let l1 = [
            [-1.678197, 3.495429, -1.703435, 1.212338, -1.161484],
            [4.72343, 0.0, -1.070555, -2.463526, -1.621815],
            [-3.354531, -2.823709, 3.180917, 0.0, 0.0],
        ];
        check(&hyperplanes(LinearLoss::Logistic, 0.2, 0.0, true), l1, 1e-3);
    }

    #[test]
    fn squared_hinge_equals_liblinear() {
        let l2 = [
            [-0.588396, 1.360287, -0.694022, 0.866944, -0.696579],
            [1.689998, -0.541414, -0.828514, -0.907562, -0.247177],
            [-1.260214, -1.067269, 1.371048, 0.241522, -0.129542],
        ];
        check(&hyperplanes(LinearLoss::SquaredHinge, 0.0, 0.5, true), l2, 1e-3);
        let l1 = [
            [-0.280161, 1.955231, -0.028155, 0.772996, -1.228251],
            [2.076014, 0.0, -0.532095, -1.101351, -0.676689],
            [-1.520877, -1.114501, 1.457993, 0.0, 0.0],
        ];
        check(&hyperplanes(LinearLoss::SquaredHinge, 0.5, 0.0, true), l1, 1e-3);
    }
    #[test]
    fn settings_outside_their_range_are_refused() {
        let refused = [
            SmoothLinear {
                tol: 0.0,
                ..SmoothLinear::default()
            },
            SmoothLinear {
                penalty: ElasticNet { l1: -1.0, l2: 1.0 },
                ..SmoothLinear::default()
            },
            SmoothLinear {
                intercept_scaling: Some(f64::NAN),
                ..SmoothLinear::default()
            },
        ];
        let samples = samples(Layout::F32);
        let labels = labels();
        for classifier in refused {
            let result = classifier.fit(&samples, &labels, &FitContext::default());
            assert!(matches!(result, Err(FitError::Setting(_))), "{classifier:?}");
        }
    }
}
