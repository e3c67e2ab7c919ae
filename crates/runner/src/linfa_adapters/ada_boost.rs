//! linfa's AdaBoost.

use linfa_ensemble::{AdaBoost, AdaBoostParams};
use linfa_trees::{DecisionTree, DecisionTreeParams};
use loader::Label;
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::samples::{Layout, Samples};
use crate::linfa_adapters::labels::{predicted, targets};
use linfa::DatasetBase;
use linfa::traits::{Fit, Predict};

pub(crate) struct Linfa {
    pub(crate) tree: DecisionTreeParams<f64, usize>,
    pub(crate) n_estimators: usize,
    pub(crate) learning_rate: f64,
}

struct LinfaModel {
    boost: AdaBoost<DecisionTree<f64, usize>, usize>,
    wanted: usize,
}

impl Classifier for Linfa {
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
        let boost = AdaBoostParams::new_fixed_rng(self.tree, Xoshiro256PlusPlus::seed_from_u64(context.seed))
            .n_estimators(self.n_estimators)
            .learning_rate(self.learning_rate)
            .fit(&data)
            .map_err(|error| FitError::during("boosting", error))?;
        Ok(Box::new(LinfaModel {
            boost,
            wanted: self.n_estimators,
        }))
    }
}

impl Model for LinfaModel {
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError> {
        let labels: ndarray::Array1<usize> = self.boost.predict(samples.f64());
        predicted(labels)
    }

    fn warning(&self) -> Option<String> {
        let grown = self.boost.n_estimators();
        (grown < self.wanted).then(|| format!("boosting stopped after {grown} of {} trees", self.wanted))
    }
}
