//! Nearest neighbours: a query takes the label of most of the closest training rows.
//!
//! # Engines
//! - `native`: exact, by brute force behind a lower bound; p 1 and 2. Distances are sums over differences of bytes, in integers, or in f64
//!   where pixels are standardised. Of rows at equal distance the earlier one is nearer.
//! - `linfa`: exact, in f64; `auto` is brute force, which in 784 dimensions is faster than either tree. Among rows at equal
//!   distance its heaps and trees keep whichever they met, so that a fit depends on the order of rows.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `n_neighbors` | 5 | 1.. | neighbours that vote |
//! | `weights` | uniform | uniform, distance | whether a vote counts 1 or 1/distance |
//! | `p` | 2 | above 0 | power of the Minkowski distance |
//! | `algorithm` | auto | auto, brute, kd_tree, ball_tree | how the neighbours are found |
//! | `leaf_size` | 30 | 1.. | rows in a leaf of either tree |
//!
//! Votes of equal weight go to the lower label. A neighbour at distance 0 takes all the weight of `distance`.
//!
//! # Reference
//! Cover, Hart (1967), Nearest Neighbor Pattern Classification.

use crate::estimator::classifier::Classifier;
use crate::estimator::neighbor_vote::Weights;
use crate::families::engine::{LINFA, NATIVE};
use crate::families::family::{Configuration, Family, Implementation, Refusal, all_defined};
use crate::linfa_adapters::k_neighbors::Linfa;
use crate::native::neighbors::k_neighbors::Native;
use crate::native::neighbors::metric::Power;
use crate::params::choice::{choices, words};
use crate::params::declare::params;
use crate::params::range::Range;
use crate::params::spec::Settings;

pub(crate) const FAMILY: Family = Family {
    name: "KNeighborsClassifier",
    summary: "vote of the nearest training rows",
    params: Params::SPECS,
    inactive_params,
    undefined: all_defined,
    implementations: &[
        Implementation {
            engine: &NATIVE,
            is_stochastic: true,
            nondeterminism: None,
            note: "by brute force, p 1 and 2",
            build: native,
        },
        Implementation {
            engine: &LINFA,
            is_stochastic: true,
            nondeterminism: None,
            note: "",
            build: linfa,
        },
    ],
};

words! {
    Weights { Uniform = "uniform", Distance = "distance" }
}

choices! {
    /// How the neighbours are found.
    pub(crate) Algorithm { Auto = "auto", Brute = "brute", KdTree = "kd_tree", BallTree = "ball_tree" }
}

params! {
    "n_neighbors" n_neighbors: usize = 5, Range::at_least(1.0), "neighbours that vote";
    "weights" weights: Weights = Weights::Uniform, Range::ANY, "whether a vote counts 1 or 1/distance";
    "p" p: f64 = 2.0, Range::POSITIVE, "power of the Minkowski distance";
    "algorithm" algorithm: Algorithm = Algorithm::Auto, Range::ANY, "how the neighbours are found";
    "leaf_size" leaf_size: usize = 30, Range::at_least(1.0), "rows in a leaf of either tree";
}

fn inactive_params(settings: &Settings) -> &'static [&'static str] {
    match Params::read(settings).algorithm {
        Algorithm::Auto | Algorithm::Brute => &["leaf_size"],
        Algorithm::KdTree | Algorithm::BallTree => &[],
    }
}

fn native(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    let power = match params.p {
        1.0 => Power::One,
        2.0 => Power::Two,
        p => return Err(Refusal::cannot(&NATIVE, format!("p={p}: it has 1 and 2"))),
    };
    if matches!(params.algorithm, Algorithm::KdTree | Algorithm::BallTree) {
        return Err(Refusal::cannot(&NATIVE, "a tree: it searches by brute force"));
    }
    Ok(Box::new(Native { params, power }))
}

fn linfa(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    if params.p < 1.0 && params.algorithm != Algorithm::Brute && params.algorithm != Algorithm::Auto {
        return Err(Refusal(format!(
            "p={} is no metric, so that neither tree finds the nearest rows by it",
            params.p
        )));
    }
    Ok(Box::new(Linfa(params)))
}
