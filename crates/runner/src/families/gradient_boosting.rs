//! Gradient boosting: a regression tree a class in every round, each fitted to the gradient of the multinomial deviance.
//!
//! # Engines
//! - `native`: on bytes; residuals are rounded to 2^-30, so that their sums are exact and no order of rows or number of threads shows. Both
//!   criteria choose the same splits, and differ only in what `min_impurity_decrease` is compared with. Loss log_loss alone.
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

use crate::estimator::classifier::Classifier;
use crate::estimator::subset_size::SubsetSize;
use crate::families::engine::NATIVE;
use crate::families::family::{Configuration, Family, Implementation, Refusal, all_defined};
use crate::native::boosting::gradient_boosting::Boosting;
use crate::native::boosting::regression_tree::RegressionTree;
use crate::params::choice::choices;
use crate::params::declare::params;
use crate::params::range::Range;
use crate::params::spec::Settings;

pub(crate) const FAMILY: Family = Family {
    name: "GradientBoostingClassifier",
    summary: "small regression trees in turn, each on the gradient of the loss",
    params: Params::SPECS,
    inactive_params,
    undefined: all_defined,
    implementations: &[Implementation {
        engine: &NATIVE,
        is_stochastic: true,
        nondeterminism: None,
        note: "",
        build: native,
    }],
};

choices! {
    /// What is minimised.
    Loss { Log = "log_loss" | "deviance", Exponential = "exponential" }
}

choices! {
    /// What a split is judged by.
    Criterion { FriedmanMse = "friedman_mse", SquaredError = "squared_error" }
}

params! {
    "loss" loss: Loss = Loss::Log, Range::ANY, "what is minimised";
    "learning_rate" learning_rate: f64 = 0.1, Range::POSITIVE, "shrinks every tree";
    "n_estimators" n_estimators: usize = 100, Range::at_least(1.0), "rounds";
    "subsample" subsample: f64 = 1.0, Range::above(0.0, 1.0), "share of the rows drawn for a round";
    "criterion" criterion: Criterion = Criterion::FriedmanMse, Range::ANY, "what a split is judged by";
    "min_samples_split" min_samples_split: usize = 2, Range::at_least(2.0), "fewest rows that are split";
    "min_samples_leaf" min_samples_leaf: usize = 1, Range::at_least(1.0), "fewest rows in a leaf";
    "max_depth" max_depth: Option<usize> = Some(3), Range::at_least(1.0), "most splits between root and leaf";
    "max_features" max_features: SubsetSize = SubsetSize::All, Range::ANY, "features looked at for a split";
    "min_impurity_decrease" min_impurity_decrease: f64 = 0.0, Range::at_least(0.0), "least weighted decrease that is worth a split";
}

fn inactive_params(settings: &Settings) -> &'static [&'static str] {
    if Params::read(settings).min_impurity_decrease == 0.0 {
        &["criterion"]
    } else {
        &[]
    }
}

fn native(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    if params.loss == Loss::Exponential {
        return Err(Refusal::cannot(&NATIVE, "loss=exponential: it has log_loss"));
    }
    Ok(Box::new(Boosting {
        learning_rate: params.learning_rate,
        n_estimators: params.n_estimators,
        subsample: params.subsample,
        tree: RegressionTree {
            friedman: params.criterion == Criterion::FriedmanMse,
            max_depth: params.max_depth,
            min_samples_split: params.min_samples_split,
            min_samples_leaf: params.min_samples_leaf,
            max_features: params.max_features,
            min_impurity_decrease: params.min_impurity_decrease,
        },
    }))
}
