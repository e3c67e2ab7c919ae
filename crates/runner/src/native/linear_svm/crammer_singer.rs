//! Crammer and Singer's multi-class support vector machine: one problem for all classes, solved in the dual.
//!
//! Every row has one dual coefficient per class. The solver optimizes the coefficients of one row at a time. It shrinks classes that cannot
//! win a row, and checks them again when all others have converged. If it does not converge, its hyperplanes can be far from the optimum.
//! Then a primal search on a smoothed loss follows, and the better hyperplanes are kept.
//!
//! # Reference
//! Keerthi, Sundararajan, Chang, Hsieh, Lin (2008), A Sequential Dual Method for Large Scale Multi-Class Linear SVMs.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;

use crate::estimator::checks::{check_count, check_positive, check_training_rows};
use crate::estimator::class_weight::ClassWeight;
use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::convergence::not_converged;
use crate::estimator::error::FitError;
use crate::estimator::labels::{EncodedLabels, decision_classes};
use crate::estimator::samples::{Layout, Samples};
use crate::native::data::row_reader::RowReader;
use crate::native::kernels::vector_ops::VectorOps;
use crate::native::linear::intercept_scaling::check_intercept_scaling;
use crate::native::linear::linear_model::{Hyperplane, LinearModel};
use crate::native::linear::smoothed_max;
use crate::native::linear_svm::dual_progress::Progress;

/// Least violation, and least change of a coefficient, that causes an update, as in liblinear.
const MIN_CHANGE: f64 = 1e-12;

/// The training rows for which `max_iter` is the bound on the passes. Fewer rows have as many more passes, for the same work.
const FULL_ROWS: usize = 60_000;

/// The passes that liblinear makes at most. Fewer rows have no more than these unless `max_iter` asks for them.
const LIBLINEAR_PASSES: usize = 100_000;

/// Crammer and Singer's linear support vector machine.
///
/// Minimizes `½ Σ |w|² + c · Σ weight · max(0, 1 + highest other score - own score)`, where `w` includes the weights of the constant feature.
/// The defaults are those of scikit-learn's `LinearSVC`.
#[derive(Clone, Debug)]
pub struct CrammerSinger {
    /// Cost of a violated margin, above 0.
    pub c: f64,
    /// The weights of rows by class.
    pub class_weight: ClassWeight,
    /// Value of a constant feature, above 0, whose weight makes the intercept; `None`: no intercept.
    pub intercept_scaling: Option<f64>,
    /// Bound on the violation of the optimality conditions, above 0, in units of a score.
    pub tol: f64,
    /// Bound on the passes over 60,000 rows or more, at least 1. With fewer rows, bound on as many updates of a row, up to the 100,000 passes
    /// that liblinear makes whatever its `max_iter`.
    pub max_iter: usize,
}

impl Default for CrammerSinger {
    fn default() -> CrammerSinger {
        CrammerSinger {
            c: 1.0,
            class_weight: ClassWeight::None,
            intercept_scaling: Some(1.0),
            tol: 1e-4,
            max_iter: 1000,
        }
    }
}

/// Dual coefficients and hyperplanes during training.
struct DualState<'a> {
    rows: &'a RowReader<'a>,
    classes: &'a EncodedLabels,
    constant: f64,
    /// Bound on the coefficient of the own class of a row, by class.
    costs: Vec<f64>,
    hyperplanes: Vec<Hyperplane>,
    /// `n_rows × n_classes`.
    coefficients: Vec<f64>,
    /// Whether a class is shrunk for a row: `n_rows × n_classes`.
    is_shrunk: Vec<bool>,
}

/// What the dual method has found.
struct DualSolution {
    hyperplanes: Vec<Hyperplane>,
    has_converged: bool,
    /// Passes over the rows.
    n_passes: usize,
}

/// Buffers for one row.
struct RowBuffers {
    row_f64: Vec<f64>,
    slopes: Vec<f64>,
    active: Vec<usize>,
    shifted_slopes: Vec<f64>,
    sorted: Vec<f64>,
}

