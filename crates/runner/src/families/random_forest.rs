//! Random forest: trees on bootstrapped rows, each split among a random part of the features.
//!
//! # Engines
//! - `native`: as scikit-learn, on bytes; the same forest for any number of threads.
//! - `linfa`: draws `max_features` once for a tree, with replacement, where scikit-learn draws them anew at every split; takes
//!   the majority of the trees' votes, where scikit-learn averages their class shares. With few features a tree it is weaker
//!   than scikit-learn's forest.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `n_estimators` | 100 | 1.. | number of trees |
//! | `criterion` | gini | gini, entropy | what a split is judged by |
//! | `max_depth` | none | 1.. | most splits between root and leaf |
//! | `min_samples_split` | 2 | 2.. | fewest rows that are split |
//! | `min_samples_leaf` | 1 | 1.. | fewest rows in a leaf |
//! | `max_features` | sqrt | count, share, sqrt, log2, all | features looked at for a split |
//! | `min_impurity_decrease` | 0 | 0.. | least weighted decrease that is worth a split |
//! | `bootstrap` | true | | whether a tree's rows are drawn with replacement |
//! | `max_samples` | all | count, share, all | rows drawn for a tree |
//!
//! # Reference
//! Breiman (2001), Random Forests.

use crate::estimator::classifier::Classifier;
use crate::estimator::split_criterion::SplitCriterion;
use crate::estimator::subset_size::SubsetSize;
use crate::families::choices::check_linfa_tree;
use crate::families::engine::{LINFA, NATIVE};
use crate::families::family::{Configuration, Family, Implementation, Refusal, all_active};
use crate::linfa_adapters::ensemble::LinfaEnsemble;
use crate::linfa_adapters::tree_settings::{LinfaTreeSettings, UNREPEATABLE};
use crate::native::tree::decision_tree::{Splitter, TreeSettings};
use crate::native::tree::forest::NativeForest;
use crate::params::declare::params;
use crate::params::range::Range;

pub(crate) const FAMILY: Family = Family {
    name: "RandomForestClassifier",
    summary: "trees on bootstrapped rows and random features",
    params: Params::SPECS,
    inactive_params: all_active,
    undefined,
    implementations: &[
        Implementation {
            engine: &NATIVE,
            is_stochastic: true,
            nondeterminism: None,
            note: "",
            build: native,
        },
        Implementation {
            engine: &LINFA,
            is_stochastic: true,
            nondeterminism: Some(UNREPEATABLE),
            note: "max_features is drawn once for a tree, with replacement, not at every split; trees vote",
            build: linfa,
        },
    ],
};

params! {
    "n_estimators" n_estimators: usize = 100, Range::at_least(1.0), "number of trees";
    "criterion" criterion: SplitCriterion = SplitCriterion::Gini, Range::ANY, "what a split is judged by";
    "max_depth" max_depth: Option<usize> = None, Range::at_least(1.0), "most splits between root and leaf";
    "min_samples_split" min_samples_split: usize = 2, Range::at_least(2.0), "fewest rows that are split";
    "min_samples_leaf" min_samples_leaf: usize = 1, Range::at_least(1.0), "fewest rows in a leaf";
    "max_features" max_features: SubsetSize = SubsetSize::Sqrt, Range::ANY, "features looked at for a split";
    "min_impurity_decrease" min_impurity_decrease: f64 = 0.0, Range::at_least(0.0),
        "least weighted decrease that is worth a split";
    "bootstrap" bootstrap: bool = true, Range::ANY, "whether a tree's rows are drawn with replacement";
    "max_samples" max_samples: SubsetSize = SubsetSize::All, Range::ANY, "rows drawn for a tree";
}

/// scikit-learn draws rows only for a bootstrap, and says so.
fn undefined(point: &Configuration<'_>) -> Option<String> {
    let params = Params::read(point.settings);
    let is_unused = !params.bootstrap && params.max_samples != SubsetSize::All;
    is_unused.then(|| "max_samples is for bootstrap=true".into())
}

fn native(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    Ok(Box::new(NativeForest {
        tree: TreeSettings {
            criterion: params.criterion,
            splitter: Splitter::Best,
            max_depth: params.max_depth,
            min_samples_split: params.min_samples_split,
            min_samples_leaf: params.min_samples_leaf,
            max_features: params.max_features,
            min_impurity_decrease: params.min_impurity_decrease,
        },
        n_estimators: params.n_estimators,
        bootstrap: params.bootstrap.then_some(params.max_samples),
    }))
}

fn linfa(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    if !params.bootstrap {
        return Err(Refusal::cannot(
            &LINFA,
            "bootstrap=false: its ensembles always draw rows with replacement",
        ));
    }
    check_linfa_tree(params.min_impurity_decrease)?;
    let tree = LinfaTreeSettings {
        criterion: params.criterion,
        max_depth: params.max_depth,
        min_samples_split: params.min_samples_split,
        min_samples_leaf: params.min_samples_leaf,
    };
    Ok(Box::new(LinfaEnsemble {
        tree: tree.params(),
        n_estimators: params.n_estimators,
        samples: params.max_samples,
        features: params.max_features,
    }))
}
