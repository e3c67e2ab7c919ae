//! linfa's AdaBoost.

use linfa::DatasetBase;
use linfa::traits::{Fit, Predict};
use linfa_ensemble::{AdaBoost, AdaBoostParams};
use linfa_trees::DecisionTree;
use loader::Label;
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::samples::{Layout, Samples};
use crate::linfa_adapters::labels::{predicted, targets};
use crate::linfa_adapters::tree_settings::LinfaTreeSettings;

/// Settings of AdaBoost.
#[derive(Clone, Debug)]
pub(crate) struct LinfaAdaBoost {
    /// Settings of every tree.
    pub(crate) tree: LinfaTreeSettings,
    /// The largest number of trees.
    pub(crate) n_estimators: usize,
    /// Factor of the weight of each tree.
    pub(crate) learning_rate: f64,
}

struct LinfaAdaBoostModel {
    boost: AdaBoost<DecisionTree<f64, usize>, usize>,
    n_estimators: usize,
}

impl Classifier for LinfaAdaBoost {
    fn layout(&self) -> Layout {
        Layout::F64
    }

    fn fit<'a>(
        &self,
        train: &'a Samples,
        labels: &'a [Label],
        context: &FitContext,
    ) -> Result<Box<dyn Model + 'a>, FitError> {
        let data = DatasetBase::new(train.f64().clone(), targets(labels));
        let random = Xoshiro256PlusPlus::seed_from_u64(context.seed);
        let boost = AdaBoostParams::new_fixed_rng(self.tree.params(), random)
            .n_estimators(self.n_estimators)
            .learning_rate(self.learning_rate)
            .fit(&data)
            .map_err(|error| FitError::during("boosting", error))?;
        Ok(Box::new(LinfaAdaBoostModel {
            boost,
            n_estimators: self.n_estimators,
        }))
    }
}

impl Model for LinfaAdaBoostModel {
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError> {
        let labels: ndarray::Array1<usize> = self.boost.predict(samples.f64());
        predicted(labels)
    }

    fn notice(&self) -> Option<String> {
        let (n_trees, max_trees) = (self.boost.n_estimators(), self.n_estimators);
        (n_trees < max_trees).then(|| format!("boosting stopped after {n_trees} of {max_trees} trees"))
    }
}
