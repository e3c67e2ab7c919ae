//! linfa's nearest neighbours.

use linfa_nn::distance::{Distance, L1Dist, L2Dist, LpDist};
use linfa_nn::{CommonNearestNeighbour, NearestNeighbour, NearestNeighbourIndex};
use loader::Label;
use ndarray::{ArrayView, ArrayView1, Dimension};
use rayon::prelude::*;

use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::neighbor_vote::{check_rows, elect};
use crate::estimator::samples::{Layout, Samples};
use crate::families::k_neighbors::{Algorithm, Params};

pub(crate) struct Linfa(pub(crate) Params);

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
            return Err(FitError::Data(format!(
                "p={p} makes distances too large for a number"
            )));
        }
        Ok(elect(&neighbours, self.params.weights))
    }
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
