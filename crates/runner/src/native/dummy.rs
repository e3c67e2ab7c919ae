//! A baseline that ignores the features.

use loader::Label;
use rand::{RngCore, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::labels::EncodedLabels;
use crate::estimator::samples::{Layout, Samples};
use crate::families::dummy::Params;
use crate::params::choice::choices;

choices! {
    /// Which label it gives.
    pub(crate) Strategy {
        MostFrequent = "most_frequent", Prior = "prior", Stratified = "stratified", Uniform = "uniform",
        Constant = "constant",
    }
}

pub(crate) struct Native(pub(crate) Params);

struct NativeModel {
    strategy: Strategy,
    constant: Label,
    /// Ascending, each as often as it is to be drawn.
    labels: Vec<Label>,
    seed: u64,
}

impl Classifier for Native {
    fn layout(&self) -> Layout {
        Layout::Bytes
    }

    fn fit<'a>(
        &self,
        _: &'a Samples,
        labels: &'a [Label],
        context: &FitContext,
    ) -> Result<Box<dyn Model + 'a>, FitError> {
        let classes = EncodedLabels::new(labels);
        let mut counts = vec![0usize; classes.n_classes()];
        classes
            .codes
            .iter()
            .for_each(|&class| counts[usize::from(class)] += 1);
        let constant = match self.0.constant.and_then(|label| u8::try_from(label).ok()) {
            Some(label) if self.0.strategy == Strategy::Constant => Label(label),
            _ => classes.argmax(counts),
        };
        if !classes.labels.contains(&constant) {
            return Err(FitError::Data(format!(
                "constant={constant} is the label of no training row"
            )));
        }
        let mut drawn = match self.0.strategy {
            Strategy::Stratified => labels.to_vec(),
            _ => classes.labels,
        };
        drawn.sort_unstable();
        Ok(Box::new(NativeModel {
            strategy: self.0.strategy,
            constant,
            labels: drawn,
            seed: context.seed,
        }))
    }
}

impl Model for NativeModel {
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError> {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(self.seed);
        let mut draw = || {
            let place = (u128::from(random.next_u64()) * self.labels.len() as u128) >> 64;
            self.labels[place as usize]
        };
        let label = |_| match self.strategy {
            Strategy::Stratified | Strategy::Uniform => draw(),
            _ => self.constant,
        };
        Ok((0..samples.n_rows()).map(label).collect())
    }
}
