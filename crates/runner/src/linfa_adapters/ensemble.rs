//! linfa's ensemble of trees on drawn rows and features, for random forests and bagging.

use linfa::DatasetBase;
use linfa::traits::{Fit, Predict};
use linfa_ensemble::{EnsembleLearnerParams, RandomForest};
use loader::Label;
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::samples::{Layout, Samples};
use crate::estimator::subset_size::SubsetSize;
use crate::linfa_adapters::labels::{predicted, targets};
use crate::linfa_adapters::tree_settings::LinfaTreeSettings;

/// Settings of an ensemble.
#[derive(Clone, Debug)]
pub(crate) struct LinfaEnsemble {
    /// Settings of every tree.
    pub(crate) tree: LinfaTreeSettings,
    /// The number of trees.
    pub(crate) n_estimators: usize,
    /// The number of rows drawn with replacement for each tree.
    pub(crate) max_samples: SubsetSize,
    /// The number of features drawn with replacement for each tree.
    pub(crate) max_features: SubsetSize,
}

struct LinfaEnsembleModel(RandomForest<f64, usize>);

/// The proportion for `count` of `n`. linfa multiplies it by `n` and rounds up; half a count less keeps rounding errors
/// from adding one.
#[expect(clippy::cast_precision_loss, reason = "counts of rows and pixels are small")]
fn proportion(count: usize, n: usize) -> f64 {
    if count == n {
        1.0
    } else {
        (count as f64 - 0.5) / n as f64
    }
}

impl Classifier for LinfaEnsemble {
    fn layout(&self) -> Layout {
        Layout::F64
    }

    fn fit<'a>(
        &self,
        train: &'a Samples,
        labels: &'a [Label],
        context: &FitContext,
    ) -> Result<Box<dyn Model + 'a>, FitError> {
        let (n_rows, n_features) = train.f64().dim();
        let data = DatasetBase::new(train.f64().clone(), targets(labels));
        let ensemble = EnsembleLearnerParams::new_fixed_rng(
            self.tree.params(),
            Xoshiro256PlusPlus::seed_from_u64(context.seed),
        )
        .ensemble_size(self.n_estimators)
        .bootstrap_proportion(proportion(self.max_samples.of(n_rows), n_rows))
        .feature_proportion(proportion(self.max_features.of(n_features), n_features))
        .fit(&data)
        .map_err(|error| FitError::during("growing the trees", error))?;
        Ok(Box::new(LinfaEnsembleModel(ensemble)))
    }
}

impl Model for LinfaEnsembleModel {
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError> {
        let labels: ndarray::Array1<usize> = self.0.predict(samples.f64());
        predicted(labels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linfa_draws_exactly_the_requested_count() {
        for n in [1usize, 7, 784, 60_000] {
            for count in [1, n.div_ceil(3), n.isqrt().max(1), n] {
                #[expect(
                    clippy::cast_precision_loss,
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "test"
                )]
                let drawn = (n as f64 * proportion(count, n)).ceil() as usize;
                assert_eq!(drawn, count, "{count} of {n}");
            }
        }
    }
}
