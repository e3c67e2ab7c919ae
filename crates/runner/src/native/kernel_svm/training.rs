//! Trains all pairs of classes, each by SMO as in libsvm.
//!
//! Kernel rows are computed in `f32` by matrix products, in blocks, when the solver requests one. Kernel values within a class are shared by
//! all pairs of the class. Margins are `f64`. Pairs of many rows start from the solution of a subsample. With a linear kernel and far more rows
//! than features a pair is solved in the primal.

use rayon::prelude::*;

use crate::native::kernel_svm::class_rows::ClassSortedRows;
use crate::native::kernel_svm::intra_class_kernel::IntraClassKernel;
use crate::native::kernel_svm::linear_pair;
use crate::native::kernel_svm::one_vs_one::{OneVsOneModel, Pair};
use crate::native::kernel_svm::options::{Limits, Options, SHARED_CACHE_DIVISOR};
use crate::native::kernel_svm::pair_kernel::PairRows;
use crate::native::kernel_svm::smo::Solver;
use crate::native::kernel_svm::warm_start::WarmStart;

/// Trains all pairs on the threads of rayon's current pool.
pub(crate) fn train(rows: &ClassSortedRows<'_>, options: &Options) -> OneVsOneModel {
    let n_classes = rows.n_classes();
    let pairs: Vec<(usize, usize)> = (0..n_classes)
        .flat_map(|lower| (lower + 1..n_classes).map(move |higher| (lower, higher)))
        .collect();
    let intra_class = IntraClassKernel::new(rows, options.cache_bytes / SHARED_CACHE_DIVISOR);
    let n_threads = rayon::current_num_threads().clamp(1, pairs.len().max(1));
    let cache_bytes = (options.cache_bytes - options.cache_bytes / SHARED_CACHE_DIVISOR) / n_threads;
    let warm_start = WarmStart::new(rows, options, cache_bytes);
    // In order and one pair per task, so that a class frees its cache as soon as its pairs are solved.
    let solved = pairs.par_iter().with_max_len(1).map(|&(lower, higher)| {
        let costs = [options.costs[lower], options.costs[higher]];
        let classes = [lower, higher];
        let smo = |limits: Limits| {
            Solver::new(
                PairRows::new(rows, &intra_class, classes, cache_bytes),
                costs,
                limits,
            )
        };
        let solution = linear_pair::solve(rows, classes, costs, options.limits, smo).unwrap_or_else(|| {
            let mut solver = smo(options.limits);
            let start = warm_start
                .as_ref()
                .and_then(|warm_start| warm_start.coefficients(classes, costs, options.limits));
            if let Some(start) = start {
                solver.start_from(&start);
            }
            solver.solve()
        });
        intra_class.release([lower, higher]);
        Pair {
            lower,
            higher,
            solution,
        }
    });
    OneVsOneModel::new(rows, solved.collect())
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use ndarray::Array2;

    use super::*;
    use crate::native::kernels::kernel_function::KernelFunction;

    /// Rows of five classes in turn from number `first` on, by a fixed formula.
    fn values(first: usize, n_rows: usize) -> Array2<f32> {
        Array2::from_shape_fn((n_rows, 12), |(row, feature)| {
            let row = first + row;
            let noise = (row * row * 31 + row * feature * 17 + feature * feature * 13 + row * 7919) % 101;
            ((row % 5 * (feature + 3) * 29) % 41 + noise) as f32 / 64.0 - 1.0
        })
    }

    fn rows(kernel: KernelFunction) -> ClassSortedRows<'static> {
        let all = values(0, 200);
        let by_class: Vec<Vec<usize>> = (0..5).map(|class| (class..200).step_by(5).collect()).collect();
        ClassSortedRows::new(Cow::Owned(all), &by_class, kernel)
    }

    fn options() -> Options {
        Options {
            costs: vec![2.0; 5],
            limits: Limits {
                tol: 1e-5,
                shrinking: true,
                max_iter: None,
            },
            cache_bytes: 10_000_000,
            warm_start_rows: usize::MAX,
        }
    }

    /// Kernels, with results of scikit-learn 1.9 in `f64` for C = 2 and tol = 1e-5: the dual objective of every pair, and the classes of the
    /// rows 200 to 300.
    const EXPECTED: [(KernelFunction, [f64; 10], &str); 4] = [
        (
            KernelFunction::Linear,
            [
                -17.1517, -19.20184, -21.97554, -26.35979, -66.43189, -90.03559, -38.18373, -68.92207,
                -73.52332, -67.49198,
            ],
            "0224200234012122121241404132241441203334012020120404132014140023203234012140121201234012140111301412",
        ),
        (
            KernelFunction::Polynomial {
                gamma: 0.25,
                offset: 0.5,
                degree: 3,
            },
            [
                -13.9583, -17.65405, -20.95305, -21.95847, -55.07301, -52.09848, -24.61954, -49.16486,
                -46.53709, -54.93176,
            ],
            "0223200234012122123201414311241221303114412120123401133011340121302232022340121301234012240121301212",
        ),
        (
            KernelFunction::Rbf { gamma: 0.25 },
            [
                -23.29144, -26.35276, -28.90194, -30.60355, -77.85501, -76.3817, -39.34053, -70.93091,
                -65.61739, -77.66788,
            ],
            "0224240234012122121201434111241241303114012020323201112014140121302212022120121201234012440111301212",
        ),
        (
            KernelFunction::Sigmoid {
                gamma: 0.02,
                offset: -0.5,
            },
            [
                -84.01803, -89.56715, -96.65297, -96.6868, -138.0091, -142.58587, -111.30373, -133.68749,
                -128.27004, -138.98805,
            ],
            "0224240234022122111201434131241441303240012320120404132014140024202232022120121201244012440114401212",
        ),
    ];

    #[test]
    fn objectives_and_predictions_equal_scikit_learn() {
        for (kernel, objectives, classes) in EXPECTED {
            let model = train(&rows(kernel), &options());
            for (found, expected) in model.objectives().iter().zip(objectives) {
                assert!(
                    (found - expected).abs() < 1e-4 * expected.abs(),
                    "{kernel:?} {found} {expected}"
                );
            }
            let predicted = model.predict(values(200, 100).view());
            let differ = predicted
                .iter()
                .zip(classes.bytes())
                .filter(|(found, class)| **found != usize::from(class - b'0'));
            // One of the rows lies on a hyperplane.
            assert!(differ.count() <= 1, "{kernel:?} {predicted:?}");
            assert_eq!(model.unconverged(), (10, 0));
            let n_support: usize = model.n_support().iter().sum();
            let n_steps: u64 = model.n_steps().iter().sum();
            assert!(
                (140..=200).contains(&n_support) && n_steps > 100,
                "{n_support} {n_steps}"
            );
        }
    }

    #[test]
    fn the_cache_changes_nothing_and_shrinking_only_the_last_steps() {
        let rows = rows(KernelFunction::Rbf { gamma: 0.25 });
        let model = train(&rows, &options());
        let mut small = options();
        small.cache_bytes = 1;
        assert_eq!(train(&rows, &small).objectives(), model.objectives());
        let mut plain = options();
        plain.limits.shrinking = false;
        for (found, expected) in train(&rows, &plain).objectives().iter().zip(model.objectives()) {
            assert!((found - expected).abs() < 1e-6 * expected.abs());
        }
    }

    #[test]
    fn a_warm_start_does_not_change_the_result() {
        for (kernel, _, _) in EXPECTED {
            let rows = rows(kernel);
            let model = train(&rows, &options());
            let started = train(
                &rows,
                &Options {
                    warm_start_rows: 0,
                    ..options()
                },
            );
            for (found, expected) in started.objectives().iter().zip(model.objectives()) {
                assert!((found - expected).abs() < 1e-6 * expected.abs());
            }
            let starts_at_zero = matches!(kernel, KernelFunction::Linear | KernelFunction::Sigmoid { .. });
            assert_eq!(started.n_steps() == model.n_steps(), starts_at_zero, "{kernel:?}");
        }
    }

    #[test]
    fn pairs_that_do_not_converge_are_counted() {
        let mut short = options();
        short.limits.max_iter = Some(3);
        let model = train(&rows(KernelFunction::Linear), &short);
        assert_eq!((model.unconverged(), model.n_steps()), ((10, 10), &[3; 10][..]));
    }

    #[test]
    fn a_class_with_a_higher_cost_is_predicted_more_often() {
        let rows = rows(KernelFunction::Rbf { gamma: 0.25 });
        let n_predicted = |costs: [f64; 5]| {
            let model = train(
                &rows,
                &Options {
                    costs: costs.to_vec(),
                    ..options()
                },
            );
            let predicted = model.predict(values(200, 100).view());
            predicted.iter().filter(|class| **class == 3).count()
        };
        assert!(n_predicted([0.2, 0.2, 0.2, 20.0, 0.2]) > n_predicted([2.0; 5]));
    }

    #[test]
    fn a_single_class_is_always_predicted() {
        for (kernel, _, _) in EXPECTED {
            let one = ClassSortedRows::new(Cow::Owned(values(0, 1)), &[vec![0]], kernel);
            let model = train(&one, &options());
            assert_eq!(model.predict(values(0, 300).view()), vec![0; 300]);
        }
    }

    #[test]
    fn equal_rows_of_two_classes_converge() {
        for (kernel, _, _) in EXPECTED {
            let same = values(0, 1).select(ndarray::Axis(0), &[0; 30]);
            let model = train(
                &ClassSortedRows::new(Cow::Owned(same), &[(0..20).collect(), (20..30).collect()], kernel),
                &options(),
            );
            assert_eq!(model.unconverged(), (1, 0));
            assert_eq!(model.predict(values(0, 4).view()).len(), 4);
        }
    }
}
