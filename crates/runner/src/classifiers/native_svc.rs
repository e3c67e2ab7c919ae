//! Support vector machines as the native engine trains them: one problem a pair of classes, each solved as libsvm does.
//!
//! Kernel rows are computed in f32, some at a time by matrix products, and only when the solver asks for one. Of a row's similarities, those
//! to its own class serve every pair of the class and are shared; those to the other class of a pair belong to the pair. Margins are
//! kept in f64.

mod pair_rows;
mod rows;
mod solver;
mod store;
mod voting;
mod within;

use rayon::prelude::*;

pub(super) use rows::Rows;
pub(super) use solver::Limits;
use solver::{Solution, Solver};
pub(super) use voting::Machine;
use within::Within;

use pair_rows::PairRows;

/// Of the bytes for kernel rows, one part in so many is for what the pairs share; the rest is for the pairs that are being solved.
const SHARED: usize = 2;

/// What a fit is asked for beside its rows.
#[derive(Clone, Debug)]
pub(super) struct Options {
    /// The cost of a violated margin, of every class.
    pub(super) costs: Vec<f64>,
    pub(super) limits: Limits,
    /// Bytes for kernel rows.
    pub(super) cache: usize,
}

/// One solved pair of classes, by their numbers; the lower is the positive one.
struct Pair {
    lower: usize,
    higher: usize,
    solution: Solution,
}

/// Trains all pairs on the threads of rayon's current pool.
pub(super) fn train(rows: &Rows, options: &Options) -> Machine {
    let n_classes = rows.n_classes();
    let pairs: Vec<(usize, usize)> = (0..n_classes)
        .flat_map(|lower| (lower + 1..n_classes).map(move |higher| (lower, higher)))
        .collect();
    let within = Within::new(rows, options.cache / SHARED);
    let n_threads = rayon::current_num_threads().clamp(1, pairs.len().max(1));
    let cache = (options.cache - options.cache / SHARED) / n_threads;
    // One pair at a time and in order, so that a class whose pairs are all solved makes room early.
    let solved = pairs.par_iter().with_max_len(1).map(|&(lower, higher)| {
        let costs = [options.costs[lower], options.costs[higher]];
        let pair_rows = PairRows::new(rows, &within, [lower, higher], cache);
        let solution = Solver::new(pair_rows, costs, options.limits).solve();
        within.leave([lower, higher]);
        Pair {
            lower,
            higher,
            solution,
        }
    });
    Machine::new(rows, solved.collect())
}
