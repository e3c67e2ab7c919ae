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

use linfa_nn::distance::{Distance, L1Dist, L2Dist, LpDist};
use linfa_nn::{CommonNearestNeighbour, NearestNeighbour, NearestNeighbourIndex};
use loader::Label;
use ndarray::{ArrayView, ArrayView1, Dimension};
use rayon::prelude::*;

use super::native_neighbors::{Exact, Index, Power};
use super::{
    Classifier, Engine, Family, FitContext, FitError, Layout, Model, Point, Refusal, Samples, all_defined,
};
use crate::kernels::top_k::TopK;
use crate::params::{Range, Settings, choices, params};

pub(super) const FAMILY: Family = Family {
    name: "KNeighborsClassifier",
    summary: "vote of the nearest training rows",
    params: Params::SPECS,
    unused,
    undefined: all_defined,
    engines: &[
        Engine {
            name: "native",
            random: true,
            unrepeatable: None,
            note: "by brute force, p 1 and 2",
            build: native,
        },
        Engine {
            name: "linfa",
            random: true,
            unrepeatable: None,
            note: "",
            build: linfa,
        },
    ],
};

choices! {
    /// What a neighbour's vote counts.
    Weights { Uniform = "uniform", Distance = "distance" }
}
choices! {
    /// How the neighbours are found.
    Algorithm { Auto = "auto", Brute = "brute", KdTree = "kd_tree", BallTree = "ball_tree" }
}

params! {
    "n_neighbors" n_neighbors: usize = 5, Range::at_least(1.0), "neighbours that vote";
    "weights" weights: Weights = Weights::Uniform, Range::ANY, "whether a vote counts 1 or 1/distance";
    "p" p: f64 = 2.0, Range::POSITIVE, "power of the Minkowski distance";
    "algorithm" algorithm: Algorithm = Algorithm::Auto, Range::ANY, "how the neighbours are found";
    "leaf_size" leaf_size: usize = 30, Range::at_least(1.0), "rows in a leaf of either tree";
}

fn unused(settings: &Settings) -> &'static [&'static str] {
    match Params::read(settings).algorithm {
        Algorithm::Auto | Algorithm::Brute => &["leaf_size"],
        Algorithm::KdTree | Algorithm::BallTree => &[],
    }
}

fn native(point: &Point<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    let power = match params.p {
        1.0 => Power::One,
        2.0 => Power::Two,
        p => return Err(Refusal::cannot("native", format!("p={p}: it has 1 and 2"))),
    };
    if matches!(params.algorithm, Algorithm::KdTree | Algorithm::BallTree) {
        return Err(Refusal::cannot("native", "a tree: it searches by brute force"));
    }
    Ok(Box::new(Native { params, power }))
}

struct Native {
    params: Params,
    power: Power,
}

struct NativeModel<'a> {
    index: Index<'a>,
    exact: Exact,
    labels: &'a [Label],
    params: Params,
}

/// Why there are not so many neighbours, if there are not.
fn check_rows(n_neighbors: usize, n_rows: usize) -> Result<(), FitError> {
    if n_neighbors > n_rows {
        return Err(FitError(format!(
            "n_neighbors={n_neighbors} of only {n_rows} training rows"
        )));
    }
    Ok(())
}

impl Classifier for Native {
    fn layout(&self) -> Layout {
        Layout::Bytes
    }

    fn fit<'a>(
        &self,
        train: &'a Samples,
        labels: &'a [Label],
        _: &FitContext,
    ) -> Result<Box<dyn Model + 'a>, FitError> {
        check_rows(self.params.n_neighbors, train.n_rows())?;
        let exact = Exact::new(self.power, train);
        Ok(Box::new(NativeModel {
            index: Index::new(train, &exact),
            exact,
            labels,
            params: self.params.clone(),
        }))
    }
}

impl Model for NativeModel<'_> {
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError> {
        let vote = |top: TopK| {
            let neighbour =
                |&(apart, row): &(f64, u32)| (self.exact.rooted(apart), self.labels[row as usize]);
            let neighbours: Vec<(f64, Label)> = top.nearest().iter().map(neighbour).collect();
            elect(&neighbours, self.params.weights)
        };
        let nearest = self.index.nearest(samples, self.params.n_neighbors, &self.exact);
        Ok(nearest.into_iter().map(vote).collect())
    }
}

fn linfa(point: &Point<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    if params.p < 1.0 && params.algorithm != Algorithm::Brute && params.algorithm != Algorithm::Auto {
        return Err(Refusal(format!(
            "p={} is no metric, so that neither tree finds the nearest rows by it",
            params.p
        )));
    }
    Ok(Box::new(Linfa(params)))
}

struct Linfa(Params);

