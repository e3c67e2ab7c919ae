//! Crammer and Singer's multi-class machine: one problem for all classes, solved row by row in the dual.
//!
//! A row has a coefficient a class; those of one row are set to their best together. Classes that cannot win a row are set aside for it, and
//! looked at once more when all others are settled. Where that is not at its end after the passes that it may make, its planes can be far from
//! the best, and a search in the primal takes its place if it has found better ones.
//!
//! # Reference
//! Keerthi, Sundararajan, Chang, Hsieh, Lin (2008), A Sequential Dual Method for Large Scale Multi-Class Linear SVMs.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;

use crate::estimator::class_weight::ClassWeight;
use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::labels::EncodedLabels;
use crate::estimator::samples::{Layout, Samples};
use crate::native::data::row_reader::RowReader;
use crate::native::kernels::vector_ops::VectorOps;
use crate::native::linear::linear_model::{Hyperplane, LinearModel};
use crate::native::linear::smoothed_max;

/// A violation below which nothing is moved, as in liblinear.
const SETTLED: f64 = 1e-12;

/// The solver with its parameters.
#[derive(Clone, Debug)]
pub(crate) struct CrammerSinger {
    /// Cost of a violated margin.
    pub(crate) c: f64,
    /// Whether rows cost more the rarer their class.
    pub(crate) class_weight: ClassWeight,
    /// The value of the constant feature, if there is one.
    pub(crate) constant: Option<f64>,
    pub(crate) tol: f64,
    pub(crate) max_iter: usize,
}

/// The machine while it is trained.
struct DualState<'a> {
    rows: &'a RowReader<'a>,
    classes: &'a EncodedLabels,
    constant: f64,
    /// Most that the coefficient of a row's own class can be, by class.
    most: Vec<f64>,
    planes: Vec<Hyperplane>,
    /// For every row one a class.
    coefficients: Vec<f64>,
    set_aside: Vec<bool>,
}

/// Room for what one row needs.
struct Room {
    wide: Vec<f64>,
    slopes: Vec<f64>,
    active: Vec<usize>,
    wanted: Vec<f64>,
    sorted: Vec<f64>,
}

impl DualState<'_> {
    /// Sets a row's coefficients to their best; how far they were from it.
    fn meet(&mut self, steps: VectorOps, row: usize, room: &mut Room) -> f64 {
        let n_classes = self.planes.len();
        let own = usize::from(self.classes.codes[row]);
        let most = self.most[own];
        let range = row * n_classes..(row + 1) * n_classes;
        room.active.clear();
        room.active
            .extend((0..n_classes).filter(|class| !self.set_aside[range.start + class]));
        if room.active.len() <= 1 {
            return 0.0;
        }
        self.rows.read(row, &mut room.wide);
        let square = steps.dot(&room.wide, &room.wide) + self.constant * self.constant;
        if square == 0.0 {
            return 0.0;
        }
        let coefficients = &mut self.coefficients[range.clone()];
        let (mut smallest, mut largest) = (f64::INFINITY, f64::NEG_INFINITY);
        for &class in &room.active {
            let plane = &self.planes[class];
            let score = steps.dot(&plane.weights, &room.wide) + plane.intercept * self.constant;
            let slope = score + if class == own { 0.0 } else { 1.0 };
            room.slopes[class] = slope;
            largest = largest.max(slope);
            if coefficients[class] < if class == own { most } else { 0.0 } {
                smallest = smallest.min(slope);
            }
        }
        for &class in &room.active {
            let bound = if class == own { most } else { 0.0 };
            self.set_aside[range.start + class] =
                coefficients[class] == bound && room.slopes[class] < smallest;
        }
        room.active.retain(|class| !self.set_aside[range.start + class]);
        let violation = largest - smallest;
        if room.active.len() <= 1 || violation <= SETTLED {
            return if room.active.len() <= 1 {
                0.0
            } else {
                violation.max(0.0)
            };
        }
        for &class in &room.active {
            room.wanted[class] = room.slopes[class] - square * coefficients[class];
        }
        let level = level(&room.wanted, &room.active, own, square * most, &mut room.sorted);
        for &class in &room.active {
            let bound = if class == own { most } else { 0.0 };
            let best = ((level - room.wanted[class]) / square).min(bound);
            let change = best - coefficients[class];
            if change.abs() >= SETTLED {
                coefficients[class] = best;
                let plane = &mut self.planes[class];
                steps.axpy(&mut plane.weights, &room.wide, change);
                plane.intercept += change * self.constant;
            }
        }
        violation
    }
}

