//! linfa's decision tree.

use linfa_trees::{DecisionTree, DecisionTreeParams};
use loader::Label;

use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::samples::{Layout, Samples};
use crate::linfa_adapters::labels::{predicted, targets};
use linfa::DatasetBase;
use linfa::traits::{Fit, Predict};

pub(crate) struct Linfa(pub(crate) DecisionTreeParams<f64, usize>);

struct LinfaModel(DecisionTree<f64, usize>);

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
        let data = DatasetBase::new(train.f64().view(), targets(labels));
        let tree = self
            .0
            .fit(&data)
            .map_err(|error| FitError::during("growing the tree", error))?;
        Ok(Box::new(LinfaModel(tree)))
    }
}

impl Model for LinfaModel {
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError> {
        predicted(self.0.predict(&samples.f64().view()))
    }
}
