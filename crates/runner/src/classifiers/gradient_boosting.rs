//! Gradient boosting: a regression tree a class in every round, each fitted to the gradient of the multinomial deviance.
//!
//! # Engines
//! None is built in: an engine by command trains it.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `loss` | log_loss | log_loss (deviance before 1.1), exponential | what is minimised |
//! | `learning_rate` | 0.1 | above 0 | shrinks every tree |
//! | `n_estimators` | 100 | 1.. | rounds |
//! | `subsample` | 1 | above 0, at most 1 | share of the rows drawn for a round |
//! | `criterion` | friedman_mse | friedman_mse, squared_error | what a split is judged by |
//! | `min_samples_split` | 2 | 2.. | fewest rows that are split |
//! | `min_samples_leaf` | 1 | 1.. | fewest rows in a leaf |
//! | `max_depth` | 3 | 1.. | most splits between root and leaf |
//! | `max_features` | all | count, share, sqrt, log2, all | features looked at for a split |
//! | `min_impurity_decrease` | 0 | 0.. | least weighted decrease that is worth a split |
//!
//! # Reference
//! Friedman (2001), Greedy Function Approximation: A Gradient Boosting Machine.

use super::{Family, all_defined, all_used};
use crate::params::{Fraction, Range, Spec, choices, specs};

pub(super) const FAMILY: Family = Family {
    name: "GradientBoostingClassifier",
    summary: "small regression trees in turn, each on the gradient of the loss",
    params: SPECS,
    unused: all_used,
    undefined: all_defined,
    engines: &[],
};

choices! {
    /// What is minimised.
    Loss { Log = "log_loss" | "deviance", Exponential = "exponential" }
}
choices! {
    /// What a split is judged by.
    Criterion { FriedmanMse = "friedman_mse", SquaredError = "squared_error" }
}

const SPECS: &[Spec] = specs! {
    "loss": Loss = Loss::Log, Range::ANY, "what is minimised";
    "learning_rate": f64 = 0.1, Range::POSITIVE, "shrinks every tree";
    "n_estimators": usize = 100, Range::at_least(1.0), "rounds";
    "subsample": f64 = 1.0, Range::above(0.0, 1.0), "share of the rows drawn for a round";
    "criterion": Criterion = Criterion::FriedmanMse, Range::ANY, "what a split is judged by";
    "min_samples_split": usize = 2, Range::at_least(2.0), "fewest rows that are split";
    "min_samples_leaf": usize = 1, Range::at_least(1.0), "fewest rows in a leaf";
    "max_depth": Option<usize> = Some(3), Range::at_least(1.0), "most splits between root and leaf";
    "max_features": Fraction = Fraction::All, Range::ANY, "features looked at for a split";
    "min_impurity_decrease": f64 = 0.0, Range::at_least(0.0), "least weighted decrease that is worth a split";
};
