//! Support vector machines as the native engine trains them: one problem a pair of classes, each solved as libsvm does.
//!
//! Kernel rows are computed in f32, some at a time by matrix products, and only when the solver asks for one. Of a row's similarities, those
//! to its own class serve every pair of the class and are shared; those to the other class of a pair belong to the pair. Margins are
//! kept in f64. Pairs of many rows start from what one in eight of them comes to, so that the first margins already tell which rows matter.
//! Where the similarity is the dot product itself and there are far more rows than features, a pair is solved in its features instead.

use rayon::prelude::*;

use crate::native::kernel_svm::class_rows::ClassSortedRows;
use crate::native::kernel_svm::intra_class_kernel::IntraClassKernel;
use crate::native::kernel_svm::linear_pair;
use crate::native::kernel_svm::one_vs_one::{OneVsOneModel, Pair};
use crate::native::kernel_svm::options::{Options, SHARED};
use crate::native::kernel_svm::pair_kernel::PairRows;
use crate::native::kernel_svm::smo::{Limits, Solver};
use crate::native::kernel_svm::warm_start::WarmStart;

/// Trains all pairs on the threads of rayon's current pool.
pub(crate) fn train(rows: &ClassSortedRows, options: &Options) -> OneVsOneModel {
    let n_classes = rows.n_classes();
    let pairs: Vec<(usize, usize)> = (0..n_classes)
        .flat_map(|lower| (lower + 1..n_classes).map(move |higher| (lower, higher)))
        .collect();
    let within = IntraClassKernel::new(rows, options.cache / SHARED);
    let n_threads = rayon::current_num_threads().clamp(1, pairs.len().max(1));
    let cache = (options.cache - options.cache / SHARED) / n_threads;
    let start = WarmStart::new(rows, options, cache);
    // One pair at a time and in order, so that a class whose pairs are all solved makes room early.
    let solved = pairs.par_iter().with_max_len(1).map(|&(lower, higher)| {
        let costs = [options.costs[lower], options.costs[higher]];
        let classes = [lower, higher];
        let from = |limits: Limits| Solver::new(PairRows::new(rows, &within, classes, cache), costs, limits);
        let solution = linear_pair::solve(rows, classes, costs, options.limits, from).unwrap_or_else(|| {
            let mut solver = from(options.limits);
            let first = start
                .as_ref()
                .and_then(|start| start.of(classes, costs, options.limits));
            if let Some(first) = first {
                solver.start_from(&first);
            }
            solver.solve()
        });
        within.leave([lower, higher]);
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
    use ndarray::Array2;

    use super::*;
    use crate::native::kernels::kernel_function::KernelFunction;

    /// Rows `first..` of five classes in turn, by a fixed formula.
    fn values(first: usize, n_rows: usize) -> Array2<f32> {
        Array2::from_shape_fn((n_rows, 12), |(row, feature)| {
            let row = first + row;
            let noise = (row * row * 31 + row * feature * 17 + feature * feature * 13 + row * 7919) % 101;
            ((row % 5 * (feature + 3) * 29) % 41 + noise) as f32 / 64.0 - 1.0
        })
    }

    fn rows(similarity: KernelFunction) -> ClassSortedRows {
        let all = values(0, 200);
        let order: Vec<usize> = (0..5).flat_map(|class| (class..200).step_by(5)).collect();
        let sorted = all.select(ndarray::Axis(0), &order);
        ClassSortedRows::new(sorted, vec![0, 40, 80, 120, 160, 200], similarity)
    }

    fn options() -> Options {
        Options {
            costs: vec![2.0; 5],
            limits: Limits {
                tol: 1e-5,
                shrinking: true,
                max_iter: None,
            },
            cache: 10_000_000,
            start_from: usize::MAX,
        }
    }

    /// Similarities, and what scikit-learn 1.9 made of them in f64 with C = 2 and tol = 1e-5: the dual objective of every pair, and the
    /// classes of rows 200 to 300.
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
    fn objectives_and_predictions_are_those_of_scikit_learn() {
        for (similarity, objectives, classes) in EXPECTED {
            let machine = train(&rows(similarity), &options());
            for (found, expected) in machine.objectives().iter().zip(objectives) {
                assert!(
                    (found - expected).abs() < 1e-4 * expected.abs(),
                    "{similarity:?} {found} {expected}"
                );
            }
            let predicted = machine.predict(values(200, 100).view());
            let differ = predicted
                .iter()
                .zip(classes.bytes())
                .filter(|(found, class)| **found != usize::from(class - b'0'));
            // One of the rows lies on a plane.
            assert!(differ.count() <= 1, "{similarity:?} {predicted:?}");
            assert_eq!(machine.unfinished(), (10, 0));
            let n_support: usize = machine.n_support().iter().sum();
            let n_steps: u64 = machine.n_steps().iter().sum();
            assert!(
                (140..=200).contains(&n_support) && n_steps > 100,
                "{n_support} {n_steps}"
            );
        }
    }

    #[test]
    fn room_changes_nothing_and_shrinking_only_the_last_steps() {
        let rows = rows(KernelFunction::Rbf { gamma: 0.25 });
        let machine = train(&rows, &options());
        let mut narrow = options();
        narrow.cache = 1;
        assert_eq!(train(&rows, &narrow).objectives(), machine.objectives());
        let mut plain = options();
        plain.limits.shrinking = false;
        for (found, expected) in train(&rows, &plain).objectives().iter().zip(machine.objectives()) {
            assert!((found - expected).abs() < 1e-6 * expected.abs());
        }
    }

    #[test]
    fn where_a_pair_starts_is_not_where_it_ends() {
        for (similarity, _, _) in EXPECTED {
            let rows = rows(similarity);
            let machine = train(&rows, &options());
            let started = train(
                &rows,
                &Options {
                    start_from: 0,
                    ..options()
                },
            );
            for (found, expected) in started.objectives().iter().zip(machine.objectives()) {
                assert!((found - expected).abs() < 1e-6 * expected.abs());
            }
            let starts_from_nothing = matches!(
                similarity,
                KernelFunction::Linear | KernelFunction::Sigmoid { .. }
            );
            assert_eq!(
                started.n_steps() == machine.n_steps(),
                starts_from_nothing,
                "{similarity:?}"
            );
        }
    }

    #[test]
    fn pairs_that_stop_before_their_end_are_counted() {
        let mut short = options();
        short.limits.max_iter = Some(3);
        let machine = train(&rows(KernelFunction::Linear), &short);
        assert_eq!(
            (machine.unfinished(), machine.n_steps()),
            ((10, 10), &[3; 10][..])
        );
    }

    #[test]
    fn a_class_that_costs_more_is_missed_less() {
        let rows = rows(KernelFunction::Rbf { gamma: 0.25 });
        let named = |costs: [f64; 5]| {
            let machine = train(
                &rows,
                &Options {
                    costs: costs.to_vec(),
                    ..options()
                },
            );
            let predicted = machine.predict(values(200, 100).view());
            predicted.iter().filter(|class| **class == 3).count()
        };
        assert!(named([0.2, 0.2, 0.2, 20.0, 0.2]) > named([2.0; 5]));
    }

    #[test]
    fn one_class_is_the_answer_to_everything() {
        for (similarity, _, _) in EXPECTED {
            let one = ClassSortedRows::new(values(0, 1), vec![0, 1], similarity);
            let machine = train(&one, &options());
            assert_eq!(machine.predict(values(0, 300).view()), vec![0; 300]);
        }
    }

    #[test]
    fn equal_rows_of_two_classes_are_no_obstacle() {
        for (similarity, _, _) in EXPECTED {
            let same = values(0, 1).select(ndarray::Axis(0), &[0; 30]);
            let machine = train(
                &ClassSortedRows::new(same, vec![0, 20, 30], similarity),
                &options(),
            );
            assert_eq!(machine.unfinished(), (1, 0));
            assert_eq!(machine.predict(values(0, 4).view()).len(), 4);
        }
    }
}
