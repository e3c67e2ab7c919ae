//! Histogram gradient boosting: in each round one Newton tree per class, grown best first on binned features.
//!
//! # Engines
//! - `native`: on bytes or floats, in scikit-learn's bins; all rows decide the quantiles. Gradients are rounded to multiples
//!   of 2^-30 and Hessians to multiples of 2^-26, so their sums are exact and independent of the order of rows and of the
//!   number of threads. Early stopping monitors the loss of the validation split.
//!
//! Without `l2_regularization` training may diverge. A leaf whose rows have probabilities close to 0 or 1 has a Hessian
//! close to 0, and a wrong row in it causes a step of hundreds. On all rows of Fashion-MNIST this depends on their order;
//! scikit-learn grows the same leaf from the same gradients. The result then has a warning; `l2_regularization = 1`
//! prevents it.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `loss` | log_loss | log_loss | loss function |
//! | `learning_rate` | 0.1 | above 0 | factor of each tree |
//! | `max_iter` | 100 | at least 1 | largest number of rounds |
//! | `max_leaf_nodes` | 31 | at least 2, or none | largest number of leaves of a tree |
//! | `max_depth` | none | at least 1, or none | largest depth of a tree |
//! | `min_samples_leaf` | 20 | at least 1 | fewest rows of a leaf |
//! | `l2_regularization` | 0 | at least 0 | added to every sum of Hessians |
//! | `max_features` | 1 | above 0, at most 1 | share of the features drawn for each split |
//! | `max_bins` | 255 | 2 to 255 | largest number of bins of a feature |
//! | `early_stopping` | auto | auto, true, false | stop when the validation loss no longer falls; auto: with more than 10,000 rows |
//! | `validation_fraction` | 0.1 | above 0, below 1 | share of the rows in the validation split |
//! | `n_iter_no_change` | 10 | at least 1 | rounds without improvement before stopping |
//! | `tol` | 1e-7 | at least 0 | smallest decrease of the loss that is an improvement |
//!
//! # Reference
//! Ke et al. (2017), LightGBM: A Highly Efficient Gradient Boosting Decision Tree. Bins and early stopping are those of
//! scikit-learn's `HistGradientBoostingClassifier`.

use crate::estimator::classifier::Classifier;
use crate::families::engine::NATIVE;
use crate::families::family::{Configuration, Family, Implementation, Refusal};
use crate::families::growth::Growth;
use crate::families::method_kind::MethodKind;
use crate::native::boosting::early_stopping::{EarlyStopping, EarlyStoppingMode};
use crate::native::boosting::hist_gradient_boosting::HistGradientBoosting;
use crate::native::boosting::newton_tree::NewtonTreeSettings;
use crate::params::choice::choices;
use crate::params::declare::params;
use crate::params::kind::Auto;
use crate::params::range::Range;
use crate::params::spec::Settings;

pub(crate) const FAMILY: Family = Family {
    name: "HistGradientBoostingClassifier",
    summary: "sequence of Newton trees on binned features",
    kind: MethodKind::TreeEnsemble,
    params: Params::SPECS,
    inactive_params,
    undefined,
    implementations: &[Implementation {
        engine: &NATIVE,
        is_stochastic: true,
        nondeterminism: None,
        shared_params: &["max_iter"],
        growth: |_| Growth::UNKNOWN.with_fit(0.5, 0.9).with_memory(0.8),
        note: "",
        build: native,
    }],
};

choices! {
    /// Loss function.
    Loss { Log = "log_loss" }
}

params! {
    "loss" loss: Loss = Loss::Log, Range::ANY, "loss function";
    "learning_rate" learning_rate: f64 = 0.1, Range::POSITIVE, "factor of each tree";
    "max_iter" max_iter: usize = 100, Range::at_least(1.0), "largest number of rounds";
    "max_leaf_nodes" max_leaf_nodes: Option<usize> = Some(31), Range::at_least(2.0), "largest number of leaves of a tree";
    "max_depth" max_depth: Option<usize> = None, Range::at_least(1.0), "largest depth of a tree";
    "min_samples_leaf" min_samples_leaf: usize = 20, Range::at_least(1.0), "fewest rows of a leaf";
    "l2_regularization" l2_regularization: f64 = 0.0, Range::at_least(0.0), "added to every sum of Hessians";
    "max_features" max_features: f64 = 1.0, Range::above(0.0, 1.0), "share of the features drawn for each split";
    "max_bins" max_bins: usize = 255, Range::within(2.0, 255.0), "largest number of bins of a feature";
    "early_stopping" early_stopping: Auto<bool> = Auto::Auto, Range::ANY, "stop when the validation loss no longer falls";
    "validation_fraction" validation_fraction: f64 = 0.1, Range::above(0.0, 1.0), "share of the rows in the validation split";
    "n_iter_no_change" n_iter_no_change: usize = 10, Range::at_least(1.0), "rounds without improvement before stopping";
    "tol" tol: f64 = 1e-7, Range::at_least(0.0), "smallest decrease of the loss that is an improvement";
}

fn inactive_params(settings: &Settings) -> &'static [&'static str] {
    if Params::read(settings).early_stopping == Auto::Set(false) {
        &["validation_fraction", "n_iter_no_change", "tol"]
    } else {
        &[]
    }
}

fn undefined(configuration: &Configuration<'_>) -> Option<String> {
    let params = Params::read(configuration.settings);
    (params.validation_fraction >= 1.0 && params.early_stopping != Auto::Set(false))
        .then(|| "validation_fraction=1 leaves no row to train on".into())
}

fn native(configuration: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(configuration.settings);
    let Loss::Log = params.loss;
    Ok(Box::new(HistGradientBoosting {
        learning_rate: params.learning_rate,
        max_iter: params.max_iter,
        max_bins: params.max_bins,
        tree: NewtonTreeSettings {
            max_leaf_nodes: params.max_leaf_nodes,
            max_depth: params.max_depth,
            min_samples_leaf: params.min_samples_leaf,
            l2_regularization: params.l2_regularization,
            max_features: params.max_features,
        },
        early_stopping: EarlyStopping {
            mode: match params.early_stopping {
                Auto::Auto => EarlyStoppingMode::Auto,
                Auto::Set(true) => EarlyStoppingMode::On,
                Auto::Set(false) => EarlyStoppingMode::Off,
            },
            validation_fraction: params.validation_fraction,
            n_iter_no_change: params.n_iter_no_change,
            tol: params.tol,
        },
    }))
}
