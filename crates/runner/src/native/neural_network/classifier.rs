//! The multilayer perceptron as a classifier.

use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::labels::{EncodedLabels, decision_classes};
use crate::estimator::samples::{Layout, Samples};
use crate::native::neural_network::network::Network;
use crate::native::neural_network::training::{CHUNK, MultilayerPerceptron, Rows, Training, best};

impl Classifier for MultilayerPerceptron {
    fn layout(&self) -> Layout {
        Layout::F32
    }

    fn fit<'a>(
        &self,
        train: &'a Samples,
        labels: &'a [loader::Label],
        context: &FitContext,
    ) -> Result<Box<dyn Model + 'a>, FitError> {
        let classes = EncodedLabels::new(labels);
        let x = train.f32().view();
        let mut sizes = vec![x.ncols()];
        sizes.extend(&self.hidden);
        sizes.push(decision_classes(&classes)?.len());
        let mut random = Xoshiro256PlusPlus::seed_from_u64(context.seed);
        let network = Network::draw(&sizes, self.activation, &mut random);
        let rows = Rows {
            x,
            decision_classes: &classes.codes,
        };
        let (network, warning) = match self.training {
            Training::Batches(mover) => {
                self.by_batches(mover, network, &rows, &classes, &mut random, context.seed)?
            }
            Training::Whole => self.whole(network, &rows),
        };
        Ok(Box::new(Trained {
            network,
            classes,
            warning,
        }))
    }
}

struct Trained {
    network: Network,
    classes: EncodedLabels,
    warning: Option<String>,
}

impl Model for Trained {
    fn predict(&self, samples: &Samples) -> Result<Vec<loader::Label>, FitError> {
        let x = samples.f32();
        let mut batch = self.network.batch(CHUNK.min(x.nrows()));
        let mut labels = Vec::with_capacity(x.nrows());
        let all: Vec<usize> = (0..x.nrows()).collect();
        for rows in all.chunks(CHUNK) {
            for (to, &row) in rows.iter().enumerate() {
                let from = x.row(row);
                batch
                    .input(to)
                    .iter_mut()
                    .zip(from)
                    .for_each(|(to, from)| *to = *from);
            }
            self.network.forward(&mut batch, rows.len());
            for scores in batch.outputs().rows().into_iter().take(rows.len()) {
                if scores.iter().any(|score| score.is_nan()) {
                    return Err(FitError::Data("the score of a class is not a number".into()));
                }
                labels.push(self.classes.labels[best(scores.iter().copied())]);
            }
        }
        Ok(labels)
    }

    fn warning(&self) -> Option<String> {
        self.warning.clone()
    }
}
