//! Linear support vector machine: a hyperplane a class against the rest, or all of them at once after Crammer and Singer.
//!
//! # Engines
//! None is built in: an engine by command trains it.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `penalty` | l2 | l1, l2 | what is added to the loss |
//! | `loss` | squared_hinge | hinge, squared_hinge | what a violated margin costs |
//! | `C` | 1 | above 0 | cost of a violated margin |
//! | `multi_class` | ovr | ovr, crammer_singer | one problem a class, or one for all |
//! | `tol` | 1e-4 | above 0 | the violation at which the solver stops |
//! | `fit_intercept` | true |  | whether a score has a constant |
//! | `intercept_scaling` | 1 | above 0 | value of the constant feature; the larger, the less the intercept is penalised |
//! | `class_weight` | none | none, balanced | whether rare classes cost more |
//! | `max_iter` | 1000 | 1.. | most passes over the rows |
//!
//! `hinge` with `l1` is not defined. `crammer_singer` ignores `loss` and `penalty`.
//!
//! # Reference
//! Fan, Chang, Hsieh, Wang, Lin (2008), LIBLINEAR: A Library for Large Linear Classification.

use super::linear_choices::ClassWeight;
use super::{Family, all_defined};
use crate::params::{Kind, Range, Settings, Spec, choices, specs};

pub(super) const FAMILY: Family = Family {
    name: "LinearSVC",
    summary: "linear support vector machine",
    params: SPECS,
    unused,
    undefined: all_defined,
    engines: &[],
};

choices! {
    /// What is added to the loss.
    Penalty { L1 = "l1", L2 = "l2" }
}
choices! {
    /// What a violated margin costs.
    Loss { Hinge = "hinge", SquaredHinge = "squared_hinge" }
}
choices! {
    /// How more than two classes are treated.
    MultiClass { Ovr = "ovr", CrammerSinger = "crammer_singer" }
}

const SPECS: &[Spec] = specs! {
    "penalty": Penalty = Penalty::L2, Range::ANY, "what is added to the loss";
    "loss": Loss = Loss::SquaredHinge, Range::ANY, "what a violated margin costs";
    "C": f64 = 1.0, Range::POSITIVE, "cost of a violated margin";
    "multi_class": MultiClass = MultiClass::Ovr, Range::ANY, "one problem a class, or one for all";
    "tol": f64 = 1e-4, Range::POSITIVE, "the violation at which the solver stops";
    "fit_intercept": bool = true, Range::ANY, "whether a score has a constant";
    "intercept_scaling": f64 = 1.0, Range::POSITIVE, "value of the constant feature; the larger, the less the intercept is penalised";
    "class_weight": ClassWeight = ClassWeight::None, Range::ANY, "whether rare classes cost more";
    "max_iter": usize = 1000, Range::at_least(1.0), "most passes over the rows";
};

/// Crammer and Singer's problem has a loss and a penalty of its own.
fn unused(settings: &Settings) -> &'static [&'static str] {
    if settings.get("multi_class") == Some(&MultiClass::CrammerSinger.shown()) {
        &["loss", "penalty"]
    } else {
        &[]
    }
}
