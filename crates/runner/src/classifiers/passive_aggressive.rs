//! Passive-aggressive: a hyperplane a class that a violated margin moves just so far that it is met, at most by C.
//!
//! # Engines
//! None is built in: an engine by command trains it.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `C` | 1 | above 0 | most that a row may move a hyperplane |
//! | `fit_intercept` | true |  | whether a score has a constant |
//! | `max_iter` | 1000 | 1.. | most epochs |
//! | `tol` | 0.001 | 0.. | progress below which an epoch counts as none; none: every epoch runs |
//! | `early_stopping` | false |  | whether a part of the training rows decides when to stop |
//! | `validation_fraction` | 0.1 | 0 to 1 | that part, a share |
//! | `n_iter_no_change` | 5 | 1.. | epochs without progress before it stops |
//! | `loss` | hinge | hinge, squared_hinge | hinge bounds the move by C, squared_hinge weakens it |
//! | `class_weight` | none | none, balanced | whether rare classes cost more |
//! | `average` | false |  | whether the mean of all hyperplanes predicts |
//!
//! # Reference
//! Crammer, Dekel, Keshet, Shalev-Shwartz, Singer (2006), Online Passive-Aggressive Algorithms.

use super::linear_choices::ClassWeight;
use super::{Family, all_defined, all_used};
use crate::params::{Range, Spec, choices, specs};

pub(super) const FAMILY: Family = Family {
    name: "PassiveAggressiveClassifier",
    summary: "online hyperplanes that move no more than they must",
    params: SPECS,
    unused: all_used,
    undefined: all_defined,
    engines: &[],
};

choices! {
    /// What a violated margin does.
    Loss { Hinge = "hinge", SquaredHinge = "squared_hinge" }
}

const SPECS: &[Spec] = specs! {
    "C": f64 = 1.0, Range::POSITIVE, "most that a row may move a hyperplane";
    "fit_intercept": bool = true, Range::ANY, "whether a score has a constant";
    "max_iter": usize = 1000, Range::at_least(1.0), "most epochs";
    "tol": Option<f64> = Some(1e-3), Range::at_least(0.0), "progress below which an epoch counts as none; none: every epoch runs";
    "early_stopping": bool = false, Range::ANY, "whether a part of the training rows decides when to stop";
    "validation_fraction": f64 = 0.1, Range::within(0.0, 1.0), "that part, a share";
    "n_iter_no_change": usize = 5, Range::at_least(1.0), "epochs without progress before it stops";
    "loss": Loss = Loss::Hinge, Range::ANY, "hinge bounds the move by C, squared_hinge weakens it";
    "class_weight": ClassWeight = ClassWeight::None, Range::ANY, "whether rare classes cost more";
    "average": bool = false, Range::ANY, "whether the mean of all hyperplanes predicts";
};
