//! Dummy: looks at no pixel; the floor of the board.
//!
//! # Engines
//! - `native`: as scikit-learn; draws come from the seed.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `strategy` | prior | most_frequent, prior, stratified, uniform, constant | which label it gives |
//! | `constant` | none | none, 0..=255 | the label of strategy constant |
//!
//! `most_frequent` and `prior` give the commonest label, of equally common ones the lowest; `stratified` draws by the shares of the
//! classes, `uniform` among the classes.
//!
//! # Reference
//! scikit-learn's DummyClassifier.

use loader::Label;
use rand::{RngCore, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::class_index::ClassIndex;
use super::{Classifier, Engine, Family, FitContext, FitError, Layout, Model, Point, Refusal, Samples};
use crate::params::{Range, Settings, choices, params};

pub(super) const FAMILY: Family = Family {
    name: "DummyClassifier",
    summary: "looks at no pixel",
    params: Params::SPECS,
    unused,
    undefined,
    engines: &[Engine {
        name: "native",
        random: true,
        unrepeatable: None,
        note: "",
        build: native,
    }],
};

choices! {
    /// Which label it gives.
    Strategy {
        MostFrequent = "most_frequent", Prior = "prior", Stratified = "stratified", Uniform = "uniform",
        Constant = "constant",
    }
}

params! {
    "strategy" strategy: Strategy = Strategy::Prior, Range::ANY, "which label it gives";
    "constant" constant: Option<usize> = None, Range::within(0.0, 255.0), "the label of strategy constant";
}

fn unused(settings: &Settings) -> &'static [&'static str] {
    if Params::read(settings).strategy == Strategy::Constant {
        &[]
    } else {
        &["constant"]
    }
}

fn undefined(point: &Point<'_>) -> Option<String> {
    let params = Params::read(point.settings);
    let missing = params.strategy == Strategy::Constant && params.constant.is_none();
    missing.then(|| "strategy=constant needs the label `constant`".into())
}

fn native(point: &Point<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    Ok(Box::new(Native(Params::read(point.settings))))
}

struct Native(Params);

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
        let classes = ClassIndex::new(labels);
        let mut counts = vec![0usize; classes.n_classes()];
        classes
            .of_rows
            .iter()
            .for_each(|&class| counts[usize::from(class)] += 1);
        let constant = match self.0.constant.and_then(|label| u8::try_from(label).ok()) {
            Some(label) if self.0.strategy == Strategy::Constant => Label(label),
            _ => classes.highest(counts),
        };
        if !classes.labels.contains(&constant) {
            return Err(FitError(format!(
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