/// The level that a row's slopes come to, so that its coefficients sum to 0.
#[expect(clippy::cast_precision_loss, reason = "counts of classes")]
fn level(wanted: &[f64], active: &[usize], own: usize, reach: f64, sorted: &mut Vec<f64>) -> f64 {
    sorted.clear();
    sorted.extend(
        active
            .iter()
            .map(|&class| wanted[class] + if class == own { reach } else { 0.0 }),
    );
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    let mut sum = sorted[0] - reach;
    let mut n_above = 1;
    while n_above < sorted.len() && sum < n_above as f64 * sorted[n_above] {
        sum += sorted[n_above];
        n_above += 1;
    }
    sum / n_above as f64
}

impl CrammerSinger {
    /// What rows of each class weigh.
    fn weights(&self, classes: &EncodedLabels) -> Vec<f64> {
        let weight = |code: u8| self.class_weight.of_code(classes, code);
        (0..=u8::MAX).take(classes.n_classes()).map(weight).collect()
    }

    /// Half the squares of the weights, and the costs of all rows.
    fn objective(&self, rows: &RowReader<'_>, classes: &EncodedLabels, planes: &[Hyperplane]) -> f64 {
        let steps = VectorOps::detect();
        let weights = self.weights(classes);
        let cost = |wide: &mut Vec<f64>, (row, own): (usize, &u8)| {
            rows.read(row, wide);
            let own = usize::from(*own);
            let score = |plane: &Hyperplane| steps.dot(&plane.weights, wide) + plane.intercept;
            let scores = planes.iter().map(score).enumerate();
            let raised =
                scores.map(|(class, score)| (score + if class == own { 0.0 } else { 1.0 }, class == own));
            let (mut highest, mut of_own) = (f64::NEG_INFINITY, 0.0);
            for (score, is_own) in raised {
                highest = highest.max(score);
                of_own = if is_own { score } else { of_own };
            }
            self.c * weights[own] * (highest - of_own)
        };
        let costs: Vec<f64> = (classes.codes.par_iter().enumerate())
            .map_init(|| rows.room(), cost)
            .collect();
        let constant = self.constant.unwrap_or(1.0);
        let square = |plane: &Hyperplane| {
            steps.dot(&plane.weights, &plane.weights) + (plane.intercept / constant).powi(2)
        };
        0.5 * planes.iter().map(square).sum::<f64>() + costs.iter().sum::<f64>()
    }

