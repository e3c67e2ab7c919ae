//! linfa's decision tree.

use linfa::DatasetBase;
use linfa::traits::{Fit, Predict};
use linfa_trees::DecisionTree;
use loader::Label;

use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::samples::{Layout, Samples};
use crate::linfa_adapters::labels::{predicted, targets};
use crate::linfa_adapters::tree_settings::LinfaTreeSettings;

/// Settings of a single tree.
#[derive(Clone, Debug)]
pub(crate) struct LinfaDecisionTree {
    pub(crate) tree: LinfaTreeSettings,
}

struct LinfaDecisionTreeModel(DecisionTree<f64, usize>);

impl Classifier for LinfaDecisionTree {
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
            .tree
            .params()
            .fit(&data)
            .map_err(|error| FitError::during("growing the tree", error))?;
        Ok(Box::new(LinfaDecisionTreeModel(tree)))
    }
}

impl Model for LinfaDecisionTreeModel {
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError> {
        predicted(self.0.predict(&samples.f64().view()))
    }
}
