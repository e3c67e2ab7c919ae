//! Perceptron: a hyperplane a class that every mistaken row moves by itself.
//!
//! # Engines
//! None is built in: an engine by command trains it.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `penalty` | none | none, l1, l2, elasticnet | what is added to the loss |
//! | `alpha` | 1e-4 | 0.. | strength of the penalty |
//! | `l1_ratio` | 0.15 | 0 to 1 | share of l1 in elasticnet |
//! | `fit_intercept` | true |  | whether a score has a constant |
//! | `max_iter` | 1000 | 1.. | most epochs |
//! | `tol` | 0.001 | 0.. | progress below which an epoch counts as none; none: every epoch runs |
//! | `eta0` | 1 | above 0 | step |
//! | `early_stopping` | false |  | whether a part of the training rows decides when to stop |
//! | `validation_fraction` | 0.1 | 0 to 1 | that part, a share |
//! | `n_iter_no_change` | 5 | 1.. | epochs without progress before it stops |
//! | `class_weight` | none | none, balanced | whether rare classes cost more |
//!
//! # Reference
//! Rosenblatt (1958), The Perceptron.

use super::linear_choices::{ClassWeight, Penalty};
use super::{Family, all_defined};
use crate::params::{Kind, Range, Settings, Spec, specs};

pub(super) const FAMILY: Family = Family {
    name: "Perceptron",
    summary: "online hyperplanes that move on mistakes alone",
    params: SPECS,
    unused,
    undefined: all_defined,
    engines: &[],
};

const SPECS: &[Spec] = specs! {
    "penalty": Penalty = Penalty::None, Range::ANY, "what is added to the loss";
    "alpha": f64 = 1e-4, Range::at_least(0.0), "strength of the penalty";
    "l1_ratio": f64 = 0.15, Range::within(0.0, 1.0), "share of l1 in elasticnet";
    "fit_intercept": bool = true, Range::ANY, "whether a score has a constant";
    "max_iter": usize = 1000, Range::at_least(1.0), "most epochs";
    "tol": Option<f64> = Some(1e-3), Range::at_least(0.0), "progress below which an epoch counts as none; none: every epoch runs";
    "eta0": f64 = 1.0, Range::POSITIVE, "step";
    "early_stopping": bool = false, Range::ANY, "whether a part of the training rows decides when to stop";
    "validation_fraction": f64 = 0.1, Range::within(0.0, 1.0), "that part, a share";
    "n_iter_no_change": usize = 5, Range::at_least(1.0), "epochs without progress before it stops";
    "class_weight": ClassWeight = ClassWeight::None, Range::ANY, "whether rare classes cost more";
};

fn unused(settings: &Settings) -> &'static [&'static str] {
    match settings.get("penalty").and_then(Penalty::read) {
        None | Some(Penalty::None) => &["alpha", "l1_ratio"],
        Some(Penalty::L1 | Penalty::L2) => &["l1_ratio"],
        Some(Penalty::ElasticNet) => &[],
    }
}