    /// Trains in the dual; with the planes whether it came to the tolerance.
    fn planes(&self, rows: &RowReader<'_>, classes: &EncodedLabels, seed: u64) -> (Vec<Hyperplane>, bool) {
        let (n_rows, n_classes) = (classes.codes.len(), classes.n_classes());
        let mut machine = DualState {
            rows,
            classes,
            constant: self.constant.unwrap_or(0.0),
            most: (self.weights(classes).iter())
                .map(|weight| self.c * weight)
                .collect(),
            planes: vec![
                Hyperplane {
                    weights: rows.room(),
                    intercept: 0.0,
                };
                n_classes
            ],
            coefficients: vec![0.0; n_rows * n_classes],
            set_aside: vec![false; n_rows * n_classes],
        };
        let mut room = Room {
            wide: rows.room(),
            slopes: vec![0.0; n_classes],
            active: Vec::with_capacity(n_classes),
            wanted: vec![0.0; n_classes],
            sorted: Vec::with_capacity(n_classes),
        };
        let steps = VectorOps::detect();
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut order: Vec<usize> = (0..n_rows).collect();
        // What is set aside comes back at a tolerance that narrows down to the one that is asked for.
        let mut tolerance = (10.0 * self.tol).max(1.0);
        let mut all_are_in = true;
        let mut converged = false;
        for _ in 0..self.max_iter {
            order.shuffle(&mut random);
            let violations = order.iter().map(|&row| machine.meet(steps, row, &mut room));
            let violation = violations.fold(0.0, f64::max);
            if violation >= tolerance {
                all_are_in = false;
            } else if violation < self.tol && all_are_in {
                converged = true;
                break;
            } else {
                machine.set_aside.fill(false);
                tolerance = (tolerance / 2.0).max(self.tol);
                all_are_in = true;
            }
        }
        for plane in &mut machine.planes {
            plane.intercept *= machine.constant;
        }
        (machine.planes, converged)
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
        let classes = EncodedLabels::new(labels);
        crate::estimator::labels::decision_classes(&classes)?;
        let rows = RowReader::new(train);
        let (mut planes, converged) = self.planes(&rows, &classes, context.seed);
        let mut warning = None;
        if !converged {
            let mut told = format!(
                "not converged: tol {:.1e} was not reached in {} passes",
                self.tol, self.max_iter
            );
            let weights = self.weights(&classes);
            let costs = (self.c, &weights[..]);
            let rounded = smoothed_max::planes(train.to_f32().view(), &classes, costs, self.constant)?;
            let (found, left) = (
                self.objective(&rows, &classes, &rounded),
                self.objective(&rows, &classes, &planes),
            );
            if found < left {
                planes = rounded;
                told += &format!(
                    "; the weights are those of a search with the maximum rounded off by {}, whose objective is {:.2} of theirs",
                    smoothed_max::WIDTH,
                    found / left
                );
            }
            warning = Some(told);
        }
        if let [first, second] = &mut planes[..] {
            // Of two classes the second has the only plane: how far it is above the first.
            for (to, from) in second.weights.iter_mut().zip(&first.weights) {
                *to -= from;
            }
            second.intercept -= first.intercept;
            planes.remove(0);
        }
        Ok(Box::new(LinearModel {
            classes,
            planes,
            warning,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::data::test_rows::classes;
    use crate::native::data::test_rows::samples;
    use crate::native::linear::test_planes::check;

    #[test]
    fn planes_are_liblinears() {
        let solver = CrammerSinger {
            c: 2.0,
            class_weight: ClassWeight::None,
            constant: Some(1.0),
            tol: 1e-9,
            max_iter: 100_000,
        };
        let samples = samples(Layout::BytesOrF32);
        let (planes, converged) = solver.planes(&RowReader::new(&samples), &classes(), 1);
        assert!(converged);
        // sklearn.svm.LinearSVC(C=2, multi_class="crammer_singer").
        let expected = [
            [-0.228308, 1.00409, -0.545198, 0.640323, -0.330086],
            [1.171213, -0.289793, -0.401927, -0.849651, 0.06785],
            [-0.942905, -0.714298, 0.947125, 0.209328, 0.262235],
        ];
        check(&planes, expected, 1e-5);
    }

    #[test]
    fn coefficients_at_the_level_sum_to_0() {
        let (wanted, active, square, most) = ([0.3, 1.4, 0.9], [0, 1, 2], 2.0, 0.7);
        let level = level(&wanted, &active, 0, square * most, &mut Vec::new());
        let best = |class: usize| {
            let bound = if class == 0 { most } else { 0.0 };
            ((level - wanted[class]) / square).min(bound)
        };
        assert!((best(0) + best(1) + best(2)).abs() < 1e-12);
    }

    #[test]
    fn a_search_in_the_primal_comes_to_the_same_planes() {
        let solver = CrammerSinger {
            c: 2.0,
            class_weight: ClassWeight::Balanced,
            constant: Some(1.0),
            tol: 1e-9,
            max_iter: 100_000,
        };
        let (samples, classes) = (samples(Layout::BytesOrF32), classes());
        let rows = RowReader::new(&samples);
        let (planes, converged) = solver.planes(&rows, &classes, 1);
        assert!(converged);
        let weights = solver.weights(&classes);
        let rounded = smoothed_max::planes(
            samples.to_f32().view(),
            &classes,
            (solver.c, &weights),
            solver.constant,
        )
        .unwrap();
        let (best, found) = (
            solver.objective(&rows, &classes, &planes),
            solver.objective(&rows, &classes, &rounded),
        );
        assert!(best <= found && found < 1.02 * best, "{best} {found}");
    }

    #[test]
    fn what_is_cut_off_is_taken_over_by_a_search_in_the_primal() {
        let solver = |max_iter| CrammerSinger {
            c: 2.0,
            class_weight: ClassWeight::None,
            constant: Some(1.0),
            tol: 1e-9,
            max_iter,
        };
        let (samples, classes) = (samples(Layout::BytesOrF32), classes());
        let labels: Vec<_> = classes.codes.iter().map(|class| loader::Label(*class)).collect();
        let context = FitContext {
            seed: 1,
            memory: None,
        };
        let told = |max_iter| {
            solver(max_iter)
                .fit(&samples, &labels, &context)
                .unwrap()
                .warning()
        };
        assert!(told(1).unwrap().contains("rounded off by 0.01"), "{:?}", told(1));
        assert_eq!(told(100_000), None);
    }
}