impl DualState<'_> {
    /// Optimizes the coefficients of a row. Returns their violation before that.
    fn update(&mut self, ops: VectorOps, row: usize, buffers: &mut RowBuffers) -> f64 {
        let n_classes = self.hyperplanes.len();
        let own = usize::from(self.classes.codes[row]);
        let cost = self.costs[own];
        let range = row * n_classes..(row + 1) * n_classes;
        buffers.active.clear();
        buffers
            .active
            .extend((0..n_classes).filter(|class| !self.is_shrunk[range.start + class]));
        if buffers.active.len() <= 1 {
            return 0.0;
        }
        self.rows.read(row, &mut buffers.row_f64);
        let squared_norm = ops.dot(&buffers.row_f64, &buffers.row_f64) + self.constant * self.constant;
        if squared_norm == 0.0 {
            return 0.0;
        }
        let coefficients = &mut self.coefficients[range.clone()];
        let (mut smallest, mut largest) = (f64::INFINITY, f64::NEG_INFINITY);
        for &class in &buffers.active {
            let hyperplane = &self.hyperplanes[class];
            let score = ops.dot(&hyperplane.weights, &buffers.row_f64) + hyperplane.intercept * self.constant;
            let slope = score + if class == own { 0.0 } else { 1.0 };
            buffers.slopes[class] = slope;
            largest = largest.max(slope);
            if coefficients[class] < if class == own { cost } else { 0.0 } {
                smallest = smallest.min(slope);
            }
        }
        for &class in &buffers.active {
            let bound = if class == own { cost } else { 0.0 };
            self.is_shrunk[range.start + class] =
                coefficients[class] == bound && buffers.slopes[class] < smallest;
        }
        buffers
            .active
            .retain(|class| !self.is_shrunk[range.start + class]);
        let violation = largest - smallest;
        if buffers.active.len() <= 1 || violation <= MIN_CHANGE {
            return if buffers.active.len() <= 1 {
                0.0
            } else {
                violation.max(0.0)
            };
        }
        for &class in &buffers.active {
            buffers.shifted_slopes[class] = buffers.slopes[class] - squared_norm * coefficients[class];
        }
        let common_slope = common_slope(
            &buffers.shifted_slopes,
            &buffers.active,
            own,
            squared_norm * cost,
            &mut buffers.sorted,
        );
        for &class in &buffers.active {
            let bound = if class == own { cost } else { 0.0 };
            let best = ((common_slope - buffers.shifted_slopes[class]) / squared_norm).min(bound);
            let change = best - coefficients[class];
            if change.abs() >= MIN_CHANGE {
                coefficients[class] = best;
                let hyperplane = &mut self.hyperplanes[class];
                ops.axpy(&mut hyperplane.weights, &buffers.row_f64, change);
                hyperplane.intercept += change * self.constant;
            }
        }
        violation
    }
}

/// The common slope of the free coefficients of a row at which its coefficients sum to 0.
#[expect(clippy::cast_precision_loss, reason = "counts of classes")]
fn common_slope(
    shifted_slopes: &[f64],
    active: &[usize],
    own: usize,
    scaled_cost: f64,
    sorted: &mut Vec<f64>,
) -> f64 {
    sorted.clear();
    sorted.extend(
        active
            .iter()
            .map(|&class| shifted_slopes[class] + if class == own { scaled_cost } else { 0.0 }),
    );
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    let mut sum = sorted[0] - scaled_cost;
    let mut n_above = 1;
    while n_above < sorted.len() && sum < n_above as f64 * sorted[n_above] {
        sum += sorted[n_above];
        n_above += 1;
    }
    sum / n_above as f64
}

impl CrammerSinger {
    fn check(&self) -> Result<(), FitError> {
        check_positive("C", self.c)?;
        check_intercept_scaling(self.intercept_scaling)?;
        check_positive("tol", self.tol)?;
        check_count("max_iter", self.max_iter)
    }

    /// The weight of the rows of each class.
    fn class_weights(&self, classes: &EncodedLabels) -> Vec<f64> {
        let weight = |code: u8| self.class_weight.of_code(classes, code);
        (0..=u8::MAX).take(classes.n_classes()).map(weight).collect()
    }

    /// The primal objective.
    fn objective(&self, rows: &RowReader<'_>, classes: &EncodedLabels, hyperplanes: &[Hyperplane]) -> f64 {
        let ops = VectorOps::detect();
        let weights = self.class_weights(classes);
        let cost = |row_f64: &mut Vec<f64>, (row, own): (usize, &u8)| {
            rows.read(row, row_f64);
            let own = usize::from(*own);
            let score =
                |hyperplane: &Hyperplane| ops.dot(&hyperplane.weights, row_f64) + hyperplane.intercept;
            let scores = hyperplanes.iter().map(score).enumerate();
            let with_margin =
                scores.map(|(class, score)| (score + if class == own { 0.0 } else { 1.0 }, class == own));
            let (mut highest, mut own_score) = (f64::NEG_INFINITY, 0.0);
            for (score, is_own) in with_margin {
                highest = highest.max(score);
                own_score = if is_own { score } else { own_score };
            }
            self.c * weights[own] * (highest - own_score)
        };
        let costs: Vec<f64> = (classes.codes.par_iter().enumerate())
            .map_init(|| rows.buffer(), cost)
            .collect();
        let constant = self.intercept_scaling.unwrap_or(1.0);
        let squared_norm = |hyperplane: &Hyperplane| {
            ops.dot(&hyperplane.weights, &hyperplane.weights) + (hyperplane.intercept / constant).powi(2)
        };
        0.5 * hyperplanes.iter().map(squared_norm).sum::<f64>() + costs.iter().sum::<f64>()
    }

