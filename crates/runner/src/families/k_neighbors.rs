//! k nearest neighbors: the nearest training rows vote on the label of a query.
//!
//! # Engines
//! - `native`: exact, by brute force with a lower bound of the distance; only `p` 1 and 2. Distances are computed from bytes
//!   in integers, or in `f64` if pixels have different scales or features depend on several pixels. Of rows at equal distance
//!   the earlier one is nearer.
//! - `linfa`: exact, in `f64`. `auto` is brute force, which is faster than either tree in 784 dimensions. Which of several
//!   rows at equal distance are neighbors depends on the order of the training rows.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `n_neighbors` | 5 | at least 1 | number of neighbors |
//! | `weights` | uniform | uniform, distance | weight of a vote: 1 or 1/distance |
//! | `p` | 2 | above 0 | power of the Minkowski distance |
//! | `algorithm` | auto | auto, brute, kd_tree, ball_tree | search method |
//! | `leaf_size` | 30 | at least 1 | rows in a leaf of either tree |
//!
//! Ties go to the lower label. With `weights` distance, neighbors at distance 0 outvote all others.
//!
//! # Reference
//! Cover, Hart (1967), Nearest Neighbor Pattern Classification.

use crate::estimator::classifier::Classifier;
use crate::estimator::neighbor_vote::Weights;
use crate::estimator::number::number;
use crate::families::engine::{LINFA, NATIVE};
use crate::families::family::{Configuration, Family, Implementation, Refusal, all_defined};
use crate::families::growth::Growth;
use crate::families::method_kind::MethodKind;
use crate::linfa_adapters::k_neighbors::{LinfaKNeighbors, NeighborSearch};
use crate::native::neighbors::k_neighbors::KNeighbors;
use crate::native::neighbors::metric::Metric;
use crate::params::choice::{choices, words};
use crate::params::declare::params;
use crate::params::range::Range;
use crate::params::spec::Settings;

pub(crate) const FAMILY: Family = Family {
    name: "KNeighborsClassifier",
    summary: "vote of the nearest training rows",
    kind: MethodKind::Neighbors,
    params: Params::SPECS,
    inactive_params,
    undefined: all_defined,
    implementations: &[
        Implementation {
            engine: &NATIVE,
            is_stochastic: true,
            nondeterminism: None,
            shared_params: &["n_neighbors", "weights"],
            growth: |_| Growth::UNKNOWN.with_fit(0.8, 1.2).with_linear_predictions(),
            note: "brute force, only p 1 and 2",
            build: native,
        },
        Implementation {
            engine: &LINFA,
            is_stochastic: true,
            nondeterminism: None,
            shared_params: &[],
            growth: |_| Growth::UNKNOWN,
            note: "",
            build: linfa,
        },
    ],
};

words! {
    Weights { Uniform = "uniform", Distance = "distance" }
}

choices! {
    /// Search method.
    Algorithm { Auto = "auto", Brute = "brute", KdTree = "kd_tree", BallTree = "ball_tree" }
}

params! {
    "n_neighbors" n_neighbors: usize = 5, Range::at_least(1.0), "number of neighbors";
    "weights" weights: Weights = Weights::Uniform, Range::ANY, "weight of a vote: 1 or 1/distance";
    "p" p: f64 = 2.0, Range::POSITIVE, "power of the Minkowski distance";
    "algorithm" algorithm: Algorithm = Algorithm::Auto, Range::ANY, "search method";
    "leaf_size" leaf_size: usize = 30, Range::at_least(1.0), "rows in a leaf of either tree";
}

fn inactive_params(settings: &Settings) -> &'static [&'static str] {
    match Params::read(settings).algorithm {
        Algorithm::Auto | Algorithm::Brute => &["leaf_size"],
        Algorithm::KdTree | Algorithm::BallTree => &[],
    }
}

fn native(configuration: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(configuration.settings);
    let metric = match params.p {
        1.0 => Metric::Manhattan,
        2.0 => Metric::Euclidean,
        p => return Err(Refusal::cannot(&NATIVE, format!("p={}: only 1 and 2", number(p)))),
    };
    if matches!(params.algorithm, Algorithm::KdTree | Algorithm::BallTree) {
        return Err(Refusal::cannot(&NATIVE, "a tree search: use algorithm=brute"));
    }
    Ok(Box::new(KNeighbors {
        n_neighbors: params.n_neighbors,
        weights: params.weights,
        metric,
    }))
}

fn linfa(configuration: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(configuration.settings);
    let search = match params.algorithm {
        Algorithm::Auto | Algorithm::Brute => NeighborSearch::BruteForce,
        Algorithm::KdTree => NeighborSearch::KdTree,
        Algorithm::BallTree => NeighborSearch::BallTree,
    };
    if params.p < 1.0 && search != NeighborSearch::BruteForce {
        return Err(Refusal(format!(
            "p={} is not a metric, so a tree cannot find the nearest rows; use algorithm=brute",
            params.p
        )));
    }
    Ok(Box::new(LinfaKNeighbors {
        n_neighbors: params.n_neighbors,
        weights: params.weights,
        p: params.p,
        search,
        leaf_size: params.leaf_size,
    }))
}
