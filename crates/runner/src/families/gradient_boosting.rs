//! Gradient boosting: in each round one regression tree per class, fitted to the negative gradient of the log-loss.
//!
//! # Engines
//! - `native`: on bytes, only `loss` log_loss. Residuals are rounded to multiples of 2^-30, so their sums are exact and
//!   independent of the order of rows and of the number of threads. Both criteria choose the same splits; they differ in
//!   what `min_impurity_decrease` is compared with.
//!   Features of several pixels are searched in at most 255 bins each, of one value or of one quantile range, between midpoints of
//!   values; where a feature has more values, the result says so.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `loss` | log_loss | log_loss (once called deviance), exponential | loss function |
//! | `learning_rate` | 0.1 | above 0 | factor of each tree |
//! | `n_estimators` | 100 | at least 1 | number of rounds |
//! | `subsample` | 1 | above 0, at most 1 | share of the rows drawn for each round |
//! | `criterion` | friedman_mse | friedman_mse, squared_error | impurity that splits reduce |
//! | `min_samples_split` | 2 | at least 2 | fewest rows of a node that is split |
//! | `min_samples_leaf` | 1 | at least 1 | fewest rows of a leaf |
//! | `max_depth` | 3 | at least 1 | largest depth of a tree |
//! | `max_features` | all | count, share, sqrt, log2, all | features drawn for each split |
//! | `min_impurity_decrease` | 0 | at least 0 | smallest weighted impurity decrease of a split |
//!
//! # Reference
//! Friedman (2001), Greedy Function Approximation: A Gradient Boosting Machine.

use crate::estimator::classifier::Classifier;
use crate::estimator::subset_size::SubsetSize;
use crate::families::engine::NATIVE;
use crate::families::family::{Configuration, Family, Implementation, Refusal, all_defined};
use crate::families::growth::Growth;
use crate::families::method_kind::MethodKind;
use crate::native::boosting::gradient_boosting::GradientBoosting;
use crate::native::boosting::regression_tree::{RegressionCriterion, RegressionTreeSettings};
use crate::params::choice::{choices, words};
use crate::params::declare::params;
use crate::params::range::Range;
use crate::params::spec::Settings;

pub(crate) const FAMILY: Family = Family {
    name: "GradientBoostingClassifier",
    summary: "sequence of regression trees on the gradient of the loss",
    kind: MethodKind::TreeEnsemble,
    params: Params::SPECS,
    inactive_params,
    undefined: all_defined,
    implementations: &[Implementation {
        engine: &NATIVE,
        is_stochastic: true,
        nondeterminism: None,
        shared_params: &["n_estimators"],
        growth: |_| Growth::UNKNOWN.with_fit(0.72, 0.85).with_memory(0.8),
        note: "",
        build: native,
    }],
};

choices! {
    /// Loss function.
    Loss { Log = "log_loss" | "deviance", Exponential = "exponential" }
}

words! {
    RegressionCriterion { FriedmanMse = "friedman_mse", SquaredError = "squared_error" }
}

params! {
    "loss" loss: Loss = Loss::Log, Range::ANY, "loss function";
    "learning_rate" learning_rate: f64 = 0.1, Range::POSITIVE, "factor of each tree";
    "n_estimators" n_estimators: usize = 100, Range::at_least(1.0), "number of rounds";
    "subsample" subsample: f64 = 1.0, Range::above(0.0, 1.0), "share of the rows drawn for each round";
    "criterion" criterion: RegressionCriterion = RegressionCriterion::FriedmanMse, Range::ANY, "impurity that splits reduce";
    "min_samples_split" min_samples_split: usize = 2, Range::at_least(2.0), "fewest rows of a node that is split";
    "min_samples_leaf" min_samples_leaf: usize = 1, Range::at_least(1.0), "fewest rows of a leaf";
    "max_depth" max_depth: Option<usize> = Some(3), Range::at_least(1.0), "largest depth of a tree";
    "max_features" max_features: SubsetSize = SubsetSize::All, Range::ANY, "features drawn for each split";
    "min_impurity_decrease" min_impurity_decrease: f64 = 0.0, Range::at_least(0.0), "smallest weighted impurity decrease of a split";
}

fn inactive_params(settings: &Settings) -> &'static [&'static str] {
    if Params::read(settings).min_impurity_decrease == 0.0 {
        &["criterion"]
    } else {
        &[]
    }
}

fn native(configuration: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(configuration.settings);
    if params.loss == Loss::Exponential {
        return Err(Refusal::cannot(&NATIVE, "loss=exponential: only log_loss"));
    }
    Ok(Box::new(GradientBoosting {
        learning_rate: params.learning_rate,
        n_estimators: params.n_estimators,
        subsample: params.subsample,
        tree: RegressionTreeSettings {
            criterion: params.criterion,
            max_depth: params.max_depth,
            min_samples_split: params.min_samples_split,
            min_samples_leaf: params.min_samples_leaf,
            max_features: params.max_features,
            min_impurity_decrease: params.min_impurity_decrease,
        },
    }))
}