    /// The bound on the passes over `n_rows` rows.
    fn max_passes(&self, n_rows: usize) -> usize {
        let as_much_work = self.max_iter.saturating_mul(FULL_ROWS / n_rows.max(1));
        as_much_work.min(LIBLINEAR_PASSES).max(self.max_iter)
    }

    /// Trains in the dual, until it converges, has made as many passes as it may, or is so slow that it would need far more.
    fn train_dual(&self, rows: &RowReader<'_>, classes: &EncodedLabels, seed: u64) -> DualSolution {
        let (n_rows, n_classes) = (classes.codes.len(), classes.n_classes());
        let mut state = DualState {
            rows,
            classes,
            constant: self.intercept_scaling.unwrap_or(0.0),
            costs: (self.class_weights(classes).iter())
                .map(|weight| self.c * weight)
                .collect(),
            hyperplanes: vec![
                Hyperplane {
                    weights: rows.buffer(),
                    intercept: 0.0,
                };
                n_classes
            ],
            coefficients: vec![0.0; n_rows * n_classes],
            is_shrunk: vec![false; n_rows * n_classes],
        };
        let mut buffers = RowBuffers {
            row_f64: rows.buffer(),
            slopes: vec![0.0; n_classes],
            active: Vec::with_capacity(n_classes),
            shifted_slopes: vec![0.0; n_classes],
            sorted: Vec::with_capacity(n_classes),
        };
        let ops = VectorOps::detect();
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut order: Vec<usize> = (0..n_rows).collect();
        // Shrunk classes are checked again at a tolerance that decreases to `tol`.
        let mut tolerance = (10.0 * self.tol).max(1.0);
        let mut none_is_shrunk = true;
        let mut has_converged = false;
        let mut progress = Progress::new(self.tol, self.max_passes(n_rows));
        while !progress.is_at_end() {
            order.shuffle(&mut random);
            let violations = order.iter().map(|&row| state.update(ops, row, &mut buffers));
            let violation = violations.fold(0.0, f64::max);
            progress.record(violation);
            if violation >= tolerance {
                none_is_shrunk = false;
            } else if violation < self.tol && none_is_shrunk {
                has_converged = true;
                break;
            } else {
                state.is_shrunk.fill(false);
                tolerance = (tolerance / 2.0).max(self.tol);
                none_is_shrunk = true;
            }
        }
        for hyperplane in &mut state.hyperplanes {
            hyperplane.intercept *= state.constant;
        }
        DualSolution {
            hyperplanes: state.hyperplanes,
            has_converged,
            n_passes: progress.n_passes,
        }
    }
}

impl Classifier for CrammerSinger {
    fn layout(&self) -> Layout {
        Layout::BytesOrF32
    }

