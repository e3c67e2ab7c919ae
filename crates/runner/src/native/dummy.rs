//! Baselines that ignore the features.
//!
//! ```
//! use std::sync::Arc;
//!
//! use loader::{ImageBuffer, Label, Preprocessing, Transform};
//! use runner::native::dummy::Dummy;
//! use runner::native::{Classifier, FitContext, Samples};
//!
//! let images = ImageBuffer::new(vec![1, 2, 3], 1, 1);
//! let transform = Arc::new(Transform::fit(Preprocessing::NONE, images.view()));
//! let classifier = Dummy::default();
//! let rows = Samples::new(images, &transform, classifier.layout());
//! let labels = [4, 7, 7].map(Label);
//! let model = classifier.fit(&rows, &labels, &FitContext::default())?;
//! assert_eq!(model.predict(&rows)?, [Label(7); 3]);
//! # Ok::<(), runner::native::FitError>(())
//! ```

use loader::Label;
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::estimator::checks::check_training_rows;
use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::labels::EncodedLabels;
use crate::estimator::samples::{Layout, Samples};
use crate::native::data::random::uniform_index;

/// Which label a [`Dummy`] predicts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// The most frequent label; the lowest of equally frequent ones.
    #[default]
    MostFrequent,
    /// A random label for each row, with the labels' shares of the training rows as probabilities.
    Stratified,
    /// A random label for each row; every label that occurs has the same probability.
    Uniform,
    /// This label, which must occur in training.
    Constant(Label),
}

/// A baseline classifier that ignores the features. Random labels depend on [`FitContext::seed`] alone.
#[derive(Clone, Debug, Default)]
pub struct Dummy {
    /// Which label it predicts.
    pub strategy: Strategy,
}

enum DummyModel {
    Constant(Label),
    Random {
        /// Ascending. Every entry has the same probability, so a label may occur several times.
        labels: Vec<Label>,
        seed: u64,
    },
}

impl Classifier for Dummy {
    fn layout(&self) -> Layout {
        Layout::BytesOrF32
    }

    fn fit<'a>(
        &self,
        train: &'a Samples,
        labels: &'a [Label],
        context: &FitContext,
    ) -> Result<Box<dyn Model + 'a>, FitError> {
        check_training_rows(self.layout(), train, labels)?;
        let classes = EncodedLabels::new(labels);
        let random = |mut labels: Vec<Label>| {
            labels.sort_unstable();
            DummyModel::Random {
                labels,
                seed: context.seed,
            }
        };
        let model = match self.strategy {
            Strategy::MostFrequent => {
                let mut counts = vec![0usize; classes.n_classes()];
                classes
                    .codes
                    .iter()
                    .for_each(|&class| counts[usize::from(class)] += 1);
                DummyModel::Constant(classes.argmax(counts))
            }
            Strategy::Stratified => random(labels.to_vec()),
            Strategy::Uniform => random(classes.labels),
            Strategy::Constant(label) if classes.labels.contains(&label) => DummyModel::Constant(label),
            Strategy::Constant(label) => {
                return Err(FitError::Data(format!(
                    "constant={label} does not occur in the training labels"
                )));
            }
        };
        Ok(Box::new(model))
    }
}

impl Model for DummyModel {
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError> {
        match self {
            DummyModel::Constant(label) => Ok(vec![*label; samples.n_rows()]),
            DummyModel::Random { labels, seed } => {
                let mut random = Xoshiro256PlusPlus::seed_from_u64(*seed);
                Ok((0..samples.n_rows())
                    .map(|_| labels[uniform_index(&mut random, labels.len())])
                    .collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::data::test_rows::samples;

    const LABELS: [Label; 9] = [
        Label(3),
        Label(5),
        Label(3),
        Label(5),
        Label(9),
        Label(3),
        Label(5),
        Label(9),
        Label(9),
    ];

    fn predict(strategy: Strategy, seed: u64) -> Result<Vec<Label>, FitError> {
        let samples = samples(Layout::BytesOrF32);
        let context = FitContext { seed, memory: None };
        Dummy { strategy }
            .fit(&samples, &LABELS, &context)?
            .predict(&samples)
    }

    #[test]
    fn the_lowest_of_equally_frequent_labels_is_predicted() {
        assert_eq!(predict(Strategy::MostFrequent, 0).unwrap(), [Label(3); 9]);
    }

    #[test]
    fn a_constant_must_occur_in_training() {
        assert_eq!(predict(Strategy::Constant(Label(9)), 0).unwrap(), [Label(9); 9]);
        let message = predict(Strategy::Constant(Label(1)), 0).unwrap_err().to_string();
        assert_eq!(message, "constant=1 does not occur in the training labels");
    }

    #[test]
    fn random_labels_depend_on_the_seed_alone() {
        for strategy in [Strategy::Stratified, Strategy::Uniform] {
            let first = predict(strategy, 1).unwrap();
            assert!(first.iter().all(|label| LABELS.contains(label)));
            assert_eq!(first, predict(strategy, 1).unwrap());
            assert!((2..9).any(|seed| predict(strategy, seed).unwrap() != first));
        }
    }
}
