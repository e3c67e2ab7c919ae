//! Dummy: a baseline that ignores the pixels.
//!
//! # Engines
//! - `native`: random labels come from the seed.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `strategy` | prior | most_frequent, prior, stratified, uniform, constant | which label it predicts |
//! | `constant` | none | none, 0..=255 | label of strategy=constant |
//!
//! `most_frequent` and `prior` predict the most frequent label, and the lowest of equally frequent ones. `stratified` draws a label with
//! the classes' shares of the training rows as probabilities, and `uniform` with equal probabilities.
//!
//! # Reference
//! scikit-learn's DummyClassifier.

use loader::Label;

use crate::estimator::classifier::Classifier;
use crate::families::engine::NATIVE;
use crate::families::family::{Configuration, Family, Implementation, Refusal};
use crate::families::growth::Growth;
use crate::families::method_kind::MethodKind;
use crate::native::dummy;
use crate::params::choice::choices;
use crate::params::declare::params;
use crate::params::range::Range;
use crate::params::spec::Settings;

pub(crate) const FAMILY: Family = Family {
    name: "DummyClassifier",
    summary: "baseline that ignores the pixels",
    kind: MethodKind::Baseline,
    params: Params::SPECS,
    inactive_params,
    undefined,
    implementations: &[Implementation {
        engine: &NATIVE,
        is_stochastic: true,
        nondeterminism: None,
        shared_params: &[],
        growth: |_| Growth::UNKNOWN.with_fit(0.0, 1.0),
        note: "",
        build: native,
    }],
};

choices! {
    /// Which label it predicts.
    Strategy {
        MostFrequent = "most_frequent", Prior = "prior", Stratified = "stratified", Uniform = "uniform",
        Constant = "constant",
    }
}

params! {
    "strategy" strategy: Strategy = Strategy::Prior, Range::ANY, "which label it predicts";
    "constant" constant: Option<usize> = None, Range::within(0.0, 255.0), "label of strategy=constant";
}

fn inactive_params(settings: &Settings) -> &'static [&'static str] {
    if Params::read(settings).strategy == Strategy::Constant {
        &[]
    } else {
        &["constant"]
    }
}

fn undefined(point: &Configuration<'_>) -> Option<String> {
    let params = Params::read(point.settings);
    let missing = params.strategy == Strategy::Constant && params.constant.is_none();
    missing.then(|| "strategy=constant needs a label in `constant`".into())
}

fn native(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    let strategy = match params.strategy {
        Strategy::MostFrequent | Strategy::Prior => dummy::Strategy::MostFrequent,
        Strategy::Stratified => dummy::Strategy::Stratified,
        Strategy::Uniform => dummy::Strategy::Uniform,
        Strategy::Constant => {
            let label = params.constant.and_then(|label| u8::try_from(label).ok());
            dummy::Strategy::Constant(Label(
                label.expect("strategy=constant without a label is undefined"),
            ))
        }
    };
    Ok(Box::new(dummy::Dummy { strategy }))
}
