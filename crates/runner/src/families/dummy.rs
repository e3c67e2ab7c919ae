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

use crate::estimator::classifier::Classifier;
use crate::families::engine::NATIVE;
use crate::families::family::{Configuration, Family, Implementation, Refusal};
use crate::native::dummy::{Native, Strategy};
use crate::params::declare::params;
use crate::params::range::Range;
use crate::params::spec::Settings;

pub(crate) const FAMILY: Family = Family {
    name: "DummyClassifier",
    summary: "looks at no pixel",
    params: Params::SPECS,
    inactive_params,
    undefined,
    implementations: &[Implementation {
        engine: &NATIVE,
        is_stochastic: true,
        nondeterminism: None,
        note: "",
        build: native,
    }],
};

params! {
    "strategy" strategy: Strategy = Strategy::Prior, Range::ANY, "which label it gives";
    "constant" constant: Option<usize> = None, Range::within(0.0, 255.0), "the label of strategy constant";
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
    missing.then(|| "strategy=constant needs the label `constant`".into())
}

fn native(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    Ok(Box::new(Native(Params::read(point.settings))))
}
