//! Nearest neighbours, found exactly behind a lower bound.

use loader::Label;

use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::neighbor_vote::{check_rows, elect};
use crate::estimator::samples::{Layout, Samples};
use crate::families::k_neighbors::Params;
use crate::native::neighbors::index::Index;
use crate::native::neighbors::metric::{MinkowskiDistance, Power};
use crate::native::neighbors::top_k::TopK;

pub(crate) struct Native {
    pub(crate) params: Params,
    pub(crate) power: Power,
}

struct NativeModel<'a> {
    index: Index<'a>,
    exact: MinkowskiDistance,
    labels: &'a [Label],
    params: Params,
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
        let exact = MinkowskiDistance::new(self.power, train);
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
