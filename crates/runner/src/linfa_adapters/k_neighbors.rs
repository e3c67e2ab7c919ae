//! linfa's nearest neighbors.

use linfa_nn::distance::{Distance, L1Dist, L2Dist, LpDist};
use linfa_nn::{CommonNearestNeighbour, NearestNeighbour, NearestNeighbourIndex};
use loader::Label;
use ndarray::{ArrayView, ArrayView1, Dimension};
use rayon::prelude::*;

use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::neighbor_vote::{Weights, check_n_neighbors, vote};
use crate::estimator::number::number;
use crate::estimator::samples::{Layout, Samples};

/// How neighbors are found. All methods are exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NeighborSearch {
    /// Compares every row.
    BruteForce,
    /// A k-d tree.
    KdTree,
    /// A ball tree.
    BallTree,
}

/// Settings of the classifier, with scikit-learn's names.
#[derive(Clone, Debug)]
pub(crate) struct LinfaKNeighbors {
    /// The number of neighbors that vote.
    pub(crate) n_neighbors: usize,
    /// The weight of a neighbor's vote.
    pub(crate) weights: Weights,
    /// The power of the Minkowski distance, above 0; at least 1 for both trees.
    pub(crate) p: f64,
    /// How neighbors are found.
    pub(crate) search: NeighborSearch,
    /// The number of rows in a leaf of either tree.
    pub(crate) leaf_size: usize,
}

/// linfa's Minkowski distance, with infinite distances replaced by the largest number. linfa's heaps panic on others.
#[derive(Clone)]
struct Minkowski(f64);

impl Distance<f64> for Minkowski {
    fn distance<D: Dimension>(&self, a: ArrayView<'_, f64, D>, b: ArrayView<'_, f64, D>) -> f64 {
        LpDist(self.0).distance(a, b).min(f64::MAX)
    }
}

struct LinfaKNeighborsModel<'a> {
    index: Box<dyn NearestNeighbourIndex<f64> + 'a>,
    labels: &'a [Label],
    settings: LinfaKNeighbors,
}

impl LinfaKNeighbors {
    fn index<'a>(
        &self,
        train: &'a Samples,
        distance: impl Distance<f64> + 'a,
    ) -> Result<Box<dyn NearestNeighbourIndex<f64> + 'a>, FitError> {
        let method = match self.search {
            NeighborSearch::BruteForce => CommonNearestNeighbour::LinearSearch,
            NeighborSearch::KdTree => CommonNearestNeighbour::KdTree,
            NeighborSearch::BallTree => CommonNearestNeighbour::BallTree,
        };
        method
            .from_batch_with_leaf_size(train.f64(), self.leaf_size, distance)
            .map(|index| index as Box<dyn NearestNeighbourIndex<f64> + 'a>)
            .map_err(|error| FitError::during("building the index", error))
    }
}

impl Classifier for LinfaKNeighbors {
    fn layout(&self) -> Layout {
        Layout::F64
    }

    fn fit<'a>(
        &self,
        train: &'a Samples,
        labels: &'a [Label],
        _: &FitContext,
    ) -> Result<Box<dyn Model + 'a>, FitError> {
        check_n_neighbors(self.n_neighbors, train.n_rows())?;
        let index = match self.p {
            1.0 => self.index(train, L1Dist),
            2.0 => self.index(train, L2Dist),
            p => self.index(train, Minkowski(p)),
        }?;
        Ok(Box::new(LinfaKNeighborsModel {
            index,
            labels,
            settings: self.clone(),
        }))
    }
}

impl LinfaKNeighborsModel<'_> {
    fn distance(&self, a: ArrayView1<'_, f64>, b: ArrayView1<'_, f64>) -> f64 {
        match self.settings.p {
            1.0 => L1Dist.distance(a, b),
            2.0 => L2Dist.distance(a, b),
            p => Minkowski(p).distance(a, b),
        }
    }

    fn predict_row(&self, query: ArrayView1<'_, f64>) -> Result<Label, FitError> {
        let nearest = self
            .index
            .k_nearest(query, self.settings.n_neighbors)
            .map_err(|error| FitError::during("searching for neighbors", error))?;
        let neighbors: Vec<(f64, Label)> = nearest
            .iter()
            .map(|(row, i)| (self.distance(query, row.view()), self.labels[*i]))
            .collect();
        if neighbors.iter().any(|(distance, _)| *distance == f64::MAX) {
            let p = self.settings.p;
            return Err(FitError::Numerical(format!(
                "distances overflow with p={}",
                number(p)
            )));
        }
        Ok(vote(&neighbors, self.settings.weights))
    }
}

impl Model for LinfaKNeighborsModel<'_> {
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError> {
        let queries = samples.f64();
        (0..samples.n_rows())
            .into_par_iter()
            .map(|row| self.predict_row(queries.row(row)))
            .collect()
    }
}