/// linfa's distance, but that one too large for a number, on which its heaps would panic, is the largest that there is.
#[derive(Clone)]
struct Minkowski(f64);

impl Distance<f64> for Minkowski {
    fn distance<D: Dimension>(&self, a: ArrayView<'_, f64, D>, b: ArrayView<'_, f64, D>) -> f64 {
        LpDist(self.0).distance(a, b).min(f64::MAX)
    }
}

struct LinfaModel<'a> {
    index: Box<dyn NearestNeighbourIndex<f64> + 'a>,
    labels: &'a [Label],
    params: Params,
}

impl Linfa {
    fn index<'a>(
        &self,
        train: &'a Samples,
        distance: impl Distance<f64> + 'a,
    ) -> Result<Box<dyn NearestNeighbourIndex<f64> + 'a>, FitError> {
        let method = match self.0.algorithm {
            Algorithm::Auto | Algorithm::Brute => CommonNearestNeighbour::LinearSearch,
            Algorithm::KdTree => CommonNearestNeighbour::KdTree,
            Algorithm::BallTree => CommonNearestNeighbour::BallTree,
        };
        method
            .from_batch_with_leaf_size(train.f64(), self.0.leaf_size, distance)
            .map(|index| index as Box<dyn NearestNeighbourIndex<f64> + 'a>)
            .map_err(|error| FitError::during("building the index", error))
    }
}

impl Classifier for Linfa {
    fn layout(&self) -> Layout {
        Layout::F64
    }

    fn fit<'a>(
        &self,
        train: &'a Samples,
        labels: &'a [Label],
        _: &FitContext,
    ) -> Result<Box<dyn Model + 'a>, FitError> {
        check_rows(self.0.n_neighbors, train.n_rows())?;
        let index = match self.0.p {
            1.0 => self.index(train, L1Dist),
            2.0 => self.index(train, L2Dist),
            p => self.index(train, Minkowski(p)),
        }?;
        Ok(Box::new(LinfaModel {
            index,
            labels,
            params: self.0.clone(),
        }))
    }
}

impl LinfaModel<'_> {
    fn distance(&self, a: ArrayView1<'_, f64>, b: ArrayView1<'_, f64>) -> f64 {
        match self.params.p {
            1.0 => L1Dist.distance(a, b),
            2.0 => L2Dist.distance(a, b),
            p => Minkowski(p).distance(a, b),
        }
    }

    fn vote(&self, query: ArrayView1<'_, f64>) -> Result<Label, FitError> {
        let nearest = self
            .index
            .k_nearest(query, self.params.n_neighbors)
            .map_err(|error| FitError::during("looking for neighbours", error))?;
        let neighbours: Vec<(f64, Label)> = nearest
            .iter()
            .map(|(row, i)| (self.distance(query, row.view()), self.labels[*i]))
            .collect();
        if neighbours.iter().any(|(distance, _)| *distance == f64::MAX) {
            let p = self.params.p;
            return Err(FitError(format!("p={p} makes distances too large for a number")));
        }
        Ok(elect(&neighbours, self.params.weights))
    }
}

/// The label with most weight among neighbours given as (distance, label).
fn elect(neighbours: &[(f64, Label)], weights: Weights) -> Label {
    let exact = neighbours.iter().any(|(distance, _)| *distance == 0.0);
    let mut votes = [0.0f64; 256];
    for (distance, label) in neighbours {
        votes[label.index()] += match weights {
            Weights::Uniform => 1.0,
            Weights::Distance if exact => f64::from(*distance == 0.0),
            Weights::Distance => distance.recip(),
        };
    }
    let mut best = 0;
    for label in 1..=u8::MAX {
        if votes[usize::from(label)] > votes[usize::from(best)] {
            best = label;
        }
    }
    Label(best)
}

impl Model for LinfaModel<'_> {
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError> {
        let queries = samples.f64();
        (0..samples.n_rows())
            .into_par_iter()
            .map(|row| self.vote(queries.row(row)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn votes_of_equal_weight_go_to_the_lower_label() {
        assert_eq!(
            elect(&[(1.0, Label(7)), (1.0, Label(2))], Weights::Uniform),
            Label(2)
        );
    }

    #[test]
    fn distance_weights_prefer_the_nearer() {
        let neighbours = [(1.0, Label(5)), (3.0, Label(1)), (4.0, Label(1))];
        assert_eq!(elect(&neighbours, Weights::Uniform), Label(1));
        assert_eq!(elect(&neighbours, Weights::Distance), Label(5));
    }

    #[test]
    fn a_neighbour_at_distance_zero_takes_all_the_weight() {
        let neighbours = [(0.0, Label(9)), (1e-9, Label(1)), (1e-9, Label(1))];
        assert_eq!(elect(&neighbours, Weights::Distance), Label(9));
    }
}
