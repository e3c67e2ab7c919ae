//! The multilayer perceptron as a [`Classifier`].

use loader::Label;
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::estimator::checks::{check_queries, check_training_rows};
use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::labels::{EncodedLabels, decision_classes};
use crate::estimator::samples::{Layout, Samples};
use crate::native::neural_network::network::{Network, argmax};
use crate::native::neural_network::settings::{MultilayerPerceptron, Solver};
use crate::native::neural_network::training::{CHUNK, TrainingRows, train_full_batch, train_minibatches};

impl Classifier for MultilayerPerceptron {
    fn layout(&self) -> Layout {
        Layout::F32
    }

    fn fit<'a>(
        &self,
        train: &'a Samples,
        labels: &'a [Label],
        context: &FitContext,
    ) -> Result<Box<dyn Model + 'a>, FitError> {
        self.check()?;
        check_training_rows(self.layout(), train, labels)?;
        let classes = EncodedLabels::new(labels);
        let features = train.f32().view();
        let mut sizes = vec![features.ncols()];
        sizes.extend(&self.hidden_layer_sizes);
        sizes.push(decision_classes(&classes)?.len());
        let mut random = Xoshiro256PlusPlus::seed_from_u64(context.seed);
        let network = Network::draw(&sizes, self.activation, &mut random);
        let rows = TrainingRows {
            features,
            codes: &classes.codes,
        };
        let (network, warning) = match self.solver {
            Solver::Minibatch(optimizer) => train_minibatches(
                self,
                optimizer,
                network,
                &rows,
                &classes,
                &mut random,
                context.seed,
            )?,
            Solver::Lbfgs => train_full_batch(self, network, &rows),
        };
        Ok(Box::new(PerceptronModel {
            network,
            n_features: train.n_features(),
            classes,
            warning,
        }))
    }
}

/// The trained model.
struct PerceptronModel {
    network: Network,
    n_features: usize,
    classes: EncodedLabels,
    warning: Option<String>,
}

impl Model for PerceptronModel {
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError> {
        check_queries(Layout::F32, samples, self.n_features)?;
        let features = samples.f32();
        let mut batch = self.network.batch(CHUNK.min(features.nrows()));
        let mut labels = Vec::with_capacity(features.nrows());
        let all: Vec<usize> = (0..features.nrows()).collect();
        for rows in all.chunks(CHUNK) {
            for (to, &row) in rows.iter().enumerate() {
                let from = features.row(row);
                batch
                    .input(to)
                    .iter_mut()
                    .zip(from)
                    .for_each(|(to, from)| *to = *from);
            }
            self.network.forward(&mut batch, rows.len());
            for scores in batch.outputs().rows().into_iter().take(rows.len()) {
                if scores.iter().any(|score| score.is_nan()) {
                    return Err(FitError::Numerical("the score of a class is NaN".into()));
                }
                labels.push(self.classes.labels[argmax(scores.iter().copied())]);
            }
        }
        Ok(labels)
    }

    fn warning(&self) -> Option<String> {
        self.warning.clone()
    }
}
