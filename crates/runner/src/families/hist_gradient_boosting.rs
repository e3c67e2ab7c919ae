//! Histogram gradient boosting: a tree a class in every round, grown leaf by leaf on the gradient and the hessian of the multinomial deviance.
//!
//! # Engines
//! - `native`: on bytes, in scikit-learn's bins; gradients are rounded to 2^-30 and hessians to 2^-26, so that their sums are exact and no
//!   order of rows or number of threads shows. Loss log_loss alone; early stopping looks at the loss of the rows held back.
//!
//! Without `l2_regularization` a leaf of rows that are all but certain, one of them wrongly, takes a step of hundreds, and from there the
//! fit may diverge: on all of Fashion-MNIST it does in some orders of the rows and not in others, and scikit-learn's grower makes the same leaf of
//! the same gradients. The row says so; `l2_regularization = 1` is enough against it.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `loss` | log_loss | log_loss | what is minimised |
//! | `learning_rate` | 0.1 | above 0 | shrinks every tree |
//! | `max_iter` | 100 | 1.. | rounds |
//! | `max_leaf_nodes` | 31 | 2.. or none | most leaves of a tree |
//! | `max_depth` | none | 1.. or none | most splits between root and leaf |
//! | `min_samples_leaf` | 20 | 1.. | fewest rows in a leaf |
//! | `l2_regularization` | 0 | 0.. | added to every sum of hessians |
//! | `max_features` | 1 | above 0, at most 1 | share of the features drawn for a split |
//! | `max_bins` | 255 | 2..255 | most bins of a feature |
//! | `early_stopping` | auto | auto, true, false | whether rows are held back to stop by; auto: with more than 10,000 rows |
//! | `validation_fraction` | 0.1 | above 0, below 1 | share of the rows held back |
//! | `n_iter_no_change` | 10 | 1.. | rounds without gain until the stop |
//! | `tol` | 1e-7 | 0.. | least gain that counts |
//!
//! # Reference
//! Ke et al. (2017), LightGBM: A Highly Efficient Gradient Boosting Decision Tree; bins and stopping as in scikit-learn's
//! HistGradientBoostingClassifier.

use crate::estimator::classifier::Classifier;
use crate::families::engine::NATIVE;
use crate::families::family::{Configuration, Family, Implementation, Refusal};
use crate::native::boosting::early_stopping::EarlyStopping;
use crate::native::boosting::hist_gradient_boosting::HistBoosting;
use crate::native::boosting::newton_tree::NewtonTree;
use crate::params::choice::choices;
use crate::params::declare::params;
use crate::params::kind::Auto;
use crate::params::range::Range;
use crate::params::spec::Settings;

pub(crate) const FAMILY: Family = Family {
    name: "HistGradientBoostingClassifier",
    summary: "trees in turn, each by gradient and hessian of the loss, on binned features",
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

choices! {
    /// What is minimised.
    Loss { Log = "log_loss" }
}

params! {
    "loss" loss: Loss = Loss::Log, Range::ANY, "what is minimised";
    "learning_rate" learning_rate: f64 = 0.1, Range::POSITIVE, "shrinks every tree";
    "max_iter" max_iter: usize = 100, Range::at_least(1.0), "rounds";
    "max_leaf_nodes" max_leaf_nodes: Option<usize> = Some(31), Range::at_least(2.0), "most leaves of a tree";
    "max_depth" max_depth: Option<usize> = None, Range::at_least(1.0), "most splits between root and leaf";
    "min_samples_leaf" min_samples_leaf: usize = 20, Range::at_least(1.0), "fewest rows in a leaf";
    "l2_regularization" l2_regularization: f64 = 0.0, Range::at_least(0.0), "added to every sum of hessians";
    "max_features" max_features: f64 = 1.0, Range::above(0.0, 1.0), "share of the features drawn for a split";
    "max_bins" max_bins: usize = 255, Range::within(2.0, 255.0), "most bins of a feature";
    "early_stopping" early_stopping: Auto<bool> = Auto::Auto, Range::ANY, "whether rows are held back to stop by";
    "validation_fraction" validation_fraction: f64 = 0.1, Range::above(0.0, 1.0), "share of the rows held back";
    "n_iter_no_change" n_iter_no_change: usize = 10, Range::at_least(1.0), "rounds without gain until the stop";
    "tol" tol: f64 = 1e-7, Range::at_least(0.0), "least gain that counts";
}

fn inactive_params(settings: &Settings) -> &'static [&'static str] {
    if Params::read(settings).early_stopping == Auto::Set(false) {
        &["validation_fraction", "n_iter_no_change", "tol"]
    } else {
        &[]
    }
}

fn undefined(point: &Configuration<'_>) -> Option<String> {
    let params = Params::read(point.settings);
    (params.validation_fraction >= 1.0 && params.early_stopping != Auto::Set(false))
        .then(|| "validation_fraction=1 leaves no row to train on".into())
}

fn native(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    let Loss::Log = params.loss;
    Ok(Box::new(HistBoosting {
        learning_rate: params.learning_rate,
        max_iter: params.max_iter,
        max_bins: params.max_bins,
        tree: NewtonTree {
            max_leaf_nodes: params.max_leaf_nodes,
            max_depth: params.max_depth,
            min_samples_leaf: params.min_samples_leaf,
            l2_regularization: params.l2_regularization,
            max_features: params.max_features,
        },
        stopping: EarlyStopping {
            early_stopping: match params.early_stopping {
                Auto::Auto => None,
                Auto::Set(is_on) => Some(is_on),
            },
            validation_fraction: params.validation_fraction,
            n_iter_no_change: params.n_iter_no_change,
            tol: params.tol,
        },
    }))
}