    fn fit<'a>(
        &self,
        train: &'a Samples,
        labels: &'a [loader::Label],
        context: &FitContext,
    ) -> Result<Box<dyn Model + 'a>, FitError> {
        self.check()?;
        check_training_rows(self.layout(), train, labels)?;
        let classes = EncodedLabels::new(labels);
        decision_classes(&classes)?;
        let rows = RowReader::new(train);
        let dual = self.train_dual(&rows, &classes, context.seed);
        let mut hyperplanes = dual.hyperplanes;
        let mut warning = None;
        if !dual.has_converged {
            let mut message = not_converged(self.tol, dual.n_passes, "iteration");
            let max_passes = self.max_passes(labels.len());
            if dual.n_passes < max_passes {
                message += &format!(", too slow for {max_passes}");
            }
            let weights = self.class_weights(&classes);
            let costs = (self.c, &weights[..]);
            let smoothed =
                smoothed_max::hyperplanes(train.to_f32().view(), &classes, costs, self.intercept_scaling)?;
            let (primal, dual) = (
                self.objective(&rows, &classes, &smoothed),
                self.objective(&rows, &classes, &hyperplanes),
            );
            if primal < dual {
                hyperplanes = smoothed;
                message += &format!(
                    "; used the weights of a primal search with a maximum smoothed over {}, at {:.2} of the objective",
                    smoothed_max::WIDTH,
                    primal / dual
                );
            }
            warning = Some(message);
        }
        let model = LinearModel::from_class_scores(classes, hyperplanes, warning);
        Ok(Box::new(model.with_n_iter(vec![dual.n_passes])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loader::Label;

    use crate::native::data::test_rows::{classes, floats, samples};
    use crate::native::linear::test_hyperplanes::check;

    #[test]
    fn hyperplanes_equal_liblinear() {
        let solver = CrammerSinger {
            c: 2.0,
            class_weight: ClassWeight::None,
            intercept_scaling: Some(1.0),
            tol: 1e-9,
            max_iter: 100_000,
        };
        let samples = samples(Layout::BytesOrF32);
        let dual = solver.train_dual(&RowReader::new(&samples), &classes(), 1);
        assert!(dual.has_converged);
        // sklearn.svm.LinearSVC(C=2, multi_class="crammer_singer").
        let expected = [
            [-0.228308, 1.00409, -0.545198, 0.640323, -0.330086],
            [1.171213, -0.289793, -0.401927, -0.849651, 0.06785],
            [-0.942905, -0.714298, 0.947125, 0.209328, 0.262235],
        ];
        check(&dual.hyperplanes, expected, 1e-5);
    }

    #[test]
    fn coefficients_at_the_common_slope_sum_to_zero() {
        let (shifted_slopes, active, squared_norm, cost) = ([0.3, 1.4, 0.9], [0, 1, 2], 2.0, 0.7);
        let common_slope = common_slope(&shifted_slopes, &active, 0, squared_norm * cost, &mut Vec::new());
        let best = |class: usize| {
            let bound = if class == 0 { cost } else { 0.0 };
            ((common_slope - shifted_slopes[class]) / squared_norm).min(bound)
        };
        assert!((best(0) + best(1) + best(2)).abs() < 1e-12);
    }

    #[test]
    fn the_primal_search_finds_almost_the_same_objective() {
        let solver = CrammerSinger {
            c: 2.0,
            class_weight: ClassWeight::Balanced,
            intercept_scaling: Some(1.0),
            tol: 1e-9,
            max_iter: 100_000,
        };
        let (samples, classes) = (samples(Layout::BytesOrF32), classes());
        let rows = RowReader::new(&samples);
        let dual = solver.train_dual(&rows, &classes, 1);
        assert!(dual.has_converged);
        let weights = solver.class_weights(&classes);
        let smoothed = smoothed_max::hyperplanes(
            samples.to_f32().view(),
            &classes,
            (solver.c, &weights),
            solver.intercept_scaling,
        )
        .unwrap();
        let (best, found) = (
            solver.objective(&rows, &classes, &dual.hyperplanes),
            solver.objective(&rows, &classes, &smoothed),
        );
        assert!(best <= found && found < 1.02 * best, "{best} {found}");
    }

    #[test]
    fn a_primal_search_follows_if_the_dual_does_not_converge() {
        let samples = Samples::from_f32(floats(0, 400));
        // Not separable: the classes follow no feature.
        let labels: Vec<Label> = [0, 1, 2, 2, 1]
            .iter()
            .cycle()
            .take(400)
            .map(|&code| Label(code))
            .collect();
        let warning = |c| {
            let solver = CrammerSinger {
                c,
                max_iter: 1,
                ..CrammerSinger::default()
            };
            solver
                .fit(&samples, &labels, &FitContext::default())
                .unwrap()
                .warning()
        };
        let message = warning(1e6).unwrap();
        assert!(
            message.contains("too slow for 150; used the weights"),
            "{message}"
        );
        assert!(message.contains("smoothed over 0.01"), "{message}");
        assert_eq!(warning(1e-4), None);
    }

    #[test]
    fn fewer_rows_have_more_passes() {
        let solver = CrammerSinger::default();
        let passes = [1, 4_000, 40_000, 60_000, 300_000].map(|n_rows| solver.max_passes(n_rows));
        assert_eq!(passes, [100_000, 15_000, 1_000, 1_000, 1_000]);
        let solver = CrammerSinger {
            max_iter: usize::MAX,
            ..solver
        };
        assert_eq!(solver.max_passes(4_000), usize::MAX);
    }
}
